// What an API does with a verifier, in any runtime: a list of steps, and what each said.

/** The answer to one request, or for a token alone where `token` is given. */
const answered = async (edge, verify, { token, url = "https://api.example/notes", method = "GET", headers = {}, need }) => {
  try {
    return { status: 200, verified: await verify(token ?? new Request(url, { method, headers }), need) };
  } catch (error) {
    if (!(error instanceof edge.VerifyError && error instanceof edge.AuthError)) return { thrown: error.code ?? String(error) };
    const response = error.toResponse();
    const header = (name) => response.headers.get(name);
    return {
      status: response.status, code: error.code, message: error.message, challenge: header("www-authenticate"), nonce: header("dpop-nonce"),
      retryAfter: header("retry-after"), kept: header("cache-control"), body: await response.json(),
    };
  }
};

const counted = (all) => {
  const counts = {};
  for (const { status, code, thrown } of all) {
    const name = thrown ?? [status, code].filter(Boolean).join(" ");
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The platform's cache of this name, and one that throws as it does where its methods are those of no cache. */
const cachesOf = async (name) => {
  const real = name === "default" ? caches.default : await caches.open(name);
  return { real, broken: { match: real.match, put: real.put } };
};

const keptIn = async (cache, url) => {
  const copy = await cache.match(url);
  return copy && { headers: Object.fromEntries(copy.headers), body: await copy.text() };
};

/**
 * Steps: a request; `all`, many at once; `each`, one after the other; `go`, a call elsewhere; `wait`; `inspect`; `dispose`;
 * `another` verifier; `kept`, what the platform's cache of this name has.
 */
export const served = async (edge, { options, steps, cacheName }) => {
  const { real, broken } = cacheName === undefined ? {} : await cachesOf(cacheName);
  const kept = new Set();
  const replays = { insertIfAbsent: (name) => !kept.has(name) && !!kept.add(name) };
  const logged = [];
  const made = (cache) => edge.createVerifier({
    ...options, ...(options.dpop?.replays && { dpop: { ...options.dpop, replays } }), log: (entry) => logged.push(entry), cache,
  });
  let verify = made(real);
  const said = [];
  for (const step of steps) {
    if (step.go) said.push((await fetch(step.go)).status);
    else if (step.wait) said.push(await sleep(step.wait));
    else if (step.inspect) said.push(verify.inspect());
    else if (step.dispose) said.push(verify.dispose());
    else if (step.another) said.push(void (verify = made(step.isCacheBroken ? broken : real)));
    else if (step.kept) said.push(await keptIn(real, step.kept));
    else if (step.all) said.push(counted(await Promise.all(step.all.map((one) => answered(edge, verify, one)))));
    else if (step.each) {
      const all = [];
      for (const one of step.each) all.push(await answered(edge, verify, one));
      said.push(counted(all));
    } else said.push(await answered(edge, verify, step));
  }
  return { said: said.map((one) => one ?? null), logged };
};

/** Whether what one caller does with what it got is seen by another. */
export const shared = async (edge, { options, token }) => {
  const verify = edge.createVerifier(options);
  const all = [];
  for (let i = 0; i < 3; i += 1) {
    const verified = await verify(token);
    all.push([verified.subject, verified.claims.sub, verified.scopes.length]);
    for (const change of [() => { verified.subject = "evil"; }, () => { verified.claims.sub = "evil"; }, () => verified.scopes.push("admin")]) {
      try {
        change();
      } catch {
        // It is frozen.
      }
    }
  }
  return all;
};

/** A verifier with a cache as the standard has it, twice, as two isolates of one place have it. */
export const cached = async (edge, { options, token }) => {
  const held = new Map();
  const cache = {
    match: async (url) => held.get(url)?.clone(),
    put: async (url, response) => void held.set(url, new Response(await response.text(), response)),
  };
  const codes = [];
  for (const isolate of [1, 2]) {
    const verify = edge.createVerifier({ ...options, cache: isolate && cache });
    codes.push(await verify(token).then(() => 200, (error) => error.code));
  }
  return { codes, urls: [...held.keys()], age: [...held.values()].map(({ headers }) => headers.get("cache-control")) };
};
