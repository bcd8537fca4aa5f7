// What goes wrong on the way to the provider's token endpoint and to the API, by a seeded plan:
//   drop          the connection is reset before anybody acted
//   lost          the connection is reset after the provider acted: the answer, and a new refresh token in it, is lost
//   late request  the request is late           late answer   the answer is late
//   500, 429      the answer of an overloaded server; 429 asks for patience of a second
// and on demand: both are out of reach (`offline`), or a refresh is held until its tab is gone (`holdRefresh`).
//
// A provider that ends a family whose refresh token comes twice gives a client whose answer was lost no way back, unless it
// has a grace period, as most have. This one answers a repeated request again only where the first answer did not arrive:
// a token that comes twice for any other reason meets the provider's own reuse detection.
import { setTimeout as sleep } from "node:timers/promises";
import { corsHeaders } from "../provider/serve.mjs";
import { bagOf, between, randomFrom } from "./random.mjs";

const GRACE_MS = 10_000;
const HOLD_MS = 8_000;
const LATE_MS = [200, 3000];
/** An answer that left this shortly before its tab was closed may not have been handed on. */
const UNUSED_MS = 1_000;
const REFRESHES = { none: 6, drop: 1, lost: 1, "late request": 1, "late answer": 1, 500: 1, 429: 1 };
const CALLS = { none: 40, drop: 1, "late answer": 2, 500: 1, 429: 1 };

export const isRefresh = ({ method, path, body }) =>
  method === "POST" && path === "/token" && body.grant_type === "refresh_token";

/** Which tab a request comes from: the test pages say it in their address, and send that as the referrer. */
export const tabOf = ({ headers: { referer } }) => referer && new URL(referer).searchParams.get("tab");

/**
 * @returns `atProvider` and `atApi`, for the fronts of both: each notes in the log entry what it did to the request, as
 *   `fault`, `lost` where the answer did not arrive, and `givenAgain` where one that was lost was given again.
 */
export function createFaults(seed) {
  const next = randomFrom(seed);
  const nextRefresh = bagOf(next, REFRESHES);
  const nextCall = bagOf(next, CALLS);
  /** The last answer to each refresh token. Until it has arrived, and for a while if it never does, it is given again. */
  const answers = new Map();
  const state = { active: false, offline: false, hold: null };

  const kept = (token) => {
    const last = answers.get(token);
    return last?.until > Date.now() ? last : null;
  };
  const isGraceOpen = () => [...answers.keys()].some(kept);

  /** The provider's answer, and the same one again where the first was lost. */
  async function act(entry, pass) {
    const token = entry.body.refresh_token;
    const lost = kept(token);
    if (lost) {
      entry.givenAgain = true;
      Object.assign(lost, { entry, at: Date.now(), until: Date.now() + GRACE_MS });
      return lost.answer;
    }
    // Before it is there: who comes with the same token meanwhile waits for the same answer.
    const acting = pass();
    answers.set(token, { answer: acting, entry, at: Date.now(), until: Date.now() + GRACE_MS });
    const answer = await acting;
    answers.set(token, { answer, entry, at: Date.now(), until: Date.now() + GRACE_MS });
    return answer;
  }

  const refreshFaults = {
    none: act,
    drop: () => null,
    async lost(entry, pass) {
      await act(entry, pass);
      return null;
    },
    async "late request"(entry, pass, gone) {
      await late(gone);
      // Whoever is gone by now never sent it.
      return gone.aborted ? null : act(entry, pass);
    },
    async "late answer"(entry, pass, gone) {
      const answer = await act(entry, pass);
      await late(gone);
      return answer;
    },
    500: (entry) => refusal(entry, 500),
    429: (entry) => refusal(entry, 429),
    // Until its tab is gone: before the provider acted, or after.
    async "held request"(entry, pass, gone) {
      await held(gone);
      return gone.aborted ? null : act(entry, pass);
    },
    async "held answer"(entry, pass, gone) {
      const answer = await act(entry, pass);
      await held(gone);
      // Whoever is gone by now never gets it, though the connection may still take it.
      return gone.aborted ? null : answer;
    },
  };

  const late = (gone) => wait(between(next, ...LATE_MS), gone);
  const held = (gone) => wait(HOLD_MS, gone);

  function faultOfRefresh(entry) {
    // One thing at a time: a second fault could outlast the grace.
    if (!state.active || isGraceOpen()) return "none";
    if (!state.hold) return nextRefresh();
    const { fault, arrived } = state.hold;
    state.hold = null;
    arrived(tabOf(entry));
    return fault;
  }

  return {
    /** Faults of the plan come from now on, or no more. */
    set active(active) { state.active = active; },
    /** Waits until no lost answer needs to be asked for again, and takes both servers out of reach. */
    async offline(milliseconds) {
      while (isGraceOpen()) await sleep(50);
      state.offline = true;
      await sleep(milliseconds);
      state.offline = false;
    },
    /** Holds the next refresh, before the provider acts or after; resolves with its tab, or with null after so long. */
    async holdRefresh(fault, patienceMs) {
      const arrival = new Promise((resolve) => { state.hold = { fault, arrived: resolve }; });
      const tab = await Promise.race([arrival, sleep(patienceMs, null, { ref: false })]);
      state.hold = null;
      return tab;
    },
    /** A tab was closed: what it had just been told may be lost with it. */
    closed(tab) {
      for (const last of answers.values()) {
        if (tabOf(last.entry) !== tab || last.at < Date.now() - UNUSED_MS) continue;
        last.until = Date.now() + GRACE_MS;
        last.entry.lost = true;
      }
    },
    async atProvider(entry, pass, gone) {
      entry.fault = state.offline ? "offline" : "none";
      if (state.offline) return null;
      if (!isRefresh(entry)) return once(await pass());
      entry.fault = faultOfRefresh(entry);
      const answer = await refreshFaults[entry.fault](entry, pass, gone);
      entry.lost = !answer || gone.aborted;
      const last = answers.get(entry.body.refresh_token);
      if (last?.entry === entry) last.until = entry.lost ? Date.now() + GRACE_MS : 0;
      return answer && once(answer);
    },
    async atApi(entry, pass, gone) {
      entry.fault = state.offline ? "offline" : "none";
      if (state.offline) return null;
      if (entry.method === "OPTIONS" || !state.active) return once(await pass());
      entry.fault = nextCall();
      if (entry.fault === "drop") return null;
      if (entry.fault === "500" || entry.fault === "429") return once(refusal(entry, Number(entry.fault)));
      const answer = await pass();
      // The request itself is never late: its token would be older than its sender could know.
      if (entry.fault === "late answer") await late(gone);
      return once(answer);
    },
  };
}

const wait = (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => {});

/** A connection for one answer: on one that was used before, browsers send a request again by themselves, unseen. */
const once = (answer) => ({ ...answer, headers: { ...answer.headers, connection: "close" } });

const refusal = (entry, status) => ({
  status,
  headers: {
    "content-type": "application/json",
    ...(status === 429 ? { "retry-after": "1" } : {}),
    ...corsHeaders(entry),
    "access-control-expose-headers": "retry-after",
  },
  body: JSON.stringify({ error: "temporarily_unavailable" }),
});
