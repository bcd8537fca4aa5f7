// storage: "bff": what diagnose() finds wrong between a page and its backend.
import assert from "node:assert/strict";
import { test } from "node:test";
import { APP, outcome, setUpBff } from "./world.mjs";

const world = setUpBff();

const diagnose = (tab, about) => tab.evaluate((given) => harness.auth.diagnose(given), about);

/** Asserts what was found, and that it says something in plain sentences and tells no secret. */
function check(findings, codes, evidence = /./) {
  assert.deepEqual(findings.map(({ code }) => code), codes, JSON.stringify(findings, null, 1));
  const text = JSON.stringify(findings);
  for (const secret of world.bff.secrets) assert.ok(!text.includes(secret), text);
  for (const { cause, evidence: seen, mend } of findings) {
    for (const sentence of [cause, seen, mend]) assert.match(sentence, /^[A-Zh127].*\.$/s);
    assert.doesNotMatch(cause + seen + mend, /undefined|\[object/);
  }
  if (codes.length > 0) assert.match(findings[0].evidence, evidence);
}

test("nothing is found where nothing is wrong, signed in or not", async () => {
  const tab = await world.newTab();
  await world.open(tab);
  check(await diagnose(tab), []);
  await world.signIn(tab);
  check(await diagnose(tab), []);
  check(await diagnose(tab, { url: "/api/notes" }), []);
});

const BROKEN = {
  "the app's own page answers": [{ headers: { "content-type": "text/html" }, body: "<!doctype html>" }, ["wrong_endpoint"], /\/auth\/session answered 200, with a web page/],
  "nothing is there": [{ status: 404, body: "" }, ["wrong_endpoint"], /answered 404/],
  "something else is there": [{ body: { hello: "world" } }, ["wrong_endpoint"], /answered 200/],
  "a redirect leads away": [{ status: 302, headers: { location: "/login" } }, ["wrong_endpoint"], /answered 0/],
  "the header is lost on the way": [{ status: 403, body: { error: "csrf" } }, ["header_stripped"], /403, csrf/],
  "the backend fails": [{ status: 502, body: "" }, ["server_failing"], /502/],
  "it wants fewer requests": [{ status: 429, body: "" }, ["rate_limited"], /429/],
};
for (const [name, [reply, codes, evidence]] of Object.entries(BROKEN)) {
  test(`${name}`, async () => {
    world.bff.instead["/auth/session"] = reply;
    const tab = await world.newTab();
    await world.open(tab);
    check(await diagnose(tab), codes, evidence);
  });
}

test("the header is lost on the way to the APIs only", async () => {
  const tab = await world.signedInTab();
  world.bff.instead["/api/notes"] = { status: 403, body: { error: "csrf" } };
  check(await diagnose(tab, { url: "/api/notes" }), ["header_stripped"], /403, csrf/);
});

test("a fallback of a single-page app is called by its name", async () => {
  world.bff.instead["/auth/session"] = { headers: { "content-type": "text/html" }, body: "<!doctype html>" };
  const tab = await world.newTab();
  await world.open(tab);
  const [{ cause, mend }] = await diagnose(tab);
  assert.equal(cause, `There is no backend for front ends at ${world.site.origin}/auth.`);
  assert.match(mend, /fallback of a single-page app/);
});

test("no server is there", async () => {
  const tab = await world.newTab();
  await world.open(tab);
  world.bff.instead["/auth/session"] = "reset";
  world.bff.instead["/api/"] = "reset";
  const codes = (await diagnose(tab)).map(({ code }) => code);
  assert.ok(codes.length > 0 && codes.every((code) => code === "wrong_domain"), codes.join());
});

test("the backend is another origin's", async () => {
  const tab = await world.signedInTab();
  world.bff.instead["/auth/logout"] = { status: 403, body: { error: "csrf" } };
  const { error } = await outcome(tab, () => harness.auth.signOut());
  check(await diagnose(tab, { error }), ["wrong_origin"], /refused a sign-out of http:\/\/127\.0\.0\.1:\d+, status 403/);
});

test("the cookie of a sign-in is refused", async () => {
  const tab = await world.newTab();
  await world.open(tab);
  world.bff.instead["/auth/callback"] = ({ headers }) => ({
    headers: { "content-type": "text/html" }, body: `<meta http-equiv="refresh" content="0;url=http://${headers.host}${APP}">`,
  });
  assert.equal((await world.signIn(tab)).status, "signedOut");
  check(await diagnose(tab), ["cookie_refused"], /nobody is signed in/);
  // The next one that works leaves nothing of it.
  world.bff.instead = {};
  await world.signIn(tab);
  check(await diagnose(tab), []);
  assert.deepEqual((await tab.evaluate(() => harness.stored())).session, {});
});

test("the URL of a call is none of the listed ones", async () => {
  const tab = await world.signedInTab();
  const findings = await diagnose(tab, { url: "/harness.js" });
  check(findings, ["api_not_listed"]);
  assert.match(findings[0].mend, /add the path to apis/);
});
