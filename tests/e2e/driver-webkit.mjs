// WebKitGTK (which is not Safari) through its own WebDriver server, on a display that nobody sees.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { within } from "./deadline.mjs";
import { startDisplay } from "./display.mjs";
import { startProxy } from "./proxy.mjs";

const executablePath = process.env.E2E_WEBKIT ?? "/usr/bin/WebKitWebDriver";
// On this display even on a desktop with another one, and without looking for assistive technology.
const settings = { GDK_BACKEND: "x11", NO_AT_BRIDGE: "1" };
const START_MS = 60_000;
const PAGE_MS = 20_000;
const POLL_MS = 25;
// Its driver forgets a script now and then that comes while a page is replaced: who asks again is answered.
const ANSWER_MS = 2_000;
// What a script does at once is done after so many.
const MICROTASKS = 20;

export const lacks = {
  console: "WebKitGTK's driver shows neither the console nor uncaught errors",
  networkEvents: "WebKitGTK's driver fails requests, and cannot tell the page that it is offline",
};

/** @param {boolean} [options.lifelike] Tabs of one window, of which one is shown, as people have them. Default: a window each. */
export async function launchWebkit({ lifelike = false } = {}) {
  const display = await startDisplay();
  const profiles = new Set();
  return {
    async newProfile() {
      const profile = await startProfile(display.name, lifelike ? "tab" : "window");
      profiles.add(profile);
      return profile;
    },
    async close() {
      await Promise.all([...profiles].map((profile) => profile.close()));
      await display.close();
    },
  };
}

// A WebDriver server serves one session, which is one browser with its own cookies and storage.
async function startProfile(display, type) {
  const started = [];
  const end = async () => {
    // The last first: a browser whose session is not ended stays behind.
    for (const part of started.splice(0).reverse()) await part.close();
  };
  const keep = (part) => {
    started.push(part);
    return part;
  };
  try {
    const proxy = keep(await startProxy());
    const server = keep(await startServer(display));
    const session = keep(await openSession(server, proxy.address));
    // With its last window a session ends, so the first one is no tab: it stays until the profile is closed.
    const first = await session.command("GET", "/window");
    return {
      async newTab() {
        // In a window each, as the timers of a tab that is not shown would be slow.
        const { handle } = await session.inTurn(first, (command) => command("POST", "/window/new", { type }));
        session.own.add(handle);
        return tabOver(session, handle, proxy);
      },
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function startServer(display) {
  const port = await freePort();
  const child = spawn(executablePath, [`--port=${port}`], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...settings, DISPLAY: display },
  });
  const said = [];
  child.stderr.on("data", (chunk) => said.push(chunk));
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const kill = () => child.kill();
  process.once("exit", kill);
  const send = async (method, path, body, patienceMs = 2 * PAGE_MS) => {
    const text = body && JSON.stringify(body);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: text, signal: AbortSignal.timeout(patienceMs) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebKitGTK: ${value.error}: ${value.message}`);
    return value;
  };
  const isUp = async () => {
    while (!(await send("GET", "/status").then(() => true, () => false))) await sleep(POLL_MS);
  };
  await within(START_MS, "WebKitWebDriver's start", Promise.race([
    isUp(),
    ended.then(() => { throw new Error(`WebKitWebDriver ended before it was ready:\n${Buffer.concat(said)}`); }),
  ]));
  return {
    send,
    async close() {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function openSession({ send }, proxy) {
  const { sessionId } = await send("POST", "/session", {
    capabilities: {
      alwaysMatch: {
        acceptInsecureCerts: true,
        // As an option of the browser: the WebDriver capability asks for a proxy that speaks TLS to it.
        "webkitgtk:browserOptions": { args: ["--automation", `--proxy=http://${proxy}`] },
        timeouts: { script: PAGE_MS, pageLoad: PAGE_MS },
      },
    },
  });
  const command = (method, path, body, patienceMs) => send(method, `/session/${sessionId}${path}`, body, patienceMs);
  let last = Promise.resolve();
  return {
    command,
    /** The windows that were asked for; others are popups. */
    own: new Set(await command("GET", "/window/handles")),
    /** One at a time: a command goes to the window that was chosen last. */
    inTurn(handle, action, patienceMs) {
      const mine = last.then(() => command("POST", "/window", { handle }, patienceMs)).then(() => action(command));
      last = mine.catch(() => {});
      return mine;
    },
    close: () => command("DELETE", ""),
  };
}

function tabOver(session, handle, proxy) {
  const inTab = (action, patienceMs) => session.inTurn(handle, action, patienceMs);
  const evaluate = (run, argument) => evaluateWith((send) => inTab(
    (command) => command("POST", "/execute/async", send(), ANSWER_MS), ANSWER_MS,
  ).catch(nullIfLate), run, argument);
  const popups = new Map();
  return {
    // The proxy cannot tell the tabs of a profile apart: what one sends is listed, answered and failed for all of them.
    requests: proxy.requests,
    intercept: async (matches, reply) => { proxy.intercept(matches, reply); },
    setOffline: async (offline) => { proxy.setOffline(offline); },
    // Of all tabs of the profile: nobody can tell who opened a window.
    async popups() {
      for (const opened of await inTab((command) => command("GET", "/window/handles"))) {
        if (!session.own.has(opened) && !popups.has(opened)) popups.set(opened, tabOver(session, opened, proxy));
      }
      return [...popups.values()];
    },
    get console() { throw new Error(lacks.console); },
    get errors() { throw new Error(lacks.console); },
    goto: (url) => inTab((command) => command("POST", "/url", { url })),
    reload: () => inTab((command) => command("POST", "/refresh", {})),
    url: () => evaluate(() => location.href),
    evaluate,
    async click(selector) {
      await until(`a click on ${selector}`, () => inTab(async (command) => {
        const [element] = await command("POST", "/elements", { using: "css selector", value: selector });
        if (element) await command("POST", `/element/${Object.values(element)[0]}/click`, {});
        return element;
      }));
    },
    /** What the window shows of the page: more is not to be had. */
    async screenshot(path, { width, height }) {
      const picture = await inTab(async (command) => {
        await command("POST", "/window/rect", { width, height });
        return command("GET", "/screenshot");
      });
      await writeFile(path, picture, "base64");
    },
    close: () => inTab((command) => command("DELETE", "/window")),
  };
}

async function until(what, probe) {
  const deadline = Date.now() + PAGE_MS;
  while (Date.now() < deadline) {
    const found = await probe();
    if (found) return found;
    await sleep(POLL_MS);
  }
  throw new Error(`${what} took longer than ${PAGE_MS} ms`);
}

const nullIfLate = (error) => {
  if (error.name !== "TimeoutError") throw error;
  return null;
};

// In the page: the outcome waits under a name of its own, and who asks for it is answered within the same task. A script
// that waits for a later one is never answered where the page is left meanwhile and kept for the back button.
const ASK = `
  const [key, answer] = arguments;
  const work = globalThis[Symbol.for(key)] ?? { outcome: { error: "the page was left" } };
  (async () => {
    for (let turn = 0; turn < ${MICROTASKS} && !work.outcome; turn += 1) await null;
    answer(work.outcome);
  })();`;

// A script runs beside the page's policy, so it is given as text and needs no eval.
const start = (run, argument) => `
  const run = async (argument) => ${typeof run === "function" ? `(${run})(argument)` : `(${run})`};
  const begun = { outcome: null };
  Object.defineProperty(globalThis, Symbol.for(arguments[0]), { value: begun });
  run(${JSON.stringify(argument)})
    .then((value) => ({ json: JSON.stringify(value) }))
    .catch((error) => ({ error: String(error) }))
    .then((outcome) => { begun.outcome = outcome; });
  ${ASK}`;

async function evaluateWith(execute, run, argument) {
  const args = [crypto.randomUUID()];
  let script = start(run, argument);
  const { json, error } = await until("a script in the page", () => execute(() => {
    const sent = script;
    script = ASK;
    return { script: sent, args };
  }));
  if (error !== undefined) throw new Error(error);
  return json === undefined ? undefined : JSON.parse(json);
}
