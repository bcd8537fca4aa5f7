//! Access tokens for fewer scopes, one audience or one resource: asked for with the one refresh token, kept apart, and never
//! served for one another.

use super::support::{Answer, Tab};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::json::Json;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::oauth::restriction::Restriction;
use tokenward::core::options::Options;
use tokenward::core::session::effect::Need;

const APIS: &str = r#""apis":[
    "https://api.example",
    {"origin":"https://api.example","path":"/admin","scope":"admin openid"},
    {"origin":"https://pay.example","resource":"https://pay.example/v1"},
    {"origin":"https://own.example","audience":"app"}
],"audience":"app""#;

/// A page that is signed in for `openid read admin`.
fn signed_in(storage: &str) -> Tab {
    let before = Tab::with(storage, APIS);
    before.world.token_changes.borrow_mut().push(("scope".to_owned(), r#""openid read admin""#.to_owned()));
    let tab = before.go(SignInOptions::default());
    tab.world.token_changes.borrow_mut().clear();
    tab
}

fn restriction(members: &str) -> Option<Restriction> {
    let object = Json::parse(&format!("{{{members}}}")).unwrap();
    let mut options = Options::new(&object, "scope audience resource");
    let restriction = Restriction::read(&mut options);
    options.finish(()).unwrap();
    restriction
}

fn wanting(members: &str) -> Need {
    Need { restriction: restriction(members), ..Need::default() }
}

fn ask(tab: &Tab, need: Need) -> Result<String> {
    tab.want(need).take().expect("it is answered")
}

/// What a request to the token endpoint said beside the refresh token and the client.
fn asked(tab: &Tab) -> Vec<BTreeMap<String, String>> {
    let mut forms = tab.world.forms_to("/token").split_off(1);
    for form in &mut forms {
        for name in ["grant_type", "client_id"] {
            form.remove(name).unwrap();
        }
    }
    forms
}

fn parameters(members: &[(&str, &str)]) -> BTreeMap<String, String> {
    members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// X11
#[test]
fn who_asks_for_fewer_scopes_gets_a_token_of_its_own_and_gets_it_again() {
    let tab = signed_in("memory");
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-2");
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-2");
    assert_eq!(asked(&tab), [parameters(&[("refresh_token", "refresh-1"), ("scope", "read")])]);
    assert_eq!(ask(&tab, Need::default()).unwrap(), "access-1", "the session's own stays");
}

/// X11
#[test]
fn the_order_and_repetition_of_scopes_make_no_other_token() {
    let tab = signed_in("memory");
    assert_eq!(ask(&tab, wanting(r#""scope":"read openid""#)).unwrap(), "access-2");
    assert_eq!(ask(&tab, wanting(r#""scope":"openid  read openid""#)).unwrap(), "access-2");
    assert_eq!(ask(&tab, wanting(r#""scope":"admin read openid""#)).unwrap(), "access-1", "all that was granted");
    assert_eq!(ask(&tab, wanting(r#""audience":"app""#)).unwrap(), "access-1", "what every token is for");
    assert_eq!(tab.world.requests_to("/token"), 2);
}

/// X10, X11
#[test]
fn each_restriction_has_its_own_token_and_the_refresh_token_is_never_spent_twice() {
    let tab = signed_in("memory");
    let restrictions = [
        (r#""scope":"read""#, vec![("scope", "read")]),
        (r#""scope":"admin""#, vec![("scope", "admin")]),
        (r#""audience":"pay""#, vec![("audience", "pay")]),
        (r#""audience":"log""#, vec![("audience", "log")]),
        (r#""resource":"https://pay.example/v1""#, vec![("resource", "https://pay.example/v1")]),
        (
            r#""scope":"read","resource":"https://pay.example/v1""#,
            vec![("resource", "https://pay.example/v1"), ("scope", "read")],
        ),
    ];
    for round in 0..2 {
        for (number, (members, _)) in restrictions.iter().enumerate() {
            assert_eq!(ask(&tab, wanting(members)).unwrap(), format!("access-{}", number + 2), "{members} {round}");
        }
    }
    let mut expected = Vec::new();
    for (number, (_, members)) in restrictions.iter().enumerate() {
        let refresh_token = format!("refresh-{}", number + 1);
        expected.push(parameters(&[&[("refresh_token", refresh_token.as_str())], members.as_slice()].concat()));
    }
    assert_eq!(asked(&tab), expected);
}

/// X10, X11
#[test]
fn a_request_gets_the_token_of_its_api() {
    let tab = signed_in("memory");
    for (url, token) in [
        ("https://api.example/notes", "access-1"),
        ("https://api.example/admin/users", "access-2"),
        ("https://pay.example/v1/pay", "access-3"),
        ("https://api.example/administrator", "access-1"),
        ("https://own.example/", "access-1"),
        ("https://api.example/admin", "access-2"),
    ] {
        assert_eq!(tab.token_for("GET", url).unwrap().0, token, "{url}");
    }
    for (url, restricted) in
        [("https://api.example/notes", false), ("https://api.example/admin", true), ("https://own.example", false)]
    {
        assert!(tab.session.may_receive_token(url));
        assert_eq!(tab.session.is_restricted(url), restricted, "{url}");
    }
    assert!(
        !tab.session.may_receive_token("https://other.example/")
            && !tab.session.is_restricted("https://other.example/")
    );
}

/// X11, R02
#[test]
fn a_crowd_over_several_tokens_asks_once_for_each() {
    let tab = signed_in("memory");
    tab.world.gate_closed.set(true);
    let wishes: Vec<_> = (0..30)
        .map(|number| match number % 3 {
            0 => tab.want(wanting(r#""scope":"read""#)),
            1 => tab.want(wanting(r#""scope":"admin""#)),
            _ => tab.want(Need { force: true, ..Need::default() }),
        })
        .collect();
    tab.world.gate_closed.set(false);
    tab.world.open_gate();
    tab.run();
    assert_eq!(tab.world.requests_to("/token"), 4, "the sign-in, and each token once");
    let mut tokens: Vec<String> = wishes.iter().map(|wish| wish.take().unwrap().unwrap()).collect();
    assert!((3..30).all(|number| tokens[number] == tokens[number - 3]));
    tokens.truncate(3);
    tokens.sort();
    assert_eq!(tokens, ["access-2", "access-3", "access-4"]);
}

/// X11
#[test]
fn what_an_api_refuses_is_fetched_anew_for_that_restriction_alone() {
    let tab = signed_in("memory");
    let read = || wanting(r#""scope":"read""#);
    assert_eq!(ask(&tab, read()).unwrap(), "access-2");
    assert_eq!(ask(&tab, wanting(r#""scope":"admin""#)).unwrap(), "access-3");
    let session = Rc::clone(&tab.session);
    let (_, number, _) = tab.wait(async move { session.token(read(), None).await }).unwrap();
    let refused = Need { refused_generation: Some(number), ..read() };
    assert_eq!(ask(&tab, refused.clone()).unwrap(), "access-4");
    assert_eq!(ask(&tab, refused).unwrap(), "access-4", "a late refusal of the old one");
    assert_eq!(ask(&tab, wanting(r#""scope":"admin""#)).unwrap(), "access-3");
    let own = Need { refused_generation: Some(1), ..Need::default() };
    assert_eq!(ask(&tab, own.clone()).unwrap(), "access-5", "the session's own was of the first generation");
    assert_eq!(ask(&tab, own).unwrap(), "access-5");
    assert_eq!(ask(&tab, read()).unwrap(), "access-4", "a refresh of the session leaves the others");
}

#[test]
fn a_restricted_token_ends_like_any_other() {
    let tab = signed_in("memory");
    tab.world.answer_with(&[Answer::Tokens(100)]);
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-2");
    tab.pass(80_000);
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-2");
    assert_eq!(ask(&tab, Need { min_ttl_ms: 60_000, ..wanting(r#""scope":"read""#) }).unwrap(), "access-3");
    tab.pass(3_590_000);
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-5", "access-4 was the planned refresh");
}

/// X11
#[test]
fn a_provider_that_gives_more_than_was_asked_for_is_not_believed_and_its_refresh_token_is_kept() {
    let tab = signed_in("session");
    tab.world.token_changes.borrow_mut().push(("scope".to_owned(), r#""read admin""#.to_owned()));
    let error = ask(&tab, wanting(r#""scope":"read""#)).unwrap_err();
    assert_eq!((error.kind, error.detail), (Kind::TokenResponseInvalid, "scope"));
    assert!(tab.is_signed_in());
    tab.world.token_changes.borrow_mut().clear();
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-3");
    assert_eq!(asked(&tab)[1]["refresh_token"], "refresh-2", "the one that came with the refused answer");
    assert_eq!(ask(&tab, Need::default()).unwrap(), "access-1");
}

/// X10
#[test]
fn what_the_provider_refuses_to_restrict_ends_nobodys_session() {
    for error in ["invalid_scope", "invalid_target", "unauthorized_client"] {
        let tab = signed_in("memory");
        tab.world.answer_with(&[Answer::Raw(400, format!(r#"{{"error":"{error}"}}"#))]);
        tab.world.gate_closed.set(true);
        let refused = tab.want(wanting(r#""scope":"root""#));
        let other = tab.want(wanting(r#""scope":"read""#));
        tab.world.gate_closed.set(false);
        tab.world.open_gate();
        tab.run();
        let told: Error = refused.take().unwrap().unwrap_err();
        assert!(!told.is_retryable() && told.oauth.as_ref().unwrap().error == error);
        assert_eq!(other.take().unwrap().unwrap(), "access-2", "who waits for something else gets it");
        assert!(tab.is_signed_in());
        assert_eq!(ask(&tab, Need::default()).unwrap(), "access-1");
    }
}

#[test]
fn the_end_of_the_grant_ends_the_session_whatever_was_asked_for() {
    let tab = signed_in("memory");
    tab.world.answer_with(&[Answer::Raw(400, r#"{"error":"invalid_grant"}"#.to_owned())]);
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap_err().kind, Kind::InvalidGrant);
    assert!(!tab.is_signed_in());
}

#[test]
fn a_provider_that_is_away_answers_later() {
    let tab = signed_in("memory");
    tab.world.answer_with(&[Answer::Silence]);
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap_err().kind, Kind::NetworkFailed);
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap_err().kind, Kind::NetworkFailed, "within the back-off");
    assert_eq!(tab.world.requests_to("/token"), 2);
    assert!(tab.is_signed_in());
    tab.pass(5_000);
    assert!(ask(&tab, wanting(r#""scope":"read""#)).is_ok());
}

#[test]
fn without_a_refresh_token_only_the_user_can_have_one() {
    let before = Tab::with("memory", APIS);
    before.world.token_changes.borrow_mut().push(("refresh_token".to_owned(), String::new()));
    let tab = before.go(SignInOptions::default());
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap_err().kind, Kind::InteractionRequired);
    assert!(tab.is_signed_in());
}

/// X11
#[test]
fn a_new_sign_in_and_a_sign_out_leave_none_of_them() {
    let tab = signed_in("session");
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-2");
    let again = tab.go(SignInOptions::default());
    assert_eq!(ask(&again, wanting(r#""scope":"read""#)).unwrap(), "access-4");
    again.sign_out(false, false);
    assert_eq!(ask(&again, wanting(r#""scope":"read""#)).unwrap_err().kind, Kind::NotSignedIn);
}

/// X11
#[test]
fn another_user_does_not_get_them() {
    let other = Tab::with("memory", APIS);
    other.world.id_token_changes.borrow_mut().push(("sub".to_owned(), r#""bob""#.to_owned()));
    let other = other.go(SignInOptions::default());
    let said = other.world.said.borrow().last().unwrap().replace("access-1", "access-b");
    let offer = said.replace(r#""generation":1"#, r#""generation":9"#);
    let tab = signed_in("memory");
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-2");
    tab.session.hear(&offer);
    tab.run();
    assert_eq!(ask(&tab, Need::default()).unwrap(), "access-b");
    tab.world.id_token_changes.borrow_mut().push(("sub".to_owned(), r#""bob""#.to_owned()));
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-3");
}

/// The record and what other tabs hear go on with the new refresh token, and with the session's own access token.
#[test]
fn other_tabs_and_the_store_go_on_with_the_refresh_token_that_came() {
    let tab = signed_in("session");
    assert_eq!(ask(&tab, wanting(r#""scope":"read""#)).unwrap(), "access-2");
    let said = tab.world.said.borrow().last().unwrap().clone();
    assert!(said.contains("access-1") && said.contains("refresh-2") && !said.contains("access-2"), "{said}");
    let again = tab.reloaded();
    again.start();
    assert_eq!(ask(&again, Need::default()).unwrap(), "access-1");
    assert_eq!(ask(&again, wanting(r#""scope":"read""#)).unwrap(), "access-3");
    assert_eq!(asked(&again).last().unwrap()["refresh_token"], "refresh-2");
}

/// A tab that hears of a refresh token that was spent for somebody else's restricted token has nothing to tell its page.
#[test]
fn a_tab_that_hears_of_it_goes_on_quietly() {
    let tab = signed_in("memory");
    let own = tab
        .world
        .said
        .borrow()
        .last()
        .unwrap()
        .replace("refresh-1", "refresh-9")
        .replace(r#""generation":1"#, r#""generation":2"#);
    let published = tab.world.statuses.borrow().len();
    let reported = tab.world.events.borrow().len();
    tab.session.hear(&own);
    tab.run();
    assert_eq!((tab.world.statuses.borrow().len(), tab.world.events.borrow().len()), (published, reported));
    assert!(ask(&tab, Need { force: true, ..Need::default() }).is_ok());
    assert_eq!(asked(&tab).last().unwrap()["refresh_token"], "refresh-9");
}

/// X10; RFC 8707, section 2.1.
#[test]
fn what_tokens_may_be_restricted_to_later_is_granted_at_the_sign_in() {
    let more = r#""apis":[
        {"origin":"https://one.example","resource":"urn:one"},
        {"origin":"https://two.example","path":"/v1","resource":["urn:one"],"scope":"read"}]"#;
    let asked = Tab::with("memory", more).leave();
    assert_eq!(asked["resource"], "urn:one", "and once");
    let tab = Tab::with("memory", more).go(SignInOptions::default());
    assert_eq!(tab.token_for("GET", "https://one.example/").unwrap().0, "access-2");
    assert_eq!(tab.token_for("GET", "https://two.example/v1").unwrap().0, "access-3");
    assert_eq!(tab.world.forms_to("/token")[0].get("resource"), None, "the session's own is for what it was");
}

/// X10
#[test]
fn a_resource_that_was_not_asked_for_at_the_sign_in_costs_no_refresh_token() {
    let tab = signed_in("memory");
    let error = ask(&tab, wanting(r#""resource":["https://pay.example/v1","urn:other"]"#)).unwrap_err();
    assert_eq!((error.kind, error.detail), (Kind::InvalidOption, "resource"));
    assert_eq!(tab.world.requests_to("/token"), 1);
}
