// Judges a run by what the servers and the tabs wrote down: every problem as a sentence, and the figures for the table.
import { isRefresh, tabOf } from "./faults.mjs";

/** Faults after which the one who asked knows nothing new. */
const UNANSWERED = ["drop", "lost", "500", "429", "offline"];
const PATIENCE_ASKED_MS = 1_000;
/** A call may not take longer, whatever the faults. */
export const PATIENCE_MS = 20_000;
/** The tabs and the servers look at the clock at slightly different moments. */
const SLACK_MS = 500;

/**
 * @param {object} run `provider`, `api` the logs of both; `told` by the tabs; `refusals` of the provider; `startedAt`,
 *   `endedAt`; `intervalMs` after which a token is due for a refresh.
 */
export function judge({ provider, api, told, refusals, startedAt, endedAt, intervalMs }) {
  const refreshes = provider.filter((entry) => isRefresh(entry) && entry.at >= startedAt);
  const troubles = troublesIn(provider.filter((entry) => entry.at >= startedAt && entry.method !== "OPTIONS"), endedAt);
  const given = facts(api);
  const calls = told.filter(({ call }) => call);
  const verdicts = calls.map((call) => ({ call, verdict: verdictOn(call, given.get(call.call) ?? [], troubles) }));
  const problems = [
    ...refusals.filter((refusal) => refusal.includes("invalid_grant")).map((refusal) => `the provider: ${refusal}`),
    ...told.filter(({ signedOut }) => signedOut).map(({ tab, signedOut }) =>
      `tab ${tab} was signed out: ${signedOut.reason} (${signedOut.error?.code})`),
    ...told.filter(({ opened }) => opened && opened !== "signedIn").map(({ tab, opened }) => `tab ${tab} was opened ${opened}`),
    ...verdicts.filter(({ verdict }) => verdict === null).map(({ call }) => `call without excuse: ${describe(call)}`),
    ...calls.filter(({ at, startedAt: from }) => at - from > PATIENCE_MS).map((call) => `call too slow: ${describe(call)}`),
    ...presentedAgain(refreshes),
  ];
  const ideal = Math.floor((endedAt - startedAt) / intervalMs);
  const brought = refreshes.filter((entry) => !wentUnanswered(entry)).length;
  const figures = {
    fetches: calls.length,
    "answered 200": verdicts.filter(({ verdict }) => verdict === "answered").length,
    "answered with the API's fault": verdicts.filter(({ verdict }) => verdict === "fault").length,
    "rejected while it was away": verdicts.filter(({ verdict }) => verdict === "away").length,
    "without excuse": verdicts.filter(({ verdict }) => verdict === null).length,
    "from hidden tabs": calls.filter(({ hidden }) => hidden).length,
    refreshes: brought,
    ideal,
    ratio: Number((brought / ideal).toFixed(2)),
    "token requests": refreshes.length,
    "sooner than Retry-After": refreshes.filter((entry) => cameTooSoon(entry, refreshes)).length,
    "answers given again": refreshes.filter(({ givenAgain }) => givenAgain).length,
    "tabs that refreshed": new Set(refreshes.map(tabOf)).size,
    faults: countsOf(refreshes.map(({ fault }) => fault).filter((fault) => fault !== "none")),
    invalid_grant: refusals.filter((refusal) => refusal.includes("invalid_grant")).length,
    "signed out": told.filter(({ signedOut }) => signedOut).length,
  };
  return { problems, figures };
}

/** When the provider was away, as far as its clients could know: from a request that failed until one that did not. */
function troublesIn(entries, endedAt) {
  const troubles = [];
  let since = null;
  for (const entry of entries) {
    if (UNANSWERED.includes(entry.fault)) since ??= entry.at;
    else if (since !== null && isRefresh(entry) && entry.status === 200) {
      troubles.push([since, entry.answeredAt]);
      since = null;
    }
  }
  if (since !== null) troubles.push([since, endedAt + PATIENCE_MS]);
  return troubles;
}

/** What the API's front did to each call, by the name that the tab gave it. */
function facts(api) {
  const found = new Map();
  for (const { query: { call }, fault } of api) found.set(call, [...(found.get(call) ?? []), fault]);
  return found;
}

/** How a call ended: `answered`, with the API's `fault`, for want of a provider or API that was `away`; null is a problem. */
function verdictOn({ status, error, startedAt, at }, faults, troubles) {
  const wasAway = troubles.some(([from, to]) => at >= from - SLACK_MS && startedAt <= to + SLACK_MS);
  if (status === 200) return "answered";
  if (faults.includes(String(status))) return "fault";
  // The API's own refusal of an old token, where there was no getting a new one.
  if (status === 401) return wasAway ? "away" : null;
  if (error?.code) return error.retryable && wasAway ? "away" : null;
  return faults.includes("drop") || faults.includes("offline") || wasAway ? "away" : null;
}

/** Each refresh token that came again although something came back the first time. */
export function presentedAgain(refreshes) {
  const first = new Map();
  const problems = [];
  for (const entry of refreshes) {
    const token = entry.body.refresh_token;
    const before = first.get(token);
    if (before && !wentUnanswered(before)) {
      problems.push(`a refresh token was presented by tab ${tabOf(before)} and again by tab ${tabOf(entry)}`);
    }
    first.set(token, entry);
  }
  return problems;
}

/** The provider had asked for a second of patience, though perhaps another tab. */
const cameTooSoon = ({ at }, refreshes) =>
  refreshes.some(({ status, answeredAt }) => status === 429 && at > answeredAt && at < answeredAt + PATIENCE_ASKED_MS);

const wentUnanswered = ({ fault, status, lost }) => lost || UNANSWERED.includes(fault) || status !== 200;

/** Every refresh as a line, its token by number: to see what led to a problem. */
export function timelineOf(provider, startedAt) {
  const tokens = [];
  return provider.filter(isRefresh).map((entry) => {
    const token = entry.body.refresh_token;
    if (!tokens.includes(token)) tokens.push(token);
    const asked = `${entry.at - startedAt} ms: tab ${tabOf(entry)}, token ${tokens.indexOf(token)}, ${entry.fault}`;
    if (!entry.answeredAt) return `${asked}: no answer`;
    return `${asked}: ${entry.status} after ${entry.answeredAt - entry.at} ms${entry.givenAgain ? ", given again" : ""}`;
  });
}

const countsOf = (names) => [...new Set(names)].sort()
  .map((name) => `${name} ${names.filter((other) => other === name).length}`).join(", ");

const describe = ({ tab, call, startedAt, at, status, error }) =>
  `tab ${tab}, ${call}, after ${at - startedAt} ms: ${status ?? `${error?.name} ${error?.code ?? error?.message}`}`;

/** The lines of a table of the figures. */
export function tableOf(title, figures) {
  const width = Math.max(...Object.keys(figures).map(({ length }) => length));
  return [title, ...Object.entries(figures).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)];
}
