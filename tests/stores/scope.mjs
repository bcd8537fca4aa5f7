// What is started for all tests of a file is ended after them, the last one first.
import { after } from "node:test";

/** Takes what a test's context takes in `after`. */
export function fileScope() {
  const ends = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  return { after: (end) => ends.push(end) };
}
