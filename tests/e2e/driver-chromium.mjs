// Chromium through Playwright, or through Puppeteer where it is to be as in life.
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { within } from "./deadline.mjs";
import { browserOver } from "./puppeteer.mjs";

const executablePath = process.env.E2E_CHROMIUM ?? "/usr/bin/chromium";
const EVALUATE_MS = 20_000;
// No sandbox: the tests may run as root. Certificates are the test servers' own. The rest keeps the browser from talking to anyone but the test servers.
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--ignore-certificate-errors",
];

/**
 * @param {boolean} [options.lifelike] Hides, slows down and freezes tabs in the background and keeps pages that were left, as
 *   people's browsers do and Playwright forbids. Default false.
 */
export const launchChromium = ({ lifelike = false } = {}) => (lifelike ? launchLifelike() : launchPlain());

// What Puppeteer would turn off too.
const LIFE = [
  "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
  "--disable-back-forward-cache",
];

async function launchLifelike() {
  const browser = await puppeteer.launch({ executablePath, args, headless: true, ignoreDefaultArgs: LIFE });
  return browserOver(browser, (page, context) => ({
    /** Stops all tasks of the tab, as Chromium does to those in the background; returns the way to let it go on. */
    async freeze() {
      // Only what is not seen is frozen.
      const [other] = (await context.pages()).filter((one) => one !== page);
      await other.bringToFront();
      const session = await page.createCDPSession();
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      return () => session.send("Page.setWebLifecycleState", { state: "active" });
    },
  }));
}

async function launchPlain() {
  const browser = await chromium.launch({ executablePath, args });
  return {
    async newProfile() {
      const context = await browser.newContext();
      return {
        newTab: async () => tabOver(await context.newPage(), context),
        cookies: () => context.cookies(),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}

function tabOver(page, context) {
  const requests = [];
  const console = [];
  const errors = [];
  const popups = [];
  page.on("popup", (popup) => popups.push(tabOver(popup, context)));
  page.on("request", (request) => {
    requests.push({ at: Date.now(), method: request.method(), url: request.url(), headers: request.headers() });
  });
  page.on("console", (message) => console.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  return {
    requests,
    console,
    errors,
    goto: (url) => page.goto(url),
    reload: () => page.reload(),
    // Asked of the page itself: what the driver believes can lag behind.
    url: () => page.evaluate(() => location.href),
    evaluate: (run, argument) => within(EVALUATE_MS, "a script in the page", page.evaluate(run, argument)),
    click: (selector) => page.click(selector),
    async screenshot(path, { width, height, colorScheme }) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      // Transitions are finished first: a picture in the middle of one shows colours that nobody chose.
      await page.screenshot({ path, fullPage: true, animations: "disabled" });
    },
    /** Answers every request whose URL `matches` with `reply(request)`; null from it fails the request. */
    intercept: (matches, reply) => page.route(matches, async (route) => {
      const request = route.request();
      const answer = reply({ method: request.method(), url: request.url(), headers: await request.allHeaders() });
      return answer ? route.fulfill(answer) : route.abort();
    }),
    setOffline: (offline) => context.setOffline(offline),
    /** Bytes of the page's JavaScript heap after a collection. */
    async heapBytes() {
      const session = await context.newCDPSession(page);
      // What the first collection lets go of may hold more.
      for (let i = 0; i < 2; i += 1) await session.send("HeapProfiler.collectGarbage");
      const { usedSize, embedderHeapUsedSize = 0 } = await session.send("Runtime.getHeapUsage");
      await session.detach();
      return usedSize + embedderHeapUsedSize;
    },
    popups: async () => popups,
    close: () => page.close(),
  };
}
