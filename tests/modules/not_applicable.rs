//! The modules that ask for what this client does not have, each with the reason.

/// The name as the suite writes it, and why there is no such test.
pub(super) const REASONS: &[(&str, &str)] = &[
    (
        "oidcc-client-test-missing-athash",
        "the hash may be missing where the access token comes from the token endpoint, and it comes from nowhere else",
    ),
    ("oidcc-client-test-userinfo-bearer-body", "the access token is sent in the header only (RFC 6750, section 2.1)"),
    ("oidcc-client-test-mtls-endpoint-aliases", "a page cannot choose a client certificate"),
    (
        "oidcc-client-test-request-uri-signed-rs256",
        "requests are pushed (RFC 9126), not left where a provider fetches them",
    ),
    (
        "oidcc-client-test-request-uri-signed-none",
        "requests are pushed (RFC 9126), not left where a provider fetches them",
    ),
    ("oidcc-client-test-discovery-webfinger-acct", "the issuer is configured: who signs in does not choose it"),
    ("oidcc-client-test-discovery-webfinger-url", "the issuer is configured: who signs in does not choose it"),
    ("oidcc-client-test-dynamic-registration", "a client is registered before it is shipped"),
    ("oidcc-client-test-session-management", "browsers keep the provider's cookies from the iframe that this polls"),
    (
        "fapi2-security-profile-final-client-test-invalid-openbanking-intent-id",
        "a claim of the profile for the United Kingdom only",
    ),
];
