// The glue that wasm-bindgen writes, brought in line with what wasm-opt renamed, and without what a page has no use for.

import { readFile, writeFile } from "node:fs/promises";

/** Renames in the glue at `path` what wasm-opt renamed in the wasm. */
export const renameInGlue = async (path, name, { imports, exports }) => {
  let glue = await readFile(path, "utf8");
  const snippets = imports.filter(([module]) => module.includes("/snippets/"));
  for (const [, long, short] of imports.filter(([module]) => !module.includes("/snippets/"))) {
    glue = replaceOnce(glue, new RegExp(`^( {8})${escape(long)}:`, "m"), `$1"${short}":`);
  }
  for (const [long, short] of exports) {
    glue = glue.replaceAll(new RegExp(`\\bwasm\\.${escape(long)}\\b`, "g"), () => `wasm.${short}`);
  }
  // Whole snippet modules are imports of their own; here all imports are one module.
  const table = new RegExp(`return \\{\\s*__proto__: null,\\s*"\\./${name}_bg\\.js": import0,[^}]*\\};`);
  const direct = snippets.map(([module, long, short]) => `"${short}": ${namespaceOf(glue, module)}.${long}`);
  glue = replaceOnce(glue, table, `return { a: { ...import0, ${direct.join(", ")} } };`);
  await writeFile(path, shorten(glue, name));
};

const GIVE = `
/** Writes to \`at\` where the text or list is that is handed to the wasm, and how long. */
function give(at, value, pass) {
  const pointer = isLikeNone(value) ? 0 : pass(value, wasm.MALLOC, wasm.REALLOC);
  const length = WASM_VECTOR_LEN;
  getDataViewMemory0().setInt32((at >>> 0) + 4, length, true);
  getDataViewMemory0().setInt32(at >>> 0, pointer, true);
}
`;

/** What is said for each import is said once; the collector alone gives objects back. */
const shorten = (glue, name) => {
  const pass = glue.match(/passStringToWasm0\(\w+, wasm\.([\w$]+), wasm\.([\w$]+)\)/);
  if (!pass) throw new Error(`the glue of ${name} passes no text`);
  const give = /(?:var|const) ptr(\d) = (?:isLikeNone\(ret\) \? 0 : )?(pass\w+)\(ret, [^)]*\);\s*(?:var|const) len\1 = WASM_VECTOR_LEN;\s*getDataViewMemory0\(\)\.setInt32\(\(arg0 >>> 0\) \+ 4 \* 1, len\1, true\);\s*getDataViewMemory0\(\)\.setInt32\(\(arg0 >>> 0\) \+ 4 \* 0, ptr\1, true\);/g;
  return glue
    .replaceAll(give, (_, __, how) => `give(arg0, ret, ${how});`)
    .replace(/ *__destroy_into_raw\(\) \{[^}]*\}\s*free\(\) \{[^}]*\}\n/, "")
    .replace(/if \(Symbol\.dispose\)[^\n]*\n/, "")
    // Whatever starts this wasm has this.
    .replace(/if \(!\('encodeInto' in \w+\)\) \{\n[^]*?\n\}\n/, "")
    // The wasm is always handed over as { module }, compiled, and nobody asks for it again.
    .replace(/if \(module !== undefined\) \{\n[^]*?\n {4}\}\n/, "({ module } = module);\n")
    .replace(/if \(!\(module instanceof WebAssembly\.Module\)\) \{[^}]*\}\n/, "")
    .replaceAll(/(wasmInstance = instance|wasmModule = module);\n/g, "")
    // In every place that this package runs in, this is where global things are.
    .replaceAll(/typeof (\w+) === 'undefined' \? undefined : \1\b/g, "globalThis")
    .concat(GIVE.replace("MALLOC", () => pass[1]).replace("REALLOC", () => pass[2]));
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
