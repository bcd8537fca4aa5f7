//! The options of `createBff`: what they mean, and what is refused.

use super::world::{ORIGIN, config};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::json::Json;
use tokenward::core::bff::config::BffConfig;

fn fault<T>(read: &Result<T>) -> Option<(Kind, &'static str)> {
    read.as_ref().err().map(|error| (error.kind, error.detail))
}

/// Options with nothing but these.
fn bare(options: &str) -> Result<BffConfig> {
    BffConfig::read(&Json::parse(options).unwrap())
}

fn with_origin(origin: &str) -> Result<BffConfig> {
    bare(&format!(
        r#"{{"issuer":"https://op.example","clientId":"app","clientSecret":"s","origin":"{origin}","apis":[]}}"#
    ))
}

/// C08
#[test]
fn a_client_has_a_secret_or_a_key() {
    let with = |proof: &str| {
        bare(&format!(r#"{{"issuer":"https://op.example","clientId":"app","origin":"{ORIGIN}","apis":[]{proof}}}"#))
    };
    assert_eq!(fault(&with("")), Some((Kind::InvalidOption, "clientSecret")));
    assert_eq!(fault(&with(r#","auth":"private_key_jwt""#)), Some((Kind::InvalidOption, "privateKey")));
    assert!(with(r#","clientSecret":"s""#).is_ok());
    assert!(with(r#","privateKey":{"alg":"ES256"}"#).is_ok());
    assert_eq!(fault(&with(r#","privateKey":{"alg":"HS256"}"#)), Some((Kind::InvalidOption, "privateKey")));
    let both = with(r#","clientSecret":"s","privateKey":{"alg":"ES256"}"#);
    assert_eq!(fault(&both), Some((Kind::InvalidOption, "privateKey")));
}

#[test]
fn the_provider_sends_the_browser_back_to_the_origin() {
    let config = config(r#","basePath":"/sign""#).unwrap();
    assert_eq!(config.client.redirect_uri, "https://app.example/sign/callback");
    assert_eq!(config.client.post_logout_redirect_uri, "https://app.example/sign/logged-out");
    assert_eq!((config.client.scope.as_str(), config.return_to.as_str()), ("openid", "/"));
}

#[test]
fn an_origin_is_written_as_a_browser_does() {
    for origin in ["https://app.example", "https://app.example:8443", "http://localhost:3000", "http://127.0.0.1"] {
        assert!(with_origin(origin).is_ok(), "{origin}");
    }
    for origin in ["https://app.example/", "https://APP.example", "https://app.example:443", "app.example", "null", ""]
    {
        assert_eq!(fault(&with_origin(origin)), Some((Kind::InvalidOption, "origin")), "{origin}");
    }
    assert_eq!(fault(&with_origin("http://app.example")), Some((Kind::EndpointInsecure, "origin")));
}

#[test]
fn lifetimes_have_defaults_and_bounds() {
    let terms = |more: &str| config(more).map(|config| config.terms);
    let default = terms("").unwrap();
    assert_eq!((default.idle_ms, default.absolute_ms, default.replay_window_ms), (28_800_000, 604_800_000, 30_000));
    let short = terms(r#","session":{"absoluteSeconds":60},"replayWindowSeconds":0"#).unwrap();
    assert_eq!((short.idle_ms, short.absolute_ms, short.replay_window_ms), (60_000, 60_000, 0));
    for session in [
        r#"{"idleSeconds":0}"#,
        r#"{"idleSeconds":61,"absoluteSeconds":60}"#,
        r#"{"absoluteSeconds":34560001}"#,
        r#"{"idle":60}"#,
        "60",
    ] {
        let read = terms(&format!(r#","session":{session}"#));
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "session")), "{session}");
    }
    let window = terms(r#","replayWindowSeconds":34560001"#);
    assert_eq!(fault(&window), Some((Kind::InvalidOption, "replayWindowSeconds")));
}

#[test]
fn a_session_is_in_the_store_where_there_is_one() {
    let is_in_store = |more: &str| config(more).unwrap().terms.is_in_store;
    assert!(!is_in_store(""));
    assert!(is_in_store(r#","hasStore":true"#));
    assert!(!is_in_store(r#","hasStore":true,"sessionIn":"cookie""#));
    assert!(is_in_store(r#","sessionIn":"store""#));
    let other = config(r#","sessionIn":"page""#);
    assert_eq!(fault(&other), Some((Kind::InvalidOption, "sessionIn")));
}

#[test]
fn a_sign_in_does_not_end_where_it_began() {
    let config = config("").unwrap();
    for path in ["/", "/inbox?a=1#b", "/auth", "/auth/profile", "/authors", "inbox", "https://app.example/inbox"] {
        assert!(config.check_return_to(Some(path)).is_ok(), "{path}");
    }
    assert_eq!(config.check_return_to(Some("https://app.example/inbox")).unwrap(), "/inbox");
    for path in [
        "/auth/login",
        "/auth/login?returnTo=/",
        "/auth/logged-out#a",
        "/x/../auth/login",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://app.example@evil.example/",
    ] {
        assert_eq!(fault(&config.check_return_to(Some(path))), Some((Kind::InvalidOption, "returnTo")), "{path}");
    }
}

#[test]
fn what_is_no_option_is_refused() {
    assert!(config(r#","returnTo":"/home""#).is_ok());
    for (more, name) in [
        (r#","returnTo":"https://evil.example/""#, "returnTo"),
        (r#","returnto":"/home""#, "a name that no option has"),
        (r#","scope":"profile""#, "scope"),
        (r#","basePath":"/a/../b""#, "basePath"),
        (r#","clockToleranceSeconds":301"#, "clockToleranceSeconds"),
        (r#","idTokenSignedResponseAlg":"HS256""#, "idTokenSignedResponseAlg"),
    ] {
        // The usual options name the algorithm already.
        let read = bare(&format!(
            r#"{{"issuer":"https://op.example","clientId":"app","clientSecret":"s","origin":"{ORIGIN}","apis":[]{more}}}"#
        ));
        assert_eq!(fault(&read), Some((Kind::InvalidOption, name)), "{more}");
    }
}
