// Machine clients in the edge runtime of Vercel and Next.js, which has no process, and not all that browsers have.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { API_KEY, startKlasstra } from "../klasstra.mjs";
import { ENVIRONMENTS, startStudyteam } from "../studyteam.mjs";
import { inEdgeLight } from "./edge-light.mjs";

const run = inEdgeLight(join(import.meta.dirname, "scenarios.mjs"));

test("a crowd on a cold client: one request for a token", async (t) => {
  const { staging, close } = await startStudyteam();
  t.after(close);
  const options = { tokenUrl: `${staging.origin}/oauth/token`, ...ENVIRONMENTS.staging, body: "json" };
  assert.deepEqual(await run(t, "crowd", { options, url: `${staging.origin}/api/something`, count: 100 }), { counts: { 200: 100 }, generation: 1 });
  assert.equal(staging.to("POST /oauth/token").length, 1);
});

test("an API key", async (t) => {
  const klasstra = await startKlasstra();
  t.after(klasstra.close);
  const { answers } = await run(t, "keyed", { options: { key: API_KEY, apis: [klasstra.origin] }, urls: [`${klasstra.origin}/students`] });
  assert.equal(answers[0].status, 200);
});
