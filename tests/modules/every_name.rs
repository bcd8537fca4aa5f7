//! Each module has one test, or one reason why there is none: 43 of OpenID Connect, 14 of logout, 32 of FAPI 2.0.

use super::{basic, fapi2, full, logout, not_applicable, refresh};

const OIDC: &str = "oidcc-client-test";
const BASIC: &str = "invalid-iss missing-sub invalid-aud missing-iat kid-absent-single-jwks kid-absent-multiple-jwks \
    idtoken-sig-rs256 idtoken-sig-none invalid-sig-rs256 userinfo-invalid-sub nonce-invalid scope-userinfo-claims \
    client-secret-basic";
const FULL: &str = "missing-aud invalid-athash missing-athash invalid-chash missing-chash invalid-sig-es256 \
    invalid-sig-hs256 nonce-unless-code-flow userinfo-bearer-header userinfo-bearer-body userinfo-signed form-post-error \
    aggregated-claims distributed-claims mtls-endpoint-aliases request-uri-signed-rs256 request-uri-signed-none \
    discovery-openid-config discovery-jwks-uri-keys discovery-issuer-mismatch discovery-webfinger-acct \
    discovery-webfinger-url dynamic-registration signing-key-rotation signing-key-rotation-just-before-signing \
    3rd-party-init-login";
const REFRESH: &str = "refresh-token refresh-token-invalid-issuer refresh-token-invalid-sub";
const LOGOUT: &str = "rp-init-logout rp-init-logout-other-state rp-init-logout-no-state rp-backchannel-rpinitlogout \
    rp-backchannel-rpinitlogout-alg-none rp-backchannel-rpinitlogout-wrong-alg rp-backchannel-rpinitlogout-no-event \
    rp-backchannel-rpinitlogout-wrong-event rp-backchannel-rpinitlogout-with-nonce \
    rp-backchannel-rpinitlogout-wrong-aud rp-backchannel-rpinitlogout-wrong-iss rp-frontchannel-rpinitlogout \
    rp-frontchannel-opinitlogout session-management";

const FAPI2_CLIENT: &str = "fapi2-security-profile-final-client";
const FAPI2: &str = "test-happy-path test-happy-path-no-dpop-nonce test-valid-aud-as-array \
    test-token-endpoint-response-without-expires_in test-token-type-case-insensitivity \
    test-rs-dpop-auth-scheme-case-insensitivity refresh-token-test test-discovery-issuer-mismatch \
    test-invalid-authorization-response-iss test-remove-authorization-response-iss \
    test-ensure-authorization-response-with-invalid-state-fails \
    test-ensure-authorization-response-with-invalid-missing-state-fails test-invalid-iss test-invalid-aud \
    test-invalid-secondary-aud test-invalid-null-alg test-invalid-alternate-alg test-invalid-expired-exp \
    test-invalid-missing-exp test-invalid-missing-aud test-invalid-missing-iss test-invalid-nonce \
    test-invalid-missing-nonce test-ensure-jarm-without-iss-fails test-ensure-jarm-without-aud-fails \
    test-ensure-jarm-without-exp-fails test-ensure-jarm-with-invalid-iss-fails test-ensure-jarm-with-invalid-aud-fails \
    test-ensure-jarm-with-expired-exp-fails test-ensure-jarm-with-invalid-sig-fails \
    test-ensure-jarm-signature-is-not-none test-invalid-openbanking-intent-id";

/// The names as the suite writes them.
fn all() -> Vec<String> {
    let of = |prefix: &str, names: &str| names.split_whitespace().map(|name| format!("{prefix}-{name}")).collect();
    let lists: [Vec<String>; 5] =
        [of(OIDC, BASIC), of(OIDC, FULL), of(OIDC, REFRESH), of(OIDC, LOGOUT), of(FAPI2_CLIENT, FAPI2)];
    lists.into_iter().flatten().chain([OIDC.to_owned()]).collect()
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<_> = names.map(|name| name.replace('-', "_")).collect();
    names.sort();
    names
}

fn compares() {
    let tests = [basic::NAMES, full::NAMES, refresh::NAMES, logout::NAMES, fapi2::NAMES].concat();
    let none = not_applicable::REASONS.iter().map(|(name, _)| *name);
    let all = all();
    assert_eq!(all.len(), 43 + 14 + 32);
    assert_eq!(sorted(tests.into_iter().chain(none)), sorted(all.iter().map(String::as_str)));
}

modules! {
    every_module_has_one_test_or_one_reason_why_there_is_none: async { compares() };
}
