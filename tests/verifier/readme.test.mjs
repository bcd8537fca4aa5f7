// The README's example of an API, as it is written.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { project } from "../package/fixture.mjs";
import { exampleOf } from "../systems/readme.mjs";
import { AUDIENCE, startIssuer } from "./issuer.mjs";

test("an API lets in whoever has the scope, and tells others what to do", async (t) => {
  const issuer = await startIssuer();
  t.after(issuer.close);
  const root = await project(t, { "example.mjs": await exampleOf("Access tokens at an API", { "https://op.example": issuer.issuer }) });
  const { default: api } = await import(pathToFileURL(join(root, "example.mjs")));
  const call = (token) => api.fetch(new Request(`${AUDIENCE}/notes`, { headers: token ? { authorization: `Bearer ${token}` } : {} }));
  const good = await call(await issuer.sign({ scope: "notes:read" }));
  assert.deepEqual([good.status, await good.json()], [200, { subject: "user", scopes: ["notes:read"] }]);
  const statuses = [await call(), await call(await issuer.sign({ exp: 1 })), await call(await issuer.sign())];
  assert.deepEqual(statuses.map(({ status }) => status), [401, 401, 403]);
  assert.match(statuses[2].headers.get("www-authenticate"), /^Bearer realm="https:\/\/api\.example", error="insufficient_scope".*scope="notes:read"/);
});
