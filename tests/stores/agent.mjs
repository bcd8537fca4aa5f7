// Stores at work in a runtime of their own, and the way to ask them from here.

const PAYLOAD = "x".repeat(4_096);

const BATCH = 50;

/** What the action takes, in the batch in the middle: the clock of a Worker shows whole milliseconds. */
const microseconds = async (batches, action) => {
  const taken = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const start = performance.now();
    for (let round = 0; round < BATCH; round += 1) await action();
    taken.push(((performance.now() - start) * 1_000) / BATCH);
  }
  return Math.round(taken.sort((a, b) => a - b)[batches >> 1]);
};

/** What a test asks beyond the functions of a store. */
const EXTRAS = {
  isAtomic: (store) => store.isAtomic,
  /** So many writes at once, of the value "from n": the versions they were given. */
  race: (store, key, from, count, options) =>
    Promise.all(Array.from({ length: count }, (_, place) => store.write(key, `${from} ${place}`, options))),
  /** So many additions to a number that all share, each begun anew until it is made. */
  async add(store, key, times) {
    const until = { expiresAt: Date.now() + 60_000 };
    for (let left = times; left > 0;) {
      const [entry] = await store.read([key]);
      const next = String(Number(entry?.value ?? 0) + 1);
      if (await store.write(key, next, { ...until, expected: entry?.version ?? null }) !== null) left -= 1;
    }
  },
  /** What a read and a write of 4 KB take, and a read of the four entries that a request asks for. */
  async measure(store, batches) {
    const until = { expiresAt: Date.now() + 60_000 };
    let version = await store.write("measured", PAYLOAD, until);
    const keys = ["measured", "missing-1", "missing-2", "missing-3"];
    await microseconds(2, () => store.read(keys));
    return {
      read: await microseconds(batches, () => store.read(["measured"])),
      readFour: await microseconds(batches, () => store.read(keys)),
      write: await microseconds(batches, async () => {
        version = await store.write("measured", PAYLOAD, { ...until, expected: version });
      }),
    };
  },
};

/** Answers a request for one of these stores. */
export const answerFor = (stores) => async ({ name, method, args }) => {
  const store = stores[name];
  try {
    const value = await (EXTRAS[method] ? EXTRAS[method](store, ...args) : store[method](...args));
    return { value };
  } catch ({ name: kind, code, phase, retryable, message, cause }) {
    return { error: { name: kind, code, phase, retryable, message, hasCause: cause !== undefined } };
  }
};

/** The store of this name behind `ask`, with what was thrown there. */
export const remoteStore = (ask, name) =>
  new Proxy({}, {
    // Whoever awaits it looks for this one.
    get: (_, method) => method === "then" ? undefined : async (...args) => {
      const { value, error } = await ask({ name, method, args });
      if (error) throw Object.assign(new Error(error.message), error);
      return value;
    },
  });
