// Looks for secrets in what could be seen of a life: both tests of secrets ask the same of it.
import assert from "node:assert/strict";

/** What the page shows by itself to a log, a listener, a person or whoever prints it. */
export const shownBy = (tab) => tab.evaluate(() => ({
  events: harness.events, logged: harness.logged, thrown: harness.thrown,
  inspected: [harness.auth.inspect(), JSON.stringify(harness.auth.inspect())],
  // The user's claims belong in a session; nothing else of the provider's does.
  session: { ...harness.session(), user: null },
  printed: [String(harness.auth), JSON.stringify(harness.auth, (name, value) => (name === "user" ? null : value))],
}));

/** `secrets` are lists, or one, by name. Each must be there to be looked for, and none in `haystack`, text or data. */
export function assertAbsent(where, haystack, secrets) {
  const text = typeof haystack === "string" ? haystack : JSON.stringify(haystack);
  const decoded = [text, safeDecode(text)].join("\n");
  for (const [name, value] of Object.entries(secrets)) {
    for (const secret of [value].flat()) {
      assert.ok(secret?.length >= MIN_LENGTH, `${name} was captured`);
      assert.equal(decoded.includes(secret), false, `${name} in ${where}: ${around(decoded, secret)}`);
    }
  }
}

/** What is shorter would be found by chance. */
const MIN_LENGTH = 8;

/** As {@link assertAbsent}, for all but the `allowed` names. */
export function assertOnly(allowed, where, haystack, secrets) {
  const rest = Object.entries(secrets).filter(([name]) => !allowed.includes(name));
  assertAbsent(where, haystack, Object.fromEntries(rest));
}

const safeDecode = (text) => { try { return decodeURIComponent(text); } catch { return ""; } };
const around = (text, part) => text.slice(Math.max(0, text.indexOf(part) - 120), text.indexOf(part) + part.length + 60);
