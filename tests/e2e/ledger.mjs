// What a page has open: timers, listeners, channels, ports, workers, locks, databases, requests.

/**
 * Runs in the page, before the package does: from then on `ledger.open()` lists what was opened and not closed, as sorted
 * text. Left out is what ends by itself and cannot be closed from outside: AbortSignal.timeout, which is the patience of a
 * request. The request itself is in `ledger.requests`, and in no list.
 */
export function installLedger() {
  const entries = new Map();
  const put = (key, text) => void entries.set(key, text);
  const nameOf = (object) => object?.constructor?.name ?? "global";

  const timers = [];
  for (const [start, stop] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]]) {
    const [realStart, realStop] = [globalThis[start], globalThis[stop]];
    const key = (id) => `${start} ${id}`;
    globalThis[start] = (run, delay, ...rest) => {
      const fire = (...given) => {
        if (start === "setTimeout") entries.delete(key(id));
        run(...given);
      };
      const id = realStart(fire, delay, ...rest);
      timers.push(delay);
      put(key(id), "timer");
      return id;
    };
    globalThis[stop] = (id) => {
      realStop(id);
      // One list of ids serves both kinds.
      entries.delete(`setTimeout ${id}`);
      entries.delete(`setInterval ${id}`);
    };
  }

  // One entry for each target, type, listener and phase, as the platform has it.
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  const listeners = new WeakMap();
  const keyOf = (target, type, listener, options) => {
    const capture = Boolean(typeof options === "object" ? options?.capture : options);
    if (!listeners.has(target)) listeners.set(target, []);
    const known = listeners.get(target);
    const same = (key) => key.type === type && key.listener === listener && key.capture === capture;
    if (!known.some(same)) known.push({ type, listener, capture });
    return known.find(same);
  };
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? globalThis;
    const key = keyOf(target, type, listener, options);
    put(key, `listener ${nameOf(target)} ${type}`);
    options?.signal && add.call(options.signal, "abort", () => entries.delete(key));
    options?.once && add.call(target, type, () => entries.delete(key), options);
    return add.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? globalThis;
    entries.delete(keyOf(target, type, listener, options));
    return remove.call(target, type, listener, options);
  };

  // Constructors, and the method that ends what they made.
  const watch = (name, text, close) => {
    const Real = globalThis[name];
    if (!Real) return;
    globalThis[name] = new Proxy(Real, {
      construct(target, given, newTarget) {
        const made = Reflect.construct(target, given, newTarget);
        put(made, text(...given));
        close(made, () => entries.delete(made));
        return made;
      },
    });
  };
  const after = (object, method, then) => {
    const real = object[method].bind(object);
    object[method] = (...given) => {
      then();
      return real(...given);
    };
  };
  watch("BroadcastChannel", () => "channel", (made, closed) => after(made, "close", closed));
  watch("MessageChannel", () => "ports", ({ port1, port2 }, closed) => {
    for (const port of [port1, port2]) after(port, "close", closed);
  });
  watch("Worker", () => "worker", (made, closed) => after(made, "terminate", closed));
  watch("SharedWorker", () => "shared worker", ({ port }, closed) => after(port, "close", closed));

  const realOpen = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (...given) {
    const request = realOpen.apply(this, given);
    add.call(request, "success", () => {
      const database = request.result;
      put(database, "database");
      after(database, "close", () => entries.delete(database));
    });
    return request;
  };

  const requests = { open: 0 };
  const realFetch = globalThis.fetch;
  globalThis.fetch = (...given) => {
    requests.open += 1;
    return realFetch(...given).finally(() => { requests.open -= 1; });
  };

  globalThis.ledger = {
    requests,
    /** The delays of all timers that were ever set. */
    timers,
    async open() {
      const { held, pending } = await navigator.locks.query();
      const locks = [...held, ...pending].map(({ name }) => `lock ${name}`);
      // Handlers set as a property are no listeners of the above.
      const handlers = [globalThis, document].flatMap((target) => {
        const names = Object.keys(Object.getPrototypeOf(target)).concat(Object.keys(target));
        return names.filter((name) => /^on/.test(name) && typeof target[name] === "function").map((name) => `handler ${name}`);
      });
      return [...entries.values(), ...locks, ...handlers].sort();
    },
  };
}
