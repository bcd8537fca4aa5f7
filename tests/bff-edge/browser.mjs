// What matters of a browser to a BFF: a cookie jar with prefixes, SameSite and size limits, the Sec-Fetch headers, and pages
// that send one on. Stricter than some browsers in one thing: what was redirected over another site stays cross-site.
import { send } from "./http.mjs";

const COOKIE_BYTES = 4096;
const REDIRECTS = [301, 302, 303, 307, 308];
const HOPS = 20;

export class Browser {
  /** By name, host and path. */
  jar = new Map();

  /** Set-Cookie headers that a browser would not have taken, each with the reason. */
  refused = [];

  /**
   * Goes to a URL as a person does (`from` null), or as a page of the origin `from` makes the browser go.
   * @returns the page where it ends: `{ status, headers, body, url, hops }`; a hop is `{ url, status, setCookies }`.
   */
  async navigate(url, { from = null, method = "GET", body } = {}) {
    const hops = [];
    let next = { url, from, method, body, chain: [url] };
    while (hops.length < HOPS) {
      const page = await this.#load(next, hops);
      const location = REDIRECTS.includes(page.status) && page.headers.location;
      if (location) {
        const to = new URL(location, next.url).href;
        next = { ...next, url: to, method: "GET", body: undefined, chain: [...next.chain, to] };
        continue;
      }
      const onwards = isHtml(page) && leadsOn(page.body, next.url);
      if (!onwards) return { ...page, url: next.url, hops };
      next = { ...onwards, from: new URL(next.url).origin, chain: [onwards.url] };
    }
    throw new Error(`too many redirects: ${hops.map((hop) => hop.url).join(" ")}`);
  }

  async #load({ url, from, method, body, chain }, hops) {
    const site = siteOf(from, chain);
    const answer = await this.#ask(url, {
      method, body,
      headers: {
        accept: "text/html,*/*;q=0.8",
        ...(method === "POST" && { "content-type": "application/x-www-form-urlencoded", origin: from ?? "null" }),
        "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-user": "?1",
      },
      isSameSite: site !== "cross-site",
      isTopLevelGet: method === "GET",
    });
    hops.push({ url, status: answer.status, setCookies: answer.setCookies });
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  }

  /** `fetch` as a script of a page at `origin` calls it, for the page's own cookies; nothing is followed. */
  fetch(origin, path, { method = "GET", headers = {}, body, signal } = {}) {
    const url = new URL(path, origin).href;
    const site = siteOf(origin, [url]);
    return this.#ask(url, {
      method, body, signal, path,
      headers: {
        accept: "*/*", ...lowerCase(headers),
        ...((site !== "same-origin" || !["GET", "HEAD"].includes(method)) && { origin }),
        "sec-fetch-site": site, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty",
      },
      isSameSite: site !== "cross-site",
      isTopLevelGet: false,
    });
  }

  /** As {@link fetch}, with the header that the BFF asks its own page for. */
  call(origin, path, { headers, ...init } = {}) {
    return this.fetch(origin, path, { ...init, headers: { "x-tokenward": "1", ...headers } });
  }

  async #ask(url, { method, headers, body, signal, path, isSameSite, isTopLevelGet }) {
    const { hostname, host, port, pathname, search } = new URL(url);
    const cookie = this.cookieHeader(url, { isSameSite, isTopLevelGet });
    const isText = typeof body === "string" || Buffer.isBuffer(body);
    const answer = await send({
      port, method, path: path?.startsWith("/") ? path : pathname + search, body, signal,
      headers: { host, ...headers, ...(cookie && { cookie }), ...(isText && { "content-length": Buffer.byteLength(body) }) },
    });
    for (const line of answer.setCookies) this.#take(line, hostname, pathname);
    return answer;
  }

  #take(line, host, requestPath) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const [name, ...rest] = pair.split("=");
    const cookie = { name, value: rest.join("="), host, path: defaultPath(requestPath), sameSite: "lax", secure: false, httpOnly: false, domain: null, expiresAt: Infinity };
    for (const attribute of attributes) {
      const [key, value = ""] = attribute.split("=");
      if (/^path$/i.test(key) && value.startsWith("/")) cookie.path = value;
      if (/^samesite$/i.test(key)) cookie.sameSite = value.toLowerCase();
      if (/^secure$/i.test(key)) cookie.secure = true;
      if (/^httponly$/i.test(key)) cookie.httpOnly = true;
      if (/^domain$/i.test(key)) cookie.domain = value;
      if (/^max-age$/i.test(key)) cookie.expiresAt = Date.now() + Number(value) * 1000;
      if (/^expires$/i.test(key) && cookie.expiresAt === Infinity) cookie.expiresAt = Date.parse(value);
    }
    const why = objection(cookie);
    if (why) return this.refused.push({ line, why });
    const key = `${name} ${host} ${cookie.path}`;
    if (cookie.expiresAt <= Date.now()) return this.jar.delete(key);
    return this.jar.set(key, cookie);
  }

  cookieHeader(url, { isSameSite = true, isTopLevelGet = true } = {}) {
    const { hostname, pathname } = new URL(url);
    return [...this.jar.values()]
      .filter(({ host, path, expiresAt, sameSite }) => host === hostname && covers(path, pathname) && expiresAt > Date.now()
        && (isSameSite || sameSite === "none" || (sameSite === "lax" && isTopLevelGet)))
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  /** The cookies of a host whose names begin so, as name to value. */
  cookies(host, prefix = "") {
    return Object.fromEntries([...this.jar.values()]
      .filter((cookie) => cookie.host === host && cookie.name.startsWith(prefix))
      .map(({ name, value }) => [name, value]));
  }

  forgetHost(host) {
    for (const [key, cookie] of this.jar) if (cookie.host === host) this.jar.delete(key);
  }

  /** Another browser with the cookies of now: what somebody has who kept a copy. */
  copy() {
    const other = new Browser();
    for (const [key, cookie] of this.jar) other.jar.set(key, { ...cookie });
    return other;
  }
}

/** Why a browser would not keep it. */
function objection({ name, value, path, secure, domain, sameSite }) {
  if (Buffer.byteLength(name) + Buffer.byteLength(value) > COOKIE_BYTES) return "too long";
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(name + value)) return "control characters";
  if (/^__secure-/i.test(name) && !secure) return "its name wants Secure";
  if (/^__host-/i.test(name) && !(secure && path === "/" && domain === null)) return "its name wants Secure, Path=/ and no Domain";
  if (sameSite === "none" && !secure) return "SameSite=None wants Secure";
  return null;
}

const defaultPath = (path) => (path.lastIndexOf("/") > 0 ? path.slice(0, path.lastIndexOf("/")) : "/");

const covers = (cookiePath, path) =>
  path === cookiePath || (path.startsWith(cookiePath) && (cookiePath.endsWith("/") || path[cookiePath.length] === "/"));

/** Sec-Fetch-Site (Fetch Metadata, section 2.3). */
function siteOf(from, chain) {
  if (from === null) return "none";
  const initiator = new URL(from);
  const all = chain.map((url) => new URL(url));
  if (all.every(({ origin }) => origin === initiator.origin)) return "same-origin";
  return all.every(({ protocol, hostname }) => protocol === initiator.protocol && hostname === initiator.hostname)
    ? "same-site"
    : "cross-site";
}

const isHtml = ({ headers }) => (headers["content-type"] ?? "").startsWith("text/html");

/** Where a page sends one by itself: by a refresh, or by a form that its script sends. */
function leadsOn(html, base) {
  const refresh = /<meta\s+http-equiv="?refresh"?\s+content="\d+;\s*url=([^"]+)"/i.exec(html)?.[1];
  if (refresh) return { url: new URL(unescaped(refresh), base).href, method: "GET" };
  if (!html.includes(".submit()")) return null;
  const action = /<form[^>]*\baction="([^"]+)"/i.exec(html)?.[1];
  const fields = [...html.matchAll(/<input[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"/gi)].map(([, name, value]) => [name, unescaped(value)]);
  return { url: new URL(unescaped(action), base).href, method: "POST", body: String(new URLSearchParams([...fields, ["logout", "yes"]])) };
}

const unescaped = (text) => text
  .replaceAll(/&#x([0-9a-f]+);/gi, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 16)))
  .replaceAll(/&#(\d+);/g, (_, digits) => String.fromCodePoint(Number(digits)))
  .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

const lowerCase = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
