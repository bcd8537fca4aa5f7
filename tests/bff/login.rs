//! What a sign-in and a sign-out ask for, and what the browser keeps meanwhile.

use super::world::config;
use std::rc::Rc;
use tokenward::core::base::error::Kind;
use tokenward::core::base::http::Response;
use tokenward::core::base::secret::{CodeVerifier, Nonce, State};
use tokenward::core::bff::login::{LOGIN_COOKIE, Login, Logout, LogoutOptions, again, cookie_name, read_login};
use tokenward::core::oauth::discovery::check_discovery_response;
use tokenward::core::oauth::transaction::Transaction;

#[test]
fn a_navigation_says_what_it_asks_for() {
    let config = config("").unwrap();
    let query = "returnTo=%2Finbox%3Fa%3D1&prompt=login&login_hint=alice%40example.com&max_age=60&acr_values=gold&ui_locales=de";
    let options = read_login(query, &config).unwrap();
    assert_eq!(options.return_to.as_deref(), Some("/inbox?a=1"));
    assert_eq!((options.prompt.as_deref(), options.login_hint.as_deref()), (Some("login"), Some("alice@example.com")));
    assert_eq!((options.max_age_s, options.acr_values.as_deref()), (Some(60), Some("gold")));
    assert_eq!(options.ui_locales.as_deref(), Some("de"));
    assert_eq!(read_login("", &config).unwrap().return_to.as_deref(), Some("/"));
    assert_eq!(read_login("prompt=&max_age=", &config).unwrap().max_age_s, None);
}

#[test]
fn a_navigation_that_asks_for_nonsense_is_refused() {
    let config = config("").unwrap();
    let long = "x".repeat(2_001);
    for (query, name) in [
        ("returnTo=https://evil.example", "returnTo"),
        ("returnTo=/a&returnTo=/b", "returnTo"),
        ("prompt=create", "prompt"),
        ("prompt=none&prompt=login", "prompt"),
        ("max_age=-1", "max_age"),
        ("max_age=1.5", "max_age"),
        ("max_age=999999999999", "max_age"),
        (&format!("login_hint={long}"), "login_hint"),
    ] {
        let error = read_login(query, &config).unwrap_err();
        assert_eq!((error.kind, error.detail), (Kind::InvalidOption, name), "{query}");
    }
}

/// A provider that was asked not to ask the user would say the same again, and the browser go round in circles.
#[test]
fn trying_again_asks_for_nothing_but_the_place() {
    let config = config("").unwrap();
    assert_eq!(again(&config, Some("/inbox?a=1")), "/auth/login?returnTo=%2Finbox%3Fa%3D1");
    assert_eq!(again(&config, None), "/auth/login?returnTo=%2F");
}

#[test]
fn sign_ins_have_cookies_of_their_own() {
    assert_eq!(cookie_name(LOGIN_COOKIE, "abcd-_12345"), "__Host-tokenward-login-abcd-_12");
    assert_ne!(cookie_name(LOGIN_COOKIE, "abcdefgh"), cookie_name(LOGIN_COOKIE, "abcdefgi"));
    // Whatever a callback says, the name is one.
    assert_eq!(cookie_name(LOGIN_COOKIE, "a; =\"\u{e9}b.c"), "__Host-tokenward-login-abc");
}

#[test]
fn what_the_browser_keeps_is_read_back() {
    let document = r#"{"issuer":"https://op.example","authorization_endpoint":"https://op.example/a",
        "token_endpoint":"https://op.example/t","jwks_uri":"https://op.example/k"}"#;
    let response = Response::new(200, "application/json", document.to_owned());
    let transaction = Transaction {
        state: State::new("s".to_owned()),
        nonce: Nonce::new("n".to_owned()),
        verifier: CodeVerifier::new("v".to_owned()),
        client_id: "app".to_owned(),
        redirect_uri: "https://app.example/auth/callback".to_owned(),
        scope: "openid".to_owned(),
        return_to: "/inbox".to_owned(),
        max_age_s: Some(60),
        acr_values: None,
        subject: None,
        dpop_key: None,
        started_wall_ms: 7,
        metadata: Rc::new(check_discovery_response(&response, "https://op.example").unwrap()),
    };
    let login = Login { transaction, before: Some("old".to_owned()) };
    let read = Login::read(&login.write()).unwrap();
    assert_eq!((read.transaction.verifier.secret(), read.transaction.return_to.as_str()), ("v", "/inbox"));
    assert_eq!((read.transaction.max_age_s, read.before.as_deref()), (Some(60), Some("old")));
    assert!(Login::read("{}").is_none() && Login::read("no JSON").is_none());
    assert!(!format!("{login:?}").contains("\"v\""));

    let url = "https://op.example/end?state=s".to_owned();
    let logout = Logout { state: "s".to_owned(), url, return_to: "/bye".to_owned() };
    let read = Logout::read(&logout.write()).unwrap();
    assert_eq!((read.return_to.as_str(), &read.url), ("/bye", &logout.url));
    assert!(Logout::read("{}").is_none());
}

#[test]
fn a_sign_out_says_where_to_be_and_how_far_it_goes() {
    let config = config("").unwrap();
    let read = |body: &str| LogoutOptions::read(body, &config);
    let (none, all) = (read("").unwrap(), read(r#"{"returnTo":"/bye","scope":"local"}"#).unwrap());
    assert_eq!((none.return_to.as_str(), none.is_local), ("/", false));
    assert_eq!((all.return_to.as_str(), all.is_local), ("/bye", true));
    for (body, name) in [
        (r#"{"returnTo":"https://evil.example"}"#, "returnTo"),
        (r#"{"scope":"everywhere"}"#, "scope"),
        (r#"{"scop":"local"}"#, "a name that no option has"),
        ("[]", "body"),
        ("returnTo=/bye", "body"),
    ] {
        assert_eq!(read(body).unwrap_err().detail, name, "{body}");
    }
}
