// `make docs`: writes docs/reference.md from the table of errors, the lists of rules and modules, and the tests.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readErrors } from "./errors.mjs";
import { judge } from "./judge.mjs";
import { readLists, root } from "./lists.mjs";

export const PAGE = join(root, "docs/reference.md");

const link = (code) => `[\`${code}\`](#${code})`;

function errorSection(errors) {
  const names = [...new Set(errors.map(({ name }) => name))];
  const index = names.map((name) =>
    `- \`${name}\`: ${errors.filter((error) => error.name === name).map(({ code }) => link(code)).join(", ")}`);
  const entries = errors.map(({ code, name, phase, retryable, message, mend }) => `### \`${code}\`

${message}.

What to do: ${mend}

\`${name}\`, phase \`${phase}\`, ${retryable ? "retryable" : "not retryable"}.
`);
  return `## Errors

Every failure is an \`AuthError\`. Its \`code\` is stable and says what happened; \`name\` is the kind of failure, \`phase\` the step
during which it was met (named below as it usually is), and \`retryable\` says that the same call may succeed later without
anybody changing anything. \`message\` is for people and may change.

By name:

${index.join("\n")}

${entries.join("\n")}`;
}

/** A Rust function's name is the sentence that it stands for, but for the apostrophes. */
const sentenceOf = ({ kind, name, path }) => (kind === "rust" ? name.replaceAll("_", " ").replaceAll(/([a-z]) s\b/g, "$1's") : path);

/** The tests of one rule, by file. */
function testLines(tests) {
  const files = new Map();
  for (const test of tests) files.set(test.file, [...(files.get(test.file) ?? []), sentenceOf(test)]);
  return [...files].map(([file, sentences]) => `  - \`${file}\`: ${sentences.join("; ")}`);
}

function ruleLines({ id, level, requirement, source, partly, notApplicable, tests }) {
  const head = `- **${id}** ${requirement} *${level}: ${source}*`;
  const limits = partly === undefined ? [] : [`  - Held ${partly}.`];
  if (notApplicable !== undefined) return [head, `  - Does not apply: ${notApplicable}.`];
  return [head, ...limits, ...(tests.length > 0 ? testLines(tests) : ["  - No test yet."])];
}

function ruleSection(families, rules) {
  const parts = families.map(({ id, title }) => `### ${id}: ${title}

${rules.filter((rule) => rule.id.startsWith(id)).flatMap(ruleLines).join("\n")}
`);
  return `## Rules

What is asked of a client, one testable sentence each, with how binding it is, where it is from, and the tests that hold it.
A rule of "our own" is one that no specification states; "Browser-Based Apps" is OAuth 2.0 for Browser-Based Applications
(draft-ietf-oauth-browser-based-apps). The tests of \`tests/protocol\` run natively and, the same ones, as WebAssembly in each
browser; \`make test\` ends with a table of what passed where.

${parts.join("\n")}`;
}

const cell = (text) => text.replaceAll("|", "\\|");

function moduleRow({ name, does, requires, choice, notApplicable, tests }) {
  const why = choice === undefined ? "" : `: ${choice}`;
  const outcome = notApplicable !== undefined ? `does not apply: ${notApplicable}`
    : `${requires}${tests.length > 0 ? "" : " (no test yet)"}${why}`;
  return `| \`${name}\` | ${cell(does)} | ${cell(outcome)} |`;
}

function moduleSection(groups, modules) {
  const parts = groups.map(({ id, title }) => `### ${id}

${title}.

| module | the provider | we |
|---|---|---|
${modules.filter((module) => module.group === id).map(moduleRow).join("\n")}
`);
  return `## Modules of the OpenID Foundation

The relying-party modules of the OpenID Foundation's conformance suite. The suite itself is a service; here each module is a
test of its own name (with underscores), against a provider that does what the module's does. To reject is to give a typed
error, to store no token and to send nothing further.

${parts.join("\n")}`;
}

/** The whole page. */
export function render() {
  const lists = readLists();
  const { rules, modules } = judge({ ...lists, logs: [] });
  return `<!-- Written by \`make docs\`: change the table of errors, docs/mends.json, tests/conformance or the tests instead. -->

# Reference

Three lists, each complete: the [errors](#errors) an app can meet and what to do about them, the [rules](#rules) that hold
whatever a provider does, each with its tests, and the [modules of the OpenID Foundation](#modules-of-the-openid-foundation)
with what is done about each. How to use the package is in the README.

${errorSection(readErrors(root))}
${ruleSection(lists.families, rules)}
${moduleSection(lists.groups, modules)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(PAGE, render());
  console.log("docs/reference.md is written");
}
