// What machine clients and clients with a key find out about themselves, through the package, in every runtime for servers.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { CLIENT, startGuides } from "../guides.mjs";
import { runtimes } from "./runtimes.mjs";

let guides;
before(async () => {
  guides = await startGuides();
});
after(() => guides.close());
beforeEach(() => guides.reset());

const good = () => ({ tokenUrl: `${guides.origin}/oauth2/token`, clientId: CLIENT.id, clientSecret: CLIENT.secret, auth: "post" });

for (const [runtime, run] of Object.entries(runtimes)) {
  describe(runtime, () => {
    // S54, S57
    test("a client finds nothing where nothing is wrong, and the cause where something is", async (t) => {
      const url = `${guides.origin}/v1/users`;
      const codes = {};
      for (const [name, options] of Object.entries({
        good: good(), "wrong secret": { ...good(), clientSecret: "marker-wrong" }, "wrong endpoint": { ...good(), tokenUrl: `${guides.origin}/token` },
      })) {
        const { said, printed } = await run(t, "diagnosed", { options, url });
        codes[name] = said.map(({ code }) => code);
        assert.ok(![JSON.stringify(said), printed].some((text) => text.includes("marker-wrong") || text.includes(CLIENT.secret)));
      }
      assert.deepEqual(codes, { good: [], "wrong secret": ["wrong_client"], "wrong endpoint": ["wrong_endpoint"] });
    });

    test("a key that is not known", async (t) => {
      const { said } = await run(t, "diagnosedKey", { options: { key: "marker-key", apis: [guides.origin] }, url: `${guides.origin}/v1/data` });
      assert.deepEqual(said.map(({ code }) => code), ["wrong_api_key"]);
    });
  });
}
