// The little of a page that the engine looks at, for runtimes without one: source text to import before engine.js.
export const pageStub = `
globalThis.window = globalThis;
globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
globalThis.location = new URL("https://app.example.com/");
const stored = new Map();
globalThis.sessionStorage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => void stored.set(key, value),
  removeItem: (key) => void stored.delete(key),
};
`;

/**
 * Source text of an expression: the code of the error when the engine, started from the module \`wasm\`, signs in against
 * a provider whose metadata belong to somebody else. Only the core in wasm can find that out.
 */
export const codeFromTheCore = `
(async () => {
  const provider = async () => Response.json({
    issuer: "https://somebody-else.example", authorization_endpoint: "https://somebody-else.example/authorize",
    token_endpoint: "https://somebody-else.example/token", jwks_uri: "https://somebody-else.example/jwks",
    response_types_supported: ["code"],
  });
  const host = { publish() {}, report() {} };
  await start(wasm);
  const engine = createEngine({ issuer: "https://id.example.com", clientId: "app" }, provider, host);
  return engine.call("signIn").then(() => null, (error) => error.code ?? String(error));
})()`;
