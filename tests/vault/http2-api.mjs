// An API over HTTP/2, which Chromium wants for a body that is a stream. It says how far each came.
import { createSecureServer } from "node:http2";
import { makeCertificate } from "../e2e/certificate.mjs";
import { corsHeaders } from "../provider/serve.mjs";

/**
 * @returns `origin`, `close`, and `log` of the uploads: `{ path, authorization, pieces, hasEnded, isClosed }`, as they come; the
 *   last says that nothing more can come, however it ended.
 */
export async function startHttp2Api() {
  const log = [];
  const sessions = new Set();
  const server = createSecureServer(await makeCertificate());
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  server.on("request", (incoming, outgoing) => {
    const cors = corsHeaders(incoming);
    if (incoming.method === "OPTIONS") return outgoing.writeHead(204, cors).end();
    const entry = { path: incoming.url, authorization: incoming.headers.authorization, pieces: [], hasEnded: false, isClosed: false };
    log.push(entry);
    incoming.setEncoding("utf8");
    incoming.on("data", (piece) => {
      entry.pieces.push(piece);
      if (entry.path === "/refuse" && !outgoing.headersSent) {
        outgoing.writeHead(401, { ...cors, "www-authenticate": 'Bearer error="invalid_token"' }).end();
      }
    });
    incoming.on("end", () => {
      entry.hasEnded = true;
      if (!outgoing.headersSent) outgoing.writeHead(200, cors).end(entry.pieces.join(""));
    });
    // A body that is broken off has an end too.
    incoming.stream.on("close", () => { entry.isClosed = true; });
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return {
    origin: `https://127.0.0.1:${server.address().port}`,
    log,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      for (const session of sessions) session.destroy();
    }),
  };
}
