// Whether this is a page or a worker of one, whose user can read whatever is in it.
//
// What is asked for is only ever native in a browser: the accessors of its interfaces. A DOM that a server brings along, for
// rendering or for tests, has them in JavaScript, and a `process` or another name that a bundler brings into a page changes
// nothing about them. Any one of them is enough, so that a script which replaces one hides nothing.

/** Whether an interface of this realm has this accessor from the browser itself. */
const isNative = (holder: object | undefined, name: string): boolean => {
  const getter = holder && Object.getOwnPropertyDescriptor(holder, name)?.get;
  // A bound function is called native as well, but has lost its name.
  return !!getter && RegExp(`^function (get )?${name}\\(\\)\\s*\\{\\s*\\[native code\\]\\s*\\}$`).test(Function.prototype.toString.call(getter));
};

const prototypeOf = (name: string): object | undefined => (globalThis as unknown as Record<string, { prototype?: object } | undefined>)[name]?.prototype;

/** Whether this realm is a window, or a dedicated, shared or service worker, of a browser. */
export const isPage = (): boolean =>
  isNative(globalThis, "document") ||
  isNative(prototypeOf("Document"), "cookie") ||
  // HTML, sections 8.9.1.1 and 10.2.1: only browsers have them, in every window and in every worker.
  ["Navigator", "WorkerNavigator"].some((name) => isNative(prototypeOf(name), "appCodeName")) ||
  isNative(prototypeOf("WorkerGlobalScope"), "location");
