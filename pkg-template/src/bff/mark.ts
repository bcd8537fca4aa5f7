// What a tab remembers of a sign-in that left it.

/**
 * The entry in sessionStorage: where the sign-in comes back to. Empty once the page came back without a session, which
 * diagnose() may want to know.
 */
export const MARK = "tokenward.bff";
