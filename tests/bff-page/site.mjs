// One origin with all that an app of a backend for front ends has at its own: the pages of the test host, the backend's
// endpoints, and APIs behind it, of which /api/v1 tells how requests were on the wire.
import { createServer, request as send } from "node:http";
import { describeRequest, listen, readBody } from "../provider/serve.mjs";

/** Passes a request on as it is, and its answer back while it comes. */
function pipe(incoming, outgoing, target, url, headers) {
  const request = send(new URL(url, target), { method: incoming.method, headers, agent: false, setHost: false }, (response) => {
    outgoing.writeHead(response.statusCode, response.headers);
    outgoing.flushHeaders();
    response.pipe(outgoing).on("error", () => {});
    response.on("error", () => outgoing.destroy());
  });
  request.on("error", () => outgoing.destroy());
  outgoing.on("close", () => request.destroy());
  incoming.pipe(request);
}

/**
 * @param {object} options
 * @param {object} options.bff What tests/bff-page/fake-bff.mjs makes.
 * @param {string} options.host Where the pages are.
 * @param {string} options.wire Where the API behind /api/v1 is.
 * @returns `origin`, `close`, `log` of the requests to the backend and its APIs, and `isDown`: the whole server is away.
 */
export async function startSite({ bff, host, wire }) {
  const site = { log: [], isDown: false };
  const server = createServer(async (incoming, outgoing) => {
    if (site.isDown) return incoming.socket.resetAndDestroy();
    const { pathname } = new URL(incoming.url, "http://127.0.0.1");
    const isApp = pathname.startsWith("/auth") || pathname.startsWith("/api");
    if (!isApp) return pipe(incoming, outgoing, host, incoming.url, incoming.headers);
    if (pathname.startsWith("/api/v1/")) {
      const entry = describeRequest(incoming, "");
      site.log.push(entry);
      // What lets an answer go on is no call of the app's.
      const isAllowed = pathname.endsWith("/release") || (bff.isOwn(entry) && bff.sessionOf(entry));
      if (!isAllowed) return outgoing.writeHead(bff.isOwn(entry) ? 401 : 403).end();
      const { cookie: _, ...headers } = incoming.headers;
      return pipe(incoming, outgoing, wire, incoming.url.slice("/api".length), headers);
    }
    const entry = describeRequest(incoming, await readBody(incoming));
    site.log.push(entry);
    const reply = await bff.handle(entry);
    if (reply === "reset") return incoming.socket.resetAndDestroy();
    const { status = 200, headers = {}, body = "" } = reply ?? { status: 404, body: "not found" };
    const isJson = typeof body === "object";
    outgoing.writeHead(status, { "cache-control": "no-store", ...(isJson && { "content-type": "application/json" }), ...headers });
    outgoing.end(isJson ? JSON.stringify(body) : body);
  });
  return Object.assign(site, await listen(server));
}
