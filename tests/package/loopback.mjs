// A loopback server: answers from a table of handlers, with an invalid discovery document under /wrong.
import { createServer } from "node:http";

/**
 * Its issuer does not match what the client is configured with, so a client that reports `metadata_issuer_mismatch` has
 * loaded its wasm and run the core over the document. CORS is open, because bundlers' servers have their own origin.
 */
function wrongDiscovery(response) {
  response.writeHead(200, { "content-type": "application/json", "access-control-allow-origin": "*" });
  response.end(JSON.stringify({
    issuer: "https://somebody-else.example",
    authorization_endpoint: "https://somebody-else.example/authorize",
    token_endpoint: "https://somebody-else.example/token",
    jwks_uri: "https://somebody-else.example/jwks",
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  }));
}

/** `handle(path, response)` answers and returns true, or returns false for a 404. Closed when test `t` ends. */
export async function startLoopback(t, handle = () => false) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://loopback");
    requests.push(pathname);
    if (pathname === "/wrong/.well-known/openid-configuration") return wrongDiscovery(response);
    if (!(await handle(pathname, response))) response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, issuer: `${origin}/wrong`, requests };
}

const types = {
  css: "text/css", html: "text/html; charset=utf-8", js: "text/javascript", json: "application/json",
  svg: "image/svg+xml", wasm: "application/wasm",
};

/** The content type of a file name; the browser compiles wasm while it streams only under application/wasm. */
export const contentType = (name) => types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
