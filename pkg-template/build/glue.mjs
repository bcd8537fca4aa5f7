// The glue that wasm-bindgen writes, brought in line with what wasm-opt renamed.

import { readFile, writeFile } from "node:fs/promises";

/** Renames in the glue at `path` what wasm-opt renamed in the wasm. */
export const renameInGlue = async (path, name, { imports, exports }) => {
  let glue = await readFile(path, "utf8");
  const snippets = imports.filter(([module]) => module.includes("/snippets/"));
  for (const [, long, short] of imports.filter(([module]) => !module.includes("/snippets/"))) {
    glue = replaceOnce(glue, new RegExp(`^( {8})${escape(long)}:`, "m"), `$1"${short}":`);
  }
  for (const [long, short] of exports) {
    glue = glue.replaceAll(new RegExp(`\\bwasm\\.${escape(long)}\\b`, "g"), `wasm.${short}`);
  }
  // Whole snippet modules are imports of their own; here all imports are one module.
  const table = new RegExp(`return \\{\\s*__proto__: null,\\s*"\\./${name}_bg\\.js": import0,[^}]*\\};`);
  const direct = snippets.map(([module, long, short]) => `"${short}": ${namespaceOf(glue, module)}.${long}`);
  await writeFile(path, replaceOnce(glue, table, `return { a: { ...import0, ${direct.join(", ")} } };`));
};

const escape = (text) => text.replace(/[$.*+?^{}()|[\]\\]/g, "\\$&");

const replaceOnce = (text, pattern, replacement) => {
  if (!pattern.test(text)) throw new Error(`the glue is not as expected: ${pattern}`);
  return text.replace(pattern, replacement);
};

const namespaceOf = (glue, module) => {
  const found = glue.match(new RegExp(`import \\* as (\\w+) from ["']${escape(module)}["']`));
  if (!found) throw new Error(`the glue does not import ${module}`);
  return found[1];
};
