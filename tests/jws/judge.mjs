// What the package says of a case. The function is also sent to other runtimes as text: it stands on nothing around it.

/**
 * "valid", or the error's code; what is neither says so at length.
 * @param {{ verifyJws, AuthError }} edge the package's entry
 * @param {{ token: unknown, keys: unknown, allowed: string[], payload?: string }[]} cases `payload` in base64
 */
export async function judgeAll({ verifyJws, AuthError }, cases) {
  const judgeOne = async ({ token, keys, allowed, payload }) => {
    try {
      const verified = await verifyJws(token, keys, { algorithms: allowed });
      const bytes = btoa(Array.from(verified.payload, (byte) => String.fromCharCode(byte)).join(""));
      return payload === undefined || bytes === payload ? "valid" : `valid with another payload: ${bytes}`;
    } catch (error) {
      const isOurs = error instanceof AuthError && error.name === "ProtocolError" && error.phase === "verify" && !error.retryable;
      return isOurs ? error.code : `not as promised: ${error?.name} ${error?.code} ${error?.message}`;
    }
  };
  const outcomes = [];
  // Some at a time: enough to keep a pool of threads busy.
  for (let at = 0; at < cases.length; at += 64) {
    outcomes.push(...await Promise.all(cases.slice(at, at + 64).map(judgeOne)));
  }
  return outcomes;
}
