// A browser that Puppeteer drives.
import { within } from "./deadline.mjs";

const EVALUATE_MS = 20_000;

/** @param {(page: object, context: object) => object} [more] What a tab of this engine can do beside the rest. */
export const browserOver = (browser, more = () => ({})) => ({
  async newProfile() {
    const context = await browser.createBrowserContext();
    return {
      async newTab() {
        const page = await context.newPage();
        return Object.assign(tabOver(page), more(page, context));
      },
      cookies: () => context.cookies(),
      close: () => context.close(),
    };
  },
  close: () => browser.close(),
});

function tabOver(page) {
  const requests = [];
  const console = [];
  const errors = [];
  const interceptors = [];
  const popups = [];
  page.on("popup", (popup) => popups.push(tabOver(popup)));
  page.on("request", (request) => {
    requests.push({ at: Date.now(), method: request.method(), url: request.url(), headers: request.headers() });
    if (interceptors.length > 0) decide(request, interceptors);
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
    click: async (selector) => {
      const element = await page.waitForSelector(selector);
      await element.click();
    },
    async screenshot(path, { width, height }) {
      await page.setViewport({ width, height });
      await page.screenshot({ path, fullPage: true });
    },
    /** Answers every request whose URL `matches` with `reply(request)`; null from it fails the request. */
    async intercept(matches, reply) {
      interceptors.push({ matches, reply });
      await page.setRequestInterception(true);
    },
    setOffline: (offline) => page.setOfflineMode(offline),
    popups: async () => popups,
    close: () => page.close(),
  };
}

function decide(request, interceptors) {
  const found = interceptors.find(({ matches }) => matches(new URL(request.url())));
  if (!found) return request.continue();
  const answer = found.reply({ method: request.method(), url: request.url(), headers: request.headers() });
  return answer ? request.respond(answer) : request.abort();
}
