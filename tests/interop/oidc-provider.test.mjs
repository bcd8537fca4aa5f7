// The certified oidc-provider: a session's whole life, once for each algorithm it signs ID tokens with, and what costs no
// round trip.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { signIn } from "../e2e/world.mjs";
import { liveThrough } from "./lifecycle.mjs";
import { setUpInterop } from "./world.mjs";

// Long enough for a request that should not be made to arrive.
const QUIET_MS = 150;
const SLOW_MS = 300;

const world = setUpInterop();

// A16, R01, E01, E02, L01, L02
describe("a whole life, with ID tokens signed with", () => {
  for (const algorithm of ["RS256", "PS256", "ES256", "EdDSA"]) {
    test(algorithm, async () => {
      const options = world.options(`spa-${algorithm.toLowerCase()}`, { idTokenSignedResponseAlg: algorithm });
      const { session, token } = await liveThrough(world, options);
      assert.equal(session.user.sub, "alice");
      assert.equal(await world.provider.lookUp(token), null, "the token was revoked");
    });
  }
});

// I05
test("an algorithm that is not the one registered is refused", async () => {
  const session = await signIn(await world.newTab(), world, world.options("spa-es256"));
  assert.deepEqual([session.status, session.error?.code], ["signedOut", "id_token_algorithm_unexpected"]);
});

// A09
test("who says no is signed out, and nothing is asked for", async () => {
  world.forget();
  const session = await signIn(await world.newTab(), world, world.options("spa-rs256"), { loginHint: "deny" });
  assert.deepEqual([session.status, session.error?.code], ["signedOut", "access_denied"]);
  assert.equal(session.error.oauth.description, "The user said no");
  assert.deepEqual(world.at("/token"), []);
});

test("the ID token's check adds no round trip: the keys come while the token is waited for", async (t) => {
  world.provider.slow("/token", SLOW_MS);
  t.after(() => world.provider.slow("/token", 0));
  const tab = await world.newTab();
  world.forget();
  assert.equal((await signIn(tab, world, world.options("spa-rs256"))).status, "signedIn");
  await sleep(QUIET_MS);
  const [token] = world.at("/token");
  const [keys] = world.at("/jwks");
  assert.ok(keys.at < token.answeredAt && keys.answeredAt < token.answeredAt, "the keys are there before the token");
  const later = world.provider.log.filter(({ at }) => at > token.answeredAt);
  assert.deepEqual(later.map(({ path }) => path), [], "nothing comes after the token");
});
