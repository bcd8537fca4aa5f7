// What happens to the tabs and the network during a run, by seed: when, and to which tab.
import { between, oneOf, randomFrom } from "./random.mjs";

const FIRST_MS = 4_000;
const PAUSE_MS = [2_500, 6_000];
const OFFLINE_MS = [2_000, 6_000];
const CLOSED_MS = [300, 2_500];
/** In this order, again and again: each kind is there in the shortest run. */
const STEPS = ["close", "close while it asks", "offline", "close while it is told"];

/** The steps of a run: `{ atMs, what, tab, forMs }`. The tab is a wish: one that refreshes is chosen by when it does. */
export function scenarioOf(seed, seconds, tabs) {
  const next = randomFrom(seed);
  const steps = [];
  for (let atMs = FIRST_MS; ; ) {
    const what = STEPS[steps.length % STEPS.length];
    const forMs = between(next, ...(what === "offline" ? OFFLINE_MS : CLOSED_MS));
    if (atMs + forMs > (seconds - PAUSE_MS[1] / 1000) * 1000) return steps;
    steps.push({ atMs, what, tab: oneOf(next, tabs), forMs });
    atMs += forMs + between(next, ...PAUSE_MS);
  }
}
