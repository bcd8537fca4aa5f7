// The Worker that is measured: verifies as many tokens as it is told to.
import * as edge from "tokenward/edge";
import { contendersFor, run } from "./verify-contenders.mjs";

const made = new Map();
export default {
  async fetch(request) {
    const { alg, name, count } = await request.json();
    if (!made.has(alg)) made.set(alg, await contendersFor(alg, edge));
    await run(made.get(alg)[name], count);
    return new Response("done");
  },
};
