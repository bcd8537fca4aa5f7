// Runs in the browser after a real sign-in: what each library adds to one authenticated request.
// The fetch below all of them answers at once with one prepared response, so only the libraries' own work is measured.
import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
import * as oauth from "oauth4webapi";
import { createAuth } from "tokenward";
import { median, rotated } from "./statistics.mjs";

const api = "https://api.example.com";
const url = `${api}/v1/things`;
const roundMs = 20;

let answer = globalThis.fetch.bind(globalThis);
const network = (input, init) => answer(input, init);

export const create = (issuer) => createAuth({ issuer, clientId: "app", redirectUri: "/callback", apis: [api], fetch: network });

async function timed(call, calls) {
  const start = performance.now();
  for (let i = 0; i < calls; i += 1) await call();
  return performance.now() - start;
}

/** How many calls fill one round, so that the clock's resolution does not matter. */
async function callsPerRound(call) {
  for (let calls = 16; ; calls *= 2) {
    const ms = await timed(call, calls);
    if (ms >= roundMs / 2) return Math.ceil((calls * roundMs) / ms);
  }
}

/** Microseconds per call and the median ratio to the bare wrapper, paired round by round. */
export async function measure(auth, rounds) {
  const token = await auth.getAccessToken();
  const prepared = new Response("{}", { headers: { "content-type": "application/json" } });
  const sent = [];
  answer = async (input, init) => {
    sent.push(new Headers(init?.headers ?? input.headers).get("authorization"));
    return prepared;
  };
  // OAuth2Fetch takes no fetch of its own.
  globalThis.fetch = network;

  const target = new URL(url);
  const viaNetwork = { [oauth.customFetch]: network };
  const wrapped = new OAuth2Fetch({
    client: new OAuth2Client({ server: "https://id.example.com", clientId: "app" }),
    getNewToken: () => ({ accessToken: token, expiresAt: Date.now() + 3_600_000, refreshToken: null }),
    scheduleRefresh: false,
  });
  const bare = (input, init) => network(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });
  // What an app must write as soon as somebody passes a Headers object.
  const bareForAnyHeaders = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${token}`);
    return network(input, { ...init, headers });
  };
  const contenders = {
    "bare wrapper": () => bare(url),
    "bare, any headers": () => bareForAnyHeaders(url),
    tokenward: () => auth.fetch(url),
    oauth4webapi: () => oauth.protectedResourceRequest(token, "GET", target, undefined, undefined, viaNetwork),
    "oauth2-client": () => wrapped.fetch(url),
  };

  const names = Object.keys(contenders);
  for (const name of names) {
    sent.length = 0;
    await contenders[name]();
    if (sent.length !== 1 || sent[0] !== `Bearer ${token}`) throw new Error(`${name} did not send the token: ${sent}`);
  }
  answer = async () => prepared;

  const calls = {};
  for (const name of names) calls[name] = await callsPerRound(contenders[name]);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of rotated(names, round)) {
      times[name].push(((await timed(contenders[name], calls[name])) / calls[name]) * 1000);
    }
  }
  return names.map((name) => ({
    name,
    microseconds: median(times[name]),
    ratio: median(times[name].map((time, round) => time / times["bare wrapper"][round])),
  }));
}
