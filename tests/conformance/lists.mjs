// Everything that is written down in this checkout: the rules, the modules of the OpenID Foundation, and the tests.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { jsTests } from "./js-tests.mjs";
import { rustTests } from "./rust-tests.mjs";

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, "../..");

const list = (name) => JSON.parse(readFileSync(join(here, name), "utf8"));

/** `{ families, rules, groups, modules, rust, js }`. */
export const readLists = () => ({ ...list("rules.json"), ...list("modules.json"), rust: rustTests(root), js: jsTests(root) });
