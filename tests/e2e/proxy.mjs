// A proxy that sees and decides what a browser sends, for the engine whose driver can do neither. It forwards plain http
// alone: what is said over TLS can be answered by an interceptor, and goes nowhere else.
import { createServer, request as send } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { listen } from "../provider/serve.mjs";
import { makeCertificate } from "./certificate.mjs";

// What is about the connection and not about the message, by RFC 9110, section 7.6.1.
const OF_THE_CONNECTION = ["connection", "keep-alive", "proxy-connection", "upgrade"];

/** @returns the proxy's address, the `requests` it saw, and what a profile asks of it: intercept, setOffline, close. */
export async function startProxy() {
  const requests = [];
  const interceptors = [];
  let offline = false;
  const server = createServer((incoming, outgoing) => handle(incoming.url, incoming, outgoing));
  // A connection is used once: a browser may try again by itself what fails on an older one.
  server.maxRequestsPerSocket = 1;
  let secure;
  server.on("connect", async (incoming, socket) => {
    socket.on("error", () => socket.destroy());
    secure ??= secureServer((inside, outgoing) => handle(`https://${inside.headers.host}${inside.url}`, inside, outgoing));
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    (await secure).emit("connection", socket);
  });

  function handle(url, incoming, outgoing) {
    const { method, headers } = incoming;
    const isPreflight = method === "OPTIONS" && "access-control-request-method" in headers;
    // As in the other engines: a preflight is the browser's own.
    if (!isPreflight) requests.push({ at: Date.now(), method, url, headers });
    const found = interceptors.find(({ matches }) => matches(new URL(url)));
    if (offline) incoming.destroy();
    else if (found) answer(outgoing, found.reply({ method, url, headers }));
    else if (url.startsWith("http:")) forward(url, incoming, outgoing);
    else incoming.destroy();
  }

  const { origin, close } = await listen(server);
  return {
    address: new URL(origin).host,
    requests,
    intercept: (matches, reply) => interceptors.push({ matches, reply }),
    setOffline: (isOffline) => { offline = isOffline; },
    async close() {
      (await secure)?.closeAllConnections();
      await close();
    },
  };
}

function answer(outgoing, reply) {
  if (!reply) return outgoing.destroy();
  outgoing.writeHead(reply.status, reply.headers);
  return outgoing.end(reply.body);
}

function forward(url, incoming, outgoing) {
  const { method, rawHeaders } = incoming;
  const outward = send(url, { method, headers: endToEnd(rawHeaders), agent: false }, (response) => {
    outgoing.writeHead(response.statusCode, response.statusMessage, endToEnd(response.rawHeaders));
    response.on("error", () => outgoing.destroy());
    response.pipe(outgoing);
  });
  outward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => outward.destroy());
  incoming.pipe(outward);
}

const endToEnd = (rawHeaders) => rawHeaders.filter((_, at) => {
  const name = rawHeaders[at - (at % 2)].toLowerCase();
  return !OF_THE_CONNECTION.includes(name);
});

const secureServer = async (handler) => createTlsServer(await makeCertificate(), handler);
