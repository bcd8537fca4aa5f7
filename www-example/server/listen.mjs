import { createServer } from "node:http";

/** A port that another program holds. */
export class PortTaken extends Error {
  constructor(port) {
    super(`port ${port} is already in use`);
    this.port = port;
  }
}

/**
 * A server that already listens, still without a handler: an issuer's name contains its port, so the port must be known
 * before the thing that answers on it can be made.
 */
export async function listen(port, host) {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once("error", (error) => reject(error.code === "EADDRINUSE" ? new PortTaken(port) : error));
    server.listen(port, host, resolve);
  });
  return {
    server,
    origin: `http://${host}:${server.address().port}`,
    async close() {
      // Browsers keep connections open for reuse; waiting for them would take seconds.
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
