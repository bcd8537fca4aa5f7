// Runs in every test page: makes the package's objects readable from outside, and reports what the page swallows.
addEventListener("unhandledrejection", ({ reason }) => {
  // A beacon outlives the page, and an unhandled rejection is often the last thing a page does.
  navigator.sendBeacon("/_unhandled", `${location.pathname}: ${reason}\n${reason?.stack}`);
});

const eventNames = ["signedIn", "tokenRefreshed", "refreshFailed", "signedOut", "interactionRequired", "stepUpRequired"];

/** What is in every store of a database, as [store, key, value as JSON]. */
async function recordsOf(name) {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await settled(indexedDB.open(name));
  const records = [];
  for (const store of database.objectStoreNames) {
    const opened = database.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([settled(opened.getAllKeys()), settled(opened.getAll())]);
    keys.forEach((key, i) => records.push([store, key, JSON.stringify(values[i])]));
  }
  database.close();
  return records;
}

globalThis.harness = {
  events: [],
  logged: [],
  thrown: [],
  /** Set before the page is left, so that the next page can be told from this one. */
  leaving: false,
  /** The object of the last {@link start}. */
  auth: null,

  /** Makes an Auth with this function of the package, waits until it is ready and returns its session as {@link session} does. */
  async start(options, make = "createAuth") {
    const tokenward = await import("/pkg/index.js");
    const auth = tokenward[make]({ ...options, log: (entry) => this.logged.push(entry) });
    for (const name of eventNames) auth.on(name, (detail) => this.events.push({ name, detail: plain(detail) }));
    this.auth = auth;
    await auth.ready;
    return this.session();
  },

  /** The session as plain data; an error in it becomes what {@link describe} makes of it. */
  session() {
    return plain(this.auth.session);
  },

  /** Runs `action` and returns `{ value }` or `{ error }`, both as plain data. */
  async outcome(action) {
    try {
      return { value: plain(await action()) };
    } catch (error) {
      this.thrown.push(describe(error));
      return { error: describe(error) };
    }
  },

  /** Everything that scripts of this origin can find again later. */
  async stored() {
    const databases = (await indexedDB.databases?.()) ?? [];
    const caches = await globalThis.caches?.keys() ?? [];
    return {
      session: { ...sessionStorage },
      local: { ...localStorage },
      databases: databases.map(({ name }) => name),
      records: (await Promise.all(databases.map(({ name }) => recordsOf(name)))).flat(),
      caches,
      cookies: document.cookie,
      historyState: JSON.stringify(history.state),
      title: document.title,
      name: window.name,
      url: location.href,
    };
  },
};

function plain(value) {
  if (value instanceof Error) return describe(value);
  if (value instanceof Response) return { status: value.status };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

// All that an error shows to whoever prints, serializes or inspects it.
function describe(error) {
  const own = Object.fromEntries(
    Object.getOwnPropertyNames(error).filter((name) => name !== "cause").map((name) => [name, error[name]]),
  );
  return {
    ...own,
    name: error.name,
    code: error.code,
    message: error.message,
    stack: error.stack,
    json: JSON.stringify(error),
    text: String(error),
    ...(error.cause === undefined ? {} : { cause: plain(error.cause) }),
  };
}
