// What an error that the client met says, where no question has found more.

import type { AuthError } from "../../index.js";
import type { Facts } from "./facts.js";
import { failing, type Find, notSignedIn, rateLimited, wrongEndpoint } from "./findings.js";
import { word } from "./said.js";

/** An error of this package, from whichever of its files. */
export const isOurs = (thrown: unknown): thrown is AuthError => typeof Object(thrown).phase === "string";

export const judgeError = (
  { code, status, oauth, phase, message, suggestion }: AuthError, { endpoints, sends }: Pick<Facts, "endpoints" | "sends">, find: Find,
): void => {
  const said = word(oauth?.error);
  const evidence = `The error was ${code}${status ? `, status ${status}` : ""}${said ? `; the server said ${said}` : ""}.`;
  if (said === "invalid_client" || said === "unauthorized_client" || (phase === "token" && status === 401 && !said)) {
    find("wrong_client", "The server does not know this client, or its secret is another.", evidence,
      "Compare clientId and secret with those in the provider's portal, character by character, and for this environment: staging and "
      + "production have their own. The secret may have been replaced.");
  } else if (code === "invalid_credentials" || said === "invalid_credentials") {
    find("wrong_login", "The server does not know this user name and password.", evidence, "Let the user try again, or reset the password.");
  } else if (code === "invalid_grant") {
    find("token_expired", "The session is over: no more tokens are given for it.", evidence, "Sign in again.");
  } else if (code === "endpoint_insecure") {
    find("insecure_url", "A URL begins with http, where only https is safe.", evidence,
      "Write https:// in the options, and have the provider do so in its metadata.");
  } else if (code === "metadata_issuer_mismatch") {
    find("wrong_domain", "The provider that answers is another one than issuer names.", evidence,
      "Write issuer exactly as the provider's metadata has it: host, path and last slash.");
  } else if (code === "id_token_expired" || code === "id_token_time_invalid") {
    find("clock_wrong", "The times in the provider's ID token do not fit this device's clock.", evidence,
      "Let the operating system set the clock by itself (NTP), here and at the provider.");
  } else if (code === "not_signed_in") notSignedIn(find, sends, evidence);
  else if (status === 404 || status === 405) wrongEndpoint(find, "The server", endpoints[0]?.option ?? "the URL", evidence);
  else if (code === "token_refused") {
    find("token_refused", "The API does not take a token that was just given.", evidence,
      "Check that audience, scope and tokenUrl are those of this API and environment.");
  } else if (code === "rate_limited") rateLimited(find, "The server", evidence);
  else if (code === "server_error") failing(find, "The server", evidence);
  else if (code !== "network_failed" && code !== "timed_out") {
    find("last_error", `${message}.`, evidence, suggestion || "docs/reference.md says what to do about this error.");
  }
};
