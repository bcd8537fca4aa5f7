// Some cases of each cell of the matrix where another WebCrypto verifies: in workerd, in Deno and in Bun.
import { test } from "node:test";
import { startBun, startDeno, startWorkerd } from "./elsewhere.mjs";
import { holdsSome } from "./matrix.mjs";
import { WAYS } from "./ways.mjs";

// J01, J02, J03, J04, J05, J06, J07, J08, J10, J11, J13, J17, J18, J19, J20
test("the matrix holds in workerd", async (t) => holdsSome(WAYS, await startWorkerd(t)));

// J01, J02, J03, J04, J05, J06, J07, J08, J10, J11, J13, J17, J18, J19, J20
test("the matrix holds in Deno", async (t) => holdsSome(WAYS, await startDeno(t)));

// J01, J02, J03, J04, J05, J06, J07, J08, J10, J11, J13, J17, J18, J19, J20
test("the matrix holds in Bun", async (t) => holdsSome(WAYS, await startBun(t)));
