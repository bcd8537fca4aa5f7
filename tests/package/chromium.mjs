// The installed Chromium, driven by playwright-core.
import { chromium } from "playwright-core";

/** CHROMIUM names another binary. */
export const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
};

/** A browser that closes when test `t` ends. */
export async function launchChromium(t) {
  const browser = await chromium.launch(launchOptions);
  t.after(() => browser.close());
  return browser;
}

/**
 * Opens `url` and waits until the page has written JSON into `#result`; also returns the paths of all requests.
 * The page reports through the DOM because its Content-Security-Policy may refuse evaluated strings.
 */
export async function resultOf(browser, url) {
  const context = await browser.newContext();
  const requested = [];
  const problems = [];
  try {
    const page = await context.newPage();
    page.on("request", (request) => requested.push(new URL(request.url()).pathname));
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => problems.push(message.text()));
    await page.goto(url);
    const text = await page.locator("#result:not(:empty)").textContent({ timeout: 20_000 }).catch((error) => {
      throw new Error(`no result on ${url}: ${problems.join("; ")}`, { cause: error });
    });
    return { ...JSON.parse(text), requested };
  } finally {
    await context.close();
  }
}
