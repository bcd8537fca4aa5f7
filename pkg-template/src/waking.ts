// When to look at the clock again: a page came back from sleep, the background, the back-forward cache or offline.

const waking = (): [EventTarget, string][] => [
  [document, "visibilitychange"],
  [window, "pageshow"],
  [window, "focus"],
  [window, "online"],
];

/** Calls `wake` whenever the page came back. Returns the way to stop. */
export const onWaking = (wake: () => void): (() => void) => {
  const look = () => {
    if (document.visibilityState === "visible") wake();
  };
  for (const [target, event] of waking()) target.addEventListener(event, look);
  return () => {
    for (const [target, event] of waking()) target.removeEventListener(event, look);
  };
};
