//! What is kept of the provider, for how long, and what has it fetched again.

use super::support::{Answer, Tab, json};
use std::rc::Rc;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::Need;

const METADATA: &str = "openid-configuration";

fn force(tab: &Tab) -> Option<&'static str> {
    let answer = tab.want(Need { force: true, ..Need::default() }).take().unwrap();
    answer.err().map(|error| error.kind.entry().code)
}

/// D07
#[test]
fn the_metadata_serve_further_sign_ins_for_an_hour() {
    let tab = Tab::new("memory");
    tab.leave();
    tab.pass(3_599_999);
    tab.leave();
    assert_eq!(tab.world.requests_to(METADATA), 1);
    tab.pass(1);
    tab.leave();
    assert_eq!(tab.world.requests_to(METADATA), 2, "an hour after they were fetched");
    tab.pass(3_599_999);
    tab.leave();
    assert_eq!(tab.world.requests_to(METADATA), 2);
}

/// D07
#[test]
fn what_the_provider_says_by_then_is_what_counts() {
    let tab = Tab::new("memory");
    tab.leave();
    tab.world.announce(&[("authorization_endpoint", r#""https://op.example/moved""#)]);
    tab.leave();
    assert!(tab.world.went_to.borrow().starts_with("https://op.example/authorize?"));
    tab.pass(3_600_000);
    tab.leave();
    assert!(tab.world.went_to.borrow().starts_with("https://op.example/moved?"));
}

/// D07
#[test]
fn metadata_that_could_not_be_had_are_not_kept() {
    let tab = Tab::new("memory");
    tab.world.fail("/.well-known/openid-configuration");
    let error = tab.try_to_leave(SignInOptions::default()).unwrap_err();
    assert_eq!((error.kind.entry().code, error.phase.name()), ("network_failed", "discovery"));
    tab.leave();
    assert_eq!(tab.world.requests_to(METADATA), 2);
}

/// D07, A14; the endpoints that a session began with stay its own.
#[test]
fn a_session_asks_for_no_metadata_however_long_it_lasts() {
    let tab = Tab::signed_in("session", 900);
    tab.pass(86_400_000);
    assert!(tab.is_signed_in());
    let again = tab.reloaded();
    again.start();
    assert_eq!(force(&again), None);
    assert_eq!(again.world.requests_to(METADATA), 1, "that of the sign-in");
}

/// D07
#[test]
fn keys_are_kept_for_an_hour() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&vec![Answer::Tokens(900); 20]);
    assert_eq!(tab.world.requests_to("/jwks"), 1);
    tab.pass(3_599_000);
    assert!(tab.world.requests_to("/token") > 5);
    assert_eq!(tab.world.requests_to("/jwks"), 1, "however many refreshes");
    tab.pass(601_000);
    assert_eq!(tab.world.requests_to("/jwks"), 2);
}

/// J12
#[test]
fn a_token_with_a_new_key_has_the_keys_fetched_again() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.signing_key.replace("k2".to_owned());
    tab.world.more_keys.borrow_mut().push("k2".to_owned());
    assert_eq!(force(&tab), None);
    assert_eq!(tab.world.requests_to("/jwks"), 2);
    assert_eq!(*tab.world.checked_with.borrow(), ["k1", "k2"]);
    assert_eq!(force(&tab), None);
    assert_eq!(tab.world.requests_to("/jwks"), 2, "now it is known");
}

/// J12
#[test]
fn a_key_that_was_changed_just_before_the_sign_in_is_found() {
    let before = Tab::new("memory");
    let asked = before.leave();
    // The set of before, fetched beside the exchange, and then the one with the key.
    before.world.reply("/jwks", json(200, r#"{"keys":[]}"#));
    let tab = before.reloaded();
    tab.come_back(&format!("code=c1&state={}&iss=https://op.example", asked["state"]));
    assert!(tab.is_signed_in());
    assert_eq!(tab.world.requests_to("/jwks"), 2);
}

/// J12
#[test]
fn a_key_that_nobody_has_is_looked_for_once() {
    let before = Tab::new("session");
    before.world.signing_key.replace("nobody's".to_owned());
    let tab = before.go(SignInOptions::default());
    assert_eq!(tab.error_code(), Some("id_token_key_unknown"));
    assert_eq!(tab.world.requests_to("/jwks"), 2);
    assert!(tab.world.checked_with.borrow().is_empty(), "no other key is tried");
    assert!(tab.world.stored.borrow().is_empty());
}

/// J12, R03; a look that saw nothing is none: a key that could not be fetched is not unknown.
#[test]
fn keys_that_cannot_be_fetched_end_no_session() {
    let tab = Tab::signed_in("session", 3600);
    tab.world.signing_key.replace("k2".to_owned());
    tab.world.more_keys.borrow_mut().push("k2".to_owned());
    tab.world.fail("/jwks");
    tab.world.fail("/jwks");
    assert_eq!(force(&tab), Some("network_failed"));
    assert!(tab.is_signed_in());
    tab.pass(2_000);
    assert!(tab.is_signed_in(), "{:?}", tab.error_code());
    tab.pass(10_000);
    assert!(tab.is_signed_in(), "{:?}", tab.error_code());
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=false", "the third try finds it");
    assert_eq!(tab.world.requests_to("/jwks"), 4);
    let forms = tab.world.forms_to("/token");
    let sent: Vec<_> = forms[1..].iter().map(|form| form["refresh_token"].as_str()).collect();
    assert_eq!(sent, ["refresh-1", "refresh-2", "refresh-3"], "each spent one was replaced");
}

/// J16; one session's keys are not another's, not even on one page.
#[test]
fn each_session_fetches_keys_of_its_own() {
    let one = Tab::signed_in("memory", 3600);
    let other = Tab::over(Rc::clone(&one.world), "memory");
    assert_eq!(one.world.requests_to("/jwks"), 1);
    let asked = other.leave();
    other.come_back(&format!("code=c2&state={}&iss=https://op.example", asked["state"]));
    assert!(other.is_signed_in());
    assert_eq!(one.world.requests_to("/jwks"), 2);
}
