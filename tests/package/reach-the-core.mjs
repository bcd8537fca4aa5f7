// The page script most tests share: construct, note what that alone did, then sign in against a wrong discovery document.

/**
 * Source text of a module for a page with `<output id="result">`; `from` is the specifier the page imports, `options` are
 * more of createAuth.
 */
export const reachTheCore = ({ from = "tokenward", issuer, options = {} }) => `
import { AuthError, createAuth } from ${JSON.stringify(from)};

const loaded = () => performance.getEntriesByType("resource").map((entry) => entry.name);
const auth = createAuth({ issuer: ${JSON.stringify(issuer)}, clientId: "app", ...${JSON.stringify(options)} });
const statusAtOnce = auth.session.status;
const ready = await auth.ready;
const beforeSignIn = loaded();
const error = await auth.signIn().then(() => null, (reason) => reason);
document.getElementById("result").textContent = JSON.stringify({
  statusAtOnce,
  ready: ready.status,
  wasmBeforeSignIn: beforeSignIn.some((name) => name.includes(".wasm")),
  wasmAfterSignIn: loaded().some((name) => name.includes(".wasm")),
  isAuthError: error instanceof AuthError,
  code: error?.code,
  name: error?.name,
  phase: error?.phase,
  message: error?.message,
  suggestion: error?.suggestion,
});
`;

/** A page that loads `script`. */
export const page = (script) => `<!doctype html><meta charset="utf-8"><title>tokenward package test</title>
<output id="result"></output><script type="module" src="${script}"></script>`;
