// The app's public address: it stays while what answers behind it is started, replaced or doubled. It passes bytes on as they
// are, so that a test over a raw socket meets the runtime itself.
import { connect, createServer } from "node:net";

/**
 * @param {object} [options]
 * @param {boolean} [options.listens] Keeps what the app says, in `said`.
 * @returns `{ origin, port, said, open(...ports), close() }`. `open` says which ports answer from now on, one connection each
 *   in turn.
 */
export async function openDoor({ listens = false } = {}) {
  let ports = [];
  const said = [];
  let turn = 0;
  const sockets = new Set();
  const pass = (socket) => {
    if (ports.length === 0) return socket.destroy();
    turn = (turn + 1) % ports.length;
    const inner = connect(ports[turn], "127.0.0.1");
    if (listens) inner.on("data", (chunk) => said.push(chunk));
    for (const [one, other] of [[socket, inner], [inner, socket]]) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        // What is still on its way out gets there.
        other.destroySoon();
      });
      one.pipe(other);
    }
    return undefined;
  };
  const server = createServer(pass);
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    port,
    said,
    // Another site than the provider's 127.0.0.1, as in life: the ports of one host are one site.
    origin: `http://localhost:${port}`,
    open(...next) {
      ports = next;
      // Kept connections would go on asking what answered before.
      sockets.forEach((socket) => socket.destroy());
    },
    close: () => new Promise((resolve) => {
      server.close(resolve);
      sockets.forEach((socket) => socket.destroy());
    }),
  };
}
