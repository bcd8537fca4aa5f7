// A body as it is now, whatever is done to the object afterwards.

/** For a Request that is sent later: WebKit's reads these only then. */
export const asItIs = (body: unknown): unknown => {
  if (body instanceof URLSearchParams) return new URLSearchParams(body);
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new Blob([body as BlobPart]);
  return body;
};
