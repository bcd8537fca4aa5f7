// The API behind the proxy: takes live tokens only, and logs each request as it came, so that a test can say what did not come.
//   <any path>        what it was asked, as JSON           /upload    a stream of bytes, told of chunk by chunk
//   /events           an event stream, one event at a time /download  a stream of as many bytes as `?bytes=` says
//   /cookie           an answer full of headers that must not come down
//   /refuse           401 once for each `refuses`          /socket    a WebSocket that says everything back
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "../provider/serve.mjs";
import { acceptSocket } from "./frames.mjs";

const CHUNK = Buffer.alloc(64 * 1024, "tokenward ");

/**
 * @param {(token: string) => Promise<object | null>} lookUp What the provider knows of a token.
 * @returns `{ origin, log, control({ refuses }), say(text), close() }`: `say` sends one event to every open event stream.
 */
export async function startUpstream(lookUp) {
  const settings = { refuses: 0 };
  const log = [];
  const streams = new Set();

  async function judge(incoming) {
    const value = /^Bearer (\S+)$/.exec(incoming.headers.authorization ?? "")?.[1];
    const token = value && await lookUp(value);
    const url = new URL(incoming.url, "http://upstream.invalid");
    const entry = {
      method: incoming.method, url: incoming.url, path: url.pathname, query: url.searchParams, headers: incoming.headers,
      rawHeaders: incoming.rawHeaders, token, body: "", chunks: [],
    };
    log.push(entry);
    return entry;
  }

  const server = createServer(async (incoming, outgoing) => {
    const entry = await judge(incoming);
    outgoing.on("close", () => { entry.gone = !outgoing.writableFinished; });
    const refused = !entry.token || (entry.path.endsWith("/refuse") && settings.refuses > 0);
    if (refused) {
      settings.refuses = Math.max(0, settings.refuses - 1);
      entry.status = 401;
      incoming.resume();
      return outgoing.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end('{"error":"invalid_token"}');
    }
    entry.status = 200;
    const kind = entry.path.slice(entry.path.lastIndexOf("/") + 1);
    return (answers[kind] ?? answers.echo)(entry, incoming, outgoing, streams);
  });
  server.on("upgrade", async (incoming, socket) => {
    const entry = await judge(incoming);
    if (!entry.token) return socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    entry.status = 101;
    return acceptSocket(incoming, socket, (text, send) => send(`${entry.token.clientId}: ${text}`));
  });
  const { origin, close } = await listen(server);
  return {
    origin,
    log,
    control: (changes) => Object.assign(settings, changes),
    say: (text) => streams.forEach((stream) => stream.write(`data: ${text}\n\n`)),
    close,
  };
}

const answers = {
  async echo(entry, incoming, outgoing) {
    for await (const chunk of incoming) entry.body += chunk;
    const { method, url, headers, body } = entry;
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.end(JSON.stringify({ method, url, contentType: headers["content-type"] ?? null, body, clientId: entry.token.clientId }));
  },

  async upload(entry, incoming, outgoing) {
    let bytes = 0;
    for await (const chunk of incoming) {
      bytes += chunk.length;
      entry.chunks.push({ at: Date.now(), bytes: chunk.length });
    }
    outgoing.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ bytes }));
  },

  events(_entry, incoming, outgoing, streams) {
    incoming.resume();
    outgoing.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    outgoing.write(": open\n\n");
    streams.add(outgoing);
    outgoing.on("close", () => streams.delete(outgoing));
  },

  async download(entry, incoming, outgoing) {
    incoming.resume();
    const wanted = Number(entry.query.get("bytes"));
    outgoing.writeHead(200, { "content-type": "application/octet-stream", "content-disposition": 'attachment; filename="x.bin"' });
    function* parts() {
      for (let sent = 0; sent < wanted; sent += CHUNK.length) yield CHUNK.subarray(0, wanted - sent);
    }
    // Whoever asked may give up.
    await pipeline(Readable.from(parts()), outgoing).catch(() => {});
  },

  cookie(_entry, incoming, outgoing) {
    incoming.resume();
    outgoing.writeHead(200, {
      "content-type": "text/plain", "set-cookie": ["__Host-tokenward=planted; Path=/; Secure", "other=1"],
      "access-control-allow-origin": "*", "access-control-allow-credentials": "true", "clear-site-data": '"*"',
      "x-request-id": "42",
    }).end("hello");
  },

  async slow(_entry, incoming, outgoing) {
    incoming.resume();
    await sleep(500);
    outgoing.writeHead(200, { "content-type": "text/plain" }).end("late");
  },
};
