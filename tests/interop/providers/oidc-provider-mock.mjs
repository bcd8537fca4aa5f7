// The PyPI package oidc-provider-mock, which stands on Authlib: an implementation that shares nothing with the others. It
// runs as a process of its own, in the virtualenv of `.ci/setup`, behind a front that logs and adds what browsers need.
//
// What it lacks, and what follows from it:
// - CORS: the front adds the headers.
// - public clients: it wants a client secret, any will do, so the front adds one to token requests. The package itself
//   sends none, which the log shows.
// - PKCE: the challenge and the verifier are ignored, and the metadata says nothing of it.
// - `iss` in the authorization response, and a key id in the ID token, of which there is one key only.
// - revocation; new refresh tokens and ID tokens at a refresh: the old ones stay.
// - signing in and out unasked: a page asks, and the browser answers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "../../e2e/deadline.mjs";
import { until } from "../../e2e/world.mjs";
import { startFront } from "./front.mjs";

const python = fileURLToPath(new URL("../../../.tools/python/bin/python", import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const USER = "ada";

/** As {@link startOidcProvider}; it takes any client and redirect URI. */
export async function startOidcProviderMock() {
  await access(python).catch(() => { throw new Error(`there is no ${python}: run .ci/setup test first`); });
  const mock = spawn(python, ["-m", "oidc_provider_mock", "--port", "0", "--user", USER], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(mock, "exit");
  const stop = async () => {
    mock.kill("SIGTERM");
    await exited;
  };
  try {
    const target = await readyOrigin(mock, exited);
    const front = await startFront({ target, addCors: true, moreHeaders: withSecret });
    return {
      ...front,
      issuer: front.origin,
      paths: { token: "/oauth2/token", endSession: "/oauth2/end_session" },
      keepsRefreshToken: true,
        signIn: (tab) => press(tab, `button[name="sub"][value="${USER}"]`),
      signOut: (tab) => press(tab, 'form[action$="/end_session/confirm"] button'),
      lookUp: async (token) => {
        const response = await fetch(`${target}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
        return response.ok ? {} : null;
      },
      close: () => Promise.all([front.close(), stop()]),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** It takes a free port, and says which. */
async function readyOrigin(mock, exited) {
  const said = [];
  const ready = new Promise((resolve) => {
    createInterface({ input: mock.stderr }).on("line", (line) => {
      said.push(line);
      const found = /running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line);
      if (found) resolve(found[1]);
    });
  });
  const origin = await within(READY_TIMEOUT_MS, "oidc-provider-mock's start", Promise.race([ready, exited.then(() => null)]));
  if (origin === null) throw new Error(`oidc-provider-mock ended before it was ready:\n${said.join("\n")}`);
  return origin;
}

function withSecret({ method, path, body }) {
  if (method !== "POST" || path !== "/oauth2/token") return {};
  return { authorization: `Basic ${Buffer.from(`${body.client_id}:any`).toString("base64")}` };
}

/** Presses a button as soon as its page is there. The answer comes first, then the page goes away. */
const press = (tab, selector) => until(`the button ${selector}`, () => tab.evaluate((wanted) => {
  const button = document.querySelector(wanted);
  setTimeout(() => button?.click());
  return button !== null;
}, selector));
