// The process that is measured: verifies as many tokens as it is told to, and says what CPU time all of its threads took.
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { pkgDir } from "./bundle.mjs";
import { contendersFor, run } from "./verify-contenders.mjs";

const edge = await import(pathToFileURL(join(pkgDir, "edge.node.js")).href);
const made = new Map();
process.on("message", async ({ alg, name, count }) => {
  if (!made.has(alg)) made.set(alg, await contendersFor(alg, edge));
  const before = process.cpuUsage();
  await run(made.get(alg)[name], count);
  const { user, system } = process.cpuUsage(before);
  process.send(user + system);
});
