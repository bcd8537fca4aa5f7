// The windows that a page opens for sign-ins. What is in them is loaded with the first.

import type { Popup } from "./engine.js";

export const createVisits = () => {
  /** The windows that are open and not yet on their way, in the order of the calls, each with what ends it. */
  const popups: [Popup, AbortSignal][] = [];
  let leaving = new AbortController();
  return {
    open: (popup: Popup) => void popups.push([popup, leaving.signal]),
    /** Resolves to the URL that the window came back to, or to why it did not. */
    visit: async (window: "popup" | "frame", url: string, state: string): Promise<unknown> => {
      let { signal } = leaving;
      const windows = await import("../../src/web/windows.js");
      if (window === "frame") return windows.frame(url, state, signal);
      let popup;
      do [popup, signal] = popups.shift()!;
      while (popup.isOver);
      return windows.popup(url, state, signal, popup);
    },
    /** Ends all that are under way. */
    leave: () => {
      leaving.abort();
      leaving = new AbortController();
    },
    /** Ends all that are under way, and all that follow. */
    end: () => leaving.abort(),
  };
};
