// What machine clients do, in whatever runtime: each gives what the test asks about. Bodies are read to their end, as some
// runtimes allow only so many answers to be open.

const status = async (response) => {
  await response.text();
  return response.status;
};

const post = (body) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** The members of an error that a test may ask about. */
const said = (error) => ({
  typed: error instanceof Error, name: error.name, code: error.code, phase: error.phase, retryable: error.retryable,
  ...(error.status && { status: error.status }), ...(error.oauth && { oauth: error.oauth }),
  ...(error.suggestion && { suggestion: error.suggestion }),
});

const outcome = (promise) => promise.then((value) => ({ value }), (error) => ({ error: said(error) }));

/** Everything that a program may print of something: as text, as JSON, by its members and by console.log. */
const printsOf = (...things) => {
  const seen = new Set();
  const walk = (thing) => {
    if (Object(thing) !== thing || seen.has(thing)) return [String(thing)];
    seen.add(thing);
    const own = Reflect.ownKeys(thing).flatMap((key) => walk(Object.getOwnPropertyDescriptor(thing, key).value));
    return [String(thing), thing.stack ?? "", ...own];
  };
  for (const thing of things) console.log(thing);
  return things.flatMap((thing) => [...walk(thing), JSON.stringify(thing) ?? ""]).join("\n");
};

/** How the answers to so many calls at once are spread, on a client that has no token yet. */
export async function crowd({ clientCredentials }, { options, url, count }) {
  const client = clientCredentials(options);
  const statuses = await Promise.all(Array.from({ length: count }, () => client.fetch(url).then(status)));
  const counts = {};
  for (const one of statuses) counts[one] = (counts[one] ?? 0) + 1;
  return { counts, generation: client.inspect().generation };
}

/** So many calls one after the other. */
export async function calls({ clientCredentials }, { options, url, count, body }) {
  const client = clientCredentials(options);
  const all = [];
  for (let i = 0; i < count; i += 1) all.push(await outcome(client.fetch(url, body && post(body)).then(status)));
  const { error, ...snapshot } = client.inspect();
  return { all, snapshot, error: error && said(error) };
}

/** Calls, each with so many milliseconds before it. */
export async function callsOverTime({ clientCredentials }, { options, url, waits }) {
  const client = clientCredentials(options);
  const all = [];
  for (const wait of waits) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    all.push(await outcome(client.fetch(url).then(status)));
  }
  return { all, snapshot: client.inspect() };
}

/** Two clients of two environments, each at both APIs. */
export async function environments({ clientCredentials }, { clients, urls }) {
  const made = clients.map((options) => clientCredentials(options));
  const tokens = await Promise.all(made.map((client) => client.getAccessToken()));
  const matrix = [];
  for (const client of made) for (const url of urls) matrix.push(await client.fetch(url).then(status));
  return { matrix, tokensDiffer: tokens[0] !== tokens[1] };
}

/** One call with a body of this shape, to an API that refuses the first token. */
export async function body({ clientCredentials }, { options, url, json, shape }) {
  const text = JSON.stringify(json);
  const headers = { "content-type": "application/json" };
  const shapes = {
    text: () => [url, { method: "POST", headers, body: text }],
    bytes: () => [url, { method: "POST", headers, body: new TextEncoder().encode(text) }],
    blob: () => [url, { method: "POST", headers, body: new Blob([text]) }],
    url: () => [new URL(url), { method: "POST", headers: Object.entries(headers), body: text }],
    stream: () => [url, { method: "POST", headers, body: new Response(text).body, duplex: "half" }],
    request: () => [new Request(url, { method: "POST", headers, body: text })],
  };
  return clientCredentials(options).fetch(...shapes[shape]()).then(status, String);
}

/** A client whose secret, token and every error are printed in every way there is. */
export async function prints({ clientCredentials, apiKey, AuthError }, { good, bad, url, key, keyUrl, keyApis }) {
  const entries = [];
  const log = (entry) => void entries.push(entry);
  const client = clientCredentials({ ...good, log });
  await client.fetch(url).then(status);
  const token = await client.getAccessToken();
  const wrong = clientCredentials({ ...bad, log });
  const errors = [await wrong.fetch(url).catch((error) => error), await wrong.getAccessToken().catch((error) => error)];
  const keyed = apiKey({ key, apis: keyApis, log });
  await keyed.fetch(keyUrl).then(status);
  const malformed = apiKey({ key: `${key}\n`, apis: keyApis, log });
  errors.push(await malformed.fetch(keyUrl).catch((error) => error));
  errors.push(await keyed.fetch(`${keyApis[0]}:1/unreachable`).catch((error) => error));
  const text = printsOf(client, wrong, keyed, client.inspect(), wrong.inspect(), keyed.inspect(), entries, ...errors);
  return {
    text: text.replaceAll(token, "THE-TOKEN"), levels: entries.map(({ event }) => event),
    typed: errors.slice(0, 3).map((error) => error instanceof AuthError && error.code),
  };
}

/** What `apis` says, in requests. */
export async function keyed({ apiKey }, { options, urls, init }) {
  const entries = [];
  const client = apiKey({ ...options, log: (entry) => void entries.push(entry) });
  const answers = [];
  for (const url of urls) {
    const response = await client.fetch(url, init);
    answers.push({ status: response.status, url: response.url, redirected: response.redirected, body: await response.text() });
  }
  return { answers, entries, printed: printsOf(client, client.inspect(), entries) };
}

/** A key that cannot be sent at all, in the URL. */
export async function unreachable({ apiKey }, { options, url }) {
  const client = apiKey(options);
  const error = await client.fetch(url).catch((thrown) => thrown);
  const stopped = await client.fetch(url, { signal: AbortSignal.abort(new Error("stopped")) }).catch((thrown) => thrown);
  return { printed: printsOf(error), message: error.message, stopped: stopped.message };
}

/** A key from its making to its end; calls go on all the while. */
export async function lifeOfAKey({ apiKey, apiKeys, clientCredentials }, { auth: options, keysUrl, api, url, loops, forMs }) {
  const auth = clientCredentials(options);
  const keys = apiKeys({ url: keysUrl, auth });
  const made = await keys.create({ name: "Production API Key", scopes: ["read:resources"] });
  const { id, name, scopes, created_at } = made;
  const client = apiKey({ key: made.key, apis: [api] });
  const other = apiKey({ key: made.key, apis: [api] });

  const counts = {};
  let isOver = false;
  const calling = Array.from({ length: loops }, async (_, place) => {
    while (!isOver) {
      const answer = await (place % 2 ? client : other).fetch(url).then(status);
      counts[answer] = (counts[answer] ?? 0) + 1;
    }
  });
  const before = made.key.reveal();
  const again = await outcome((async () => made.key.reveal())());
  await new Promise((resolve) => setTimeout(resolve, forMs));
  const rotated = await keys.rotate(made, { graceDays: 0 });
  const third = await keys.rotate(rotated);
  await new Promise((resolve) => setTimeout(resolve, forMs));
  isOver = true;
  await Promise.all(calling);

  const listed = await keys.list();
  const due = await keys.revokeDue();
  await keys.revoke(third.previous.id);
  await keys.revoke(third.previous.id);
  const left = await keys.list();
  const printed = printsOf(made, rotated, third, listed, keys, client, `${made.key} ${rotated.key}`);
  keys.dispose();
  const values = [before, rotated.key.reveal(), third.key.reveal()];
  return {
    made: { id, name, scopes, created_at }, again, counts, listed: listed.map((one) => [one.id, "key" in one]), left: left.map((one) => one.id),
    ids: [id, rotated.id, third.id], previous: [rotated.previous.id, third.previous.id], due, generation: client.inspect().generation,
    graceDays: Math.round((third.previous.revokeAt - Date.now()) / 86_400_000), shown: values.some((value) => printed.includes(value)),
    differ: new Set(values).size,
  };
}

/** What the endpoint of keys says against it. */
export async function keysRefused({ apiKeys, clientCredentials }, { auth: options, keysUrl }) {
  const keys = apiKeys({ url: keysUrl, auth: clientCredentials(options) });
  return [
    await outcome(keys.create({ name: "a", scopes: ["no:such"] })),
    await outcome(keys.create({ name: "", scopes: [] })),
    await outcome(keys.create({ name: "a", scopes: "read" })),
    await outcome(keys.rotate({ id: "x", name: "a", scopes: [] }, { graceDays: -1 })),
    await outcome(keys.revoke("")),
    await outcome(keys.revoke("gone")),
  ];
}

/** Signs who it is with a key that nobody can read. */
export async function signed({ clientCredentials }, { options, url, jwk }) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const privateKey = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  const asKey = clientCredentials({ ...options, privateKey, keyId: jwk.kid });
  const asJson = clientCredentials({ ...options, privateKey: jwk });
  return [await asKey.fetch(url).then(status), await asJson.fetch(url).then(status)];
}

/** The same on a client whose token is revoked first. */
export async function crowdAfterRevocation({ clientCredentials }, { options, url, count, revokeUrl }) {
  const client = clientCredentials(options);
  await client.fetch(url).then(status);
  await fetch(revokeUrl).then(status);
  const counts = {};
  for (const one of await Promise.all(Array.from({ length: count }, () => client.fetch(url).then(status)))) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

/** How the failures of so many calls at once are spread. */
export async function failingCrowd({ clientCredentials }, { options, url, count }) {
  const client = clientCredentials(options);
  const codes = await Promise.all(Array.from({ length: count }, () => client.fetch(url).then(status, ({ code }) => code)));
  const counts = {};
  for (const one of codes) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

/** Whether clients with a secret start. */
export const starts = ({ clientCredentials, apiKey }) => [
  () => clientCredentials({ tokenUrl: "https://op.example/token", clientId: "a", clientSecret: "s" }),
  () => apiKey({ key: "k", apis: ["https://api.example"] }),
].map((make) => {
  try {
    make().dispose();
    return "started";
  } catch (error) {
    return error.code;
  }
});

/** What a client finds after one call. */
export async function diagnosed({ clientCredentials }, { options, url }) {
  const client = clientCredentials(options);
  await client.fetch(url).then(status, () => {});
  return client.diagnose({ url });
}

/** The same with a key. */
export const diagnosedKey = ({ apiKey }, { options, url }) => apiKey(options).diagnose({ url });
