// Windows beside the page that go to the provider and come back to the app: a popup, or a frame that nobody sees. Loaded
// by those who open one, and by the page that one comes back to.
//
// The two pages meet on a BroadcastChannel, which no other origin hears. Neither needs a reference to the other, so a
// Cross-Origin-Opener-Policy, which cuts those, does not matter.

const CHANNEL = "tokenward.windows";

/** How long the page that came back waits for the one that opened it, which may be slow, or gone. */
const HAND_OVER_PATIENCE_MS = 3000;

/** How long a popup may take: as long as its sign-in is good, src/core/oauth/transaction.rs. */
const POPUP_PATIENCE_MS = 60 * 60 * 1000;

/** How often to look what became of a window. */
const LOOK_MS = 100;

/** How long a popup must seem to be closed while this page is in use. */
const SEEMS_CLOSED_MS = 1500;

/** How long a frame may take, and how long it may show a page that is not the app's: redirects show none. */
const FRAME_PATIENCE_MS = 10_000;
const STAY_PATIENCE_MS = 2500;

/** How long the page in a frame gets to come to rest before WebKit may lose it. */
const REST_MS = 1000;

/** How long a window that is told to close may take. */
const CLOSING_MS = 300;

/** The row of src/core/base/error.rs: the core itself goes on waiting. */
const CLOSED = {
  name: "UsageError", code: "popup_closed", phase: "authorize", retryable: false,
  message: "The window was closed before the sign-in was done",
};

/** Whether two texts are the same, in a time that tells only their lengths. */
const isSame = (one, other) => {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i += 1) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
};

const stateOf = (url) => (URL.canParse(url) && new URL(url).searchParams.get("state")) || "";

/**
 * Resolves to the URL of the page that comes back with this state, which is told that it is taken, or to what `watch` ends
 * it with. What `watch` starts ends with `signal`, whatever ended it.
 */
const waitFor = (state, abandoned, watch) =>
  new Promise((resolve) => {
    const ending = new AbortController();
    const channel = new BroadcastChannel(CHANNEL);
    const end = (outcome) => {
      ending.abort();
      channel.close();
      resolve(outcome);
    };
    channel.onmessage = ({ data }) => {
      const url = data?.url;
      if (!isSame(stateOf(url), state)) return;
      channel.postMessage({ taken: state });
      end(url);
    };
    abandoned.addEventListener("abort", () => end({ failure: "closed" }), { signal: ending.signal });
    watch(end, ending.signal);
  });

/** Calls back after so long. */
const after = (milliseconds, work, ended) => {
  const timer = setTimeout(work, milliseconds);
  ended.addEventListener("abort", () => clearTimeout(timer));
};

/** Calls back once `isSo` has been true for so long at each look. */
const onceSoFor = (milliseconds, isSo, work, ended) => {
  let since;
  const looking = setInterval(() => {
    since = isSo() ? (since ?? performance.now()) : undefined;
    if (since === undefined || performance.now() - since < milliseconds) return;
    clearInterval(looking);
    work();
  }, LOOK_MS);
  ended.addEventListener("abort", () => clearInterval(looking));
};

/**
 * Sends the opened window to the provider. Once it seems to be closed `giveUp` hears of it; an answer that comes
 * later is taken all the same.
 */
export const popup = (url, state, abandoned, { opened, signal, giveUp }) => {
  if (!opened) return { failure: "blocked" };
  if (opened.closed || abandoned.aborted || signal?.aborted) return { failure: "closed" };
  // The provider has no use for a hold on this page.
  opened.opener = null;
  opened.location.replace(url);
  return waitFor(state, abandoned, (end, ended) => {
    signal?.addEventListener("abort", () => end({ failure: "closed" }), { signal: ended });
    after(POPUP_PATIENCE_MS, () => end({ failure: "timeout" }), ended);
    // A Cross-Origin-Opener-Policy, of this page or of the provider's, makes a window that lives look closed. It is believed
    // to be when the user is back on this page, and stays.
    onceSoFor(SEEMS_CLOSED_MS, () => opened.closed && document.hasFocus(), () => giveUp(CLOSED), ended);
  });
};

/** Where the frame is; undefined where another origin is shown, or an error. */
const addressOf = ({ contentWindow }) => {
  try {
    return contentWindow.location.href;
  } catch {
    return undefined;
  }
};

/** Whether a server answers there, whatever it says: a frame does not tell its error from the network's. */
const isReachable = (url, signal) =>
  fetch(url.split("?")[0], { mode: "no-cors", credentials: "omit", referrerPolicy: "no-referrer", signal })
    .then(() => true, () => false);

/** Whether this page is in such a frame. */
const isFramed = () => window.frameElement?.name === CHANNEL;

/**
 * Takes the frame off the page. WebKit (see its bug 312438) hangs this page for ever where the one in the frame is in the middle
 * of a module that awaits at its top level: there what it loads is stopped, and what is left of it has time to end.
 */
const takeAway = (element) => {
  // By this name the HTML Standard tells WebKit from the other engines.
  if (!navigator.vendor.startsWith("Apple")) return element.remove();
  try {
    const { contentWindow } = element;
    // What is stopped fails, and nobody need hear of it: the page in the frame has done its part.
    const hush = (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    contentWindow.addEventListener("unhandledrejection", hush, true);
    contentWindow.stop();
  } catch {
    // The page is another origin's.
  }
  setTimeout(() => element.remove(), REST_MS);
};

/** Goes to the provider in a frame that nobody sees, and that cannot lead this page away. */
export const frame = (url, state, abandoned) => {
  // A page in such a frame that asks for one of its own would never end.
  if (abandoned.aborted || isFramed()) return { failure: "silent" };
  const element = document.createElement("iframe");
  element.name = CHANNEL;
  element.title = "Sign-in";
  element.ariaHidden = "true";
  element.style.display = "none";
  element.sandbox = "allow-same-origin allow-scripts allow-forms";
  element.src = url;
  return waitFor(state, abandoned, (end, ended) => {
    // A page that came back is known by its address, even where it does not use this package. An error looks like a page of
    // another origin, and not every engine fires an event for it.
    const isAway = () => {
      const address = addressOf(element);
      if (isSame(stateOf(address), state)) end(address);
      return address === undefined;
    };
    const stayed = async () => end({ failure: (await isReachable(url, ended)) ? "silent" : "timeout" });
    onceSoFor(STAY_PATIENCE_MS, isAway, stayed, ended);
    after(FRAME_PATIENCE_MS, () => end({ failure: "timeout" }), ended);
    const forbid = ({ effectiveDirective, blockedURI }) => {
      const isOurs = [url, location.href].some((one) => blockedURI.startsWith(new URL(one).origin));
      if (effectiveDirective === "frame-src" && isOurs) end({ failure: "silent" });
    };
    document.addEventListener("securitypolicyviolation", forbid, { signal: ended });
    ended.addEventListener("abort", () => takeAway(element));
    document.body.append(element);
  });
};

const leave = () => {
  history.replaceState(history.state, "", location.pathname);
  if (self !== top) return;
  close();
  // A browser may refuse to close what it does not take for a popup.
  setTimeout(() => {
    document.body.lang = "en";
    document.title = document.body.textContent = "You can close this window.";
  }, CLOSING_MS);
};

let handing;

/**
 * Hands this page's URL to the page that waits for it. Resolves only where none does: then the callback is this page's own
 * matter, unless it is in a frame. However often it is asked for, it is handed over once.
 */
export const handOver = (url) =>
  (handing ??= new Promise((resolve) => {
    const channel = new BroadcastChannel(CHANNEL);
    const patience = setTimeout(() => {
      channel.close();
      if (!isFramed()) resolve();
    }, HAND_OVER_PATIENCE_MS);
    channel.onmessage = ({ data }) => {
      if (data?.taken !== stateOf(url)) return;
      clearTimeout(patience);
      channel.close();
      leave();
    };
    channel.postMessage({ url });
  }));
