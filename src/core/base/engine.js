// The engine's own JSON, URL and form parsers, behind as few functions as the core needs: each import costs bytes twice.

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export const mentions = (value, name) => isObject(value) && Object.hasOwn(value, name);

const own = (value, name) => (mentions(value, name) ? (value[name] ?? undefined) : undefined);

const typed = (value, type) => (typeof value === type ? value : undefined);

/** No deeper may JSON be nested; the same natively. */
const MAX_NESTING = 64;

const strings = (value) => (Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined);

/** Throws where members of one object share a name, a string is no Unicode, a number no double, or the nesting too deep. */
const assertPlain = (text) => {
  const open = [];
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]|-?\d[\w.+-]*/g)) {
    if (token[0] === '"') {
      const string = JSON.parse(colon ? token.slice(0, -colon.length) : token);
      const names = open.at(-1);
      if (!string.isWellFormed() || (colon && names.size === names.add(string).size)) throw 0;
    } else if ("[{".includes(token)) {
      if (open.push(new Set()) > MAX_NESTING) throw 0;
    } else if ("]}".includes(token)) open.pop();
    else if (!Number.isFinite(Number(token))) throw 0;
  }
};

export const parse = (text) => {
  try {
    const value = JSON.parse(text);
    assertPlain(text);
    return value;
  } catch {
    return undefined;
  }
};

/** The value as the text of JSON; undefined where there is none. What JSON cannot say stays something of another type. */
export const written = (value) => {
  // The member itself, before it could say what it wants to be.
  const said = function (name) {
    const one = this[name];
    if (one === undefined) return null;
    if (typeof one === "object") return /String|Number|Boolean|Date/.test(Object.prototype.toString.call(one)) ? {} : one;
    return ["string", "boolean"].includes(typeof one) || Number.isFinite(one) ? one : {};
  };
  try {
    return value === undefined ? undefined : JSON.stringify(value, said);
  } catch {
    return undefined;
  }
};

export const toNumber = Number;

export const toText = (value) => JSON.stringify(value) ?? "";

export const get = own;

/** The member as a string, or the value itself when no name is given. */
export const text = (value, name) => typed(name === undefined ? value : own(value, name), "string");

export const number = (value, name) => typed(own(value, name), "number");

export const truth = (value, name) => typed(own(value, name), "boolean");

export const items = (value) => (Array.isArray(value) ? value : undefined);

export const oneOrMany = (value, name) => {
  const member = own(value, name);
  return typeof member === "string" ? [member] : strings(member);
};

/** Whether every member's name is one of the space-separated ones. */
export const hasOnly = (value, names) => Object.keys(value ?? {}).every((name) => names.split(" ").includes(name));

export const url = (text, base) => {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
};

export const part = (url, name) => url[name];

/** Names and values by turns, as a form. */
export const form = (pairs) => {
  const parameters = new URLSearchParams();
  for (let i = 0; i < pairs.length; i += 2) parameters.append(pairs[i], pairs[i + 1]);
  return parameters.toString();
};

export const values = (query, name) => new URLSearchParams(query).getAll(name);

const urlSafe = (base64) => base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export const toBase64Url = (bytes) => urlSafe(btoa(String.fromCharCode.apply(null, bytes)));

export const fromBase64Url = (text) => {
  // atob forgives padding, spaces and stray bits; the way back shows whether it had anything to forgive.
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    // Several times as fast as Uint8Array.from.
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = binary.charCodeAt(i);
    return urlSafe(btoa(binary)) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
};

export const textFromBase64Url = (text) => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fromBase64Url(text) ?? Uint8Array.of(255));
  } catch {
    return undefined;
  }
};

const TOKEN = "([!#$%&'*+.^`|~\\w-]+)";
const PARAMETER = `${TOKEN}[ \\t]*=[ \\t]*(?:${TOKEN}|"((?:[^"\\\\]|\\\\[^])*)")`;
const END = "[ \\t]*(?=,|$)";

/** One more parameter of a challenge; or a scheme, with its first parameter or token68 where it has one. */
const ITEM = RegExp(`[ \\t,]*(?:${PARAMETER}|${TOKEN}(?:[ \\t]+(?:([!#$%&'*+.^\`|~\\w/-]+=*)(?=${END})|${PARAMETER}))?)${END}`, "gy");

/** The challenges of a header, each as its scheme and then names and values in turn; none where it is not well formed. */
export const challenges = (header) => {
  const found = [];
  let rest = header;
  for (const [item, name, token, quoted, scheme, token68, firstName, firstToken, firstQuoted] of header.matchAll(ITEM)) {
    rest = rest.slice(item.length);
    if (scheme) found.push([scheme]);
    const last = found.at(-1);
    const add = (key, value, text) => {
      if (key === undefined) return true;
      const known = last?.some((word, i) => i % 2 === 1 && word === key);
      last?.push(key, value ?? text.replace(/\\([^])/g, "$1"));
      return last && !known;
    };
    if (!add(name?.toLowerCase(), token, quoted) || !add(firstName?.toLowerCase(), firstToken, firstQuoted)) return [];
    if (token68) last.push("", token68);
  }
  return /^[ \t,]*$/.test(rest) ? found : [];
};
