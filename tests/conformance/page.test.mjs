// The reference page says what the sources say, and nothing is lost on the way.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { errorsIn, withMends } from "./errors.mjs";
import { PAGE, render } from "./page.mjs";

const CORE = `
impl Class {
        match self {
            Self::Config => "ConfigError",
            Self::Network => "NetworkError",
        }
}
impl Phase {
        match self {
            Self::Config => "config",
            Self::Fetch => "fetch",
        }
}
table! {
    One "one" Config Config false
        "It is \\"so\\"" "Do this."
    // A remark.
    Two "two" Network Fetch true "It came to nothing" ""
}
`;
const FACADE = `
const ROWS = {
  one: ["ConfigError", "config", false, "It is \\"so\\"", "Do this."],
  three: [
    "NetworkError", "load", true,
    "It did not load", "Look there.",
  ],
} satisfies Partial<Record<Code, Row>>;
`;

test("the committed page is the one that make docs writes", async () => {
  assert.equal(await readFile(PAGE, "utf8"), render(), "run make docs");
});

test("both tables of errors are read, each row once", () => {
  assert.deepEqual(errorsIn(CORE, FACADE), [
    { code: "one", name: "ConfigError", phase: "config", retryable: false, message: 'It is "so"', suggestion: "Do this." },
    { code: "two", name: "NetworkError", phase: "fetch", retryable: true, message: "It came to nothing", suggestion: "" },
    { code: "three", name: "NetworkError", phase: "load", retryable: true, message: "It did not load", suggestion: "Look there." },
  ]);
});

test("a row that cannot be read is an error", () => {
  assert.throws(() => errorsIn(CORE.replace("true", "perhaps"), FACADE), /cannot be read: Two/);
  assert.throws(() => errorsIn(CORE, FACADE.replace("true", "perhaps")), /cannot be read: three/);
});

test("each error says what to do: a text of its own or the table's suggestion", () => {
  const errors = errorsIn(CORE, FACADE);
  assert.deepEqual(withMends(errors, { two: "Wait.", three: "Look here." }).map(({ mend }) => mend), ["Do this.", "Wait.", "Look here."]);
  assert.throws(() => withMends(errors, {}), /what to do about two/);
  assert.throws(() => withMends(errors, { two: "Wait.", four: "Go." }), /four, which is no error/);
});
