// An API whose bodies come and go in pieces, and which says how far they came.
import { createServer } from "node:http";
import { corsHeaders, listen } from "../provider/serve.mjs";

const PIECE = Buffer.alloc(64 * 1024, "x");
// A WebKitGTK page hangs now and then that gives up an endless body which comes as fast as it can: seen without tokenward too, in
// a page that only cancels (once in 16 rounds), never with a paced one (360 rounds). So what goes on for ever has a network's pace.
const PACE_MS = 5;

/** @returns `origin`, `close`, and `log`, whose entries change as a body comes and goes. */
export async function startBodyApi() {
  const log = [];
  let answerHeld = () => {};
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url, "http://127.0.0.1");
    const { headers, method } = incoming;
    const cors = { ...corsHeaders(incoming), "access-control-allow-credentials": "true" };
    if (method === "OPTIONS") return outgoing.writeHead(204, cors).end();
    const entry = { method, path: url.pathname, headers, received: 0, written: 0, isClosed: false, body: [] };
    log.push(entry);
    outgoing.on("close", () => { entry.isClosed = true; });
    if (url.pathname === "/endless") {
      outgoing.writeHead(200, { ...cors, "content-type": "application/octet-stream" });
      const write = () => {
        while (!entry.isClosed) {
          entry.written += PIECE.length;
          if (!outgoing.write(PIECE)) return void outgoing.once("drain", write);
        }
      };
      return write();
    }
    if (url.pathname === "/steady") {
      outgoing.writeHead(200, { ...cors, "content-type": "application/octet-stream" });
      const pace = setInterval(() => outgoing.write(PIECE), PACE_MS);
      return void outgoing.on("close", () => clearInterval(pace));
    }
    if (url.pathname === "/two") {
      outgoing.writeHead(200, { ...cors, "content-type": "text/plain" }).write("one ");
      await new Promise((resolve) => { answerHeld = resolve; });
      return outgoing.end("two");
    }
    if (url.pathname === "/silent") return;
    if (url.pathname === "/broken") {
      outgoing.writeHead(200, { ...cors, "content-length": "100" }).write("half");
      return setTimeout(() => outgoing.destroy(), 50);
    }
    // As a careless error page does.
    if (url.pathname === "/headers") return outgoing.writeHead(200, cors).end(JSON.stringify(headers));
    if (url.pathname === "/status") return outgoing.writeHead(Number(url.searchParams.get("is")), cors).end();
    if (url.pathname === "/redirect") return outgoing.writeHead(302, { ...cors, location: "/echo" }).end();
    try {
      for await (const piece of incoming) {
        entry.received += piece.length;
        entry.body.push(piece);
      }
    } catch {
      return;
    }
    outgoing.writeHead(200, { ...cors, "content-type": headers["content-type"] ?? "none/none" }).end(Buffer.concat(entry.body));
  });
  return { ...(await listen(server)), log, answer: () => answerHeld() };
}
