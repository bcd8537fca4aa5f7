// What `make mutants` takes out must be there to be taken out: it takes minutes to run, and is not part of every test.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { MUTANTS } from "../simulation/mutations.mjs";

for (const [name, replacements] of Object.entries(MUTANTS)) {
  test(`the source has, once, what is taken out for: ${name}`, async () => {
    for (const [file, text, replacement] of replacements) {
      const source = await readFile(new URL(`../../${file}`, import.meta.url), "utf8");
      assert.equal(source.split(text).length, 2, `${file}: ${text}`);
      assert.notEqual(text, replacement);
    }
  });
}
