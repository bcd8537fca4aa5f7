// What failed in a ring, read from what its runner printed.
import { relative } from "node:path";

const NOT_OK = /^( *)not ok \d+ - (.*?)(?: # .*)?$/;
const MOST_CHARACTERS = 160;

/** The lines of the YAML block below a result, without its indentation. */
function detailsBelow(lines, at) {
  const end = lines.findIndex((line, i) => i > at && line.trim() === "...");
  return lines.slice(at + 1, end < 0 ? undefined : end).map((line) => line.trim());
}

/** The first words of the error: on the same line, or the ones below it. */
function errorIn(details) {
  const at = details.findIndex((line) => line.startsWith("error:"));
  const inline = details[at]?.slice("error:".length).trim() ?? "";
  const below = details.slice(at + 1);
  const rest = below.slice(0, below.findIndex((line) => /^(?:code|name|stack|expected): /.test(line)));
  const error = /^\|-?$/.test(inline) ? rest.filter(Boolean).join(" ") : inline;
  return error.length > MOST_CHARACTERS ? `${error.slice(0, MOST_CHARACTERS)}…` : error;
}

/** Each test of cargo or wasm-pack that failed. */
export const cargoFailuresIn = (output) =>
  [...output.matchAll(/^test (\S+)(?: - should panic)? \.\.\. (?:FAILED|FAIL)\b/gm)].map(([, name]) => ({ name }));

/**
 * Each of Node's tests (TAP) that failed by itself, not for what is in it: its `name`, its `file` below `root`, null where it
 * names none, and the beginning of its `error`.
 */
export function failuresIn(output, root) {
  const lines = output.split("\n");
  return lines.flatMap((line, at) => {
    const [, , name] = NOT_OK.exec(line) ?? [];
    if (name === undefined) return [];
    const details = detailsBelow(lines, at);
    if (details.includes("failureType: 'subtestsFailed'")) return [];
    const place = details.map((detail) => /^location: '(.+?):\d+:\d+'$/.exec(detail)?.[1]).find(Boolean);
    return [{ name, file: place ? relative(root, place) : null, error: errorIn(details) }];
  });
}

/** The output as it would be had these tests passed: for whoever reads it afterwards. */
export const asPassed = (output) => output.replaceAll(/^( *)not ok (?=\d+ - )/gm, "$1ok ");
