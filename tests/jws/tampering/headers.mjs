// Headers that say something else. Each token is signed by the right key over the very header it has: only the rule about
// the header can refuse it.
import { base64url, KID, PAYLOAD, tokenOf } from "../signer.mjs";

const MALFORMED = ["jws_malformed"];

const CRITICAL = [
  '["exp"]', '["b64"]', '["alg"]', '["kid"]', '["x"]', '["x","x"]', '["b64","b64"]', '["crit"]', '[""]', "[]", "[[]]",
  "[5]", "[null]", '[["x"]]', "{}",
  '{"0":"x"}', '{"length":0}', '"x"', '""', '"b64"', "5", "0", "true", "false", "null",
];

/** No extension is understood: whatever is critical is unknown. */
export function* critical({ name, keys }) {
  for (const crit of CRITICAL) {
    yield { keys, token: tokenOf(name, `{"alg":"${name}","kid":"${KID}","crit":${crit},"x":1,"exp":1}`), codes: MALFORMED };
    yield { keys, token: tokenOf(name, `{"crit":${crit},"kid":"${KID}","alg":"${name}"}`), codes: MALFORMED };
  }
}

/** A payload that is not encoded (RFC 7797): announced in every way, and with and without one. */
export function* unencodedPayload({ name, keys, pair, signature }) {
  for (const b64 of ["false", "true", "null", "0", '"false"', "[]"]) {
    for (const crit of ["", ',"crit":["b64"]']) {
      const token = tokenOf(name, `{"alg":"${name}","kid":"${KID}","b64":${b64}${crit}}`, PAYLOAD, pair);
      yield { keys, token, codes: MALFORMED };
      const [header] = token.split(".");
      for (const payload of ["$.02", PAYLOAD.toString("latin1"), "payload"]) {
        yield { keys, token: `${header}.${payload}.${base64url(signature)}`, codes: MALFORMED };
      }
    }
  }
}

/** Two members of one name: readers disagree which one counts. */
export function* duplicates({ name, keys }) {
  for (const header of [
    `{"alg":"none","alg":"${name}","kid":"${KID}"}`,
    `{"alg":"${name}","alg":"none","kid":"${KID}"}`,
    `{"alg":"${name}","kid":"${KID}","alg":"${name}"}`,
    `{"alg":"${name}","kid":"${KID}","\\u0061lg":"HS256"}`,
    `{"\\u0061\\u006c\\u0067":"${name}","alg":"${name}","kid":"${KID}"}`,
    `{"alg":"${name}","kid":"other","kid":"${KID}"}`,
    `{"alg":"${name}","kid":"${KID}","kid":"${KID}"}`,
    `{"alg":"${name}","kid":"${KID}","crit":[],"crit":[]}`,
    `{"alg":"${name}","kid":"${KID}","typ":"JWT","typ":"at+jwt"}`,
    `{"alg":"${name}","kid":"${KID}","x":{"a":1,"a":2}}`,
    `{"alg":"${name}","kid":"${KID}","x":[{"a":{"b":1,"b":1}}]}`,
    `{"alg":"${name}","kid":"${KID}","":1,"":2}`,
    `{"alg":"${name}","kid":"${KID}","__proto__":{},"__proto__":{}}`,
  ]) yield { keys, token: tokenOf(name, header), codes: MALFORMED };
}

/** What is no JSON object, or none that two readers understand alike. */
export function* noObject({ name, keys }) {
  const good = `{"alg":"${name}","kid":"${KID}"}`;
  const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  for (const header of [
    "", " ", "null", "true", "5", "[]", `[${good}]`, `["alg","${name}"]`, `"${name}"`, `"alg"`, JSON.stringify(good),
    name, "{", "}", good.slice(0, -1), `${good}}`,
    `${good}x`, `${good}${good}`, `${good},`, good.replaceAll('"', "'"), good.replace(",", ",,"),
    good.replace("}", ",}"), `/**/${good}`, `${good}//`,
    good.replace('"alg"', "alg"), good.replace("}", ',"x":NaN}'), good.replace("}", ',"x":01}'),
    good.replace("}", ',"x":1e999}'), good.replace("}", ',"x":"\\ud800"}'),
    good.replace("}", ',"x":"\n"}'), good.replace("}", ',"x":"\\x41"}'),
    good.replace("}", `,"x":${"[".repeat(70)}${"]".repeat(70)}}`), `\ufeff${good}`, `${good}\0`,
    `alg=${name}&kid=${KID}`, base64url(good), `{"__proto__":${good}}`, `{"header":${good}}`,
    bytes(good.slice(0, -1), ',"x":"', [0xff], '"}'), bytes(good.slice(0, -1), ',"x":"', [0xed, 0xa0, 0x80], '"}'),
    bytes(good.slice(0, -1), ',"x":"', [0xc0, 0xaf], '"}'),
    Buffer.from(good, "utf16le"), bytes([0xff, 0xfe], Buffer.from(good, "utf16le")),
  ]) yield { keys, token: tokenOf(name, header), codes: MALFORMED };
}

/** The name of a key is a string, or not there. */
export function* strangeKeyNames({ name, keys }) {
  for (const kid of ["5", "0", "[]", "{}", "true", "false", "null", `["${KID}"]`, `{"kid":"${KID}"}`]) {
    yield { keys, token: tokenOf(name, `{"alg":"${name}","kid":${kid}}`), codes: MALFORMED };
  }
  for (const kid of [
    "", " ", `${KID} `, ` ${KID}`, KID.replace("-", "_"), `${KID}\0`, "../../dev/null", "' OR 1=1 --",
    "https://evil.example/jwks#1", "__proto__",
  ]) {
    yield { keys, token: tokenOf(name, { alg: name, kid }), codes: ["jws_key_unknown"] };
  }
}
