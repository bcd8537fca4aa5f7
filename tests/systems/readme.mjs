// The README's examples for the five systems, ready to be run against servers of ours.
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

export const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");

/** The text of the only section whose heading ends so. */
function section(heading) {
  const sections = readme.split(/^#{2,3} /m).filter((one) => one.split("\n", 1)[0].endsWith(heading));
  if (sections.length !== 1) throw new Error(`the README has ${sections.length} sections "${heading}"`);
  return sections[0];
}

/**
 * The example of a section as JavaScript, where the hosts of documentation are those in `origins`, and packages those of
 * `imports`, by name.
 */
export async function exampleOf(heading, origins = {}, imports = {}) {
  const [, source] = /```ts\n(import [^]*?)```/.exec(section(heading)) ?? [];
  if (!source) throw new Error(`the section "${heading}" has no example`);
  let { code } = await transform(source, { loader: "ts", target: "es2022", format: "esm" });
  for (const [from, to] of Object.entries(origins)) {
    if (!code.includes(from)) throw new Error(`the example of "${heading}" does not mention ${from}`);
    code = code.replaceAll(from, to);
  }
  for (const [name, url] of Object.entries(imports)) code = code.replaceAll(`from "${name}"`, `from "${url}"`);
  return code;
}
