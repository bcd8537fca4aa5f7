// Places to go back to that are not the app's: each is refused before anything begins, or not listened to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "../browser.mjs";
import { EACH_RUNTIME, describePlaces } from "../places.mjs";
import { session, setUpWorld, signIn, signedIn } from "../world.mjs";

const world = setUpWorld();

const GIVEN = [
  "https://evil.example", "https://evil.example/", "http:evil.example", "https:/evil.example", "//evil.example", "///evil.example",
  "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", "\t//evil.example",
  " //evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "?x", "#x", "/x\r\nset-cookie: a=b", "/\u0000", "@evil.example",
  "//localhost@evil.example/", "/\u2028/evil.example\\", "/auth/login", "/auth/callback?x", "/api/../auth/logged-out", "/x/..//evil.example",
];

/** Whether a browser that reads it on a page of the app stays there. Then it is a place of the app's, however odd. */
const staysHere = (place) => URL.canParse(place, `${world.origin}/`) && new URL(place, `${world.origin}/`).origin === world.origin;

/** The BFF's own endpoints would send a browser round in circles. */
const isEndpoint = (place) => new URL(place, `${world.origin}/`).pathname.startsWith("/auth/");

const elsewhere = () => GIVEN.filter((place) => !staysHere(place) || isEndpoint(place));

describePlaces(world, () => {
  test("a sign-in that is to end elsewhere", async () => {
    const browser = new Browser();
    world.forget();
    const wrong = [];
    for (const returnTo of elsewhere()) {
      const { status, hops } = await browser.navigate(`${world.origin}/auth/login?${new URLSearchParams({ returnTo })}`, { from: world.origin });
      if (status !== 400 || hops.length !== 1 || hops[0].setCookies.length > 0) wrong.push({ returnTo, status, hops: hops.map(({ url }) => url) });
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(world.provider.log, []);
  });

  test("a sign-in that is to end at an odd place of the app's own ends there or nowhere", async () => {
    for (const returnTo of GIVEN.filter((place) => !elsewhere().includes(place))) {
      const { url, hops } = await new Browser().navigate(`${world.origin}/auth/login?${new URLSearchParams({ returnTo })}`, { from: world.origin });
      assert.equal(new URL(url).origin, world.origin, returnTo);
      assert.ok(hops.every(({ setCookies }) => setCookies.every((line) => !line.startsWith("a=b"))), returnTo);
    }
  });

  test("two places to go back to", async () => {
    const { status } = await new Browser().navigate(`${world.origin}/auth/login?returnTo=/a&returnTo=//evil.example`, { from: world.origin });
    assert.equal(status, 400);
  });

  test("a sign-out that is to end elsewhere", async () => {
    const browser = await signedIn(world);
    world.forget();
    const wrong = [];
    for (const returnTo of elsewhere()) {
      const answer = await browser.call(world.origin, "/auth/logout", {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ returnTo }),
      });
      await answer.text();
      if (answer.status !== 400) wrong.push({ returnTo, status: answer.status });
    }
    assert.deepEqual(wrong, []);
    assert.equal((await session(world, browser)).status, "signedIn");
    assert.deepEqual(world.provider.log, []);
  });

  // L02
  test("coming back from a sign-out that nobody began", async () => {
    for (const query of ["", "?state=x", "?returnTo=//evil.example", "?state=x&post_logout_redirect_uri=//evil.example&next=//evil.example"]) {
      const { status, url, hops } = await new Browser().navigate(`${world.origin}/auth/logged-out${query}`);
      assert.equal(hops[0].status, 303);
      assert.deepEqual([status, url], [200, `${world.origin}/`], query);
    }
  });

  test("words of the provider's answer are text, not a page", async () => {
    const browser = new Browser();
    const evil = '"><script>alert(1)</script><meta http-equiv="refresh" content="0;url=https://evil.example">';
    for (const query of [{ error: evil, error_description: evil, state: evil }, { code: evil, state: evil, iss: evil }]) {
      const page = await browser.navigate(`${world.origin}/auth/callback?${new URLSearchParams(query)}`);
      assert.equal(page.status, 400);
      assert.ok(!page.body.includes("<script") && !page.body.includes("evil.example\">"), page.body);
      assert.match(page.headers["content-security-policy"], /default-src 'none'/);
      assert.equal(page.headers["cache-control"], "no-store");
    }
  });

  test("an odd path of the app's own is gone back to as it was written", async () => {
    for (const returnTo of ["/?q=%22%3E%3Cscript%3E", "/?next=https://evil.example//", "/?a=1&b=%26%27#part"]) {
      const page = await signIn(world, new Browser(), { returnTo });
      assert.equal(new URL(page.url).href, new URL(returnTo, world.origin).href);
    }
  });
}, { list: EACH_RUNTIME });
