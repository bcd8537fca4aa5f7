// The few statistics a noisy machine allows.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Rotates `items` by `round`, so that no contender always goes first or always follows the same one. */
export const rotated = (items, round) => items.map((_, index) => items[(index + round) % items.length]);
