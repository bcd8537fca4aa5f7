// What the provider says about the token's lifetime, in every shape it is said, and when the next refresh is due.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setUpWorld, signIn } from "./world.mjs";

const YEAR_SECONDS = 31_536_000;
// Between the provider's answer and the client's clock reading, on a busy machine.
const TOLERANCE_MS = 3000;

const world = setUpWorld();

async function outcomeOf(fault) {
  const tab = await world.newTab();
  const session = await signIn(tab, world, world.options(fault, { storage: "session" }));
  const receivedAt = world.provider.log.findLast(({ path }) => path === `/${fault}/token`).at;
  return { session, receivedAt, inspected: await tab.evaluate(() => harness.auth.inspect()), tab };
}

function assertSecondsAfter(at, receivedAt, seconds) {
  const late = at - (receivedAt + seconds * 1000);
  assert.ok(late >= -50 && late < TOLERANCE_MS, `${late} ms after ${seconds} s`);
}

// T04
describe("accepted", () => {
  test("900 seconds: expires then, refreshed 300 s earlier", async () => {
    const { session, inspected, receivedAt } = await outcomeOf("ok");
    assertSecondsAfter(session.expiresAt, receivedAt, 900);
    assertSecondsAfter(inspected.refreshAt, receivedAt, 600);
  });

  test("missing: no expiry is invented and no refresh planned", async () => {
    const { session, inspected } = await outcomeOf("expires-in-missing");
    assert.deepEqual([session.status, session.expiresAt], ["signedIn", null]);
    assert.deepEqual([inspected.expiresAt, inspected.refreshAt], [null, null]);
  });

  test("a string of digits counts as the number", async () => {
    const { session, inspected, receivedAt } = await outcomeOf("expires-in-string");
    assertSecondsAfter(session.expiresAt, receivedAt, 3600);
    assertSecondsAfter(inspected.refreshAt, receivedAt, 3300);
  });

  test("a huge number is capped at a year", async () => {
    const { session, receivedAt } = await outcomeOf("expires-in-huge");
    assertSecondsAfter(session.expiresAt, receivedAt, YEAR_SECONDS);
  });
});

// T04
describe("refused", () => {
  for (const fault of ["expires-in-zero", "expires-in-negative", "expires-in-nan"]) {
    test(fault, async () => {
      const { session, inspected, tab } = await outcomeOf(fault);
      assert.equal(session.status, "signedOut");
      assert.equal(session.error?.code, "token_response_invalid");
      assert.deepEqual([inspected.expiresAt, inspected.refreshAt, inspected.hasRefreshToken], [null, null, false]);
      const stored = JSON.stringify(await tab.evaluate(() => ({ ...sessionStorage, ...localStorage })));
      assert.doesNotMatch(stored, /access-|refresh-/);
    });
  }
});

test("a lifetime under ten minutes is refreshed at its half", async () => {
  world.provider.control({ tokenSeconds: 60 });
  const { inspected, receivedAt } = await outcomeOf("unknown-params");
  world.provider.control({ tokenSeconds: 900 });
  assertSecondsAfter(inspected.refreshAt, receivedAt, 30);
});
