// Claims from the UserInfo endpoint, as JSON and signed, added to those of the ID token.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signedInTab } from "../e2e/world.mjs";
import { readProof } from "./proofs.mjs";
import { setUpInterop } from "./world.mjs";

const world = setUpInterop();
const asked = () => world.at(world.provider.paths.userinfo);

async function signedIn(clientId, changes) {
  const tab = await signedInTab(world, world.options(clientId, { scope: "openid profile email", ...changes }));
  world.forget();
  return tab;
}

const getUser = (tab) => tab.evaluate(() => harness.outcome(() => harness.auth.getUser()));

// U02
describe("what the ID token lacks is added", () => {
  const cases = {
    "as JSON": ["spa-rs256", { userinfo: true }],
    "as a signed token": ["spa-userinfo-signed", { userinfo: "RS256" }],
    "for a token that is bound to a key": ["spa-dpop", { userinfo: true, dpop: true }],
  };
  for (const [name, [clientId, changes]] of Object.entries(cases)) {
    test(name, async () => {
      const tab = await signedIn(clientId, changes);
      const { user } = await tab.evaluate(() => harness.session());
      assert.equal(user.email, undefined, "this provider's ID token has no email");
      const { value } = await getUser(tab);
      assert.deepEqual([value?.email, value?.name, value?.sub], ["alice@example.com", "alice Example", "alice"]);
      assert.deepEqual([value.iss, value.aud, value.nonce], [user.iss, user.aud, user.nonce], "what the ID token says stays");
      assert.equal(asked().length, 1);
    });
  }
});

test("it is not asked unless it is to be", async () => {
  const tab = await signedIn("spa-rs256");
  const { value } = await getUser(tab);
  assert.deepEqual([value.sub, value.email], ["alice", undefined]);
  assert.deepEqual(asked(), []);
});

// P03, P06, P09
test("a bound token is shown with a proof, and with the nonce that is asked for", async () => {
  const tab = await signedIn("spa-dpop-nonce", { userinfo: true, dpop: true });
  for (const _ of [1, 2]) assert.equal((await getUser(tab)).value?.email, "alice@example.com");
  assert.deepEqual(asked().map(({ status }) => status), [401, 200, 200]);
  assert.ok(asked().every(({ headers }) => headers.authorization.startsWith("DPoP ")));
  const proofs = await Promise.all(asked().map(readProof));
  assert.ok(proofs.every(({ ath, htu }) => ath && htu === `${world.provider.issuer}${world.provider.paths.userinfo}`));
});

// U02
describe("an answer of the other kind is refused", () => {
  const cases = {
    "plain where it is registered as signed": ["spa-rs256", "RS256"],
    "signed where it is not": ["spa-userinfo-signed", true],
    "signed with another algorithm": ["spa-userinfo-signed", "PS256"],
  };
  for (const [name, [clientId, userinfo]] of Object.entries(cases)) {
    test(name, async () => {
      const tab = await signedIn(clientId, { userinfo });
      const { error } = await getUser(tab);
      assert.deepEqual([error?.name, error?.code], ["ProtocolError", "userinfo_invalid"]);
      assert.equal((await tab.evaluate(() => harness.session())).status, "signedIn", "the session stays");
    });
  }
});
