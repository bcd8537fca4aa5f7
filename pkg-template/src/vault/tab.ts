// A page's tab as its vault has it: what the page last said of it, changed here at once and in the page after.

import type { Tab } from "../session.js";
import type { Change, Here } from "./messages.js";

/** The address to go to, without a token: the page, which goes there, could read it. */
const withoutToken = (text: string): string => {
  const url = new URL(text);
  if (!url.searchParams.has("id_token_hint")) return text;
  url.searchParams.delete("id_token_hint");
  return url.href;
};

export const createTab = (change: (change: Change) => void) => {
  let url = "";
  let stored: Map<string, string> | undefined;
  const tab: Tab = {
    load: (name) => stored?.get(name),
    save: (name, value) => {
      if (!stored) return false;
      stored.set(name, value);
      change(["save", name, value]);
      return true;
    },
    remove: (name) => {
      if (!stored) return false;
      stored.delete(name);
      change(["remove", name]);
      return true;
    },
    names: (prefix) => stored && [...stored.keys()].filter((name) => name.startsWith(prefix)),
    url: () => url,
    replaceUrl: (next) => {
      url = new URL(next, url).href;
      change(["replaceUrl", next]);
    },
    navigate: (next) => {
      change(["navigate", withoutToken(next)]);
      return true;
    },
  };
  /** Takes in what the page says of itself: nobody but a page of this origin, whatever it says. */
  const see = (here: Here): void => {
    const { href, origin } = new URL(here.url);
    if (origin !== self.origin) throw new TypeError("The page is of another origin");
    url = href;
    stored = here.stored && new Map(Object.entries(here.stored).filter(([, value]) => typeof value === "string"));
  };
  return { tab, see };
};
