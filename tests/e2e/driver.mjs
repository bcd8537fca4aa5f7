// One small face over three browsers, so that every test runs in all. E2E_ENGINE chooses: chromium (default), firefox or
// webkit, which is WebKitGTK.
//   launch({ lifelike }): with it, tabs that are not shown are slow, as in people's browsers; Chromium's tabs can `freeze`
//   browser: newProfile(), close()             profile: newTab(), close()   (a profile has its own cookies and storage;
//   but for WebKit it has cookies(): name, value, httpOnly, secure, sameSite, path and domain of each)
//   tab: goto, reload, url, evaluate, click, screenshot, intercept, setOffline, close,
//        popups() the windows that it opened, as tabs, oldest first, in Chromium heapBytes,
//        and what it saw so far: requests [{ at, method, url, headers }], console [text], errors [text]
import { launchChromium } from "./driver-chromium.mjs";
import { launchFirefox } from "./driver-firefox.mjs";
import { launchWebkit, lacks as webkitLacks } from "./driver-webkit.mjs";

const engines = {
  chromium: { launch: launchChromium, lacks: {} },
  firefox: { launch: launchFirefox, lacks: {} },
  webkit: { launch: launchWebkit, lacks: webkitLacks },
};

export const engine = process.env.E2E_ENGINE ?? "chromium";
if (!Object.hasOwn(engines, engine)) throw new Error(`E2E_ENGINE must be one of: ${Object.keys(engines).join(", ")}`);

/** `lacks` says why a test of what this engine's driver cannot do is skipped: `test(name, { skip: lacks.console }, ...)`. */
export const { launch, lacks } = engines[engine];
