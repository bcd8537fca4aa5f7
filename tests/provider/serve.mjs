// A loopback HTTP server that logs every request before it answers: the log is what the tests assert on.
import { createServer } from "node:http";

const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * Answers requests with `handler(request) -> { status?, headers?, body? }`; an object body is sent as JSON.
 * @returns {Promise<{ origin: string, log: object[], close: () => Promise<void> }>}
 */
export async function serve(handler, { port = 0, allowOrigin = isLoopbackOrigin } = {}) {
  const log = [];
  const server = createServer(async (incoming, outgoing) => {
    try {
      const request = describeRequest(incoming, await readBody(incoming));
      log.push(request);
      // A preflight is answered here, so that no endpoint needs to know about it; it stays in the log.
      const reply = request.method === "OPTIONS" ? { status: 204 } : await handler(request);
      send(outgoing, reply, corsHeaders(request, allowOrigin));
    } catch (error) {
      send(outgoing, { status: 500, body: { error: "server_error", error_description: String(error) } }, {});
    }
  });
  return { ...await listen(server, port), log };
}

/** Has the server listen on loopback; port 0 is any free one. */
export async function listen(server, port = 0) {
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

export async function readBody(incoming) {
  const chunks = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error("request body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What a log keeps of a request. */
export function describeRequest(incoming, rawBody) {
  const url = new URL(incoming.url, "http://127.0.0.1");
  const isForm = (incoming.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  const form = isForm ? new URLSearchParams(rawBody) : null;
  return {
    at: Date.now(),
    method: incoming.method,
    // As it arrived: the tests look for what a URL parser would tidy away.
    url: incoming.url,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: form ? Object.fromEntries(form) : rawBody,
    repeated: [...repeatedNames(url.searchParams), ...(form ? repeatedNames(form) : [])],
    headers: incoming.headers,
  };
}

function repeatedNames(params) {
  const names = [...params.keys()];
  return names.filter((name, index) => names.indexOf(name) !== index);
}

function send(outgoing, { status = 200, headers = {}, body = "" }, cors) {
  const isJson = typeof body === "object" && !Buffer.isBuffer(body);
  outgoing.writeHead(status, {
    "cache-control": "no-store",
    ...(isJson ? { "content-type": "application/json" } : {}),
    ...cors,
    ...headers,
  });
  outgoing.end(isJson ? JSON.stringify(body) : body);
}

export function corsHeaders(request, allowOrigin = isLoopbackOrigin) {
  const { origin } = request.headers;
  if (!origin || !allowOrigin(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "authorization, content-type",
    "access-control-expose-headers": "www-authenticate",
    vary: "origin",
  };
}

function isLoopbackOrigin(origin) {
  if (!URL.canParse(origin)) return false;
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(origin).hostname);
}
