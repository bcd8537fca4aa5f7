// What is wrong, found by asking: loaded when somebody wants to know, for every kind of client and everywhere.

import type { AuthError, DiagnoseOptions, Diagnosis } from "../index.js";
import { judgeBackend } from "./diagnose/backend.js";
import { factsOfKey, factsOfMachine, factsOfSession } from "./diagnose/clients.js";
import { createClock } from "./diagnose/clock.js";
import { isOurs, judgeError } from "./diagnose/errors.js";
import { type Endpoint, type Facts, inPage } from "./diagnose/facts.js";
import {
  createFindings, failing, type Find, headerStripped, malformed, notSignedIn, rateLimited, wrongEndpoint,
} from "./diagnose/findings.js";
import { flawOf } from "./diagnose/header.js";
import { hostOf, isNothing, read, type Said, shown } from "./diagnose/said.js";
import { explain } from "./diagnose/unanswered.js";

/** How long a server may take to answer a question of ours. */
const PATIENCE_MS = 5_000;

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** Whether credentials are sent to this URL: to one that is listed, or below it. */
const isListed = (url: string, apis: readonly string[]) => apis.some((api) => {
  const [listed, called] = [new URL(api), new URL(url)];
  return listed.origin === called.origin && `${called.pathname}/`.startsWith(listed.pathname.replace(/\/*$/, "/"));
});

/** The headers that the app gave itself, and what is wrong with them. */
const readHeaders = (headers: HeadersInit | undefined) => {
  try {
    const given = new Headers(headers);
    const own = given.get("authorization");
    return { given, isOwn: own !== null, flaw: own === null ? undefined : flawOf(own) };
  } catch {
    return { given: new Headers(), isOwn: true, flaw: "it has a character in it that no header may have, such as a line break" };
  }
};

/** What an API says to the client's credentials. */
const judgeAnswer = (
  said: Said, url: string, isExact: boolean, { apis, sends, expiresAt, backend }: Facts,
  { isOwn, flaw }: ReturnType<typeof readHeaders>, find: Find,
): void => {
  const { status, error, isOver, evidence } = said;
  const isPast = !isOwn && typeof expiresAt === "number" && expiresAt <= Date.now();
  if (status === 429) rateLimited(find, hostOf(url), evidence);
  else if (status >= 500) failing(find, hostOf(url), evidence);
  // Nothing need be at an API's root.
  else if (isNothing(said)) isExact && wrongEndpoint(find, hostOf(url), "the URL that was called", evidence);
  else if (status === 403 && backend && error === "csrf") headerStripped(find, evidence);
  else if (status === 403) {
    find("permission_missing", "The API takes the credentials, and does not allow this call.", evidence,
      "Ask for the scope that the API names, or have the permission given to this user, key or client.");
  } else if (sends === "token" && !flaw && status === 400 && error === "invalid_request") malformed(find, evidence);
  // Without credentials, which is a finding already, nothing else is to be expected.
  else if (status !== 401 || flaw || (!isOwn && !isListed(url, apis))) return;
  else if (sends === "cookie") notSignedIn(find, sends, evidence);
  else if (sends === "key") {
    find("wrong_api_key", "The API does not know this API key.", evidence,
      "Check that the whole key is there, without quotes, spaces or a line break, that it was not deleted or replaced, and that it is of "
      + "this environment.");
  } else if (isOver || isPast) {
    find("token_expired", "The access token is over.", isOver ? evidence : `${evidence} The time of the token has passed.`, isOwn
      ? "Leave the header to the client's fetch, which renews tokens in time. Else ask for a new token."
      : "Sign in again, or ask for a new token.");
  } else {
    find("token_refused", "The API does not take this token.", evidence,
      "Check that the token is meant for this API (audience, environment), and that it was not revoked.");
  }
};

const inquire = async (facts: Facts, about: DiagnoseOptions, { find, findUnlessKnown }: ReturnType<typeof createFindings>): Promise<void> => {
  const { endpoints, backend, apis, sends, keyHeader, call, attempt, send = fetch } = facts;
  const clock = createClock();
  const met: AuthError[] = [];
  const own = readHeaders(about.headers);
  if (own.flaw) malformed(find, `The app gave the header itself, and ${own.flaw}.`);

  // Called as a function, and without options that runtimes at the edge refuse.
  const native: typeof fetch = (input, init) => send(input, init);
  const question = (init: RequestInit): RequestInit => ({
    ...init, signal: AbortSignal.timeout(PATIENCE_MS), ...(inPage() && { cache: "no-store" }),
  });

  const ask = async (url: string, option: string, init: RequestInit, isWanted = false, by = native): Promise<Said | undefined> => {
    const asked = Date.now();
    try {
      const response = await by(url, question(init));
      clock.note(url, response, asked);
      return await read(url, response, isWanted);
    } catch (thrown) {
      if (isOurs(thrown)) throw thrown;
      await explain({ url, option, thrown, sends, ...(keyHeader && { keyHeader }) }, native, question({}), find);
      return undefined;
    }
  };

  /** Whether a URL is worth a question: without https, whoever is on the way could answer. */
  const isSafe = (url: string, option: string): boolean => {
    const { protocol, host, pathname } = new URL(url);
    if (protocol !== "http:" || isLoopback(new URL(url))) return true;
    find("insecure_url", `The URL of ${option} begins with http: everybody on the way can read and change what is sent.`, `It is ${shown(url)}.`,
      `Write https://${host}${pathname}. Browsers block http from a page that came by https.`);
    return false;
  };

  const askEndpoint = async ({ url, option, takes }: Endpoint): Promise<void> => {
    if (!isSafe(url, option)) return;
    const isMetadata = takes === "metadata";
    const said = await ask(url, option, isMetadata ? {} : {
      method: "POST",
      headers: { "content-type": takes === "json" ? "application/json" : "application/x-www-form-urlencoded" },
      body: takes === "json" ? "{}" : "",
      ...(sends === "cookie" && { credentials: "include" }),
    }, isMetadata);
    if (!said) return;
    const { status, json, evidence } = said;
    const next = json["token_endpoint"];
    if (isNothing(said) || (isMetadata && status === 200 && !json["issuer"])) wrongEndpoint(find, hostOf(url), option, evidence);
    // What is sent is empty, which some servers cannot take: only a proxy's own words count.
    else if (status >= 502 && status <= 504) failing(find, hostOf(url), evidence);
    else if (isMetadata && typeof next === "string" && URL.canParse(next)) {
      await askEndpoint({ url: next, option: "the provider's token_endpoint", takes: "form" });
    }
  };

  /** Asks for the session, as the client does. */
  const askBackend = async (url: string): Promise<void> => {
    const option = "bff.basePath";
    if (!isSafe(url, option)) return;
    const said = await ask(`${url}/session`, option, { headers: { "x-tokenward": "1" }, redirect: "manual" }, true);
    if (said) judgeBackend(said, url, [about.error, facts.error].find(isOurs), find);
  };

  const askApi = async (url: string, isExact: boolean): Promise<void> => {
    const option = isExact ? "the call" : "apis";
    if (!isSafe(url, option)) return;
    try {
      const said = await ask(url, option, { headers: own.given }, false, call);
      if (said) judgeAnswer(said, url, isExact, facts, own, find);
    } catch (thrown) {
      const error = thrown as AuthError;
      // Nobody asked for anything while signed out: that is no fault.
      if (isExact || !/^not_/.test(error.code)) met.push(error);
      // Without credentials: whether a page may send such a request and read the answer.
      const header = sends === "token" ? "authorization" : keyHeader;
      await ask(url, option, sends === "cookie" ? { credentials: "include" } : header ? { headers: { [header]: "Bearer none" } } : {});
    }
  };

  /** The server that the page came from tells the time, whatever it answers. */
  const askOwnServer = async (): Promise<void> => {
    const asked = Date.now();
    await native(location.href, question({ method: "HEAD" })).then((response) => clock.note(location.href, response, asked), () => {});
  };

  const url = about.url === undefined ? undefined : new URL(about.url, inPage() ? document.baseURI : undefined).href;
  if (url !== undefined && !isListed(url, apis)) {
    find("api_not_listed", "The client sends no credentials there: the URL is none of those in apis.",
      `The call goes to ${shown(url)}, and apis has ${apis.map(shown).join(", ") || "nothing"}.`,
      `Check host and path of the URL. If they are right, add ${backend === undefined ? new URL(url).origin : "the path"} to apis.`);
  }
  const failed = attempt && await attempt().then(() => undefined, (thrown: unknown) => thrown ?? new Error());
  await Promise.all([
    // What the client has just done needs no further question.
    ...(attempt && !failed ? [] : endpoints.map(askEndpoint)),
    ...(backend === undefined ? [] : [askBackend(backend)]),
    ...(url === undefined ? apis : [url]).map((api) => askApi(api, url !== undefined)),
    ...(inPage() ? [askOwnServer()] : []),
  ]);
  clock.judge(find);
  for (const error of [failed, about.error, facts.error, ...met]) if (isOurs(error)) judgeError(error, facts, findUnlessKnown);
};

/** Finds what is wrong with any client. Never rejects, also where its options are such that `facts` throws. */
export const diagnose = async (facts: Facts | (() => Facts), about: DiagnoseOptions = {}): Promise<readonly Diagnosis[]> => {
  const findings = createFindings();
  try {
    await inquire(typeof facts === "function" ? facts() : facts, about, findings);
  } catch (thrown) {
    findings.find("last_error", "Not everything could be looked at.", `A ${Object(thrown).name} came up on the way.`,
      "Check that every URL in the options, and the one given here, is a whole one with https:// and a host.");
  }
  return findings.all();
};

/** For a session of createAuth, passwordLogin or cookieSession. */
export const diagnoseAuth = (about: DiagnoseOptions | undefined, ...known: Parameters<typeof factsOfSession>) =>
  diagnose(() => factsOfSession(...known), about);

/** For clientCredentials. */
export const diagnoseMachine = (about: DiagnoseOptions | undefined, ...known: Parameters<typeof factsOfMachine>) =>
  diagnose(() => factsOfMachine(...known), about);

/** For apiKey. */
export const diagnoseKey = (about: DiagnoseOptions | undefined, ...known: Parameters<typeof factsOfKey>) =>
  diagnose(() => factsOfKey(...known), about);
