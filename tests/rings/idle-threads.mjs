// Keeps threads of wasm-bindgen's test server waiting. It answers each connection in a thread of its own for as long as the
// browser keeps that open, and counts a thread that was just given a connection as free until it wakes. A browser that opens
// more connections at once than threads wait has one that nobody answers until it gives the others up, after minutes. With
// many threads waiting there is always one; they end after five seconds, so they are asked for again and again.
import { connect, createServer } from "node:net";

/** More than any browser opens to one host at once (6). */
const THREADS = 16;
const EVERY_MS = 1_000;

/** A port of this machine that nobody listens on. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** One connection that asks for nothing. Nobody may listen yet. */
function knock(port) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}).on("connect", () => setTimeout(() => socket.destroy(), EVERY_MS / 10));
}

/** Begins; gives the way to end it. */
export function keepThreadsWaiting(port) {
  const timer = setInterval(() => {
    for (let i = 0; i < THREADS; i += 1) knock(port);
  }, EVERY_MS);
  return () => clearInterval(timer);
}
