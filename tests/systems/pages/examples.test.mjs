// The README's examples for pages, run as they are written in a page of the host against the systems.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, setUpPages, until } from "../../e2e/world.mjs";
import { startGuide } from "../guide.mjs";
import { startKlasstra } from "../klasstra.mjs";
import { exampleOf } from "../readme.mjs";

const modules = {};
const world = setUpPages(async () => {
  world.klasstra = await startKlasstra();
  world.guide = await startGuide();
  for (const server of [world.klasstra, world.guide]) server.control({ allowOrigins: [world.host.origin] });
}, { "/example.js": () => ({ headers: { "content-type": "text/javascript" }, body: modules.body }) });

/** What an example prints, and then `end`. */
async function run(heading, origins) {
  modules.body = `${await exampleOf(heading, origins, { tokenward: "/pkg/index.js" })}\nconsole.log("end");`;
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  await tab.evaluate(() => {
    globalThis.printed = [];
    console.log = (text) => printed.push(text);
    void import("/example.js").catch((error) => printed.push(String(error), "end"));
  });
  return until("the end of the example", () => tab.evaluate(() => printed.at(-1) === "end" && printed));
}

// S12, S14, S15, S16
test("S1: an own login", async () => {
  const printed = await run("Klasstra", { "https://api.klasstra.com": world.klasstra.origin });
  assert.deepEqual(printed, ["Hello John Doe, teacher", "may grade: true", "2 students", "end"]);
  const [logout] = world.klasstra.to("POST /auth/logout");
  assert.match(logout.headers.authorization, /^Bearer eyJ/);
  assert.deepEqual(world.klasstra.refusals, []);
});

// S36
test("S3: a session with a cookie", async () => {
  world.guide.control({ csrf: "endpoint" });
  const printed = await run("cookie: the guide", { "https://guide.example.com": world.guide.origin });
  assert.deepEqual(printed, ["made: 201, by user@example.com", "end"]);
  const [made] = world.guide.to("POST /v1/resources");
  assert.match(made.headers.cookie, /session=/);
  assert.ok(made.headers["x-csrf-token"]);
  assert.equal(made.headers.authorization, undefined);
  assert.equal(world.guide.to("POST /v1/session/logout")[0].status, 200);
});
