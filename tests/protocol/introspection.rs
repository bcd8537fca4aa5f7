//! Introspection: what makes a token good here.

use super::given::{
    ISSUER, Members, NO_TIMES, OTHER_AUDIENCES, OTHER_ISSUERS, addressed, answer, compact, confidential_client,
    credential, fault, json_answer, kind, now, object, test, token_of,
};
use tokenward::core::base::error::{Kind, Phase, Result};
use tokenward::core::base::secret::AccessToken;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::introspection::{
    ActiveToken, UntrustedIntrospection, Wanted, build_introspection_request, check_introspection,
    check_introspection_response,
};

const ANSWER: Members<'_> = &[
    ("active", "true"),
    ("iss", "\"https://op.example\""),
    ("aud", "\"https://api.example\""),
    ("scope", "\"api:read api:write\""),
    ("sub", "\"alice\""),
    ("client_id", "\"somebody\""),
    ("exp", "1800000300"),
    ("iat", "1800000000"),
    ("token_type", "\"Bearer\""),
];

const SIGNED: &str = "application/token-introspection+jwt";

fn wanted(scope: &str) -> Wanted<'_> {
    Wanted { addressed: addressed(0), audience: Some("https://api.example"), scope }
}

fn check_for(changes: Members<'_>, wanted: &Wanted<'_>) -> Result<Option<ActiveToken>> {
    let untrusted = check_introspection_response(&json_answer(&object(ANSWER, changes)), None)?;
    check_introspection(untrusted, true, wanted, now())
}

fn check(changes: Members<'_>) -> Result<Option<ActiveToken>> {
    check_for(changes, &wanted("api:read"))
}

fn is_inactive(result: &Result<Option<ActiveToken>>) -> bool {
    matches!(result, Ok(None))
}

/// Over what it was refused as invalid, if it was.
fn over<T>(result: &Result<T>) -> Option<&'static str> {
    fault(result).filter(|(kind, _)| *kind == Kind::IntrospectionInvalid).map(|(_, detail)| detail)
}

/// E03, T01, T11
#[test]
fn the_token_is_asked_about_in_the_body_with_authentication() {
    let client = confidential_client();
    let token = AccessToken::new("t&+".to_owned());
    for (signed, accept) in [(false, "application/json"), (true, SIGNED)] {
        let url = "https://op.example/introspect";
        let request = build_introspection_request(credential(&client), url, &token, signed);
        assert_eq!((request.url.as_str(), request.method()), (url, "POST"));
        assert_eq!(request.form.as_ref().unwrap().secret(), "token=t%26%2B&token_type_hint=access_token");
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.secret())).collect();
        assert_eq!(headers[0], ("authorization", "Basic d2ViOnRoZS1zZWNyZXQ="));
        assert_eq!(headers[1], ("accept", accept));
    }
}

/// E03, E04
#[test]
fn an_active_token_is_surfaced_with_what_it_may_do() {
    let token = check(&[]).unwrap().unwrap();
    assert_eq!(token.claims.text("sub").as_deref(), Some("alice"));
    assert_eq!(token.expires_at_s, Some(1_800_000_300), "no answer is worth anything after it");
    assert_eq!(token.key_thumbprint, None);
}

/// E03
#[test]
fn only_the_boolean_true_is_active() {
    for active in ["", "null", "false", "\"true\"", "1", "\"\"", "[true]", "{}", "\"active\""] {
        assert!(is_inactive(&check(&[("active", active)])), "{active}");
    }
    // And then nothing else is looked at.
    let only = check_introspection_response(&json_answer(r#"{"active":false,"iss":5,"exp":"x"}"#), None).unwrap();
    assert!(is_inactive(&check_introspection(only, true, &wanted(""), now())));
}

/// E04
#[test]
fn a_token_of_another_issuer_is_refused() {
    for iss in ["", "null"] {
        assert!(check(&[("iss", iss)]).unwrap().is_some(), "the provider that was asked need not name itself");
    }
    for iss in OTHER_ISSUERS.into_iter().skip(2) {
        assert_eq!(over(&check(&[("iss", iss)])), Some("iss"), "{iss}");
    }
}

/// E04, J15
#[test]
fn a_token_for_another_api_is_refused() {
    for aud in ["\"https://api.example\"", r#"["https://api.example"]"#, r#"["urn:x","https://api.example"]"#] {
        assert!(check(&[("aud", aud)]).unwrap().is_some(), "{aud}");
    }
    for aud in ["\"https://api.example/\"", r#"["https://api.example",5]"#].into_iter().chain(OTHER_AUDIENCES) {
        assert_eq!(over(&check(&[("aud", aud)])), Some("aud"), "{aud}");
    }
    let anybody = Wanted { audience: None, ..wanted("") };
    for aud in ["", "\"other\""] {
        assert!(check_for(&[("aud", aud)], &anybody).unwrap().is_some(), "{aud}");
    }
}

/// E03, E04, J14
#[test]
fn a_token_that_is_over_or_not_yet_begun_is_not_active() {
    for exp in ["1800000000", "1800000000.9", "0"] {
        assert!(is_inactive(&check(&[("exp", exp)])), "{exp}");
    }
    for (name, time) in [("nbf", "1800000001"), ("iat", "1800000001")] {
        assert!(is_inactive(&check(&[(name, time)])), "{name}");
    }
    for name in ["exp", "nbf", "iat"] {
        for nothing in ["", "null"] {
            let token = check(&[(name, nothing)]).unwrap().unwrap();
            assert_eq!(token.expires_at_s.is_none(), name == "exp");
        }
        for time in NO_TIMES {
            assert_eq!(over(&check(&[(name, time)])), Some(name), "{name}: {time}");
        }
    }
    let forgiving = Wanted { addressed: addressed(60), ..wanted("") };
    assert!(check_for(&[("exp", "1799999941"), ("nbf", "1800000060")], &forgiving).unwrap().is_some());
    assert!(is_inactive(&check_for(&[("exp", "1799999940")], &forgiving)));
    assert!(is_inactive(&check_for(&[("nbf", "1800000061")], &forgiving)));
}

/// E04
#[test]
fn a_token_without_the_scope_is_refused_as_that() {
    for scope in ["", "api:read", "api:write api:read", " api:read  "] {
        assert!(check_for(&[], &wanted(scope)).unwrap().is_some(), "{scope}");
    }
    for scope in ["api", "api:delete", "api:read api:delete", "API:READ"] {
        assert_eq!(kind(&check_for(&[], &wanted(scope))), Some(Kind::InsufficientScope), "{scope}");
    }
    for granted in ["", "null", "\"\"", "5", r#"["api:read"]"#, "\"api:readonly\"", "\"api:read,api:write\""] {
        assert_eq!(kind(&check(&[("scope", granted)])), Some(Kind::InsufficientScope), "{granted}");
    }
}

/// E04
#[test]
fn the_key_that_a_token_is_bound_to_is_surfaced() {
    for token_type in ["\"DPoP\"", "\"Bearer\"", ""] {
        let token = check(&[("cnf", r#"{"jkt":"thumb"}"#), ("token_type", token_type)]).unwrap().unwrap();
        assert_eq!(token.key_thumbprint.as_deref(), Some("thumb"), "{token_type}");
    }
}

/// E04; a binding that nobody checks would be none.
#[test]
fn a_binding_that_cannot_be_checked_is_refused() {
    for cnf in ["{}", "5", "[]", "\"thumb\"", r#"{"jkt":""}"#, r#"{"jkt":5}"#, r#"{"x5t#S256":"x"}"#] {
        assert_eq!(over(&check(&[("cnf", cnf)])), Some("cnf"), "{cnf}");
    }
    for token_type in ["\"DPoP\"", "\"dpop\""] {
        assert_eq!(over(&check(&[("token_type", token_type)])), Some("cnf"), "{token_type}");
    }
}

/// E03
#[test]
fn what_is_no_answer_is_refused() {
    for (media_type, body) in [
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "true"),
        ("application/json", r#"{"active":false,"active":true}"#),
        ("text/html", r#"{"active":true}"#),
        ("", r#"{"active":true}"#),
        (SIGNED, r#"{"active":true}"#),
    ] {
        let checked = check_introspection_response(&answer(200, media_type, body), None);
        assert_eq!(kind(&checked), Some(Kind::IntrospectionInvalid), "{media_type} {body}");
    }
    for (status, body, kind_of_failure) in [
        (401, r#"{"error":"invalid_client"}"#, Kind::OauthError),
        (400, "", Kind::ResponseUnusable),
        (429, "", Kind::RateLimited),
        (503, "", Kind::ServerError),
        (302, "", Kind::TokenRedirectRefused),
        (201, r#"{"active":true}"#, Kind::ResponseUnusable),
    ] {
        let error = check_introspection_response(&answer(status, "application/json", body), None).unwrap_err();
        assert_eq!((error.kind, error.phase), (kind_of_failure, Phase::Fetch), "{status}");
    }
}

const ENVELOPE: Members<'_> = &[
    ("iss", "\"https://op.example\""),
    ("aud", "\"web\""),
    ("iat", "1800000000"),
    ("token_introspection", r#"{"active":true,"aud":"https://api.example","scope":"api:read"}"#),
];

fn read_signed(token: &str) -> Result<UntrustedIntrospection> {
    check_introspection_response(&answer(200, SIGNED, token), Some(Algorithm::Rs256))
}

fn signed_as(kind_of_token: Option<&str>, changes: Members<'_>) -> Result<UntrustedIntrospection> {
    read_signed(&token_of(kind_of_token, &object(ENVELOPE, changes)))
}

fn check_signed(changes: Members<'_>) -> Result<Option<ActiveToken>> {
    let untrusted = signed_as(Some("token-introspection+jwt"), changes)?;
    check_introspection(untrusted, true, &wanted("api:read"), now())
}

/// E03
#[test]
fn a_signed_answer_says_the_same_within() {
    assert!(check_signed(&[]).unwrap().is_some());
    assert!(check_signed(&[("aud", r#"["web"]"#), ("exp", "1800000001")]).unwrap().is_some());
    for within in [r#"{"active":false}"#, "{}", r#"{"active":"true"}"#] {
        assert!(is_inactive(&check_signed(&[("token_introspection", within)])), "{within}");
    }
    // What the envelope says of itself says nothing of the token.
    let outside = check_signed(&[("token_introspection", r#"{"active":true}"#), ("scope", "\"api:read\"")]);
    assert_eq!(over(&outside), Some("aud"));
}

/// E03
#[test]
fn each_part_of_a_signed_answer_is_checked() {
    for iss in OTHER_ISSUERS {
        assert_eq!(over(&check_signed(&[("iss", iss)])), Some("iss"), "{iss}");
    }
    for aud in OTHER_AUDIENCES {
        assert_eq!(over(&check_signed(&[("aud", aud)])), Some("aud"), "{aud}");
    }
    for iat in ["", "null", "1800000001"].into_iter().chain(NO_TIMES) {
        assert_eq!(over(&check_signed(&[("iat", iat)])), Some("iat"), "{iat}");
    }
    for within in ["", "null", "true", "5", "\"{}\"", "[]", r#"[{"active":true}]"#] {
        assert_eq!(over(&check_signed(&[("token_introspection", within)])), Some("token_introspection"), "{within}");
    }
}

/// E03; it does not say which question it answers, so it must be new.
#[test]
fn an_old_signed_answer_is_refused() {
    assert!(check_signed(&[("iat", "1799999940")]).is_ok());
    for iat in ["1799999939", "0"] {
        assert_eq!(over(&check_signed(&[("iat", iat)])), Some("iat"), "{iat}");
    }
}

/// E03, J09
#[test]
fn a_signed_answer_is_of_its_own_kind() {
    for kind_of_token in [None, Some("JWT"), Some("at+jwt"), Some("logout+jwt"), Some("introspection+jwt"), Some("")] {
        assert_eq!(over(&signed_as(kind_of_token, &[])), Some("not a JWT"), "{kind_of_token:?}");
    }
    for kind_of_token in ["token-introspection+jwt", "Application/Token-Introspection+JWT"] {
        assert!(signed_as(Some(kind_of_token), &[]).is_ok(), "{kind_of_token}");
    }
}

/// E03, J01, J03
#[test]
fn a_signed_answer_is_signed_as_registered() {
    for name in ["none", "NONE", "HS256", "ES256", "PS256"] {
        let header = format!("{{\"alg\":\"{name}\",\"typ\":\"token-introspection+jwt\"}}");
        assert_eq!(over(&read_signed(&compact(&header, &object(ENVELOPE, &[])))), Some("alg"), "{name}");
    }
    let untrusted = signed_as(Some("token-introspection+jwt"), &[]).unwrap();
    let checked = check_introspection(untrusted, false, &wanted(""), now());
    assert_eq!(over(&checked), Some("signature"));
}

/// E03; no downgrade, either way.
#[test]
fn what_is_registered_as_signed_is_signed() {
    let plain = check_introspection_response(&json_answer(&object(ANSWER, &[])), Some(Algorithm::Rs256));
    assert_eq!(over(&plain), Some("content-type"));
    let token = token_of(Some("token-introspection+jwt"), &object(ENVELOPE, &[]));
    let signed = check_introspection_response(&answer(200, SIGNED, &token), None);
    assert_eq!(over(&signed), Some("content-type"));
    assert_eq!(ISSUER, "https://op.example", "the issuer above is written out");
}
