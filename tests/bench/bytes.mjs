// What the same five functions (create, sign in, callback, authenticated fetch, sign out) cost in bytes.
import { sizesOf, total } from "../size/compress.mjs";
import { bundle } from "./bundle.mjs";
import { versionOf } from "./peers.mjs";

/** What only other options than these five functions' load. */
const isForOtherOptions = (file) => /^(engine\.full|keys)-/.test(file);

/** `{ name, version, raw, gzip, brotli, ratio }` of each library; ratio: brotli against tokenward's. */
export async function measureBytes() {
  const rows = [];
  for (const name of ["tokenward", "oidc-client-ts", "auth0-spa-js", "msal-browser", "oauth4webapi"]) {
    const files = Object.entries(await bundle(`entries/${name}.js`)).filter(([file]) => !isForOtherOptions(file));
    rows.push({ name, version: await versionOf(name), ...total(files.map(([, bytes]) => sizesOf(bytes))) });
  }
  return rows.map((row) => ({ ...row, ratio: row.brotli / rows[0].brotli }));
}
