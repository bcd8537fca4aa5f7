//! Pushed authorization requests: when they are pushed, what is in them, and what the browser takes along.

use super::support::{ISSUER, PAR, PAR_REQUIRED, Tab, form, json};
use std::collections::BTreeSet;
use tokenward::core::base::error::Kind;
use tokenward::core::oauth::authorize::SignInOptions;

/// A page at a provider whose metadata have these members.
fn page(options: &str, metadata: &[(&str, &str)]) -> Tab {
    let tab = Tab::with("session", options);
    tab.world.announce(metadata);
    tab
}

fn pushing() -> Tab {
    page("", &[PAR, PAR_REQUIRED])
}

/// X03
#[test]
fn requests_are_pushed_where_the_provider_demands_it_or_the_app_asks_and_never_otherwise() {
    for (option, metadata, is_pushed) in [
        ("", &[][..], false),
        ("", &[PAR], false),
        ("", &[PAR, (PAR_REQUIRED.0, "false")], false),
        ("", &[PAR, PAR_REQUIRED], true),
        (r#""par":"auto""#, &[PAR], false),
        (r#""par":"auto""#, &[PAR, PAR_REQUIRED], true),
        (r#""par":true"#, &[PAR], true),
        (r#""par":true"#, &[PAR, PAR_REQUIRED], true),
        (r#""par":false"#, &[PAR], false),
        (r#""par":false"#, &[PAR, PAR_REQUIRED], false),
    ] {
        let tab = page(option, metadata);
        tab.leave();
        assert_eq!(tab.world.requests_to("/par"), usize::from(is_pushed), "{option} {metadata:?}");
        assert_eq!(tab.world.went_to.borrow().contains("request_uri="), is_pushed, "{option} {metadata:?}");
    }
}

/// X01
#[test]
fn the_browser_takes_client_and_name_along_and_nothing_else() {
    let tab = pushing();
    tab.leave();
    let url = tab.world.went_to.borrow().clone();
    let (endpoint, query) = url.split_once('?').unwrap();
    assert_eq!(endpoint, format!("{ISSUER}/authorize"));
    let taken = form(query);
    assert_eq!(taken.len(), 2, "{query}");
    assert_eq!((taken["client_id"].as_str(), taken["request_uri"].as_str()), ("spa", "urn:pushed:1"));
}

/// X01, X02
#[test]
fn what_is_pushed_is_what_would_have_been_in_the_url() {
    let options = SignInOptions {
        prompt: Some("login".to_owned()),
        acr_values: Some("gold".to_owned()),
        max_age_s: Some(60),
        ..SignInOptions::default()
    };
    let all = r#""audience":"api","resource":"https://api.example/","dpop":true"#;
    let plain = page(all, &[PAR]);
    let in_the_url = plain.try_to_leave(options.clone()).unwrap();
    let tab = page(all, &[PAR, PAR_REQUIRED]);
    let pushed = tab.try_to_leave(options).unwrap();
    assert_eq!(pushed.keys().collect::<Vec<_>>(), in_the_url.keys().collect::<Vec<_>>());
    for (name, value) in in_the_url {
        assert_eq!(pushed[&name], value, "{name}");
    }
    for name in ["request_uri", "request", "code_verifier", "client_secret"] {
        assert!(!pushed.contains_key(name), "{name}");
    }
    assert_eq!(pushed["client_id"], "spa");
    let request = tab.world.requests.borrow().iter().find(|line| line.contains("/par")).unwrap().clone();
    assert!(request.starts_with("POST /par "), "nothing in the URL: {request}");
}

/// X01, A16, A18
#[test]
fn a_sign_in_by_a_pushed_request_completes() {
    let before = pushing();
    let asked = before.leave();
    let tab = before.reloaded();
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    assert!(tab.is_signed_in());
    assert_eq!(tab.world.requests_to("/par"), 1, "on the way back nothing is pushed");
    let redeemed = tab.world.forms_to("/token").pop().unwrap();
    assert_eq!(redeemed["redirect_uri"], asked["redirect_uri"]);
}

/// X02
#[test]
fn each_sign_in_pushes_anew() {
    let tab = pushing();
    let mut names = BTreeSet::new();
    let mut states = BTreeSet::new();
    for _ in 0..5 {
        states.insert(tab.leave()["state"].clone());
        names.insert(tab.world.went_to.borrow().clone());
        // However long the last one was good for.
        tab.pass(10);
    }
    assert_eq!(tab.world.requests_to("/par"), 5);
    assert_eq!((names.len(), states.len()), (5, 5), "no name and no state is used twice");
}

/// X01, X02
#[test]
fn the_page_does_not_leave_where_nothing_was_pushed() {
    let name = r#"{"request_uri":"urn:a","expires_in":60}"#;
    for (reply, code) in [
        (json(400, r#"{"error":"invalid_request","error_description":"x"}"#), "oauth_error"),
        (json(401, r#"{"error":"invalid_client"}"#), "oauth_error"),
        (json(400, r#"{"error":"invalid_authorization_details"}"#), "invalid_authorization_details"),
        (json(400, name), "response_unusable"),
        (json(200, name), "response_unusable"),
        (json(201, "{}"), "par_response_invalid"),
        (json(201, r#"{"request_uri":"urn:a"}"#), "par_response_invalid"),
        (json(201, r#"{"request_uri":"urn:a","expires_in":0}"#), "par_response_invalid"),
        (json(201, r#"{"request_uri":"","expires_in":60}"#), "par_response_invalid"),
        (json(201, "<html>"), "response_unusable"),
        (json(302, name), "token_redirect_refused"),
        (json(0, ""), "token_redirect_refused"),
        (json(429, ""), "rate_limited"),
        (json(503, ""), "server_error"),
    ] {
        let tab = pushing();
        tab.world.reply("/par", reply);
        let error = tab.try_to_leave(SignInOptions::default()).unwrap_err();
        assert_eq!((error.kind.entry().code, error.phase.name()), (code, "authorize"));
        assert!(tab.world.left_for.borrow().is_none(), "{code}");
        assert!(tab.world.stored.borrow().is_empty(), "no sign-in is under way: {code}");
        assert_eq!(tab.world.requests_to("/par"), 1, "{code}");
        tab.leave();
    }
    let tab = pushing();
    tab.world.fail("/par");
    let error = tab.try_to_leave(SignInOptions::default()).unwrap_err();
    assert_eq!((error.kind, error.phase.name()), (Kind::NetworkFailed, "authorize"));
    assert!(tab.world.left_for.borrow().is_none() && tab.world.stored.borrow().is_empty());
}

/// X03
#[test]
fn a_provider_that_takes_no_pushed_requests_is_sent_no_other() {
    for (option, metadata) in [(r#""par":true"#, &[][..]), ("", &[PAR_REQUIRED]), (r#""par":true"#, &[PAR_REQUIRED])] {
        let tab = page(option, metadata);
        let error = tab.try_to_leave(SignInOptions::default()).unwrap_err();
        assert_eq!(error.kind, Kind::ParUnsupported);
        assert!(tab.world.left_for.borrow().is_none() && tab.world.stored.borrow().is_empty());
    }
}
