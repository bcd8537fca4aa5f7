//! What may pass keeps the session; what may not ends it.

use super::support::{Answer, ISSUER, Tab};
use tokenward::core::session::effect::{Event, Need};

fn failed_refreshes(tab: &Tab) -> usize {
    tab.world.events.borrow().iter().filter(|event| matches!(event, Event::RefreshFailed { .. })).count()
}

/// R03
#[test]
fn network_failures_500_429_and_strange_answers_keep_the_session_and_say_stale() {
    let html = Answer::Raw(200, "<html>sign in to the hotel network</html>".to_owned());
    let busy = Answer::Raw(429, r#"{"error":"too_many_requests"}"#.to_owned());
    let away = Answer::Raw(400, r#"{"error":"temporarily_unavailable"}"#.to_owned());
    for trouble in
        [Answer::Silence, Answer::Raw(500, String::new()), Answer::Raw(503, "{}".to_owned()), html, busy, away]
    {
        let tab = Tab::signed_in("memory", 900);
        tab.world.answer_with(&[trouble, Answer::Tokens(900)]);
        tab.pass(600_000);
        assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=true");
        assert_eq!(failed_refreshes(&tab), 1);
        tab.pass(2_000);
        assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=false", "it tries again by itself");
        assert_eq!(tab.world.requests_to("/token"), 3);
    }
}

/// R03
#[test]
fn a_failed_forced_refresh_of_a_fresh_token_is_retried_when_promised() {
    let tab = Tab::signed_in("memory", 3600);
    tab.world.answer_with(&[Answer::Silence, Answer::Tokens(3600)]);
    let answer = tab.want(Need { force: true, ..Need::default() });
    assert_eq!(answer.take().unwrap().unwrap_err().kind.entry().code, "network_failed");
    tab.pass(2_000);
    assert_eq!(tab.world.requests_to("/token"), 3);
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=false");
}

#[test]
fn during_trouble_a_token_that_still_lives_is_used() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&[Answer::Silence]);
    tab.pass(600_000);
    assert_eq!(tab.want(Need::default()).take().unwrap().unwrap(), "access-1");
}

/// R03
#[test]
fn a_day_offline_keeps_the_session_with_few_requests() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&vec![Answer::Silence; 2000]);
    tab.pass(86_400_000);
    assert!(tab.is_signed_in());
    let tries = tab.world.requests_to("/token") - 1;
    assert!((288..=600).contains(&tries), "one try in two to five minutes, {tries} in all");
    tab.world.answers.borrow_mut().clear();
    tab.session.wake();
    tab.run();
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=false");
}

/// R03
#[test]
fn between_two_tries_callers_get_the_same_error_without_a_request() {
    let tab = Tab::signed_in("memory", 100);
    tab.world.timer.take();
    tab.world.wall_ms.set(tab.world.wall_ms.get() + 100_000);
    tab.world.answer_with(&[Answer::Silence]);
    for _ in 0..10 {
        let answer = tab.want(Need::default()).take().unwrap();
        assert_eq!(answer.unwrap_err().kind.entry().code, "network_failed");
    }
    assert_eq!(tab.world.requests_to("/token"), 2);
}

/// R03
#[test]
fn waking_does_not_hurry_a_provider_that_asked_to_wait() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&[Answer::Busy(60)]);
    tab.pass(600_000);
    for _ in 0..5 {
        tab.session.wake();
        tab.run();
    }
    tab.pass(59_999);
    assert_eq!(tab.world.requests_to("/token"), 2, "nothing before the time it named");
    tab.pass(1);
    assert_eq!(tab.world.requests_to("/token"), 3);
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=false");
}

#[test]
fn waking_tries_again_at_once_where_nobody_asked_to_wait() {
    let tab = Tab::signed_in("memory", 900);
    tab.world.answer_with(&[Answer::Silence]);
    tab.pass(600_000);
    tab.session.wake();
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 3);
}

/// R03
#[test]
fn invalid_grant_ends_the_session_and_asks_for_the_user() {
    let tab = Tab::signed_in("session", 900);
    tab.world.answer_with(&[Answer::Raw(400, r#"{"error":"invalid_grant"}"#.to_owned())]);
    tab.pass(600_000);
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedOut expired");
    assert_eq!(tab.error_code(), Some("invalid_grant"));
    assert!(tab.world.events.borrow().iter().any(|event| matches!(event, Event::InteractionRequired(_))));
    assert!(tab.world.stored.borrow().is_empty(), "nothing stays stored");
    tab.pass(86_400_000);
    assert_eq!(tab.world.requests_to("/token"), 2, "nothing refreshes afterwards");
}

/// R05
#[test]
fn a_refresh_that_breaks_a_rule_ends_the_session_without_using_what_came() {
    for (name, value, code) in [
        ("iss", "\"https://evil.example\"", "id_token_issuer_mismatch"),
        ("sub", "\"mallory\"", "id_token_subject_changed"),
        ("aud", "\"other\"", "id_token_audience_mismatch"),
        ("nonce", "\"other\"", "id_token_nonce_mismatch"),
    ] {
        let tab = Tab::signed_in("session", 900);
        tab.world.id_token_changes.borrow_mut().push((name.to_owned(), value.to_owned()));
        tab.pass(600_000);
        assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedOut refused", "{name}");
        assert_eq!(tab.error_code(), Some(code));
        assert!(tab.world.stored.borrow().is_empty());
    }
}

/// R01
#[test]
fn a_response_without_a_refresh_token_keeps_the_one_held() {
    let tab = Tab::signed_in("memory", 900);
    let body = r#"{"access_token":"a","token_type":"Bearer","expires_in":900}"#;
    tab.world.answer_with(&[Answer::Raw(200, body.to_owned())]);
    tab.pass(600_000);
    tab.pass(600_000);
    let last = tab.world.requests.borrow().iter().rfind(|line| line.contains("/token")).unwrap().clone();
    assert!(last.contains("refresh_token=refresh-1"), "{last}");
}

#[test]
fn without_a_refresh_token_the_session_ends_at_expiry_and_asks_for_the_user() {
    let before = Tab::new("session");
    let asked = before.leave();
    let id_token = before.world.id_token();
    let body = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":900,"id_token":"{id_token}"}}"#);
    before.world.answer_with(&[Answer::Raw(200, body)]);
    let tab = Tab::over(before.world, "session");
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    tab.pass(899_999);
    assert!(tab.is_signed_in(), "not before its time");
    tab.pass(1);
    assert_eq!(tab.error_code(), Some("interaction_required"));
    assert!(tab.world.events.borrow().iter().any(|event| matches!(event, Event::InteractionRequired(_))));
    assert!(tab.world.stored.borrow().is_empty());
    assert_eq!(tab.world.requests_to("/token"), 1);
}

#[test]
fn keys_that_cannot_be_had_do_not_cost_the_refresh_token() {
    let before = Tab::signed_in("session", 900);
    // A reload: the keys are not at hand.
    let tab = Tab::over(before.world, "session");
    tab.world.url.replace("https://app.example/".to_owned());
    tab.world.keys_are_away.set(true);
    tab.start();
    tab.pass(600_000);
    assert_eq!(tab.world.requests_to("/token"), 1, "the refresh token was not presented");
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=true");
    tab.world.keys_are_away.set(false);
    tab.pass(2_000);
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=false");
}

/// R01
#[test]
fn a_refresh_token_that_came_with_an_unreadable_rest_is_kept() {
    let tab = Tab::signed_in("session", 900);
    // The provider signs with a new key, and its key set is away just now.
    tab.world.keys_are_away.set(true);
    let header = r#"{"alg":"RS256","kid":"k2"}"#;
    let old = tab.world.id_token();
    let (_, rest) = old.split_once('.').unwrap();
    let id_token =
        format!("{}.{rest}", <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(header.as_bytes()));
    let body = format!(
        r#"{{"access_token":"a2","token_type":"Bearer","expires_in":900,"refresh_token":"rotated","id_token":"{id_token}"}}"#
    );
    tab.world.answer_with(&[Answer::Raw(200, body)]);
    tab.pass(600_000);
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedIn stale=true");
    tab.pass(2_000);
    let last = tab.world.requests.borrow().iter().rfind(|line| line.contains("/token")).unwrap().clone();
    assert!(last.contains("refresh_token=rotated"), "the old one is spent: {last}");
}
