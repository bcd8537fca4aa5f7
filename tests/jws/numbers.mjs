// Whole numbers as the bytes of keys and signatures, the most significant first.

export const numberOf = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);

/** The number in so many bytes; undefined where it needs more. */
export function bytesOf(number, size) {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return bytes.length <= size ? Buffer.concat([Buffer.alloc(size - bytes.length), bytes]) : undefined;
}

/** The greatest whole number whose third power is at most this. */
export function cubeRoot(number) {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(number.toString(2).length / 3) + 1);
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** 3n <= number) low = middle;
    else high = middle - 1n;
  }
  return low;
}
