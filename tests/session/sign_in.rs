//! Leaving for the provider, and coming back.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::support::{Answer, ISSUER, Tab};
use std::rc::Rc;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::{Event, Need};

fn attempt(query: impl Fn(&str) -> String) -> Tab {
    let before = Tab::new("session");
    let asked = before.leave();
    let tab = Tab::over(Rc::clone(&before.world), "session");
    tab.come_back(&query(&asked["state"]));
    tab
}

/// A01, A03, C10
#[test]
fn the_request_has_every_protection() {
    let asked = Tab::new("memory").leave();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], "spa");
    assert_eq!(asked["redirect_uri"], "https://app.example/callback");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(
        Base64UrlUnpadded::decode_vec(&asked["code_challenge"]).unwrap().starts_with(b"sha256-of-"),
        "the digest, not the verifier"
    );
    for name in ["state", "nonce"] {
        assert_eq!(asked[name].len(), 43, "256 bits of randomness in {name}");
    }
}

#[test]
fn a_good_answer_signs_in_and_leads_back_to_where_the_page_was() {
    let tab = Tab::signed_in("session", 3600);
    assert_eq!(*tab.world.url.borrow(), "https://app.example/notes?page=2#end");
    let events = tab.world.events.borrow();
    assert!(
        matches!(&events[..], [Event::SignedIn { restored: false, return_to: Some(to) }] if to == "/notes?page=2#end")
    );
}

#[test]
fn the_keys_are_fetched_beside_the_exchange_and_the_provider_is_not_asked_again() {
    let before = Tab::new("memory");
    let asked = before.leave();
    before.world.requests.borrow_mut().clear();
    let tab = Tab::over(Rc::clone(&before.world), "memory");
    tab.world.gate_closed.set(true);
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    let sent: Vec<_> =
        tab.world.requests.borrow().iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(sent, ["/token", "/jwks"], "both are under way before either has answered");
    tab.world.open_gate();
    tab.run();
    assert!(tab.is_signed_in());
}

/// A18, A19
#[test]
fn the_code_leaves_the_address_bar_and_the_transaction_the_store_before_the_code_is_sent() {
    let tab = Tab::signed_in("memory", 3600);
    let journal = tab.world.journal.borrow();
    let at = |what: &str| journal.iter().position(|line| line.starts_with(what)).unwrap();
    assert!(at("address /callback") < at("remove transaction"));
    assert!(at("remove transaction") < at("POST /token"));
}

/// A06, A07, A09, A10, A11, A12, C10
#[test]
fn front_channel_faults_end_without_a_token_request() {
    type Query = fn(&str) -> String;
    let table: [(&str, Query); 9] = [
        ("callback_state_unknown", |_| format!("code=c&state=wrong&iss={ISSUER}")),
        ("callback_state_missing", |_| format!("code=c&iss={ISSUER}")),
        ("callback_iss_missing", |state| format!("code=c&state={state}")),
        ("callback_iss_mismatch", |state| format!("code=c&state={state}&iss=https://evil.example")),
        ("callback_iss_mismatch", |state| format!("code=c&state={state}&iss={ISSUER}/")),
        ("callback_parameter_duplicate", |state| format!("code=c&code=d&state={state}&iss={ISSUER}")),
        ("callback_parameter_duplicate", |state| format!("code=c&state={state}&state={state}&iss={ISSUER}")),
        ("callback_malformed", |state| format!("code=c&error=access_denied&state={state}&iss={ISSUER}")),
        ("access_denied", |state| format!("error=access_denied&error_description=No&state={state}&iss={ISSUER}")),
    ];
    for (code, query) in table {
        let tab = attempt(query);
        assert_eq!(tab.error_code(), Some(code));
        assert_eq!(tab.world.requests_to("/token"), 0, "{code}");
        assert_eq!(tab.world.requests_to("/jwks"), 0, "{code}");
    }
}

/// I01, I02, I07, I08, I09, I12
#[test]
fn an_id_token_that_breaks_a_rule_is_refused_with_nothing_stored_and_nothing_sent_after() {
    for (name, value, code) in [
        ("nonce", "\"other\"", "id_token_nonce_mismatch"),
        ("nonce", "null", "id_token_nonce_mismatch"),
        ("iss", "\"https://evil.example\"", "id_token_issuer_mismatch"),
        ("aud", "\"other\"", "id_token_audience_mismatch"),
        ("exp", "1", "id_token_expired"),
        ("iat", "null", "id_token_time_invalid"),
        ("sub", "null", "id_token_subject_invalid"),
    ] {
        let before = Tab::new("session");
        let asked = before.leave();
        let tab = Tab::over(Rc::clone(&before.world), "session");
        tab.world.id_token_changes.borrow_mut().push((name.to_owned(), value.to_owned()));
        tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
        assert_eq!(tab.error_code(), Some(code), "{name} = {value}");
        assert!(tab.world.stored.borrow().is_empty(), "{name}: nothing stored");
        assert_eq!(tab.world.requests.borrow().len(), 3, "discovery, token and keys, and nothing after");
    }
}

/// I04
#[test]
fn a_bad_signature_is_refused() {
    let before = Tab::new("session");
    let asked = before.leave();
    before.world.signature_is_valid.set(false);
    let tab = Tab::over(Rc::clone(&before.world), "session");
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    assert_eq!(tab.error_code(), Some("id_token_signature_invalid"));
    assert!(tab.world.stored.borrow().is_empty());
}

/// I16
#[test]
fn a_token_response_without_an_id_token_is_refused() {
    let before = Tab::new("memory");
    let asked = before.leave();
    before.world.answer_with(&[Answer::Raw(200, r#"{"access_token":"a","token_type":"Bearer"}"#.to_owned())]);
    let tab = Tab::over(Rc::clone(&before.world), "memory");
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    assert_eq!(tab.error_code(), Some("id_token_missing"));
}

/// A20
#[test]
fn a_sign_in_that_took_more_than_an_hour_is_refused() {
    let before = Tab::new("memory");
    let asked = before.leave();
    before.pass(3_600_001);
    let tab = Tab::over(Rc::clone(&before.world), "memory");
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    assert_eq!(tab.error_code(), Some("callback_expired"));
    assert_eq!(tab.world.requests_to("/token"), 0);
}

#[test]
fn sign_ins_that_never_came_back_do_not_pile_up() {
    let tab = Tab::new("memory");
    for _ in 0..5 {
        tab.leave();
        tab.pass(3_600_001);
    }
    tab.leave();
    assert_eq!(tab.world.stored.borrow().len(), 1);
}

#[test]
fn a_store_that_refuses_is_an_error_before_the_page_leaves() {
    let tab = Tab::new("memory");
    tab.world.store_is_broken.set(true);
    let session = Rc::clone(&tab.session);
    let seen = Rc::new(std::cell::RefCell::new(None));
    let slot = Rc::clone(&seen);
    tab.world.spawned.borrow_mut().push(Box::pin(async move {
        slot.replace(session.sign_in(SignInOptions::default(), None).await.err());
    }));
    tab.run();
    assert_eq!(seen.take().unwrap().kind.entry().code, "storage_failed");
    assert!(tab.world.left_for.borrow().is_none());
}

/// The left half of what the fake digest makes of a text.
fn half_digest(bits: u32, text: &str) -> String {
    format!("\"{}\"", Base64UrlUnpadded::encode_string(format!("sha{bits}-of-{text}").as_bytes()))
}

/// I13
#[test]
fn an_id_token_belongs_to_the_access_token_that_came_with_it() {
    for (algorithm, bits) in [("RS256", 256), ("PS384", 384), ("RS512", 512)] {
        for (at_hash, code) in [
            (half_digest(bits, "access-1"), None),
            (half_digest(bits, "access-2"), Some("id_token_hash_mismatch")),
            (half_digest(if bits == 256 { 512 } else { 256 }, "access-1"), Some("id_token_hash_mismatch")),
            ("\"\"".to_owned(), Some("id_token_hash_mismatch")),
            ("null".to_owned(), None),
        ] {
            let before = Tab::with("session", &format!(r#""idTokenSignedResponseAlg":"{algorithm}""#));
            before.world.signing_algorithm.replace(algorithm.to_owned());
            before.world.id_token_changes.borrow_mut().push(("at_hash".to_owned(), at_hash.clone()));
            let tab = before.go(SignInOptions::default());
            assert_eq!(tab.error_code(), code, "{algorithm} {at_hash}");
            assert_eq!(tab.world.stored.borrow().is_empty(), code.is_some(), "{algorithm} {at_hash}");
        }
    }
}

/// I13, R05; the access token of the refresh, not that of before.
#[test]
fn a_refreshed_id_token_belongs_to_the_refreshed_access_token() {
    for (number, code) in [("access-2", None), ("access-1", Some("id_token_hash_mismatch"))] {
        let tab = Tab::signed_in("memory", 3600);
        tab.world.id_token_changes.borrow_mut().push(("at_hash".to_owned(), half_digest(256, number)));
        let answer = tab.want(Need { force: true, ..Need::default() }).take().unwrap();
        assert_eq!(answer.err().map(|error| error.kind.entry().code), code, "{number}");
    }
}

/// X10
#[test]
fn resources_are_named_to_every_endpoint_that_asks_for_a_token() {
    let tab = Tab::with("memory", r#""resource":"https://api.example/""#);
    assert_eq!(tab.leave()["resource"], "https://api.example/");
    let tab = tab.go(SignInOptions::default());
    assert!(tab.want(Need { force: true, ..Need::default() }).take().unwrap().is_ok());
    for form in tab.world.forms_to("/token") {
        assert_eq!(form["resource"], "https://api.example/", "{}", form["grant_type"]);
    }
}
