// Fault -> the code of the error that refuses it, and the last endpoint the client may have reached when it does.
// "discovery": signIn() rejects and the page stays. "authorize": the callback page refuses before the token endpoint.
// "token": the answer to the code is refused; only the keys may still be fetched, to check a signature.
export const refused = {
  "metadata-issuer-foreign": { code: "metadata_issuer_mismatch", reached: "discovery" },
  "metadata-http-endpoint": { code: "endpoint_insecure", reached: "discovery" },

  "state-wrong": { code: "callback_state_unknown", reached: "authorize" },
  "state-missing": { code: "callback_state_missing", reached: "authorize" },
  "duplicate-state": { code: "callback_parameter_duplicate", reached: "authorize" },
  "duplicate-code": { code: "callback_parameter_duplicate", reached: "authorize" },
  "iss-wrong": { code: "callback_iss_mismatch", reached: "authorize" },
  "iss-missing": { code: "callback_iss_missing", reached: "authorize" },
  "code-and-error": { code: "callback_malformed", reached: "authorize" },
  "access-denied": { code: "access_denied", reached: "authorize" },

  "nonce-wrong": { code: "id_token_nonce_mismatch", reached: "token" },
  "nonce-missing": { code: "id_token_nonce_mismatch", reached: "token" },
  "id-token-alg-none": { code: "id_token_algorithm_unexpected", reached: "token" },
  "id-token-alg-other": { code: "id_token_algorithm_unexpected", reached: "token" },
  "id-token-iss-foreign": { code: "id_token_issuer_mismatch", reached: "token" },
  "id-token-aud-foreign": { code: "id_token_audience_mismatch", reached: "token" },
  "id-token-expired": { code: "id_token_expired", reached: "token" },
  "id-token-bad-signature": { code: "id_token_signature_invalid", reached: "token" },
  "id-token-missing": { code: "id_token_missing", reached: "token" },
  "no-access-token": { code: "token_response_invalid", reached: "token" },
  "token-type-unknown": { code: "token_type_unsupported", reached: "token" },
  "expires-in-zero": { code: "token_response_invalid", reached: "token" },
  "expires-in-negative": { code: "token_response_invalid", reached: "token" },
  "expires-in-nan": { code: "token_response_invalid", reached: "token" },
  "token-html": { code: "response_unusable", reached: "token", retryable: true, status: 200 },
  "token-redirect": { code: "token_redirect_refused", reached: "token" },
  "token-invalid-client": { code: "oauth_error", reached: "token", status: 401 },
  "token-500": { code: "server_error", reached: "token", retryable: true, status: 500 },
};

/** Faults that end a sign-in well. */
export const accepted = ["ok", "unknown-params", "expires-in-missing", "expires-in-string", "expires-in-huge"];

/** Faults that show only at a refresh, after a good sign-in. */
export const atRefresh = ["refresh-invalid-grant", "refresh-500-once"];
