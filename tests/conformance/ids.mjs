// How a test names the rules that it holds: `A01, A03` or `A01, A03; and why` in the first line of the comment above it.

const ID = /[ATRBDJIUPXEKLCS]\d\d/;
const LINE = new RegExp(`^(${ID.source}(?:, ${ID.source})*)(?:;.*)?$`);

/**
 * The ids in the first line of a comment, without its marker; none where the line is prose.
 * @throws {Error} a line that begins with an id and goes on in another way: it was meant as a list and would be lost
 */
export function idsIn(line) {
  const text = line.trim();
  const [, list] = LINE.exec(text) ?? [];
  if (list !== undefined) return list.split(", ");
  if (new RegExp(`^${ID.source}\\b`).test(text)) throw new Error(`ids are written "A01, A03; why", not "${text}"`);
  return [];
}
