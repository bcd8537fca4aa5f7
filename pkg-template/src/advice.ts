// The table for choosing a method: the first line that fits gives the advice, and what else is known of the case adds to it.

import type { Advice, Scenario } from "../advice.js";
import { failure } from "./error.js";

type Known = Required<Scenario>;

const VALUES: { [Name in keyof Known]: readonly Known[Name][] } = {
  runsIn: ["page", "mobile", "server", "edge", "device"],
  actsFor: ["user", "itself"],
  api: ["own", "foreign"],
  signIn: ["login", "provider"],
  pages: ["scripts", "server"],
  offers: ["tokens", "keys"],
  tabs: ["many", "one"],
  value: ["usual", "high"],
  temporary: [false, true],
  backend: [false, true],
};

const DEFAULTS = { signIn: "login", pages: "scripts", offers: "tokens", tabs: "many", value: "usual", temporary: false, backend: false } as const;

type Way = Pick<Advice, "method" | "call" | "from" | "storage">;

const CODE: Way = { method: "OAuth 2.0 authorization code with PKCE", call: "createAuth", from: "tokenward", storage: "memory" };
/** The page's part of a backend for front ends … */
const BACKED: Way = { ...CODE, storage: "bff" };
/** … and the backend itself. */
const BACKEND: Way = { ...CODE, call: "createBff", from: "tokenward/edge", storage: "cookie" };
const LOGIN: Way = { method: "JSON login with tokens", call: "passwordLogin", from: "tokenward", storage: "memory" };
const COOKIE: Way = { method: "session cookie", call: "cookieSession", from: "tokenward", storage: "cookie" };
const CREDENTIALS: Way = { method: "client credentials", call: "clientCredentials", from: "tokenward/edge", storage: "environment" };
const KEY: Way = { method: "API key", call: "apiKey", from: "tokenward/edge", storage: "environment" };

interface Line {
  case: Advice["case"];
  fits(scenario: Known): boolean;
  way(scenario: Known): Way;
  reasons: readonly string[];
  warnings: readonly string[];
}

const inHand = ({ runsIn }: Known) => runsIn === "page" || runsIn === "mobile";
const onServer = ({ runsIn }: Known) => runsIn === "server" || runsIn === "edge";
const atProvider = ({ backend }: Known) => (backend ? BACKED : CODE);
const signsIn = (scenario: Known) => (scenario.signIn === "provider" ? atProvider(scenario) : LOGIN);
const forItself = ({ offers }: Known) => (offers === "keys" ? KEY : CREDENTIALS);

const LINES: readonly Line[] = [
  {
    case: "secretInPage",
    fits: (scenario) => inHand(scenario) && scenario.actsFor === "itself",
    way: forItself,
    reasons: ["Whoever has the page or app can read every secret in it; a server of yours can keep one, and call the API for it."],
    warnings: [
      "Not in the page: run it on a server or at the edge, and let the page call that. In a page it refuses to start.",
      "What your server does for everybody, everybody can make it do: sign its own users in.",
    ],
  },
  {
    case: "embeddedDevice",
    fits: ({ runsIn, actsFor }) => runsIn === "device" && actsFor === "itself",
    way: () => KEY,
    reasons: ["Nobody is there to sign in, and a key works without a clock or a renewal."],
    warnings: [
      "A device can be opened: give each its own key, with no more scopes than it needs, so that one can be revoked alone.",
      "A key does not end by itself: replace it from time to time.",
    ],
  },
  {
    case: "serverToServer",
    fits: (scenario) => onServer(scenario) && scenario.actsFor === "itself",
    way: forItself,
    reasons: ["No user is there, and a server can keep a secret.", "Where the API has both, client credentials are better than a key: their tokens end soon, and have a scope."],
    warnings: ["Keep the secret in the environment, not in code, and another one for each environment.", "Replace it from time to time."],
  },
  {
    case: "thirdPartyIntegration",
    fits: ({ api }) => api === "foreign",
    way: (scenario) => (onServer(scenario) ? BACKEND : atProvider(scenario)),
    reasons: ["The user's password belongs to the other party only; the user sees what is asked for, and can take it back."],
    warnings: ["Ask for no more scopes than you need."],
  },
  {
    case: "traditionalWebApp",
    fits: (scenario) => onServer(scenario) || scenario.pages === "server",
    way: () => COOKIE,
    reasons: ["The browser sends the cookie with every page, and no script can read it."],
    warnings: ["Cookies come along unasked: every change needs a CSRF token (the option csrf), and the cookie SameSite, HttpOnly and Secure."],
  },
  {
    case: "temporaryAccess",
    fits: ({ temporary }) => temporary,
    way: signsIn,
    reasons: ["A token that ends soon needs no sign-out and no revocation."],
    warnings: ["Let it end: a short expires_in, and no refresh token."],
  },
  {
    case: "webOrMobileApp",
    fits: () => true,
    way: signsIn,
    reasons: ["Tokens go with each call to the APIs that you list, on whichever host those are, and are renewed before they end."],
    warnings: [],
  },
];

/** What else is known of the case: where tokens are kept, and what follows from the choice. */
const ADDITIONS: readonly { fits(scenario: Known, way: Way): boolean; storage?: Advice["storage"]; reasons?: string; warnings?: string }[] = [
  {
    fits: ({ tabs, temporary, value }, { storage }) => storage === "memory" && tabs === "one" && value === "usual" && !temporary,
    storage: "session", reasons: "The sessionStorage of a tab survives a reload, and no other tab reads it.",
  },
  {
    fits: ({ value }, { call, storage }) => value === "high" && call === "createAuth" && storage === "memory",
    storage: "worker", reasons: "In a worker no script of the page can read a token, whatever gets into the page.",
  },
  {
    fits: ({ value }, { call }) => value === "high" && call === "passwordLogin",
    warnings: "Scripts of the page can read its tokens. For what is worth more: cookieSession, or createAuth with storage: \"worker\".",
  },
  {
    fits: (_, { storage }) => storage === "bff",
    reasons: "Your backend signs in with a secret and keeps the tokens: createBff of tokenward/edge is one, and the page has a cookie that no script reads.",
    warnings: "The backend answers at the page's own origin, and calls the APIs for it.",
  },
  {
    fits: (_, { call }) => call === "createBff",
    reasons: "The sign-in needs the user's browser, and a server can keep its tokens: the page has a cookie that no script reads.",
    warnings: "A page of yours uses it with createAuth and storage: \"bff\".",
  },
  {
    fits: ({ signIn, api }, { call }) => call === "passwordLogin" && signIn === "login" && api === "own",
    warnings: "Only for your own API: nobody else's password belongs in your page. With an identity provider, createAuth is safer.",
  },
  {
    fits: (_, { from, storage }) => from === "tokenward" && storage !== "cookie" && storage !== "bff",
    warnings: "Tokens never go to localStorage: every script of the origin reads it, also tomorrow. It is for what is not sensitive.",
  },
  {
    fits: (_, { call }) => call === "apiKey",
    warnings: "Send the key in a header. In a URL it ends up in logs.",
  },
  {
    fits: ({ runsIn, actsFor }, { call }) => call === "createAuth" && actsFor === "user" && runsIn === "device",
    warnings: "The sign-in needs the user's browser: createAuth runs in a page, and the page calls the API.",
  },
];

/** The scenario with its defaults, when every member is one that there is. */
const complete = (scenario: Scenario): Known => {
  const given = Object.fromEntries(Object.entries(scenario ?? {}).filter(([, value]) => value !== undefined));
  const known = { ...DEFAULTS, ...given } as Known;
  for (const name of Object.keys({ ...VALUES, ...known }) as (keyof Known)[]) {
    const values: readonly unknown[] = Object.hasOwn(VALUES, name) ? VALUES[name] : [];
    if (!values.includes(known[name])) throw failure("invalid_option", name);
  }
  return known;
};

export const recommend = (scenario: Scenario): Advice => {
  const known = complete(scenario);
  const { case: name, way, reasons, warnings } = LINES.find(({ fits }) => fits(known))!;
  const chosen = way(known);
  const added = ADDITIONS.filter(({ fits }) => fits(known, chosen));
  return {
    case: name,
    ...chosen,
    storage: added.find(({ storage }) => storage)?.storage ?? chosen.storage,
    reasons: [...reasons, ...added.flatMap((one) => one.reasons ?? [])],
    warnings: [...warnings, ...added.flatMap((one) => one.warnings ?? [])],
  };
};
