// Firefox through Puppeteer, which speaks WebDriver BiDi to an unmodified browser; Playwright needs its own build.
import puppeteer from "puppeteer-core";
import { browserOver } from "./puppeteer.mjs";

const executablePath = process.env.E2E_FIREFOX ?? "/usr/bin/firefox-esr";
// As in the other engines, a tab that nobody looks at keeps its timers.
const AWAKE = {
  "dom.min_background_timeout_value": 4,
  "dom.min_background_timeout_value_without_budget_throttling": 4,
};

// What Puppeteer turns off: pages that were left are kept, and tabs may be in processes of their own.
const LIFE = { "fission.bfcacheInParent": true, "fission.webContentIsolationStrategy": 1 };

/**
 * @param {boolean} [options.lifelike] Slows down tabs in the background and keeps pages that were left, as people's browsers
 *   do. Default false.
 */
export async function launchFirefox({ lifelike = false } = {}) {
  const extraPrefsFirefox = lifelike ? LIFE : AWAKE;
  return browserOver(await puppeteer.launch({ browser: "firefox", executablePath, headless: true, extraPrefsFirefox }));
}
