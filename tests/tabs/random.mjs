// Chance that comes back: the same seed gives the same numbers.

/** `next()`: a number from 0 to below 1 (the generator mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const between = (next, least, most) => least + next() * (most - least);

export const oneOf = (next, choices) => choices[Math.floor(next() * choices.length)];

export function shuffled(next, items) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/**
 * Draws items in a random order, each as often as it says, before any comes again: rare things come in short runs too.
 * @param {Record<string, number>} counts
 */
export function bagOf(next, counts) {
  const items = Object.entries(counts).flatMap(([item, count]) => Array(count).fill(item));
  let left = [];
  return () => {
    if (left.length === 0) left = shuffled(next, items);
    return left.pop();
  };
}
