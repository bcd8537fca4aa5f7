// A hostile script: keeps everything that passes through what it could lay its hands on. Run before the app, as the first
// script of the page, or after it.
globalThis.spy = () => {
  const loot = (globalThis.loot ??= []);
  const texts = (value, seen = new Set()) => {
    try {
      if (typeof value === "string") return loot.push(value);
      if (value === null || typeof value !== "object" || seen.has(value)) return undefined;
      seen.add(value);
      if (value instanceof Headers || value instanceof URLSearchParams || value instanceof FormData) return [...value].flat().forEach((it) => texts(it, seen));
      if (value instanceof Request) return texts([value.url, value.headers], seen);
      if (value instanceof ArrayBuffer) return loot.push(new TextDecoder().decode(value));
      if (ArrayBuffer.isView(value)) return loot.push(new TextDecoder().decode(value));
      if (value instanceof MessageEvent) return texts(value.data, seen);
      for (const name of Object.getOwnPropertyNames(value)) texts(value[name], seen);
    } catch {
      // What does not let itself be read is no loot.
    }
    return undefined;
  };
  const native = Reflect.apply;
  const { then } = Promise.prototype;
  let busy = false;
  const keep = (values) => {
    if (busy) return;
    busy = true;
    for (const value of values) texts(value);
    busy = false;
  };

  const wrap = (owner, name) => {
    const original = owner?.[name];
    if (typeof original !== "function") return;
    owner[name] = function spied(...given) {
      keep(given);
      const result = new.target ? Reflect.construct(original, given, new.target === spied ? original : new.target) : native(original, this, given);
      keep([result]);
      if (result instanceof Promise) native(then, result, [(value) => keep([value]), () => {}]);
      return result;
    };
    Object.setPrototypeOf(owner[name], original);
    owner[name].prototype = original.prototype;
  };
  const listenTo = (owner, name) => {
    const { get, set } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
    if (!set) return;
    Object.defineProperty(owner, name, {
      configurable: true, get,
      set(listener) {
        native(set, this, [typeof listener !== "function" ? listener : function heard(event) {
          keep([event]);
          return native(listener, this, [event]);
        }]);
      },
    });
  };

  for (const name of ["fetch", "Request", "Response", "Headers", "URL", "URLSearchParams", "SharedWorker", "Worker", "MessageChannel",
    "BroadcastChannel", "Blob", "TextDecoder", "structuredClone", "postMessage", "atob", "btoa", "XMLHttpRequest"]) wrap(globalThis, name);
  const methods = {
    MessagePort: ["postMessage"], Worker: ["postMessage"], BroadcastChannel: ["postMessage"], Storage: ["setItem", "getItem"],
    IDBObjectStore: ["put", "get", "getAll"], History: ["replaceState", "pushState"], Map: ["set", "get"], Set: ["add"], Promise: ["then"],
    Headers: ["set", "get", "append"], XMLHttpRequest: ["open", "setRequestHeader", "send"], TextDecoder: ["decode"], TextEncoder: ["encode"],
    SubtleCrypto: ["digest", "sign", "verify", "importKey", "generateKey"], ReadableStreamDefaultController: ["enqueue"], Response: ["text", "json", "blob"],
  };
  for (const [owner, names] of Object.entries(methods)) for (const name of names) wrap(globalThis[owner]?.prototype, name);
  for (const [owner, name] of [[JSON, "parse"], [JSON, "stringify"], [Object, "assign"], [Object, "entries"], [Object, "fromEntries"]]) wrap(owner, name);
  for (const owner of [MessagePort.prototype, BroadcastChannel.prototype, Worker.prototype]) listenTo(owner, "onmessage");
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function spied(type, listener, options) {
    return native(add, this, [type, typeof listener !== "function" ? listener : function heard(event) {
      keep([event]);
      return native(listener, this, [event]);
    }, options]);
  };
  addEventListener("message", (event) => keep([event]));
};

if (document.currentScript?.dataset.now !== undefined) globalThis.spy();

/** Everything that can be reached from the window, as text. */
globalThis.walk = (most = 400_000) => {
  const seen = new Set();
  const texts = [];
  const waiting = [globalThis, globalThis.harness, globalThis.harness?.auth];
  while (waiting.length > 0 && seen.size < most) {
    const value = waiting.pop();
    if (typeof value === "string") texts.push(value);
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
    seen.add(value);
    if (value === globalThis.loot) continue;
    try {
      if (value instanceof Map || value instanceof Set) waiting.push(...value.keys(), ...value.values());
      if (ArrayBuffer.isView(value) && value.byteLength < 1 << 24) texts.push(new TextDecoder().decode(value));
      if (value instanceof WebAssembly.Memory) texts.push(new TextDecoder().decode(value.buffer));
      if (typeof value === "function") texts.push(Function.prototype.toString.call(value));
    } catch {
      // Not to be read.
    }
    try {
      waiting.push(Object.getPrototypeOf(value));
      for (const name of Reflect.ownKeys(value)) {
        if (typeof name === "string") texts.push(name);
        try {
          const member = value[name];
          // Some getters of prototypes reject.
          if (member instanceof Promise) member.catch(() => {});
          waiting.push(member);
        } catch {
          // Not to be read.
        }
      }
    } catch {
      // Not to be read.
    }
  }
  return { objects: seen.size, text: texts.join("\n") };
};
