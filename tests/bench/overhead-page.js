// Runs in the browser after a real sign-in: what each library adds to one authenticated request.
// The fetch below all of them answers at once with one prepared response, so only the libraries' own work is measured.
import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
import * as oauth from "oauth4webapi";
import { createAuth } from "tokenward";
import { median, rotated } from "./statistics.mjs";

const api = "https://api.example.com";
const url = `${api}/v1/things`;
const roundMs = 50;

let answer = globalThis.fetch.bind(globalThis);
const network = (input, init) => answer(input, init);

export const create = (issuer) => createAuth({ issuer, clientId: "app", redirectUri: "/callback", apis: [api], fetch: network });

/** What the calls are made with. */
const inputs = {
  "no headers": undefined,
  "an object": { headers: { accept: "application/json", "x-request-id": "1" } },
  Headers: { headers: new Headers({ accept: "application/json", "x-request-id": "1" }) },
};

/** The least that sends a token: to any URL, of any age, and a Headers object is lost. It is no answer to the same question. */
const naiveWrapper = (token) => (input, init) =>
  network(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });

/**
 * The least that is right: the token goes to listed origins only, and not when it has ended; a URL, a Request and headers of
 * every form will do, whoever brings an own credential keeps it, and a 401 is seen.
 */
function fairWrapper(token) {
  const origins = new Set([api]);
  const verdicts = new Map();
  const endsAt = Date.now() + 3_600_000;
  const notHere = () => {
    throw new Error("not part of this measurement");
  };
  return async (input, init) => {
    const target = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
    let may = verdicts.get(target);
    if (may === undefined) {
      may = origins.has(new URL(target, document.baseURI).origin);
      verdicts.set(target, may);
    }
    if (!may) return network(input, init);
    if (Date.now() >= endsAt) notHere();
    const given = init?.headers ?? (input instanceof Request ? input.headers : undefined);
    let headers;
    if (given === undefined) {
      headers = { authorization: `Bearer ${token}` };
    } else {
      headers = new Headers(given);
      if (headers.has("authorization")) return network(input, init);
      headers.set("authorization", `Bearer ${token}`);
    }
    const response = await network(input, { ...init, headers });
    return response.status === 401 ? notHere() : response;
  };
}

const NAIVE = "naive wrapper";
const FAIR = "fair wrapper";

async function timed(call, init, calls) {
  const start = performance.now();
  for (let i = 0; i < calls; i += 1) await call(init);
  return performance.now() - start;
}

/** How many calls fill one round, so that the clock's resolution does not matter. A stall of the machine is not their time. */
async function callsPerRound(call, init) {
  for (let calls = 16; ; calls *= 2) {
    const ms = Math.min(await timed(call, init, calls), await timed(call, init, calls), await timed(call, init, calls));
    if (ms >= roundMs / 2) return Math.ceil((calls * roundMs) / ms);
  }
}

/** Microseconds per call of each, and the median ratios to the two wrappers, paired round by round. */
async function compare(input, contenders, init, rounds) {
  const names = Object.keys(contenders);
  const calls = {};
  for (const name of names) calls[name] = await callsPerRound(contenders[name], init);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of rotated(names, round)) {
      times[name].push(((await timed(contenders[name], init, calls[name])) / calls[name]) * 1000);
    }
  }
  const ratio = (name, to) => times[to] && median(times[name].map((time, round) => time / times[to][round]));
  return names.map((name) => ({
    input, name, microseconds: median(times[name]), toNaive: ratio(name, NAIVE), toFair: ratio(name, FAIR),
  }));
}

/** `{ input, name, microseconds, toNaive, toFair }` for each way to call and each contender that can be called so. */
export async function measure(auth, rounds) {
  const token = await auth.getAccessToken();
  const prepared = new Response("{}", { headers: { "content-type": "application/json" } });
  const sent = [];
  const listen = async (given, init) => {
    sent.push(new Headers(init?.headers ?? given.headers));
    return prepared;
  };
  const still = async () => prepared;
  // OAuth2Fetch takes no fetch of its own.
  globalThis.fetch = network;

  const target = new URL(url);
  const viaNetwork = { [oauth.customFetch]: network };
  const wrapped = new OAuth2Fetch({
    client: new OAuth2Client({ server: "https://id.example.com", clientId: "app" }),
    getNewToken: () => ({ accessToken: token, expiresAt: Date.now() + 3_600_000, refreshToken: null }),
    scheduleRefresh: false,
  });
  const [naive, fair] = [naiveWrapper(token), fairWrapper(token)];
  const contenders = {
    [NAIVE]: (init) => naive(url, init),
    [FAIR]: (init) => fair(url, init),
    tokenward: (init) => auth.fetch(url, init),
    oauth4webapi: (init) =>
      oauth.protectedResourceRequest(token, "GET", target, init && new Headers(init.headers), undefined, viaNetwork),
    "oauth2-client": (init) => wrapped.fetch(url, init),
  };

  const rows = [];
  for (const [input, init] of Object.entries(inputs)) {
    const wanted = [...new Headers({ ...Object.fromEntries(new Headers(init?.headers)), authorization: `Bearer ${token}` })];
    const able = {};
    answer = listen;
    for (const [name, call] of Object.entries(contenders)) {
      sent.length = 0;
      await call(init);
      const found = sent.length === 1 && wanted.every(([header, value]) => sent[0].get(header) === value);
      if (found) able[name] = call;
      else if (name !== NAIVE) throw new Error(`${name} lost headers (${input}): ${sent.map((headers) => [...headers])}`);
    }
    answer = still;
    rows.push(...(await compare(input, able, init, rounds)));
  }
  return rows;
}
