// Stands before a provider that is not ours, on the origin that is its issuer: logs every request as it came and when it
// was answered, and can slow one endpoint down. The provider keeps its own say about everything else, CORS included,
// unless it is one that knows nothing of CORS.
import { createServer, request as send } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { corsHeaders, describeRequest, listen, readBody } from "../../provider/serve.mjs";

// About one connection, not about the message: each side of the front has its own.
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding"];

export const SILENCE = Symbol("no answer");

/**
 * @param {object} options
 * @param {string} options.target The origin that requests are passed on to, with the `Host` they came with.
 * @param {boolean} [options.addCors] Answers preflights and adds the headers in the provider's place.
 * @param {(request: object) => object} [options.moreHeaders] Headers to add to a request on its way to the provider.
 * @param {(request: object, pass: () => Promise<object>, gone: AbortSignal) => Promise<object | null>} [options.between]
 *   What becomes of a request: `pass` gives the provider's answer, null resets the connection, and `gone` says that whoever
 *   asked hung up. Default: the provider's answer.
 * @returns `{ origin, log, slow(path, milliseconds), pretend(path, answer), close() }`; a log entry gets `status`, `answer`
 *   (the body's text) and `answeredAt` when answered. `pretend` has an endpoint give this `{ status, headers?, body }`, with
 *   CORS headers, or what a function of the log's entry returns, until it is told null; with {@link SILENCE} it hangs up.
 */
export async function startFront({ target, addCors = false, moreHeaders = () => ({}), between = (_entry, pass) => pass() }) {
  const log = [];
  const delays = new Map();
  const pretended = new Map();
  const server = createServer(async (incoming, outgoing) => {
    // Asked for by browsers, not by pages.
    if (incoming.url === "/favicon.ico") return outgoing.writeHead(204).end();
    const gone = new AbortController();
    outgoing.on("close", () => outgoing.writableFinished || gone.abort());
    try {
      const body = await readBody(incoming);
      const entry = describeRequest(incoming, body);
      log.push(entry);
      const isPreflight = entry.method === "OPTIONS";
      const pretence = isPreflight ? null : pretended.get(entry.path);
      const instead = typeof pretence === "function" ? pretence(entry) : pretence;
      if (instead === SILENCE) return outgoing.destroy();
      const cors = addCors || instead ? corsHeaders(entry) : {};
      if (delays.has(entry.path)) await sleep(delays.get(entry.path));
      const pass = async () => (isPreflight && addCors
        ? { status: 204, headers: {}, body: "" }
        : instead ?? await passOn(target, entry, body, { ...entry.headers, ...moreHeaders(entry) }));
      const answer = await between(entry, pass, gone.signal);
      if (!answer) return incoming.socket.resetAndDestroy();
      Object.assign(entry, { status: answer.status, answer: String(answer.body), answeredAt: Date.now() });
      return outgoing.writeHead(answer.status, { ...answer.headers, ...cors }).end(answer.body);
    } catch (error) {
      return outgoing.writeHead(502, { "content-type": "text/plain" }).end(String(error));
    }
  });
  return {
    ...await listen(server),
    log,
    slow: (path, milliseconds) => delays.set(path, milliseconds),
    pretend: (path, answer) => pretended.set(path, answer),
  };
}

/** A connection of its own for each request: a kept one may close while it is being used again. */
function passOn(target, { method, url }, body, headers) {
  return new Promise((resolve, reject) => {
    const request = send(new URL(url, target), { method, headers: withoutHops(headers), agent: false, setHost: false });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks = [];
      response.on("error", reject);
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({
        status: response.statusCode, headers: withoutHops(response.headers), body: Buffer.concat(chunks),
      }));
    });
    request.end(body);
  });
}

const withoutHops = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
