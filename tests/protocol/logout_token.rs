//! Logout tokens: every claim missing, of another type and of another value.

use super::given::{
    Members, NO_STRINGS, NO_TIMES, OTHER_AUDIENCES, OTHER_ISSUERS, addressed, compact, fault, now, object, test,
    token_of,
};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::form;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oidc::logout_token::{Logout, UntrustedLogoutToken};

const FORM: &str = "application/x-www-form-urlencoded";
const EVENTS: &str = r#"{"http://schemas.openid.net/event/backchannel-logout":{}}"#;

const CLAIMS: Members<'_> = &[
    ("iss", "\"https://op.example\""),
    ("aud", "\"web\""),
    ("iat", "1800000000"),
    ("exp", "1800000120"),
    ("jti", "\"the-id\""),
    ("sub", "\"alice\""),
    ("sid", "\"the-session\""),
    ("events", EVENTS),
];

fn token(changes: Members<'_>) -> String {
    token_of(Some("logout+jwt"), &object(CLAIMS, changes))
}

fn check_with(changes: Members<'_>, tolerance_s: u64) -> Result<Logout> {
    let untrusted = UntrustedLogoutToken::read(&token(changes), Algorithm::Rs256)?;
    untrusted.check(true, &addressed(tolerance_s), now())
}

fn check(changes: Members<'_>) -> Result<Logout> {
    check_with(changes, 0)
}

fn refused(name: &'static str, claim: &'static str, values: &[&str]) {
    for value in values {
        let invalid = Some((Kind::LogoutTokenInvalid, claim));
        assert_eq!(fault(&check(&[(name, value)])), invalid, "{name}: {value}");
    }
}

/// L03
#[test]
fn a_token_as_expected_says_what_is_over() {
    assert_eq!(
        check(&[]).unwrap(),
        Logout {
            subject: Some("alice".to_owned()),
            session_id: Some("the-session".to_owned()),
            id: "the-id".to_owned(),
            expires_at_s: 1_800_000_120,
        }
    );
    assert!(check(&[("aud", r#"["web"]"#), ("foo", "5")]).is_ok());
    // A replay cannot come later than this, and is to be remembered until then.
    assert_eq!(check_with(&[], 60).unwrap().expires_at_s, 1_800_000_180);
}

/// L03
#[test]
fn the_token_comes_once_in_a_form() {
    let read = |content_type, pairs: &[(&str, &str)]| {
        UntrustedLogoutToken::read_form_post(content_type, &form::write(pairs), Algorithm::Rs256)
    };
    let token = token(&[]);
    let untrusted = read(FORM, &[("logout_token", &token), ("foo", "bar")]).unwrap();
    assert!(untrusted.check(true, &addressed(0), now()).is_ok());
    for pairs in [&[][..], &[("token", &*token)], &[("logout_token", &token), ("logout_token", &token)]] {
        assert_eq!(fault(&read(FORM, pairs)), Some((Kind::LogoutTokenInvalid, "logout_token")), "{pairs:?}");
    }
    for content_type in ["", "application/json", "text/plain"] {
        let read = read(content_type, &[("logout_token", &token)]);
        assert_eq!(fault(&read), Some((Kind::LogoutTokenInvalid, "content-type")), "{content_type}");
    }
    assert_eq!(fault(&read(FORM, &[("logout_token", "")])), Some((Kind::LogoutTokenInvalid, "not a JWT")));
}

/// L03
#[test]
fn a_token_with_an_invalid_signature_ends_nothing() {
    let untrusted = UntrustedLogoutToken::read(&token(&[]), Algorithm::Rs256).unwrap();
    assert!(untrusted.jwt().signing_input().len() > 10);
    let checked = untrusted.check(false, &addressed(0), now());
    assert_eq!(fault(&checked), Some((Kind::LogoutTokenInvalid, "signature")));
}

/// L03; alg-none, wrong-alg: what is registered for ID tokens, and nothing else.
#[test]
fn an_algorithm_other_than_the_registered_one_is_refused() {
    for name in ["none", "None", "NONE", "nOnE", "HS256", "PS256", "RS384", "ES256", "EdDSA", ""] {
        let header = format!("{{\"alg\":\"{name}\",\"typ\":\"logout+jwt\"}}");
        let read = UntrustedLogoutToken::read(&compact(&header, &object(CLAIMS, &[])), Algorithm::Rs256);
        assert_eq!(fault(&read), Some((Kind::LogoutTokenInvalid, "alg")), "{name}");
    }
}

/// L03, J09
#[test]
fn the_kind_is_its_own_or_none_at_all() {
    for kind_of_token in [
        None,
        Some("logout+jwt"),
        Some("LOGOUT+JWT"),
        Some("application/logout+jwt"),
        Some("JWT"),
        Some("jwt"),
        Some("application/jwt"),
    ] {
        let read = UntrustedLogoutToken::read(&token_of(kind_of_token, &object(CLAIMS, &[])), Algorithm::Rs256);
        assert!(read.unwrap().check(true, &addressed(0), now()).is_ok(), "{kind_of_token:?}");
    }
    for kind_of_token in ["at+jwt", "dpop+jwt", "secevent+jwt", "token-introspection+jwt", "oauth-authz-req+jwt", "x"] {
        let read = UntrustedLogoutToken::read(&token_of(Some(kind_of_token), &object(CLAIMS, &[])), Algorithm::Rs256);
        assert_eq!(fault(&read), Some((Kind::LogoutTokenInvalid, "not a JWT")), "{kind_of_token}");
    }
}

/// L03; wrong-iss
#[test]
fn the_issuer_must_be_exactly_the_one_expected() {
    refused("iss", "iss", &OTHER_ISSUERS);
}

/// L03; wrong-aud
#[test]
fn the_audience_must_be_this_client_and_nobody_else() {
    refused("aud", "aud", &OTHER_AUDIENCES);
}

/// L03, J14
#[test]
fn both_times_must_be_there_and_hold() {
    for name in ["iat", "exp"] {
        refused(name, name, &["", "null"]);
        refused(name, name, &NO_TIMES);
    }
    refused("exp", "exp", &["1800000000", "1800000000.9", "1799999999", "0"]);
    refused("iat", "iat", &["1800000001", "1e300"]);
    for (name, value) in [("exp", "1800000001"), ("iat", "1799990000"), ("nbf", "1800000000"), ("nbf", "null")] {
        assert!(check(&[(name, value)]).is_ok(), "{name}: {value}");
    }
    refused("nbf", "nbf", &["1800000001", "\"0\""]);
    assert!(check_with(&[("exp", "1799999941"), ("iat", "1800000060")], 60).is_ok());
    for (name, value) in [("exp", "1799999940"), ("iat", "1800000061")] {
        assert_eq!(fault(&check_with(&[(name, value)], 60)), Some((Kind::LogoutTokenInvalid, name)));
    }
}

/// L03
#[test]
fn the_identifier_must_be_there() {
    refused("jti", "jti", &["", "null", "\"\""]);
    refused("jti", "jti", &NO_STRINGS);
}

/// L03; no-event, wrong-event
#[test]
fn the_event_must_be_there_as_an_object() {
    refused(
        "events",
        "events",
        &[
            "",
            "null",
            "{}",
            "5",
            "[]",
            "true",
            "\"http://schemas.openid.net/event/backchannel-logout\"",
            r#"["http://schemas.openid.net/event/backchannel-logout"]"#,
            r#"{"http://schemas.openid.net/event/backchannel-logout":null}"#,
            r#"{"http://schemas.openid.net/event/backchannel-logout":true}"#,
            r#"{"http://schemas.openid.net/event/backchannel-logout":[]}"#,
            r#"{"http://schemas.openid.net/event/backchannel-logout":"{}"}"#,
            r#"{"https://schemas.openid.net/event/backchannel-logout":{}}"#,
            r#"{"http://schemas.openid.net/event/backchannel-logout/":{}}"#,
            r#"{"http://schemas.openid.net/event/frontchannel-logout":{}}"#,
        ],
    );
    let more = r#"{"urn:other":5,"http://schemas.openid.net/event/backchannel-logout":{"x":1}}"#;
    assert!(check(&[("events", more)]).is_ok());
}

/// L03; with-nonce. Not even one that is null: an ID token has it.
#[test]
fn there_must_be_no_nonce() {
    refused("nonce", "nonce", &["\"the-nonce\"", "\"\"", "null", "5", "[]"]);
}

/// L03
#[test]
fn a_user_or_a_session_must_be_named() {
    for nothing in ["", "null"] {
        assert!(check(&[("sub", nothing)]).unwrap().subject.is_none());
        assert!(check(&[("sid", nothing)]).unwrap().session_id.is_none());
        let neither = check(&[("sub", nothing), ("sid", nothing)]);
        assert_eq!(fault(&neither), Some((Kind::LogoutTokenInvalid, "sub")));
    }
    let long = format!("\"{}\"", "s".repeat(256));
    refused("sub", "sub", &["\"\"", "\"älice\"", &long]);
    refused("sub", "sub", &NO_STRINGS);
    refused("sid", "sid", &["\"\""]);
    refused("sid", "sid", &NO_STRINGS);
}
