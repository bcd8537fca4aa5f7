// No page and no worker of one can keep a secret: clients that have one do not start there.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "../../e2e/driver.mjs";
import { contentType } from "../../package/loopback.mjs";
import { pkgDir } from "../../package/fixture.mjs";
import { listen } from "../../provider/serve.mjs";
import { CLIENT, startClassy } from "../classy.mjs";

/** What bundlers bring into pages, as complete as it comes. */
const PROCESS = `
globalThis.process = { browser: false, env: { NODE_ENV: "production" }, version: "v20.20.0", versions: { node: "20.20.0" }, release: { name: "node" },
  argv: [], nextTick: (work) => queueMicrotask(work), get [Symbol.toStringTag]() { return "process"; } };
globalThis.global = globalThis;
globalThis.EdgeRuntime = "edge-runtime";
`;

const REPORT = `
const refused = (make) => {
  try {
    make().dispose();
    return "started";
  } catch (error) {
    return { code: error.code, name: error.name, message: error.message, suggestion: error.suggestion };
  }
};
const secret = { tokenUrl: "https://op.example/token", clientId: "a", clientSecret: "marker-secret" };
const report = ({ clientCredentials, apiKey, apiKeys }) => [
  refused(() => clientCredentials(secret)),
  refused(() => apiKey({ key: "marker-key", apis: ["https://api.example"] })),
  refused(() => clientCredentials({ ...secret, allowSecretInPage: "yes" })),
  refused(() => clientCredentials({ ...secret, allowSecretInPage: true })),
  refused(() => apiKey({ key: "marker-key", apis: ["https://api.example"], allowSecretInPage: true })),
  refused(() => apiKeys({ url: "https://api.example/keys", auth: { fetch } })),
];
`;

const IMPORT = `import * as edge from "/pkg/edge.js";\n`;
const files = {
  "/": `<!doctype html><title>realms</title><script type="module">${PROCESS}${REPORT}window.edge = await import("/pkg/edge.js"); window.report = report;</script>`,
  "/worker.js": `${IMPORT}${PROCESS}${REPORT}postMessage(report(edge));`,
  "/shared.js": `${IMPORT}${PROCESS}${REPORT}onconnect = ({ ports: [port] }) => port.postMessage(report(edge));`,
  "/service.js": `${IMPORT}${PROCESS}${REPORT}onmessage = ({ source }) => source.postMessage(report(edge));`,
};

let host, classy, browser, tab;

before(async () => {
  host = await listen(createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const body = files[pathname] ?? (await readFile(join(pkgDir, pathname.replace("/pkg/", ""))).catch(() => undefined));
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": pathname === "/" ? "text/html" : contentType(pathname) }).end(body);
  }));
  classy = await startClassy();
  classy.control({ allowOrigins: [host.origin] });
  browser = await launch();
  tab = await (await browser.newProfile()).newTab();
  await tab.goto(`${host.origin}/`);
  await tab.evaluate(async () => {
    while (!window.report) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
after(async () => {
  await browser?.close();
  await Promise.all([host.close(), classy.close()]);
});

const check = (said) => {
  for (const refused of said.slice(0, 3)) {
    assert.deepEqual([refused.code, refused.name], ["secret_in_page", "UsageError"]);
    assert.match(refused.suggestion, /server|edge worker/);
    assert.ok(!JSON.stringify(refused).includes("marker"));
  }
  // Its name says what it does; and whoever makes keys for a user needs no secret.
  assert.deepEqual(said.slice(3), ["started", "started", "started"]);
};

// S25
test("a window", async () => {
  check(await tab.evaluate(() => window.report(window.edge)));
});

// S25
test("a window whose scripts replaced what they could", async () => {
  check(await tab.evaluate(() => {
    Object.defineProperty(navigator, "appCodeName", { get: () => "", configurable: true });
    Object.defineProperty(navigator, "userAgent", { get: () => "Node.js/22", configurable: true });
    Object.defineProperty(Navigator.prototype, "appCodeName", { get: () => "", configurable: true });
    return window.report(window.edge);
  }));
});

// S25
test("a dedicated worker", async () => {
  check(await tab.evaluate(() => new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  })));
});

// S25
test("a shared worker", async () => {
  check(await tab.evaluate(() => new Promise((resolve, reject) => {
    const worker = new SharedWorker("/shared.js", { type: "module" });
    worker.port.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => reject(new Error("it did not start"));
  })));
});

// S25
test("a service worker", async () => {
  check(await tab.evaluate(() => new Promise((resolve, reject) => {
    navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
    navigator.serviceWorker.register("/service.js", { type: "module" })
      .then(() => navigator.serviceWorker.ready).then(({ active }) => active.postMessage("report"), reject);
  })));
});

test("with its override it works as elsewhere", async () => {
  const options = { tokenUrl: `${classy.origin}/oauth2/auth`, clientId: CLIENT.id, clientSecret: CLIENT.secret, auth: "post" };
  const status = await tab.evaluate(async ({ options: given, url }) => {
    const { clientCredentials } = window.edge;
    return (await clientCredentials({ ...given, allowSecretInPage: true }).fetch(url)).status;
  }, { options, url: `${classy.origin}/2.0/resource` });
  assert.deepEqual([status, classy.to("POST /oauth2/auth").length], [200, 1]);
});
