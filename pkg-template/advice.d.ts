/**
 * tokenward/advice: which method fits, and where its secrets live. A table with reasons, for people who choose and for tools
 * that check a choice. It is an entry of its own, so that no visitor of an app downloads it.
 */

/** What is to be decided for. What is left out is what most have. */
export interface Scenario {
  /** Where the code runs that calls the API: a page, a mobile app, a server, a worker at the edge, or a device without a user. */
  runsIn: "page" | "mobile" | "server" | "edge" | "device";
  /** In whose name it calls: in that of a user who signs in, or in its own. */
  actsFor: "user" | "itself";
  /** Who runs the API: you, or somebody else. */
  api: "own" | "foreign";
  /** How users of an own API sign in: at a login of the API, or at an identity provider (OpenID Connect). Default `login`. */
  signIn?: "login" | "provider";
  /** What makes the pages: scripts that call APIs, or a server that answers each with the next page. Default `scripts`. */
  pages?: "scripts" | "server";
  /** What an API gives to programs that act for themselves. Default `tokens`. */
  offers?: "tokens" | "keys";
  /** Whether the app is used in one tab at a time. Default `many`. */
  tabs?: "many" | "one";
  /** What a stolen session would be worth. Default `usual`. */
  value?: "usual" | "high";
  /** Access for once, such as for a download or a guest. Default false. */
  temporary?: boolean;
  /** Whether a server or worker of yours answers at the page's own origin, or could. Default false. */
  backend?: boolean;
}

/** Which line of the table a scenario is. */
export type AdviceCase =
  | "webOrMobileApp" | "serverToServer" | "thirdPartyIntegration" | "traditionalWebApp" | "embeddedDevice" | "temporaryAccess"
  /** A page or mobile app that would act for itself: it can keep no secret, so a server must. */
  | "secretInPage";

/** What to use, and why. */
export interface Advice {
  readonly case: AdviceCase;
  /** The method, as documentation calls it. */
  readonly method:
    | "OAuth 2.0 authorization code with PKCE" | "JSON login with tokens" | "session cookie" | "client credentials" | "API key";
  /** The function to call … */
  readonly call: "createAuth" | "passwordLogin" | "cookieSession" | "clientCredentials" | "apiKey" | "createBff";
  /** … and where to import it from. */
  readonly from: "tokenward" | "tokenward/edge";
  /**
   * Where what is secret lives: the `storage` option of the call, or for the calls that have none, `cookie` (HttpOnly, kept by
   * the browser) and `environment` (the secret store of the server, worker or device).
   */
  readonly storage: "memory" | "session" | "worker" | "bff" | "cookie" | "environment";
  /** Why this and nothing else. */
  readonly reasons: readonly string[];
  /** What to look out for. */
  readonly warnings: readonly string[];
}

/**
 * The method for a scenario. Pure: the same scenario, the same advice.
 * @throws {AuthError} `invalid_option` for a member or value that is not in {@link Scenario}.
 */
export function recommend(scenario: Scenario): Advice;
