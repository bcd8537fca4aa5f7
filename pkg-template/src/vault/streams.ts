// A stream through a port: each piece goes when the other end asks for it, so that nobody sends more than is read.

type Piece = { bytes: Uint8Array<ArrayBuffer> } | { done: true } | { failure: string };

/** Sends the stream; the port is the receiver's to close. `ended` is called once nothing more will be sent. */
export const sendStream = (stream: ReadableStream<Uint8Array>, port: MessagePort, ended = () => {}): void => {
  const reader = stream.getReader();
  const next = async (): Promise<Piece> => {
    try {
      const { done, value } = await reader.read();
      if (done) return { done };
      if (!(value instanceof Uint8Array)) throw new TypeError("A stream of a body gives Uint8Arrays");
      // A copy: what the stream goes on using stays its own.
      return { bytes: value.slice() };
    } catch (error) {
      return { failure: String(Object(error).message) };
    }
  };
  port.onmessage = async ({ data }) => {
    if (data !== "next") {
      return void reader.cancel().then(ended, ended);
    }
    const piece = await next();
    if (!("bytes" in piece)) ended();
    port.postMessage(piece, "bytes" in piece ? [piece.bytes.buffer] : []);
  };
};

/** The stream that the other end of the port sends. `signal` breaks it off. */
export const receiveStream = (port: MessagePort, signal?: AbortSignal): ReadableStream<Uint8Array> => {
  let stop = () => {};
  const end = (word?: "cancel") => {
    if (word) port.postMessage(word);
    port.close();
    signal?.removeEventListener("abort", stop);
  };
  return new ReadableStream(
    {
      start(controller) {
        stop = () => {
          end("cancel");
          controller.error(signal!.reason);
        };
        if (signal?.aborted) stop();
        signal?.addEventListener("abort", stop);
      },
      pull: (controller) =>
        new Promise<void>((resolve) => {
          port.onmessage = ({ data: piece }: MessageEvent<Piece>) => {
            if ("bytes" in piece) controller.enqueue(piece.bytes);
            else {
              end();
              if ("failure" in piece) controller.error(new TypeError(piece.failure));
              else controller.close();
            }
            resolve();
          };
          port.postMessage("next");
        }),
      cancel: () => end("cancel"),
    },
    { highWaterMark: 0 },
  );
};
