// Runs a call of tests/e2e/fetch-rows.mjs in the page, as native fetch or as auth.fetch, and compares what they come to.
import { isDeepStrictEqual } from "node:util";

/** Has the API refuse the first token that comes with a call of "refused"; call what it returns to begin anew. */
export function refuseOnce(world) {
  let refusedToken;
  world.api.refuse = ({ who, token }) => {
    if (who !== "refused" || !token) return null;
    refusedToken ??= token;
    return token === refusedToken ? { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } } : null;
  };
  return () => { refusedToken = undefined; };
}

// Runs in the page.
async function run(row, origin, who, known, header) {
  const at = (path) => `${origin}/v1/${who}/${path}`;
  const token = known ?? (await harness.auth.getAccessToken());
  const credential = header === "authorization" ? `Bearer ${token}` : token;
  // As an app adds the header: to its options, or to the Request that it has.
  const native = async (input, init) => {
    if (typeof input === "object" && !(input instanceof URL)) {
      const request = new Request(input, init);
      request.headers.set(header, credential);
      return fetch(request);
    }
    const members = {};
    for (const name in init) members[name] = init[name];
    if (members.headers !== undefined) members.headers = new Headers(members.headers);
    members.headers ??= new Headers();
    members.headers.set(header, credential);
    return fetch(input, members);
  };
  const { input, init, meanwhile, read = (response) => response.text(), ...kind } = await row(at);
  const used = () => [input?.bodyUsed, init?.body?.locked, init?.bodyUsed];
  if (who === "stale") later();
  const said = {};
  try {
    const promise = who === "native" ? native(input, init) : harness.auth.fetch(input, init);
    said.usedAtOnce = used();
    meanwhile?.();
    const response = await promise;
    const { status, statusText, type, url, redirected } = response;
    Object.assign(said, { status, statusText, type, url, redirected, headers: [...response.headers] });
    said.read = await read(response);
  } catch (error) {
    said.thrown = typeof error === "object" ? `${error.constructor.name} ${error.name}` : error;
  }
  said.usedInTheEnd = used();
  return { said, kind };
}

/** Without what differs from call to call by its nature: who asks, the token, the boundary of a form. */
const plain = (value) => JSON.parse(JSON.stringify(value)
  .replaceAll(/\/v1\/(native|fresh|stale|refused)/g, "/v1/who")
  .replaceAll(/Bearer [\w-]+/g, "Bearer token")
  .replaceAll(/-{4,}(WebKitFormBoundary|geckoformboundary)\w+/g, "boundary"));

/**
 * What a row comes to. `known` is the token to call natively with, where the page cannot read it, and `header` the one that
 * it goes in.
 */
export async function outcome(world, tab, row, who, known, header = "authorization") {
  world.api.log.length = 0;
  const { said, kind } = await tab.evaluate(`(${run})(${row}, ${JSON.stringify(world.api.origin)}, ${JSON.stringify(who)}, ${JSON.stringify(known ?? null)}, ${JSON.stringify(header)})`);
  const [taken, refused] = [false, true].map((wanted) => world.api.log.filter(({ refusal }) => Boolean(refusal) === wanted));
  const arrived = taken.map(({ method, url, headers: { "content-length": length, ...headers }, body }) => ({
    // The boundary of a form has no fixed length.
    method, url, headers, body, length: /multipart/.test(headers["content-type"]) ? "some" : length,
  }));
  return { ...plain(kind.isCut ? { said } : { said, arrived }), kind, refused };
}

/** What is wrong with `ours`, or nothing. */
export function difference(native, ours, who) {
  if (who === "refused" && native.kind.isOnce) {
    const isKept = ours.said.status === 401 && ours.refused.length === 1 && ours.arrived.length === 0;
    return isKept ? null : { ours };
  }
  const [theirs, own] = [native, ours].map(({ said, arrived }) => ({ said, arrived }));
  return isDeepStrictEqual(theirs, own) && ours.refused.length <= 1 ? null : { native: theirs, ours: own };
}
