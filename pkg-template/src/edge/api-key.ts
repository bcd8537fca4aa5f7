// A client that sends an API key, to the places listed and nowhere else.

import { KeyApis, isKey } from "../../../target/npm/edge/tokenward_edge.js";
import type { LogSink } from "../../index.js";
import { failure, toAuthError } from "../error.js";
import { createFetch } from "../fetch.js";
import { following } from "./follow.js";
import type { Slot } from "./secret.js";

interface Given {
  slot: Slot;
  header: string;
  query: string | undefined;
  apis: unknown;
  native: typeof fetch;
}

/** URLs are in the logs of every server and proxy on the way. */
export const warnOfKeyInUrl = (log: LogSink | undefined) => {
  try {
    log?.({ at: Date.now(), level: "warn", event: "keyInUrl", message: "The API key is sent in the URL, and URLs are logged: use a header where the API takes one" });
  } catch {
    // A log that fails must not fail the client.
  }
};

const inQuery = (name: string, slot: Slot) => ({
  dress: (url: string) => {
    const dressed = new URL(url);
    dressed.searchParams.set(name, slot.key);
    return dressed.href;
  },
  undress: (url: string) => {
    if (!url) return url;
    const undressed = new URL(url);
    if (!undressed.searchParams.has(name)) return url;
    undressed.searchParams.delete(name);
    return undressed.href;
  },
});

/** What is thrown names the URL on some platforms. */
const withoutUrls = (native: typeof fetch): typeof fetch => async (target, init) => {
  try {
    return await native(target, init);
  } catch {
    (init?.signal ?? (target as Request).signal)?.throwIfAborted();
    throw new TypeError("The request got no answer");
  }
};

export const createKeyFetch = ({ slot, header, query, apis, native }: Given): typeof fetch => {
  let listed: KeyApis;
  try {
    listed = new KeyApis({ apis });
  } catch (error) {
    throw toAuthError(error);
  }
  if (!isKey(slot.key)) throw failure("invalid_option", "key");
  const mayReceiveToken = (url: string) => listed.covers(url);
  const current = () => ({ token: "", generation: slot.generation, headers: query === undefined ? { [header]: slot.key } : {} });
  return createFetch({
    native: following(query === undefined ? native : withoutUrls(native), {
      mayReceive: mayReceiveToken, headers: [header], ...(query !== undefined && inQuery(query, slot)),
    }),
    header,
    base: () => undefined as unknown as string,
    mayReceiveToken,
    freshToken: current,
    // A key that was changed since may be the one that is wanted; else the API's answer stands.
    token: async ({ refusedGeneration }) => {
      if (refusedGeneration === slot.generation) throw failure("internal");
      return current();
    },
    heed: (_url, status) => (status === 401 ? 1 : 0),
  });
};
