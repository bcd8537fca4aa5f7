/** Where this page lets the tokens live. */
export type StorageMode = "session" | "memory";

const KEY = "demo:storage";

export function isStorageMode(value: unknown): value is StorageMode {
  return value === "session" || value === "memory";
}

/**
 * The mode named in the address (`?storage=memory`), else the one chosen earlier in this tab: the provider sends the
 * browser back to `/`, where the address no longer names it. Default `session`, so that a reload keeps the session.
 */
export function chosenStorage(): StorageMode {
  const named = new URLSearchParams(location.search).get("storage");
  if (isStorageMode(named)) {
    rememberStorage(named);
    return named;
  }
  try {
    const remembered = sessionStorage.getItem(KEY);
    if (isStorageMode(remembered)) return remembered;
  } catch {
    // A browser that refuses storage can still keep tokens in memory.
    return "memory";
  }
  return "session";
}

export function rememberStorage(mode: StorageMode): void {
  try {
    sessionStorage.setItem(KEY, mode);
  } catch {
    // Then the choice lasts as long as the page.
  }
}
