//! A callback is good once, in the tab that asked for it, for the client that asked.

use super::support::{APP, Fake, ISSUER, Tab};
use std::rc::Rc;
use tokenward::core::base::json::Json;
use tokenward::core::config::Config;
use tokenward::driver::session::Session;

/// A06, A18
#[test]
fn a_replayed_callback_is_refused_and_sends_nothing() {
    let before = Tab::new("memory");
    let asked = before.leave();
    let query = format!("code=c1&state={}&iss={ISSUER}", asked["state"]);
    Tab::over(Rc::clone(&before.world), "memory").come_back(&query);
    let again = Tab::over(Rc::clone(&before.world), "memory");
    again.come_back(&query);
    assert_eq!(again.error_code(), Some("callback_state_unknown"));
    assert_eq!(again.world.requests_to("/token"), 1);
}

#[test]
fn a_replayed_callback_does_not_cost_a_stored_session() {
    let tab = Tab::signed_in("session", 3600);
    let again = Tab::over(Rc::clone(&tab.world), "session");
    again.come_back(&format!("code=c1&state=replayed&iss={ISSUER}"));
    assert!(again.is_signed_in(), "nothing already held is lost");
    assert_eq!(again.world.requests_to("/token"), 1);
}

/// A18
#[test]
fn two_at_once_send_the_code_once() {
    let before = Tab::new("memory");
    let asked = before.leave();
    before.world.url.replace(format!("{APP}callback?code=c1&state={}&iss={ISSUER}", asked["state"]));
    let tabs = [Tab::over(Rc::clone(&before.world), "memory"), Tab::over(Rc::clone(&before.world), "memory")];
    for tab in &tabs {
        let session = Rc::clone(&tab.session);
        tab.world.spawned.borrow_mut().push(Box::pin(async move { session.start(false).await }));
    }
    tabs[0].run();
    assert_eq!(before.world.requests_to("/token"), 1);
}

/// A14, A23
#[test]
fn a_code_of_another_client_or_issuer_on_the_same_page_is_left_to_it() {
    let before = Tab::new("memory");
    let asked = before.leave();
    let callback = format!("code=c1&state={}&iss={ISSUER}", asked["state"]);
    for other in [
        format!(r#"{{"issuer":"{ISSUER}","clientId":"other","redirectUri":"/callback"}}"#),
        r#"{"issuer":"https://other.example","clientId":"spa","redirectUri":"/callback"}"#.to_owned(),
    ] {
        let config = Config::read(&Json::parse(&other).unwrap(), APP).unwrap();
        let session = Session::new(config, Fake(Rc::clone(&before.world)));
        let tab = Tab { world: Rc::clone(&before.world), session };
        tab.come_back(&callback);
        assert!(!tab.is_signed_in());
        assert_eq!(tab.error_code(), None);
        assert_eq!(tab.world.requests_to("/token"), 0);
        assert_eq!(*tab.world.url.borrow(), format!("{APP}callback?{callback}"), "the address is not touched");
    }
    let own = Tab::over(Rc::clone(&before.world), "memory");
    own.come_back(&callback);
    assert!(own.is_signed_in(), "the client that asked gets its answer");
}

#[test]
fn a_page_that_is_no_callback_is_left_alone() {
    let tab = Tab::new("memory");
    tab.world.url.replace(format!("{APP}callback?code=SUMMER25"));
    tab.start();
    assert_eq!(*tab.world.url.borrow(), format!("{APP}callback?code=SUMMER25"), "the app's own ?code=");
    assert_eq!(tab.error_code(), None);
}
