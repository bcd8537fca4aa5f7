/** What differs between runs of the demo; `server/site.mjs` answers it, or `edge/worker.js`. */
export interface DemoConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** Origin of the demo API; with a backend, its path at this page's own origin. */
  readonly api: string;
  /** The session is a backend's, and no token comes to this page. */
  readonly backend?: boolean;
}

export async function loadConfig(): Promise<DemoConfig> {
  const response = await fetch("/config.json");
  // A server that knows nothing of the demo answers any path with the page itself.
  if (!response.ok || !response.headers.get("content-type")?.includes("json")) {
    throw new Error("This server does not say where the demo provider is. Start the page with `make demo`.");
  }
  return await response.json() as DemoConfig;
}
