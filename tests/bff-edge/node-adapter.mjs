// A fetch handler on Node's own server. The URL is put together and not resolved: what a client wrote in it is what arrives.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const context = { waitUntil: (promise) => void promise.catch(() => {}) };

/**
 * @param {(request: Request, context: object) => Promise<Response>} handle
 * @param {object} options
 * @param {string} options.origin The app's public origin.
 * @param {(url: string, init: object) => Request} [options.make] Makes the request, where it must be another realm's.
 */
export const listener = (handle, { origin, make = (url, init) => new Request(url, init) }) => async (incoming, outgoing) => {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  let request;
  try {
    request = make(`${origin}${incoming.url}`, {
      method: incoming.method,
      headers: pairs(incoming.rawHeaders),
      signal: gone.signal,
      ...(["GET", "HEAD"].includes(incoming.method) ? {} : { body: Readable.toWeb(incoming), duplex: "half" }),
    });
  } catch {
    return outgoing.writeHead(400).end("bad request");
  }
  try {
    const answer = await handle(request, context);
    const headers = [...answer.headers].filter(([name]) => name !== "set-cookie");
    outgoing.writeHead(answer.status, [...headers, ...answer.headers.getSetCookie().map((value) => ["set-cookie", value])].flat());
    outgoing.flushHeaders();
    // Whoever asked may be gone before the end, which is no failure of the app.
    if (answer.body) return await pipeline(Readable.from(chunksOf(answer.body)), outgoing).catch(() => outgoing.destroy());
    return outgoing.end();
  } catch (error) {
    console.error(error);
    return outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(500).end("the app failed");
  }
};

/** By hand, since the stream may be another realm's. */
async function* chunksOf(body) {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

const pairs = (raw) => Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at], raw[2 * at + 1]]);

/** Serves on a free port of loopback. */
export async function serveHandler(handle, options) {
  const server = createServer(listener(handle, options));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
