// A server that takes what its routes say and refuses the rest: what all five systems have in common.
//
// A route is `"METHOD /path": { fields, optional, body, query, takes, oauth, handle }`. A path may have `:name` segments.
// `handle(request)` gives `{ status?, headers?, body? }` or throws a Refusal. Everything that is refused is in `refusals`.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { listen, readBody } from "../provider/serve.mjs";

/** What every system's `control` takes; a system adds its own. */
const DEFAULTS = {
  /** Lifetime of an access token, as enforced, and as stated unless `expiresIn` says otherwise. */
  tokenSeconds: 3600,
  /** What `expires_in` states: `undefined` the truth, `null` leaves it out, anything else is sent as it is. */
  expiresIn: undefined,
  /** A refresh gives a new refresh token, and the one before is spent. */
  rotate: false,
  /** How many API requests to answer with 401 from now on, whatever they carry; Infinity is always. */
  apiRefusals: 0,
  /** Milliseconds to think before an answer, by route: `{ "POST /auth/login": 200 }`. */
  delays: {},
  /** Origins whose pages may read the answers. */
  allowOrigins: [],
  /** Headers of an answer that such a page may read. */
  exposeHeaders: "www-authenticate",
  /** How far this server's clock is ahead, in seconds: its `Date`, and what it holds to be over. */
  clockOffsetSeconds: 0,
};

/** A text with something in it. */
export const text = (value) => typeof value === "string" && value !== "";
/** Exactly this text. */
export const exactly = (wanted) => (value) => value === wanted;
/** A list of texts, with at least one. */
export const texts = (value) => Array.isArray(value) && value.length > 0 && value.every(text);

/** Why a request is refused: a status, and an error that says what is wrong with it. */
export class Refusal extends Error {
  constructor(status, error, message, headers = {}) {
    super(message);
    Object.assign(this, { status, error, headers });
  }
}

/** Credentials, which only a route that takes them may be sent. */
const CREDENTIALS = ["authorization", "x-api-key"];
const SINGLE_HEADERS = [...CREDENTIALS, "content-type", "cookie", "x-csrf-token", "x-xsrf-token"];
const MEDIA_TYPES = { json: "application/json", form: "application/x-www-form-urlencoded" };

const repeatedIn = (names) => names.find((name, at) => names.indexOf(name) !== at);

/** The members of a body of the route's media type. */
function readMembers(route, raw, type) {
  if (!route.body) {
    if (raw !== "") throw new Refusal(400, "unexpected_body", "This request has no body");
    return {};
  }
  if (type.split(";")[0].trim().toLowerCase() !== MEDIA_TYPES[route.body]) {
    throw new Refusal(415, "unsupported_media_type", `The body must be ${MEDIA_TYPES[route.body]}`);
  }
  if (route.body === "form") {
    const form = new URLSearchParams(raw);
    const repeated = repeatedIn([...form.keys()]);
    if (repeated) throw new Refusal(400, "repeated_parameter", `The parameter ${repeated} was sent twice`);
    return Object.fromEntries(form);
  }
  let members;
  try {
    members = JSON.parse(raw);
  } catch {
    throw new Refusal(400, "malformed_json", "The body is not JSON");
  }
  if (members === null || typeof members !== "object" || Array.isArray(members)) {
    throw new Refusal(400, "malformed_json", "The body is not a JSON object");
  }
  // A parser keeps the last of two members; the bodies here are flat, so that their names can be counted.
  const repeated = Object.keys(members).find((name) => raw.split(new RegExp(`${JSON.stringify(name)}\\s*:`)).length > 2);
  if (repeated) throw new Refusal(400, "repeated_parameter", `The member ${repeated} was sent twice`);
  return members;
}

/** Refuses a body with members that the route does not know, or without one that it needs. */
function checkMembers({ fields = {}, optional = {} }, members) {
  for (const name of Object.keys(members)) {
    if (!Object.hasOwn(fields, name) && !Object.hasOwn(optional, name)) throw new Refusal(400, "unknown_field", `There is no field ${name}`);
  }
  for (const [name, isRight] of Object.entries({ ...fields, ...optional })) {
    if (!Object.hasOwn(members, name)) {
      if (Object.hasOwn(fields, name)) throw new Refusal(400, "missing_field", `The field ${name} is missing`);
    } else if (!isRight(members[name])) {
      throw new Refusal(400, "invalid_field", `The field ${name} is not as it should be`);
    }
  }
}

function checkQuery({ query = [], optionalQuery = [] }, params) {
  const names = [...params.keys()];
  const repeated = repeatedIn(names);
  if (repeated) throw new Refusal(400, "repeated_parameter", `The parameter ${repeated} was sent twice`);
  const unknown = names.find((name) => !query.includes(name) && !optionalQuery.includes(name));
  if (unknown) throw new Refusal(400, "unknown_field", `There is no parameter ${unknown}`);
  const missing = query.find((name) => !params.get(name));
  if (missing) throw new Refusal(400, "missing_field", `The parameter ${missing} is missing`);
}

function checkHeaders({ takes = [] }, { rawHeaders, headers }) {
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const repeated = repeatedIn(names.filter((name) => SINGLE_HEADERS.includes(name)));
  if (repeated) throw new Refusal(400, "repeated_header", `The header ${repeated} was sent twice`);
  const unexpected = CREDENTIALS.find((name) => headers[name] !== undefined && !takes.includes(name));
  if (unexpected) throw new Refusal(400, "unexpected_header", `This request takes no ${unexpected} header`);
}

/** `METHOD /path` of each route as a pattern, with the names of its `:name` segments as groups. */
const patternOf = (path) => new RegExp(`^${path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`);

/**
 * @param routes The routes by `METHOD /path`, or a function of `{ settings, now }` that gives them.
 * @param settings More settings with their defaults.
 * @param withCookies A page may send its cookies.
 * @returns `origin`, `close`, `control(changes)`, `failNext`, `hold`, and what happened: `log`, `refusals`, `preflights`.
 */
export async function startStrict({ routes: make, settings: own = {}, withCookies = false }) {
  const defaults = { ...DEFAULTS, ...own };
  const settings = { ...defaults };
  const now = () => Date.now() + settings.clockOffsetSeconds * 1000;
  const routes = Object.entries(make({ settings, now })).map(([name, route]) => {
    const [method, path] = name.split(" ");
    return { name, method, path, pattern: patternOf(path), ...route };
  });
  const [log, refusals, preflights] = [[], [], []];
  const failures = new Map();
  const held = new Map();

  const corsFor = ({ origin, "access-control-request-headers": asked = "", "access-control-request-method": method }) => {
    if (!origin || !settings.allowOrigins.includes(origin)) return {};
    return {
      "access-control-allow-origin": origin,
      ...(withCookies && { "access-control-allow-credentials": "true" }),
      "access-control-expose-headers": settings.exposeHeaders,
      ...(method && { "access-control-allow-methods": method, "access-control-allow-headers": asked }),
      vary: "origin",
    };
  };

  const routeFor = (method, path) => {
    const here = routes.filter(({ pattern }) => pattern.test(path));
    if (here.length === 0) throw new Refusal(404, "not_found", "There is nothing at this path");
    const route = here.find((one) => one.method === method);
    if (!route) throw new Refusal(405, "method_not_allowed", `This path does not take ${method}`, { allow: here.map((one) => one.method).join(", ") });
    return route;
  };

  /** What a test asked to happen instead, once or as often as it said. */
  const failureOf = (name) => {
    const failure = failures.get(name);
    if (!failure) return undefined;
    failure.times -= 1;
    if (failure.times <= 0) failures.delete(name);
    return failure;
  };

  const answer = async (incoming, url, entry) => {
    const route = routeFor(incoming.method, url.pathname);
    entry.route = route.name;
    const raw = await readBody(incoming);
    checkHeaders(route, incoming);
    checkQuery(route, url.searchParams);
    entry.body = readMembers(route, raw, incoming.headers["content-type"] ?? "");
    checkMembers(route, entry.body);
    await sleep(settings.delays[route.name] ?? 0);
    const hold = held.get(route.name);
    if (hold) {
      hold.waiting += 1;
      hold.arrived();
      await hold.released;
    }
    const failure = failureOf(route.name);
    if (failure) return failure;
    return route.handle({ ...entry, params: route.pattern.exec(url.pathname).groups ?? {} });
  };

  const refuse = (refusal, entry) => {
    const { status, error, message, headers } = refusal;
    refusals.push({ at: entry.at, method: entry.method, path: entry.path, status, error, message });
    const isOAuth = routes.some(({ name, oauth }) => name === entry.route && oauth);
    return { status, headers, body: isOAuth ? { error, error_description: message } : { error, message } };
  };

  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url, "http://127.0.0.1");
    const { method, headers } = incoming;
    const common = { "cache-control": "no-store", date: new Date(now()).toUTCString(), ...corsFor(headers) };
    if (method === "OPTIONS" && headers["access-control-request-method"]) {
      preflights.push({ path: url.pathname, origin: headers.origin });
      return outgoing.writeHead(204, common).end();
    }
    const entry = { at: Date.now(), method, path: url.pathname, url: incoming.url, query: Object.fromEntries(url.searchParams), headers };
    log.push(entry);
    let reply;
    try {
      reply = await answer(incoming, url, entry);
    } catch (error) {
      reply = error instanceof Refusal ? refuse(error, entry) : { status: 500, body: { error: "fixture_broken", message: String(error.stack) } };
    }
    if (reply.drop) return incoming.socket.destroy();
    const { status = 200, headers: more = {}, body } = reply;
    entry.status = status;
    const isJson = body !== undefined && typeof body !== "string";
    outgoing.writeHead(status, { ...common, ...(isJson && { "content-type": "application/json" }), ...more });
    outgoing.end(isJson ? JSON.stringify(body) : body);
  });

  return {
    ...await listen(server),
    log,
    refusals,
    preflights,
    settings,
    /** Changes settings; those that are not named stay as they are. */
    control(changes) {
      const unknown = Object.keys(changes).find((name) => !Object.hasOwn(defaults, name));
      if (unknown) throw new Error(`unknown setting: ${unknown}`);
      Object.assign(settings, changes);
    },
    /** Answers the next requests to a route with `{ status, headers, body }`, or with `{ drop: true }` not at all. */
    failNext(route, failure, times = 1) {
      failures.set(knownRoute(route), { ...failure, times });
    },
    /** Lets requests to a route wait until `release()`; `arrived` resolves with the first one. */
    hold(route) {
      let release;
      let arrived;
      const hold = { waiting: 0 };
      hold.released = new Promise((resolve) => { release = resolve; });
      const first = new Promise((resolve) => { arrived = resolve; });
      held.set(knownRoute(route), Object.assign(hold, { arrived }));
      return {
        arrived: first,
        get waiting() {
          return hold.waiting;
        },
        release() {
          held.delete(route);
          release();
        },
      };
    },
    /** The requests to a route that arrived. */
    to: (route) => log.filter((entry) => entry.route === route),
    /** Forgets what happened, and sets everything back. */
    reset() {
      Object.assign(settings, defaults);
      for (const list of [log, refusals, preflights]) list.length = 0;
      failures.clear();
      held.clear();
    },
  };

  function knownRoute(name) {
    if (!routes.some((route) => route.name === name)) throw new Error(`no such route: ${name}`);
    return name;
  }
}
