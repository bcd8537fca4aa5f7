// What every store promises, whatever is behind it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const inAMinute = () => Date.now() + 60_000;
const inSixMonths = () => Date.now() + 180 * 86_400_000;
const IN_2100 = Date.UTC(2100, 0);

/** A key that no other test has. */
const freshKey = () => `s:${randomUUID()}`;

const ALL_KEY_CHARACTERS = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join("");

const VALUES = {
  "an empty text": "",
  "a sealed record of 16 KB": `k1abcdef.${"Aa0-_".repeat(3_200)}`,
  "every character below 256": Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join(""),
  "quotes, line ends and what looks like a script": "'\"\\\r\n\t\u2028\u2029{}[]$(x)`${x}`%00%0d%0a redis.call('FLUSHALL')",
  "characters of all planes": "ä漢字\u{1f512}\u{10ffff}\ufeff\ufffd\ufffe e\u0301",
  "what looks like JSON, a number and nothing": "null",
  "32,000 characters that need three bytes each": "漢".repeat(32_000),
};

/** What a write is refused with, for each argument that is none. */
const REFUSED = [
  ["read", ["key"], "keys"],
  ["read", [["good", ""]], "key"],
  ["read", [["with space"]], "key"],
  ["read", [["ä"]], "key"],
  ["read", [["line\n"]], "key"],
  ["read", [["x".repeat(257)]], "key"],
  ["read", [[7]], "key"],
  ["remove", [""], "key"],
  ["write", ["", "value", { expiresAt: 1 }], "key"],
  ["write", ["key", 7, { expiresAt: 1 }], "value"],
  ["write", ["key", "x".repeat(32_001), { expiresAt: 1 }], "value"],
  ["write", ["key", "half a pair: \ud83d", { expiresAt: 1 }], "value"],
  ["write", ["key", "value"], "expiresAt"],
  ["write", ["key", "value", {}], "expiresAt"],
  ["write", ["key", "value", { expiresAt: "soon" }], "expiresAt"],
  ["write", ["key", "value", { expiresAt: -1 }], "expiresAt"],
  ["write", ["key", "value", { expiresAt: null }], "expiresAt"],
  ["write", ["key", "value", { expiresAt: IN_2100 + 1 }], "expiresAt"],
  ["write", ["key", "value", { expiresAt: 1, expected: 7 }], "expected"],
  ["write", ["key", "value", { expiresAt: 1, expected: "" }], "expected"],
];

/** What all stores do, also one that is unsafe. `at()` gives `store`, and `apart`, whose prefix is another. */
const basics = (at) => {
  test("what is not there is null, and the order is that of the keys", async () => {
    const { store } = at();
    const keys = Array.from({ length: 25 }, freshKey);
    const written = new Map();
    for (const key of keys.filter((_, place) => place % 3 === 0)) written.set(key, await store.write(key, `of ${key}`, { expiresAt: inAMinute() }));
    const asked = [...keys, keys[0], keys[1]];
    assert.deepEqual(await store.read(asked), asked.map((key) => (
      written.has(key) ? { value: `of ${key}`, version: written.get(key) } : null
    )));
    assert.deepEqual(await store.read([]), []);
  });

  test("every write has a version of its own, also after a removal", async () => {
    const { store } = at();
    const key = freshKey();
    const versions = [];
    for (const value of ["a", "a", "b"]) {
      versions.push(await store.write(key, value, { expiresAt: inAMinute() }));
      assert.deepEqual(await store.read([key]), [{ value, version: versions.at(-1) }]);
    }
    await store.remove(key);
    assert.deepEqual(await store.read([key]), [null]);
    versions.push(await store.write(key, "a", { expiresAt: inAMinute() }));
    assert.equal(new Set(versions).size, 4);
    assert.ok(versions.every((version) => typeof version === "string" && version !== ""), String(versions));
  });

  test("nothing is expected: only the first write is made", async () => {
    const { store } = at();
    const key = freshKey();
    const version = await store.write(key, "first", { expected: null, expiresAt: inAMinute() });
    assert.notEqual(version, null);
    assert.equal(await store.write(key, "second", { expected: null, expiresAt: inAMinute() }), null);
    assert.deepEqual(await store.read([key]), [{ value: "first", version }]);
    await store.remove(key);
    assert.notEqual(await store.write(key, "third", { expected: null, expiresAt: inAMinute() }), null);
  });

  test("a version is expected: only what replaces it is written", async () => {
    const { store } = at();
    const key = freshKey();
    const first = await store.write(key, "first", { expiresAt: inAMinute() });
    const second = await store.write(key, "second", { expected: first, expiresAt: inAMinute() });
    assert.notEqual(second, null);
    for (const expected of [first, null, "*", "-", "=", "nothing", "undefined", `${second} `, second.slice(1), "x".repeat(5_000)]) {
      assert.equal(await store.write(key, "lost", { expected, expiresAt: inAMinute() }), null, String(expected));
    }
    assert.deepEqual(await store.read([key]), [{ value: "second", version: second }]);
    await store.remove(key);
    assert.equal(await store.write(key, "lost", { expected: second, expiresAt: inAMinute() }), null);
    await store.write(key, "second", { expiresAt: inAMinute() });
    assert.equal(await store.write(key, "lost", { expected: second, expiresAt: inAMinute() }), null, "the same value has another version");
  });

  test("whatever is there: a write without an expectation is made", async () => {
    const { store } = at();
    const key = freshKey();
    for (const expected of [undefined, undefined]) assert.notEqual(await store.write(key, "value", { expected, expiresAt: inAMinute() }), null);
  });

  test("an entry that is removed twice, or was never there, is no error", async () => {
    const { store } = at();
    const key = freshKey();
    await store.write(key, "value", { expiresAt: inAMinute() });
    await Promise.all([store.remove(key), store.remove(key)]);
    await store.remove(key);
    assert.deepEqual(await store.read([key]), [null]);
  });

  for (const [what, value] of Object.entries(VALUES)) {
    test(`a value comes back as it was: ${what}`, async () => {
      const { store } = at();
      const key = freshKey();
      const version = await store.write(key, value, { expected: null, expiresAt: inSixMonths() });
      assert.deepEqual(await store.read([key]), [{ value, version }]);
      assert.notEqual(await store.write(key, `${value.slice(1)}!`, { expected: version, expiresAt: inSixMonths() }), null);
    });
  }

  test("a key may be of all visible ASCII characters, and 256 long", async () => {
    const { store } = at();
    const keys = [ALL_KEY_CHARACTERS, ALL_KEY_CHARACTERS.toLowerCase(), "x".repeat(256), "x".repeat(255), ".", "..", "__proto__"];
    for (const key of keys) await store.write(key, `of ${key}`, { expiresAt: inAMinute() });
    assert.deepEqual((await store.read(keys)).map((entry) => entry?.value), keys.map((key) => `of ${key}`));
  });

  test("stores with another prefix do not meet", async () => {
    const { store, apart } = at();
    const key = freshKey();
    await store.write(key, "own", { expiresAt: inAMinute() });
    assert.deepEqual(await apart.read([key]), [null]);
    assert.notEqual(await apart.write(key, "other", { expected: null, expiresAt: inAMinute() }), null);
    await store.remove(key);
    assert.equal((await apart.read([key]))[0].value, "other");
  });

  test("an entry ends when it is said to, and can then be written as if it had never been", async () => {
    const { store } = at();
    const key = freshKey();
    const lasting = freshKey();
    const expiresAt = Date.now() + 1_500;
    const version = await store.write(key, "value", { expected: null, expiresAt });
    await store.write(lasting, "value", { expiresAt: inAMinute() });
    for (;;) {
      const before = Date.now();
      const [entry, other] = await store.read([key, lasting]);
      assert.ok(other);
      if (!entry) break;
      assert.ok(before < expiresAt + 1_000, "not a second after its end");
      await sleep(20);
    }
    assert.ok(Date.now() > expiresAt - 1_000, "not a second before");
    assert.equal(await store.write(key, "lost", { expected: version, expiresAt: inAMinute() }), null, "what is over is not there");
    const next = await store.write(key, "next", { expected: null, expiresAt: inAMinute() });
    assert.deepEqual(await store.read([key]), [{ value: "next", version: next }]);
  });

  test("an entry's end moves with each write, to later and to sooner", async () => {
    const { store } = at();
    const [longer, shorter] = [freshKey(), freshKey()];
    const soon = Date.now() + 1_200;
    const later = await store.write(longer, "first", { expiresAt: soon });
    await store.write(longer, "second", { expected: later, expiresAt: inAMinute() });
    const sooner = await store.write(shorter, "first", { expiresAt: inAMinute() });
    await store.write(shorter, "second", { expected: sooner, expiresAt: soon });
    await sleep(soon - Date.now() + 300);
    assert.deepEqual((await store.read([longer, shorter])).map((entry) => entry?.value), ["second", undefined]);
  });

  test("an entry may last until 2100", async () => {
    const { store } = at();
    const key = freshKey();
    const version = await store.write(key, "value", { expiresAt: IN_2100 });
    assert.deepEqual(await store.read([key]), [{ value: "value", version }]);
    assert.notEqual(await store.write(key, "value", { expected: version, expiresAt: IN_2100 - 0.5 }), null);
  });

  test("a write whose time is over leaves nothing behind", async () => {
    const { store } = at();
    const key = freshKey();
    for (const expiresAt of [0, Date.now() - 1_000]) {
      assert.notEqual(await store.write(key, "value", { expected: null, expiresAt }), null);
      assert.deepEqual(await store.read([key]), [null]);
      const version = await store.write(key, "value", { expected: null, expiresAt: inAMinute() });
      assert.equal(await store.write(key, "value", { expected: "other", expiresAt }), null);
      assert.notEqual(await store.write(key, "value", { expected: version, expiresAt }), null);
      assert.deepEqual(await store.read([key]), [null]);
    }
  });

  test("what is no argument is refused by its name, and nothing is written", async () => {
    const { store } = at();
    for (const [method, args, name] of REFUSED) {
      await assert.rejects(store[method](...args), ({ name: kind, code, message, retryable }) => {
        assert.deepEqual([kind, code, retryable], ["ConfigError", "invalid_option", false]);
        return message.endsWith(`: ${name}`);
      }, `${method} ${JSON.stringify(args).slice(0, 80)}`);
    }
    assert.deepEqual(await store.read(["key"]), [null]);
  });
};

/** What makes a store safe. `at()` gives `elsewhere` too: the same from another process or isolate. */
const atomicity = (at) => {
  /** Writes at once from both sides. */
  const race = async (count, key, expected) => {
    const { store, elsewhere } = at();
    const options = { expected, expiresAt: inAMinute() };
    const sides = Object.entries({ here: store, there: elsewhere });
    const written = await Promise.all(sides.map(async ([from, side]) => (
      (await side.race(key, from, count / 2, options)).map((version, place) => ({ value: `${from} ${place}`, version }))
    )));
    return written.flat().filter(({ version }) => version !== null);
  };

  test("it says that it is safe", async () => {
    assert.equal(await at().store.isAtomic(), true);
  });

  test("of 200 writes at once that expect nothing, from two sides, one is made", async () => {
    for (let round = 0; round < 5; round += 1) {
      const key = freshKey();
      const winners = await race(200, key, null);
      assert.equal(winners.length, 1);
      assert.deepEqual(await at().elsewhere.read([key]), winners);
    }
  });

  test("of 200 writes at once that expect the same version, from two sides, one is made", async () => {
    const key = freshKey();
    let version = await at().store.write(key, "first", { expiresAt: inAMinute() });
    for (let round = 0; round < 5; round += 1) {
      const winners = await race(200, key, version);
      assert.equal(winners.length, 1);
      assert.deepEqual(await at().store.read([key]), winners);
      [{ version }] = winners;
    }
  });

  test("of 200 writes at once to what is just over, from two sides, one is made", async () => {
    const key = freshKey();
    const expiresAt = Date.now() + 300;
    await at().store.write(key, "value", { expiresAt });
    await sleep(expiresAt - Date.now() + 50);
    assert.equal((await race(200, key, null)).length, 1);
  });

  test("no addition is lost where 8 add at once, from two sides", async () => {
    const key = freshKey();
    const { store, elsewhere } = at();
    await Promise.all([store, elsewhere].flatMap((side) => Array.from({ length: 4 }, () => side.add(key, 10))));
    assert.equal((await elsewhere.read([key]))[0].value, "80");
  });
};

/** The contract of a store that is safe. */
export const contract = (name, at) => describe(name, () => {
  basics(at);
  atomicity(at);
});

/** The contract of a store that is not. */
export const unsafeContract = (name, at) => describe(name, () => basics(at));

export { freshKey, inAMinute, sleep };
