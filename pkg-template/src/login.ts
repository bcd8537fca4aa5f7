// Sessions that an app's own login begins: the same as those of createAuth, with another wasm, and credentials in place of a
// visit to a provider.

import type { AuthOptions, CookieOptions, LoginAuth, LoginOptions } from "../index.js";
import { createAuthOn, required, type OwnWay } from "./auth.js";
import type { WasmSource } from "./engine.js";

const WAY: OwnWay = { importEngine: () => import("./engine.login.js"), methods: ["signIn", "profile", "can"] };

/** `findWasm` tells where the wasm is; `cookies`: there are no tokens, but a cookie that names the session. */
export const loginsOn = (findWasm: () => WasmSource | Promise<WasmSource>, cookies?: true) => {
  const create = createAuthOn(findWasm, undefined, WAY);
  return (options: LoginOptions | CookieOptions): LoginAuth =>
    // The session is known by an issuer and a client like any other.
    create({ ...options, cookies, issuer: required(options, "loginUrl"), clientId: "" } as AuthOptions & { cookies?: true }) as unknown as LoginAuth;
};
