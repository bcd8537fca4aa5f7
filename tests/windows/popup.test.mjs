// Signing in with a popup, whatever the policies of the pages on the way.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../e2e/world.mjs";
import { openApp, openPopup, sessionOf, setUpWindows, signedIn, untilGone } from "./world.mjs";

const world = setUpWindows();

const policies = [
  { name: "no policy" },
  { name: "COOP on the app", path: "/isolated.html", redirectUri: "/isolated-back.html" },
  { name: "COOP on the provider", loginHint: "ask-coop" },
  { name: "COOP on both", path: "/isolated.html", redirectUri: "/isolated-back.html", loginHint: "ask-coop" },
];

describe("a popup signs in, and closes, with", () => {
  for (const { name, path, redirectUri = "/back.html", loginHint = "ask" } of policies) {
    test(name, async () => {
      const tab = await openApp(world, { path, options: { redirectUri } });
      const popup = await openPopup(tab, { loginHint });
      await popup.click("#go");
      const { value, error } = await signedIn(tab);
      assert.equal(error, undefined, JSON.stringify(error));
      assert.deepEqual([value.status, value.user.sub], ["signedIn", loginHint]);
      assert.equal((await sessionOf(tab)).status, "signedIn");
      await untilGone(popup);
    });
  }
});
