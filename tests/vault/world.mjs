// The faulty provider and a session whose tokens are in a worker; an API of its own that shows how bodies travel.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { leave, openPage, setUpWorld, signedInTab, until } from "../e2e/world.mjs";
import { corsHeaders, listen } from "../provider/serve.mjs";

export { leave, openPage, signedInTab, until };

/** Adds to the world of the faulty provider an API that echoes, streams and waits. */
export function setUpVault(settings = {}) {
  const world = setUpWorld(settings);
  const { options } = world;
  return Object.assign(world, {
    /** Options of createAuth; the stream's origin may have the token too. */
    options: (fault, changes = {}) => options(fault, { storage: "worker", ...changes }),
  });
}

/** What one signed-in tab and others of its profile need. */
export async function startedTab(world, profile, given = world.options("ok"), path = "/") {
  const tab = await profile.newTab();
  await openPage(tab, world.host.origin + path);
  const session = await tab.evaluate((it) => harness.start(it), given);
  return { tab, session };
}
