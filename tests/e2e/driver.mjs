// One small face over two browsers, so that every test runs in both. E2E_ENGINE chooses: chromium (default) or firefox.
//   browser: newProfile(), close()             profile: newTab(), close()   (a profile has its own cookies and storage)
//   tab: goto, reload, url, evaluate, click, screenshot, intercept, setOffline, close,
//        in Chromium heapBytes, and what it saw so far: requests [{ at, method, url, headers }], console [text], errors [text]
import { launchChromium } from "./driver-chromium.mjs";
import { launchFirefox } from "./driver-firefox.mjs";

const launchers = { chromium: launchChromium, firefox: launchFirefox };

export const engine = process.env.E2E_ENGINE ?? "chromium";
if (!Object.hasOwn(launchers, engine)) throw new Error(`E2E_ENGINE must be one of: ${Object.keys(launchers).join(", ")}`);

export const launch = launchers[engine];
