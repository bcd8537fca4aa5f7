// The JWS matrix: each algorithm and each way to tamper. A token is accepted only when it is valid; a table at the end counts.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pkgDir } from "../package/fixture.mjs";
import { judgeAll } from "./judge.mjs";
import { matrixOf } from "./matrix.mjs";
import { notAllowed, publicKeyAsSecret, underAnotherName, unknownAlgorithms, unsigned } from "./tampering/algorithms.mjs";
import { besideTheRightKey, signedByABroughtKey } from "./tampering/brought.mjs";
import { cut, flippedBytes, flippedCharacters, lengthened, mixed } from "./tampering/bytes.mjs";
import { inDer, ofAnotherLength } from "./tampering/encodings.mjs";
import { critical, duplicates, noObject, strangeKeyNames, unencodedPayload } from "./tampering/headers.mjs";
import {
  forAnotherUse, forThisUse, ofAnotherType, ofOneName, ofSomebodyElse, onAnotherCurve, privateKeys, symmetricKeys,
  toldApart, withoutAName,
} from "./tampering/keys.mjs";
import { forgedCubes, paddedOtherwise } from "./tampering/paddings.mjs";
import { outOfRange, theOtherTwin } from "./tampering/ranges.mjs";
import { asLongAsAllowed, encrypted, jsonSerialization, nested, nestedAndSigned, tooLong } from "./tampering/shapes.mjs";
import { oddAndSound, signedByJose, signedByNode, underItsOtherName } from "./tampering/sound.mjs";
import { encodedOtherwise, inTheStandardAlphabet, padded, withStrayBits, withWhitespace } from "./tampering/spelling.mjs";
import { ofSmallOrder, offTheCurve } from "./tampering/weak-points.mjs";
import { exponents, tooShort } from "./tampering/weak-rsa.mjs";

const edge = await import(join(pkgDir, "edge.node.js"));
const { holds, print } = matrixOf((cases) => judgeAll(edge, cases));

// Where the headers lead that name a place. Nobody may ask there, nor anywhere else.
const requests = [];
const evil = createServer((request, response) => {
  requests.push(request.url);
  response.end("{}");
});
const nativeFetch = globalThis.fetch;

before(async () => {
  await new Promise((resolve) => evil.listen(0, "127.0.0.1", resolve));
  globalThis.fetch = (input, ...rest) => {
    requests.push(String(input));
    return nativeFetch(input, ...rest);
  };
});
const evilOrigin = () => `http://127.0.0.1:${evil.address().port}`;

after(() => {
  globalThis.fetch = nativeFetch;
  evil.closeAllConnections();
  evil.close();
  print();
});

// J19; not tampered with
test("signed by node:crypto", holds(signedByNode));

// J19; not tampered with
test("signed by jose", holds(signedByJose));

test("odd and sound", holds(oddAndSound));

// J19
test("EdDSA as Ed25519", holds(underItsOtherName));

// J05, J20
test("byte flipped", holds(flippedBytes));

// J05, J20
test("character changed", holds(flippedCharacters));

// J05
test("cut short", holds(cut));

// J05
test("lengthened", holds(lengthened));

// J20
test("parts of two tokens", holds(mixed));

// J05
test("base64 with padding", holds(padded));

// J05
test("standard base64", holds(inTheStandardAlphabet));

// J05
test("base64 with whitespace", holds(withWhitespace));

// J05
test("base64 with stray bits", holds(withStrayBits));

// J05
test("encoded otherwise", holds(encodedOtherwise));

// J05
test("JSON serialization", holds(jsonSerialization));

// J17
test("token in a token", holds(nested));

// J17; bytes like any others, which nobody unpacks
test("token as the payload", holds(nestedAndSigned));

// J17
test("encrypted token", holds(encrypted));

// J17
test("too long", holds(tooLong));

// J17
test("as long as allowed", holds(asLongAsAllowed));

// J06
test("member twice", holds(duplicates));

// J05, J06
test("header no plain object", holds(noObject));

// J07
test("crit", holds(critical));

// J07
test("b64", holds(unencodedPayload));

test("kid odd or unknown", holds(strangeKeyNames));

// J03
test("alg none", holds(unsigned));

// J01, J03
test("alg not ours", holds(unknownAlgorithms));

// J01
test("alg not allowed", holds(notAllowed));

// J01, J02
test("signed by another alg", holds(underAnotherName));

// J04
test("public key as HMAC secret", holds(publicKeyAsSecret));

// J08
test("key brought along", async (t) => {
  await holds(signedByABroughtKey(evilOrigin()))(t);
  assert.deepEqual(requests, []);
});

// J08
test("key brought along unused", async (t) => {
  await holds(besideTheRightKey(evilOrigin()))(t);
  assert.deepEqual(requests, []);
});

// J20
test("key of somebody else", holds(ofSomebodyElse));

// J02
test("key of another type", holds(ofAnotherType));

// J02
test("key on another curve", holds(onAnotherCurve));

// J02
test("key for another use", holds(forAnotherUse));

// J02
test("key for this use", holds(forThisUse));

// J18
test("private key", holds(privateKeys));

// J04, J18
test("symmetric key", holds(symmetricKeys));

// J11
test("kid twice", holds(ofOneName));

// J10
test("kid missing, two keys", holds(withoutAName));

// J10, J11, J18
test("keys told apart", holds(toldApart));

// J13
test("RSA key too short", holds(tooShort));

// J13
test("RSA exponent or modulus", holds(exponents));

// J13
test("point off the curve", holds(offTheCurve));

// J13
test("point of small order", holds(ofSmallOrder));

// J13
test("signature out of range", holds(outOfRange));

// J13
test("signature in DER", holds(inDer));

// J13
test("signature of another length", holds(ofAnotherLength));

// J02, J13
test("signature padded otherwise", holds(paddedOtherwise));

// J13
test("forged cube", holds(forgedCubes));

test("ECDSA's other twin", holds(theOtherTwin));
