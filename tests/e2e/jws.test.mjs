// The edge entry in a page: some cases of each cell of the JWS matrix, under the browser's own WebCrypto.
import { test } from "node:test";
import { holdsSome } from "../jws/matrix.mjs";
import { WAYS } from "../jws/ways.mjs";
import { openPage, setUpPages } from "./world.mjs";

const world = setUpPages(async () => {});

/** So many at once that a slow machine is done before the driver gives up. */
const AT_ONCE = 500;

// J01, J02, J03, J04, J05, J06, J07, J08, J10, J11, J13, J17, J18, J19, J20
test("the JWS matrix holds in this browser", async () => {
  const tab = await world.newTab();
  await openPage(tab, `${world.host.origin}/`);
  await holdsSome(WAYS, async (cases) => {
    const outcomes = [];
    for (let at = 0; at < cases.length; at += AT_ONCE) {
      outcomes.push(...await tab.evaluate(async (some) => {
        const [edge, { judgeAll }] = await Promise.all([import("/pkg/edge.js"), import("/judge.mjs")]);
        return judgeAll(edge, some);
      }, cases.slice(at, at + AT_ONCE)));
    }
    return outcomes;
  });
});
