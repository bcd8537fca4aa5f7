// Which paths of this page's origin are the backend's, and what of them the app may call.

import { failure } from "../error.js";

/** What servers read in different ways. */
const AMBIGUOUS = /%2f|%5c|(\.|%2e);/i;

/** Checks that this is a path of this origin and nothing else, as URLs write it. */
export const checkPath = (path: unknown, option: string): string => {
  if (typeof path === "string" && path[0] === "/" && URL.canParse(path, location.origin)) {
    const { origin, pathname } = new URL(path, location.origin);
    if (origin === location.origin && pathname === path && !AMBIGUOUS.test(path)) return path;
  }
  throw failure("invalid_option", option);
};

/** The longest place that the backend takes, in characters. */
export const LONGEST_PLACE = 2000;

/** Checks where on this origin to be next: a path, with query and fragment. No tab or line break, which URLs leave out. */
export const checkReturnTo = (place: unknown): string => {
  if (
    typeof place === "string" && place.length <= LONGEST_PLACE && /^\/(?![/\\])[^\t\n\r]*$/.test(place) &&
    URL.canParse(place, location.origin)
  ) return place;
  throw failure("invalid_option", "returnTo");
};

const isBelow = (pathname: string, path: string) => `${pathname}/`.startsWith(path.replace(/\/?$/, "/"));

/** Whether a URL is of an API behind the backend. */
export const createCovers = (basePath: string, apis: readonly string[]) => (url: string): boolean => {
  const { origin, pathname } = new URL(url);
  return origin === location.origin && !AMBIGUOUS.test(pathname) && !isBelow(pathname, basePath) && apis.some((api) => isBelow(pathname, api));
};
