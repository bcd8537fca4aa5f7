// As much of WebSocket (RFC 6455) as an echo needs, for both sides: short text frames, and the close.
import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";

const TEXT = 1;
const CLOSE = 8;

/** Answers an upgrade; `heard(text, send)` is called for each message. */
export function acceptSocket(incoming, socket, heard) {
  const accept = createHash("sha1").update(`${incoming.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const [protocol] = (incoming.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  socket.write([
    "HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: upgrade", `sec-websocket-accept: ${accept}`,
    ...(protocol ? [`sec-websocket-protocol: ${protocol}`] : []), "", "",
  ].join("\r\n"));
  const send = (text) => socket.write(frame(TEXT, Buffer.from(text)));
  socket.on("error", () => socket.destroy());
  readFrames(socket, (opcode, payload) => {
    if (opcode === TEXT) heard(payload.toString(), send);
    if (opcode === CLOSE) socket.end(frame(CLOSE, payload));
  });
}

/**
 * Asks for a WebSocket, with exactly these headers beside those of the protocol.
 * @returns `{ status, headers, send(text), next(), close() }`; only a status of 101 has the last three.
 */
export function openSocket({ port, path, headers }) {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1", port, path, agent: false, setHost: false,
      headers: {
        connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"), ...headers,
      },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers }));
    });
    asked.on("upgrade", (response, socket, head) => {
      const said = [];
      const waiting = [];
      if (head.length > 0) socket.unshift(head);
      readFrames(socket, (opcode, payload) => {
        if (opcode !== TEXT) return;
        const next = waiting.shift();
        if (next) next(payload.toString());
        else said.push(payload.toString());
      });
      resolve({
        status: response.statusCode,
        headers: response.headers,
        send: (text) => socket.write(frame(TEXT, Buffer.from(text), true)),
        next: () => (said.length > 0 ? Promise.resolve(said.shift()) : new Promise((done) => waiting.push(done))),
        close: () => socket.destroy(),
      });
    });
    asked.end();
  });
}

function readFrames(socket, heard) {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (rest.length < 2) return;
      const masked = (rest[1] & 0x80) !== 0;
      const short = rest[1] & 0x7f;
      const start = (short === 126 ? 4 : 2) + (masked ? 4 : 0);
      if (rest.length < start) return;
      const length = short === 126 ? rest.readUInt16BE(2) : short;
      if (rest.length < start + length) return;
      const mask = masked ? rest.subarray(start - 4, start) : null;
      const payload = Buffer.from(rest.subarray(start, start + length)).map((byte, at) => (mask ? byte ^ mask[at % 4] : byte));
      const opcode = rest[0] & 0x0f;
      rest = rest.subarray(start + length);
      heard(opcode, payload);
    }
  });
}

/** Clients mask what they send. */
function frame(opcode, payload, masks = false) {
  const mask = masks ? randomBytes(4) : Buffer.alloc(0);
  const head = Buffer.from([0x80 | opcode, (masks ? 0x80 : 0) | payload.length]);
  return Buffer.concat([head, mask, masks ? payload.map((byte, at) => byte ^ mask[at % 4]) : payload]);
}
