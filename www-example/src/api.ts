import type { Auth } from "tokenward";
import type { ApiAnswer } from "./view.js";

/** Calls the demo API with the token and says how it went; rejects where no answer came. */
export async function callApi(auth: Auth, origin: string, method: "GET" | "POST", path: string, body?: string): Promise<ApiAnswer> {
  const begun = performance.now();
  const response = await auth.fetch(`${origin}${path}`, body === undefined
    ? { method }
    : { method, body, headers: { "content-type": "text/plain;charset=utf-8" } }).catch((error: unknown) => {
    // What fetch itself rejects with when no answer comes; the browser's own words ("Failed to fetch") tell nobody more.
    if (error instanceof TypeError) throw new Error("No answer came. Is the demo still running?", { cause: error });
    throw error;
  });
  return {
    request: `${method} ${path}`,
    status: response.status,
    body: (await response.text()).trim(),
    milliseconds: Math.round(performance.now() - begun),
  };
}
