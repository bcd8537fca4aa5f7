// The demo page as its user meets it: by what is marked in it with data-testid.
import { until } from "./world.mjs";

const selector = (testId) => `[data-testid="${testId}"]`;

export const press = (tab, testId) => tab.click(selector(testId));

/** The visible text of an element; empty while it is hidden. */
export const textOf = (tab, testId) => tab.evaluate(
  (query) => document.querySelector(query)?.innerText.trim() ?? "", selector(testId),
);

export const statusOf = (tab) => tab.evaluate((query) => document.querySelector(query)?.dataset.status, selector("status"));

export const untilStatus = (tab, status) => until(`status ${status}`, async () => (await statusOf(tab)) === status);

export const secondsLeft = (tab) => tab.evaluate(
  (query) => Number(document.querySelector(query).dataset.seconds), selector("expires-in"),
);

/** When the browser asked the provider's token endpoint, in milliseconds since the epoch. */
export const tokenRequestTimes = (tab, demo) => tab.requests
  .filter(({ method, url }) => method === "POST" && url === `${demo.providerOrigin}/token`)
  .map(({ at }) => at);

export async function openSignedIn(tab, demo) {
  await tab.goto(demo.url);
  await untilStatus(tab, "signed-out");
  await press(tab, "sign-in");
  await untilStatus(tab, "signed-in");
}
