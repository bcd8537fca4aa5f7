// Requests that say exactly what a test wants said: no header is added, nothing is resolved or followed.
import { Agent, request } from "node:http";
import { connect } from "node:net";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/**
 * One request to loopback. `path` goes out as it is.
 * @param {string | Buffer | AsyncIterable<Uint8Array>} [body]
 * @returns `{ status, headers, stream, setCookies, text(), json() }`
 */
export function send(wanted, triesLeft = 3) {
  const { port, method = "GET", path, headers = {}, body, signal } = wanted;
  const isStream = body !== undefined && typeof body !== "string" && !Buffer.isBuffer(body);
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, method, path, headers, setHost: false, agent, signal }, (response) => {
      // A body that nobody reads must not hold the connection, nor fail where nobody listens.
      response.on("error", () => {});
      const text = async () => {
        let all = "";
        for await (const chunk of response.setEncoding("utf8")) all += chunk;
        return all;
      };
      resolve({
        status: response.statusCode,
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        setCookies: response.headers["set-cookie"] ?? [],
        stream: response,
        text,
        json: async () => JSON.parse(await text()),
      });
    });
    asked.on("error", (error) => {
      // As in a browser: a kept connection that closed before it answered is no answer. Node does not know of all that are kept.
      const isKept = asked.reusedSocket || method === "GET";
      if (isKept && error.code === "ECONNRESET" && !isStream && triesLeft > 0) send(wanted, triesLeft - 1).then(resolve, reject);
      else reject(new Error(`${method} ${path} at port ${port}: ${error.message}`, { cause: error }));
    });
    if (isStream) feed(asked, body).catch(reject);
    else asked.end(body);
  });
}

async function feed(asked, body) {
  asked.flushHeaders();
  for await (const chunk of body) asked.write(chunk);
  asked.end();
}

/**
 * Sends these bytes and gives everything that came back until the other side closed, or was silent for a while; with `one`,
 * until one answer was whole.
 */
export function sendBytes(port, bytes, { silenceMs = 1_000, one = false } = {}) {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(silenceMs, done);
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
      if (one && isWhole(answer)) done();
    });
    socket.on("close", done);
    socket.on("error", done);
  });
}

function isWhole(answer) {
  const [head, ...body] = answer.split("\r\n\r\n");
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  return length === undefined ? answer.endsWith("0\r\n\r\n") : body.join("\r\n\r\n").length >= Number(length);
}

/** The status of each answer in what {@link sendBytes} gave. */
export const statusesIn = (answer) => [...answer.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
