// Whether code under `#[cfg(...)]` is compiled into a run: the expressions that occur in tests, evaluated.

const TOKEN = /\s*(\w+|"[^"]*"|[(),=])/y;

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    found.push(match[1]);
    if (TOKEN.lastIndex === text.length) return found;
  }
  throw new Error(`a condition that cannot be read: ${text}`);
}

/** @param {{ targetArch: string, hasFeature: (name: string) => boolean }} run */
export function holds(condition, run) {
  const left = tokens(condition);
  const facts = {
    target_arch: (value) => run.targetArch === value,
    feature: (value) => run.hasFeature(value),
  };
  const expression = () => {
    const name = left.shift();
    if (left[0] === "=") {
      left.shift();
      const value = JSON.parse(left.shift());
      if (!(name in facts)) throw new Error(`a condition on ${name}: ${condition}`);
      return facts[name](value);
    }
    if (left.shift() !== "(") throw new Error(`a condition that cannot be read: ${condition}`);
    const inner = [];
    while (left[0] !== ")") {
      inner.push(expression());
      if (left[0] === ",") left.shift();
    }
    left.shift();
    if (name === "all") return inner.every(Boolean);
    if (name === "any") return inner.some(Boolean);
    if (name === "not") return !inner[0];
    throw new Error(`a condition with ${name}: ${condition}`);
  };
  return expression();
}
