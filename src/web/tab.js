// The tab around a session: its store and its address. A worker, which has neither, brings its own.

/** What the work gives; undefined where the browser refuses. */
const attempt = (work) => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/**
 * Tells the sign-in that was taken last in any tab by the end of its name: a tab that was duplicated has a copy of what
 * another one took since.
 */
const TAKEN = "tokenward.taken";
const endOf = (name) => name.slice(-8);

export const tab = {
  load: (name) => (localStorage.getItem(TAKEN) === endOf(name) ? undefined : (sessionStorage.getItem(name) ?? undefined)),

  save: (name, value) => attempt(() => (sessionStorage.setItem(name, value), true)) ?? false,

  remove: (name) =>
    attempt(() => {
      if (name.includes(".transaction.")) localStorage.setItem(TAKEN, endOf(name));
      sessionStorage.removeItem(name);
      return true;
    }) ?? false,

  names: (prefix) => attempt(() => Object.keys(sessionStorage).filter((name) => name.startsWith(prefix))),

  url: () => globalThis.location?.href ?? "",

  /** Browsers limit how often a page may do this; the address then stays as it is. */
  replaceUrl: (url) => void attempt(() => history.replaceState(history.state, "", url)),

  navigate: (url) => attempt(() => (location.assign(url), true)) ?? false,
};
