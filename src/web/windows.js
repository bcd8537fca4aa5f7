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

/** How often to look whether a popup is closed, and how long it must seem so while this page is in use. */
const LOOK_MS = 250;
const SEEMS_CLOSED_MS = 1500;

/** How long a frame may take, and how long it may stay on a page that is not the app's. */
const FRAME_PATIENCE_MS = 10_000;
const STAY_PATIENCE_MS = 2000;

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

const after = (milliseconds, work, signal) => {
  const timer = setTimeout(work, milliseconds);
  signal.addEventListener("abort", () => clearTimeout(timer));
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
    let since;
    const looking = setInterval(() => {
      since = opened.closed && document.hasFocus() ? (since ?? performance.now()) : undefined;
      if (performance.now() - since < SEEMS_CLOSED_MS || since === undefined) return;
      clearInterval(looking);
      giveUp(CLOSED);
    }, LOOK_MS);
    ended.addEventListener("abort", () => clearInterval(looking));
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

/** Goes to the provider in a frame that nobody sees, and that cannot lead this page away. */
export const frame = (url, state, abandoned) => {
  // A page in such a frame that asks for one of its own would never end.
  if (abandoned.aborted || window.frameElement?.name === CHANNEL) return { failure: "silent" };
  const element = document.createElement("iframe");
  element.name = CHANNEL;
  element.title = "Sign-in";
  element.ariaHidden = "true";
  element.style.display = "none";
  element.sandbox = "allow-same-origin allow-scripts allow-forms";
  element.src = url;
  return waitFor(state, abandoned, (end, ended) => {
    let staying;
    element.onload = () => {
      clearTimeout(staying);
      const address = addressOf(element);
      if (address === undefined) staying = setTimeout(end, STAY_PATIENCE_MS, { failure: "silent" });
      else if (isSame(stateOf(address), state)) end(address);
    };
    after(FRAME_PATIENCE_MS, () => end({ failure: "timeout" }), ended);
    ended.addEventListener("abort", () => {
      clearTimeout(staying);
      element.remove();
    });
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
 * matter. However often it is asked for, it is handed over once.
 */
export const handOver = (url) =>
  (handing ??= new Promise((resolve) => {
    const channel = new BroadcastChannel(CHANNEL);
    const patience = setTimeout(() => {
      channel.close();
      resolve();
    }, HAND_OVER_PATIENCE_MS);
    channel.onmessage = ({ data }) => {
      if (data?.taken !== stateOf(url)) return;
      clearTimeout(patience);
      channel.close();
      leave();
    };
    channel.postMessage({ url });
  }));
