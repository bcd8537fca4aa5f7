// What the tabs of one origin share for one client: a lock, a mark that counts token sets, and a channel.

import { settled, transactOn } from "./database.js";

/** A browser whose database hangs (some do after an update) must not keep anybody waiting. */
const MARK_PATIENCE_MS = 3000;
/** One that has answered is slow, not broken: whoever refreshes without its answer may present a token that is spent. */
const SLOW_PATIENCE_MS = 10_000;
/** How long after a lock could not be asked for it is asked for again. */
const LOCK_RETRY_MS = 1000;
let patienceMs = MARK_PATIENCE_MS;

/** What becomes of the mark: "" reads it, digits count on from there only, and with "+" from there at least; "over" before
 * them ends the session. */
const change = (text) => async (store, name) => {
  const { generation = 0, over = false } = (await settled(store.get(name))) ?? {};
  const [, from, isFloor] = /(\d*)(\+?)$/.exec(text);
  const count = isFloor ? Math.max(generation, from) : Number(from);
  if (text === "" || generation > count) return { generation, over, written: false };
  const next = { generation: count + 1, over: text.startsWith("over") };
  store.put(next, name);
  return { ...next, written: true };
};

const mark = async (name, text) => {
  let timer;
  const patience = new Promise((_, reject) => (timer = setTimeout(reject, patienceMs)));
  // Where it does not answer this time, nobody waits so long again until it has.
  let nextMs = MARK_PATIENCE_MS;
  try {
    const work = change(text);
    const found = await Promise.race([transactOn("marks", text ? "readwrite" : "readonly", (store) => work(store, name)), patience]);
    nextMs = SLOW_PATIENCE_MS;
    return found;
  } finally {
    patienceMs = nextMs;
    clearTimeout(timer);
  }
};

/** `hear` is told what other tabs say. */
export const openChannel = (name, hear) => {
  const channel = globalThis.BroadcastChannel && new BroadcastChannel(name);
  if (channel) channel.onmessage = ({ data }) => hear(data);
  return channel;
};

/** `channel` carries what tabs say; `locks` is what to use where the browser has no Web Locks. */
export const joinTabs = (name, channel, locks) => {
  const nothing = () => {};
  let free = nothing;
  let hasLeft = false;
  return {
    /** Resolves to whether the lock is had: not where `unlock` came first. */
    lock: () =>
      new Promise((resolve) => {
        const waiting = new AbortController();
        free = () => waiting.abort();
        const hold = () =>
          // An abort that comes after the grant takes nothing back: what nobody waits for any more is let go at once.
          waiting.signal.aborted
            ? resolve(false)
            : new Promise((done) => {
                free = done;
                resolve(true);
              });
        const request = async () => (navigator.locks ?? (await locks())).request(name, { signal: waiting.signal }, hold);
        const ask = () => request().catch(({ name }) => {
          const { aborted } = waiting.signal;
          // What the browser lets no page share, nobody else holds; any other fault may pass.
          if (aborted || name === "SecurityError") resolve(!aborted);
          else setTimeout(ask, LOCK_RETRY_MS);
        });
        ask();
      }),
    unlock: () => {
      free();
      free = nothing;
      if (hasLeft) channel?.close();
    },
    mark: (text) => mark(name, text),
    say: (text) => channel?.postMessage(text),
    /** Hears no more. What is under way may still be said: the channel is closed by `unlock`, which ends it. */
    leave: () => {
      hasLeft = true;
      if (channel) channel.onmessage = null;
    },
  };
};
