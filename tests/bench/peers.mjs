// Which npm package stands behind a row, and in which version it is installed.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pkgDir } from "./bundle.mjs";

const npmNames = {
  "auth0-spa-js": "@auth0/auth0-spa-js",
  "msal-browser": "@azure/msal-browser",
  "oauth2-client": "@badgateway/oauth2-client",
};

export async function versionOf(name) {
  const folder = name === "tokenward" ? pkgDir : join(import.meta.dirname, "../node_modules", npmNames[name] ?? name);
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")).version;
}
