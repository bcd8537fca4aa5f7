// Chromium through Playwright.
import { chromium } from "playwright-core";
import { within } from "./deadline.mjs";

const executablePath = process.env.E2E_CHROMIUM ?? "/usr/bin/chromium";
const EVALUATE_MS = 20_000;
// No sandbox: the tests may run as root. The rest keeps the browser from talking to anyone but the test servers.
const args = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export async function launchChromium() {
  const browser = await chromium.launch({ executablePath, args });
  return {
    async newProfile() {
      const context = await browser.newContext();
      return { newTab: async () => tabOver(await context.newPage(), context), close: () => context.close() };
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
