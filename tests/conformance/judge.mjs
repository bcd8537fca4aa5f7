// Brings together what must hold, the tests that say they hold it, and how they ended.

/** How one test ended in each ring it belongs to: `[{ ring, outcome }]`, with the worst outcome of its cases. */
const ORDER = ["FAIL", "did not run", "skipped", "pass"];
const worst = (outcomes) => ORDER.find((outcome) => outcomes.includes(outcome));

export const outcomesOf = (test, logs) =>
  logs.map(({ ring, outcomesOf: of }) => ({ ring, outcomes: of(test) }))
    .filter(({ outcomes }) => outcomes !== null)
    .map(({ ring, outcomes }) => ({ ring, outcome: worst(outcomes) }));

/** One word for all rings: a test may be skipped in a ring that cannot run it, where another one does. */
export function verdictOf(outcomes) {
  const words = outcomes.map(({ outcome }) => outcome);
  if (words.includes("FAIL") || words.includes("did not run")) return "FAIL";
  if (words.includes("pass")) return "pass";
  return "not run";
}

/** What is to hold, with its tests: "held", "FAILED", "not run", "n/a" or "no test". */
function judged(item, tests, logs) {
  const all = tests.map((test) => ({ ...test, outcomes: outcomesOf(test, logs) }))
    .map((test) => ({ ...test, verdict: verdictOf(test.outcomes) }));
  const some = (verdict) => all.some((test) => test.verdict === verdict);
  const status = item.notApplicable !== undefined ? "n/a"
    : all.length === 0 ? "no test"
    : some("FAIL") ? "FAILED"
    : some("pass") ? "held" : "not run";
  return { ...item, tests: all, status };
}

/** The name of a module's test: a function's name has no hyphens. */
export const functionOf = (module) => module.name.replaceAll("-", "_");

/** Every rule and every module with its status, and what is wrong with the lists themselves. */
export function judge({ rules, modules, rust, js, logs }) {
  const tests = [...rust.filter((test) => test.rules.length > 0), ...js];
  const known = new Set(rules.map(({ id }) => id));
  const problems = tests.flatMap((test) => test.rules.filter((id) => !known.has(id))
    .map((id) => `${test.file}: ${test.path} names ${id}, which is no rule`));
  const judgedRules = rules.map((rule) => judged(rule, tests.filter((test) => test.rules.includes(rule.id)), logs));
  const judgedModules = modules.map((module) => judged(module, rust.filter(({ name }) => name === functionOf(module)), logs));
  for (const { id, name, notApplicable, tests: own } of [...judgedRules, ...judgedModules]) {
    if (notApplicable !== undefined && own.length > 0) problems.push(`${id ?? name} has a test and is said not to apply`);
  }
  return { rules: judgedRules, modules: judgedModules, problems };
}
