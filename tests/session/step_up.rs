//! What an API asks of the user: reported with what to sign in with, and held to what comes of it.

use super::support::{Answer, Tab};
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::oauth::challenge::{StepUp, Verdict};
use tokenward::core::session::effect::{Event, Need};

const APIS: &str = r#""apis":["https://api.example/v1"]"#;
const API: &str = "https://api.example/v1/notes";
const STRONGER: &str =
    r#"Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="60", realm="r""#;
const WIDER: &str = r#"Bearer error="insufficient_scope", scope="write admin""#;

/// A page that is signed in with this scope.
fn with_scope(scope: &str) -> Tab {
    let before = Tab::with("session", APIS);
    before.world.token_changes.borrow_mut().push(("scope".to_owned(), format!("\"{scope}\"")));
    let tab = before.go(SignInOptions::default());
    assert!(tab.is_signed_in());
    tab
}

/// What the app was told to sign in with.
fn told(tab: &Tab) -> Vec<StepUp> {
    let told = |event: &Event| match event {
        Event::StepUpRequired(step_up) => Some(step_up.clone()),
        _ => None,
    };
    tab.world.events.borrow().iter().filter_map(told).collect()
}

/// B05; RFC 9470, sections 3 and 4.
#[test]
fn a_wish_for_a_stronger_sign_in_is_reported_with_its_terms() {
    for status in [401, 403] {
        let tab = with_scope("openid read");
        let sent = tab.world.requests.borrow().len();
        let terms = StepUp { scope: None, acr_values: Some("gold silver".to_owned()), max_age_s: Some(60) };
        assert_eq!(tab.session.heed(API, status, Some(STRONGER), None), Verdict::StepUp(terms.clone()));
        tab.run();
        assert_eq!(told(&tab), [terms]);
        assert!(tab.is_signed_in(), "the session goes on");
        assert_eq!(tab.world.requests.borrow().len(), sent, "nothing is sent before the app says so");
        assert!(tab.world.left_for.borrow().is_none());
    }
}

/// B03, B05
#[test]
fn a_wish_for_more_scope_is_reported_on_top_of_what_was_granted() {
    for (granted, asked) in [
        ("openid", "openid write admin"),
        ("openid read", "openid read write admin"),
        ("openid write", "openid write admin"),
        ("read", "openid read write admin"),
    ] {
        let tab = with_scope(granted);
        assert!(matches!(tab.session.heed(API, 403, Some(WIDER), None), Verdict::StepUp(_)));
        assert_eq!(told(&tab), [StepUp { scope: Some(asked.to_owned()), ..StepUp::default() }], "{granted}");
        let options = SignInOptions { scope: Some(asked.to_owned()), ..SignInOptions::default() };
        assert_eq!(tab.try_to_leave(options).unwrap()["scope"], asked);
    }
}

/// B04, B05; what a page elsewhere says, to which a redirect may have led, is not for the session.
#[test]
fn a_wish_from_where_no_token_goes_is_nothing() {
    let tab = with_scope("openid");
    for url in [
        "https://evil.example/v1/notes",
        "https://api.example/other",
        "https://api.example/v1x",
        "http://api.example/v1/notes",
        "https://api.example/v1/..%2fadmin",
        "/v1/notes",
        "",
    ] {
        for challenge in [STRONGER, WIDER, "Bearer", r#"Bearer error="invalid_token""#] {
            assert_eq!(tab.session.heed(url, 401, Some(challenge), Some("n1")), Verdict::Keep, "{url}");
        }
    }
    assert_eq!(told(&tab), []);
}

#[test]
fn without_a_session_nothing_is_asked_of_the_user() {
    let tab = Tab::with("session", APIS);
    assert_eq!(tab.session.heed(API, 401, Some(STRONGER), None), Verdict::Keep, "not started");
    tab.start();
    assert_eq!(tab.session.heed(API, 401, Some(STRONGER), None), Verdict::Keep, "nobody is signed in");
    let tab = with_scope("openid");
    tab.session.dispose();
    assert_eq!(tab.session.heed(API, 401, Some(STRONGER), None), Verdict::Keep, "disposed");
    assert_eq!(told(&tab), []);
}

/// B03
#[test]
fn other_answers_ask_nothing_of_the_user() {
    let tab = with_scope("openid");
    for (status, challenge, verdict) in [
        (401, None, Verdict::Refresh),
        (401, Some("Bearer"), Verdict::Refresh),
        (401, Some(r#"Bearer error="invalid_token""#), Verdict::Refresh),
        (403, None, Verdict::Keep),
        (403, Some("Bearer"), Verdict::Keep),
        (200, Some(STRONGER), Verdict::Keep),
        (400, Some(r#"Bearer error="invalid_request""#), Verdict::Keep),
        (401, Some(r#"Basic error="insufficient_scope""#), Verdict::Refresh),
        (500, Some(WIDER), Verdict::Keep),
    ] {
        assert_eq!(tab.session.heed(API, status, challenge, None), verdict, "{status} {challenge:?}");
    }
    assert_eq!(told(&tab), []);
}

fn stronger(acr_essential: bool) -> SignInOptions {
    SignInOptions {
        acr_values: Some("gold silver".to_owned()),
        max_age_s: Some(60),
        acr_essential,
        ..SignInOptions::default()
    }
}

/// Signs in again with these terms, at a provider whose ID token says so.
fn again(options: SignInOptions, claims: &[(&str, &str)]) -> Tab {
    let tab = Tab::with("memory", APIS).go(SignInOptions::default());
    let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    tab.world.id_token_changes.borrow_mut().extend(claims);
    let asked = tab.try_to_leave(options).unwrap();
    assert_eq!((asked["acr_values"].as_str(), asked["max_age"].as_str()), ("gold silver", "60"));
    let tab = tab.reloaded();
    tab.come_back(&format!("code=c2&state={}&iss=https://op.example", asked["state"]));
    tab
}

/// B05, I10, I11
#[test]
fn an_answer_that_meets_the_terms_signs_in() {
    for acr in ["\"gold\"", "\"silver\""] {
        let tab = again(stronger(true), &[("acr", acr), ("auth_time", "1799999990")]);
        assert!(tab.is_signed_in(), "{acr} {:?}", tab.error_code());
    }
}

/// B05, I10, I11
#[test]
fn an_answer_that_does_not_meet_the_terms_is_an_error_and_no_loop() {
    for (acr, auth_time, code) in [
        ("\"bronze\"", "1799999990", "id_token_acr_unmet"),
        ("null", "1799999990", "id_token_acr_unmet"),
        ("[\"gold\"]", "1799999990", "id_token_acr_unmet"),
        ("\"gold\"", "1799990000", "id_token_time_invalid"),
        ("\"gold\"", "null", "id_token_time_invalid"),
    ] {
        let tab = again(stronger(true), &[("acr", acr), ("auth_time", auth_time)]);
        assert_eq!(tab.error_code(), Some(code), "{acr} {auth_time}");
        assert!(tab.world.left_for.borrow().is_none(), "the page stays");
        assert_eq!(tab.world.requests_to("/token"), 2, "one for each sign-in");
        assert!(tab.world.stored.borrow().is_empty(), "nothing of it is kept");
        tab.pass(3_600_000);
        assert_eq!(tab.world.requests_to("/token"), 2);
    }
}

/// I10
#[test]
fn a_class_that_is_not_insisted_on_is_asked_for_all_the_same() {
    for acr in ["\"bronze\"", "null"] {
        assert!(again(stronger(false), &[("acr", acr), ("auth_time", "1799999990")]).is_signed_in(), "{acr}");
    }
}

fn silent() -> SignInOptions {
    SignInOptions { prompt: Some("none".to_owned()), ..SignInOptions::default() }
}

fn other_user(tab: &Tab) {
    tab.world.id_token_changes.borrow_mut().push(("sub".to_owned(), "\"mallory\"".to_owned()));
}

/// I18
#[test]
fn a_sign_in_without_a_question_is_of_the_user_who_was_signed_in() {
    let tab = Tab::signed_in("memory", 3600);
    assert!(tab.go(silent()).is_signed_in(), "the same user");
    let tab = Tab::signed_in("memory", 3600);
    other_user(&tab);
    let refused = tab.go(silent());
    assert_eq!(refused.error_code(), Some("id_token_subject_changed"));
    assert!(refused.world.stored.borrow().is_empty());
}

/// I18
#[test]
fn a_refused_sign_in_without_a_question_costs_no_stored_session() {
    let tab = Tab::signed_in("session", 3600);
    other_user(&tab);
    let refused = tab.go(silent());
    assert!(refused.is_signed_in(), "as who it was");
    assert_eq!(refused.want(Need::default()).take().unwrap().unwrap(), "access-1", "with the token of before");
}

/// I18
#[test]
fn whoever_answers_a_question_may_be_another_user() {
    for options in [SignInOptions::default(), SignInOptions { prompt: Some("login".to_owned()), ..silent() }] {
        let tab = Tab::signed_in("memory", 3600);
        other_user(&tab);
        assert!(tab.go(options).is_signed_in());
    }
    let nobody = Tab::new("memory");
    other_user(&nobody);
    assert!(nobody.go(silent()).is_signed_in(), "and where nobody was signed in, whoever it is");
    let gone = Tab::signed_in("memory", 3600);
    gone.sign_out(false, false);
    other_user(&gone);
    assert!(gone.go(silent()).is_signed_in());
}

/// T05, R04
#[test]
fn the_scope_that_was_granted_is_the_session_s_be_it_more_or_less() {
    for granted in ["openid", "openid read write admin", "read"] {
        let tab = with_scope(granted);
        assert_eq!(tab.session.inspect().scope.as_deref(), Some(granted));
        tab.world.answer_with(&[Answer::Tokens(3600)]);
        assert!(tab.want(Need { force: true, ..Need::default() }).take().unwrap().is_ok());
        assert!(!tab.world.forms_to("/token")[1].contains_key("scope"), "a refresh asks for what there is");
    }
    let tab = Tab::new("session").go(SignInOptions { scope: Some("openid a".to_owned()), ..SignInOptions::default() });
    assert_eq!(tab.session.inspect().scope.as_deref(), Some("openid a"), "where nothing is said, what was asked for");
}
