// An API that notes every request as it was on the wire, and answers as its path says: `/v1/<who asks>/<what>`.
import { createServer } from "node:http";
import { corsHeaders, listen } from "../provider/serve.mjs";

const ENDLESS = new Promise(() => {});

/** @returns `origin`, `close`, `log` (the bodies' bytes as Latin-1) and `refuse`. */
export async function startWireApi() {
  const log = [];
  let release;
  const api = {
    log,
    /** Called with each request: what it returns (`{ status, headers }`, or a promise of it) is answered in place of the rest. */
    refuse: () => null,
  };

  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url, "http://127.0.0.1");
    const cors = {
      ...corsHeaders(incoming), "access-control-allow-credentials": "true", "access-control-expose-headers": "x-answer, www-authenticate",
    };
    if (incoming.method === "OPTIONS" && incoming.headers["access-control-request-method"]) {
      const methods = incoming.headers["access-control-request-method"];
      outgoing.writeHead(204, { ...cors, "access-control-allow-methods": methods }).end();
      return;
    }
    const chunks = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk);
    } catch {
      return; // Aborted on its way here.
    }
    const [, , who, what] = url.pathname.split("/");
    const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? "")?.[1];
    const body = Buffer.concat(chunks).toString("latin1");
    if (what === "release") {
      release?.();
      outgoing.writeHead(204, cors).end();
      return;
    }
    const entry = { who, what, method: incoming.method, url: incoming.url, headers: incoming.headers, token, body };
    log.push(entry);

    entry.refusal = what === "open" ? null : await api.refuse(entry);
    const { refusal } = entry;
    const answer = (status, headers = {}) => outgoing.writeHead(status, { "cache-control": "no-store", ...cors, ...headers });
    if (refusal) return answer(refusal.status, refusal.headers).end("refused");

    const { searchParams: asked } = url;
    switch (what) {
      case "redirect":
        return answer(Number(asked.get("status")), { location: asked.get("to") ?? incoming.url }).end();
      case "status":
        return answer(Number(asked.get("is"))).end();
      case "held":
        // The first half at once, the rest when the page has read it.
        answer(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
        await new Promise((resolve) => { release = resolve; });
        return outgoing.end("data: two\n\n");
      case "silent":
        return ENDLESS;
      case "cookie":
        return answer(200, { "set-cookie": "mine=1" }).end();
      default:
        return answer(200, { "content-type": "text/plain", "x-answer": "yes" }).end(incoming.method);
    }
  });
  return Object.assign(api, await listen(server));
}
