//! Authorization details: asked for, granted, exposed, and never others than asked for.

use super::support::Tab;
use tokenward::core::base::json::Json;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::Need;
use tokenward::driver::session::Snapshot;

const ASKED: &str = r#""authorizationDetails":[{"type":"pay","amount":5},{"type":"read"}]"#;

/// A page that came back to a provider that grants this.
fn granted(options: &str, details: &str) -> Tab {
    let before = Tab::with("session", options);
    grant(&before, details);
    before.go(SignInOptions::default())
}

fn grant(tab: &Tab, details: &str) {
    tab.world.token_changes.borrow_mut().push(("authorization_details".to_owned(), details.to_owned()));
}

fn exposed(tab: &Tab) -> Option<Vec<Json>> {
    match tab.session.snapshot() {
        Some(Snapshot::SignedIn { authorization_details, .. }) => authorization_details?.items(),
        _ => None,
    }
}

fn force(tab: &Tab) -> Option<&'static str> {
    let answer = tab.want(Need { force: true, ..Need::default() }).take().unwrap();
    answer.err().map(|error| error.kind.entry().code)
}

/// X12; RFC 9396, sections 2 and 3.
#[test]
fn what_is_asked_for_is_sent_as_json() {
    let asked = Tab::with("memory", ASKED).leave();
    let details = Json::parse(&asked["authorization_details"]).unwrap().items().unwrap();
    assert!(details.len() == 2 && details[0].is("type", "pay") && details[0].number("amount") == Some(5.0));
    assert!(!Tab::new("memory").leave().contains_key("authorization_details"));
}

/// X12; section 7.
#[test]
fn what_was_granted_is_exposed() {
    let tab = granted(ASKED, r#"[{"type":"pay","amount":4,"account":"1"}]"#);
    let details = exposed(&tab).unwrap();
    assert!(details.len() == 1 && details[0].number("amount") == Some(4.0) && details[0].is("account", "1"));
    assert!(exposed(&granted("", "")).is_none());
}

/// X12
#[test]
fn what_was_not_asked_for_or_not_answered_is_refused() {
    for (options, details) in [
        (ASKED, ""),
        (ASKED, "null"),
        (ASKED, "[]"),
        (ASKED, r#"{"type":"pay"}"#),
        (ASKED, r#"[{"type":"admin"}]"#),
        (ASKED, r#"[{"type":"pay"},{"type":"admin"}]"#),
        (ASKED, r#"[{"amount":5}]"#),
        ("", r#"[{"type":"pay"}]"#),
    ] {
        let tab = granted(options, details);
        assert_eq!(tab.error_code(), Some("token_response_invalid"), "{details}");
        assert!(tab.world.stored.borrow().is_empty());
    }
}

/// X12
#[test]
fn a_refresh_keeps_what_was_granted_or_says_what_is_now() {
    let tab = granted(ASKED, r#"[{"type":"pay","amount":4}]"#);
    grant(&tab, "");
    assert_eq!(force(&tab), None);
    assert_eq!(exposed(&tab).unwrap().len(), 1, "as before");
    grant(&tab, r#"[{"type":"read"}]"#);
    assert_eq!(force(&tab), None);
    assert!(exposed(&tab).unwrap()[0].is("type", "read"));
    let again = tab.reloaded();
    again.start();
    assert!(exposed(&again).unwrap()[0].is("type", "read"), "and a reload finds it");
    grant(&again, r#"[{"type":"admin"}]"#);
    assert_eq!(force(&again), Some("token_response_invalid"));
    assert_eq!(again.world.statuses.borrow().last().unwrap(), "signedOut refused");
    assert!(again.world.stored.borrow().is_empty());
}
