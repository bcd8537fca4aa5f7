// Every way to tamper, by its name, for runs that do not take them one by one.
import * as algorithms from "./tampering/algorithms.mjs";
import { besideTheRightKey, signedByABroughtKey } from "./tampering/brought.mjs";
import * as bytes from "./tampering/bytes.mjs";
import * as encodings from "./tampering/encodings.mjs";
import * as headers from "./tampering/headers.mjs";
import * as keys from "./tampering/keys.mjs";
import * as paddings from "./tampering/paddings.mjs";
import * as ranges from "./tampering/ranges.mjs";
import * as shapes from "./tampering/shapes.mjs";
import * as sound from "./tampering/sound.mjs";
import * as spelling from "./tampering/spelling.mjs";
import * as weakPoints from "./tampering/weak-points.mjs";
import * as weakRsa from "./tampering/weak-rsa.mjs";

const nowhere = "https://evil.example";

export const WAYS = {
  ...sound, ...bytes, ...spelling, ...shapes, ...headers, ...algorithms, ...keys, ...weakRsa, ...weakPoints, ...ranges,
  ...encodings, ...paddings,
  signedByABroughtKey: signedByABroughtKey(nowhere), besideTheRightKey: besideTheRightKey(nowhere),
};
