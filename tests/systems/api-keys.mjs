// The API keys of a system that lets its users make them: each is shown when it is made, and never again.
import { randomBytes } from "node:crypto";
import { Refusal, text, texts } from "./strict.mjs";

/** @returns `create(request)`, `list`, `remove(id)`, and `check(key)`, which gives what a key stands for. */
export function createApiKeys({ settings, now, scopes: known }) {
  const keys = new Map();
  const shown = ({ key: _, ...rest }) => rest;

  return {
    create({ name, scopes }) {
      const unknown = scopes.find((scope) => !known.includes(scope));
      if (unknown) throw new Refusal(400, "invalid_scope", `There is no scope ${unknown}`);
      const id = `key_${randomBytes(6).toString("hex")}`;
      const created_at = new Date(now()).toISOString().replace(/\.\d+Z$/, "Z");
      const made = { id, name, key: `sk_live_${randomBytes(16).toString("hex")}`, scopes, created_at };
      keys.set(id, made);
      return made;
    },
    list: () => [...keys.values()].map(shown),
    remove(id) {
      if (!keys.delete(id)) throw new Refusal(404, "not_found", "There is no such key");
    },
    check(key) {
      if (settings.apiRefusals > 0) settings.apiRefusals -= 1;
      else {
        const held = [...keys.values()].find((one) => one.key === key);
        if (held) return { sub: held.id, scope: held.scopes.join(" ") };
      }
      throw new Refusal(401, "invalid_api_key", "The API key is not valid");
    },
  };
}

/** The members of the request that makes a key. */
export const KEY_FIELDS = { name: text, scopes: texts };
