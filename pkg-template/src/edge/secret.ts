// An API key that the service shows once, and so does this: after that nothing gives it away but the requests it is sent with.

import { edgeFailure } from "./errors.js";

/** What clients send: another key takes the place of the one before for all of them at once. */
export interface Slot {
  key: string;
  /** Grows with every change. */
  generation: number;
}

const REDACTED = "[redacted]";

export let slotOf: (secret: unknown) => Slot | undefined;

export class ApiKeySecret {
  #slot: Slot;
  #unseen: string | undefined;

  static {
    slotOf = (secret) => (Object(secret) === secret && #slot in (secret as object) ? (secret as ApiKeySecret).#slot : undefined);
  }

  constructor(key: string | Slot) {
    this.#slot = typeof key === "string" ? { key, generation: 0 } : key;
    this.#unseen = this.#slot.key;
  }

  reveal(): string {
    if (this.#unseen === undefined) throw edgeFailure("api_key_shown");
    const key = this.#unseen;
    this.#unseen = undefined;
    return key;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }
}
