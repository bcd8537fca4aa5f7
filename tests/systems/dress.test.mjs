// What goes along with a request of a session that a cookie names: the decisions, one by one. tests/systems/logins shows that
// browsers get what is decided here.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../../pkg-template/src/cookies.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: "esm", write: false });
const { createDress, withCookies } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

const HERE = "https://app.example";
const ELSEWHERE = "https://api.example";
const IN_COOKIE = { cookie: "XSRF-TOKEN", header: "X-XSRF-TOKEN" };
const AT_ENDPOINT = { url: `${HERE}/csrf`, header: "X-CSRF-Token" };
const COOKIES = "other=1; XSRF-TOKEN=a%3Db; xsrf-token=lower; XSRF-TOKEN=second";

const wear = (csrf, { url = `${HERE}/x`, method = "POST", redirect, token = "", cookies = COOKIES } = {}) =>
  createDress(csrf, HERE, () => cookies)(url, method, redirect, token);

test("the header goes with what may change something, from the cookie or from the endpoint", () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "post", "pAtCh", "PROPFIND", "QUERY"]) {
    assert.deepEqual(wear(IN_COOKIE, { method }).headers, { "X-XSRF-TOKEN": "a=b" }, method);
    assert.deepEqual(wear(AT_ENDPOINT, { method, token: "t" }).headers, { "X-CSRF-Token": "t" }, method);
  }
  for (const method of ["GET", "HEAD", "OPTIONS", "get", "hEAD"]) {
    assert.deepEqual(wear(IN_COOKIE, { method }).headers, {}, method);
    assert.deepEqual(wear(AT_ENDPOINT, { method, token: "t" }).headers, {}, method);
  }
  assert.deepEqual(wear(undefined, { token: "t" }).headers, {});
});

test("without a token no header goes, whatever else is in the cookies", () => {
  for (const cookies of ["", "XSRF-TOKEN=", "X-XSRF-TOKEN=1", "xsrf-token=1", "a=XSRF-TOKEN=1", "XSRF-TOKEN"]) {
    assert.deepEqual(wear(IN_COOKIE, { cookies }).headers, {}, cookies);
  }
  assert.deepEqual(wear(AT_ENDPOINT).headers, {});
});

test("a cookie that is no part of a URL is sent as it is", () => {
  assert.deepEqual(wear(IN_COOKIE, { cookies: "XSRF-TOKEN=100%" }).headers, { "X-XSRF-TOKEN": "100%" });
  assert.deepEqual(wear(IN_COOKIE, { cookies: "a=1;XSRF-TOKEN=x=y" }).headers, { "X-XSRF-TOKEN": "x=y" });
});

test("cookies go to another origin only where it was named, and never on from there", () => {
  for (const method of ["GET", "POST"]) {
    for (const redirect of [undefined, "follow", "error"]) {
      assert.deepEqual(wear(undefined, { url: `${ELSEWHERE}/x`, method, redirect }).init, { credentials: "include", redirect: "error" });
    }
    assert.deepEqual(wear(undefined, { url: `${ELSEWHERE}/x`, method, redirect: "manual" }).init, { credentials: "include" });
    for (const url of [`${HERE}:8443/x`, "http://app.example/x", "https://app.example.evil/x", "https://x.app.example/"]) {
      assert.equal(wear(undefined, { url, method }).init.redirect, "error", url);
    }
  }
});

test("on the page's own origin a redirect is followed, unless the header would go along", () => {
  assert.deepEqual(wear(IN_COOKIE, { method: "GET" }).init, { credentials: "same-origin" });
  assert.deepEqual(wear(undefined).init, { credentials: "same-origin" });
  assert.deepEqual(wear(IN_COOKIE).init, { credentials: "same-origin", redirect: "error" });
  assert.deepEqual(wear(IN_COOKIE, { redirect: "manual" }).init, { credentials: "same-origin" });
});

test("what the core asks goes with the cookie, and under the header's own name", async () => {
  const sent = [];
  const native = (...request) => sent.push(request);
  const fetch = withCookies(native, createDress(AT_ENDPOINT, HERE, () => ""));
  await fetch(`${ELSEWHERE}/logout`, { method: "POST", headers: { accept: "application/json", csrf: "t" }, redirect: "manual", credentials: "omit" });
  await fetch(`${ELSEWHERE}/user`, { method: "GET", headers: { accept: "application/json" }, redirect: "manual", credentials: "omit" });
  assert.deepEqual(sent, [
    [`${ELSEWHERE}/logout`, {
      method: "POST", redirect: "manual", credentials: "include", headers: { accept: "application/json", "X-CSRF-Token": "t" },
    }],
    [`${ELSEWHERE}/user`, { method: "GET", redirect: "manual", credentials: "include", headers: { accept: "application/json" } }],
  ]);
});
