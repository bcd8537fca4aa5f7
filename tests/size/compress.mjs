// The three sizes that matter of one file: as it is, and over the wire with either usual compression.
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** `{ raw, gzip, brotli }` in bytes; gzip -9 and brotli -q 11, the best a static host does. */
export function sizesOf(bytes) {
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

/** The sum: each file is its own response, compressed on its own. */
export function total(sizes) {
  const sum = (key) => sizes.reduce((all, one) => all + one[key], 0);
  return { raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") };
}
