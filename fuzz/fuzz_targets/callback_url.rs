//! The page's URL as the answer to a sign-in: whatever it says, only a code for this very sign-in is given out.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::base::form::values;
use tokenward::core::base::time::Now;
use tokenward::core::base::url::Url;
use tokenward::core::oauth::callback::{check_callback, is_callback, read_callback};
use tokenward::core::oauth::transaction::{LIFETIME_MS, Transaction};

const REDIRECT_URI: &str = "https://app.example/callback";

/// A sign-in at a provider that promises to name itself in every answer.
const SIGN_IN: &str = r#"{
    "state": "the-state",
    "nonce": "the-nonce",
    "verifier": "the-verifier",
    "client_id": "web",
    "redirect_uri": "https://app.example/callback",
    "started": 0,
    "issuer": "https://op.example",
    "authorization_endpoint": "https://op.example/authorize",
    "token_endpoint": "https://op.example/token",
    "jwks_uri": "https://op.example/jwks",
    "authorization_response_iss_parameter_supported": true
}"#;

fuzz_target!(|page_url: &str| {
    if is_callback(page_url, REDIRECT_URI, false) {
        assert!(is_callback(page_url, REDIRECT_URI, true));
    }
    if is_callback(page_url, REDIRECT_URI, true) {
        let page = Url::parse(page_url).unwrap();
        assert!(page.has_userinfo() || page.href().starts_with("https://app.example/callback?"));
    }

    let Ok(parameters) = read_callback(page_url) else { return };
    let query = Url::parse(page_url).unwrap().query();
    for name in ["state", "code", "iss", "error", "error_description", "error_uri"] {
        assert!(values(&query, name).len() <= 1, "{name}");
    }
    assert!(!parameters.state.secret().is_empty());
    assert_eq!(values(&query, "state"), [parameters.state.secret()]);

    let transaction = Transaction::read(SIGN_IN).unwrap();
    let at = |wall_ms| Now { wall_ms, monotonic_ms: 0 };
    if let Ok(code) = check_callback(parameters, &transaction, at(LIFETIME_MS)) {
        assert!(!code.secret().is_empty());
        assert_eq!(values(&query, "code"), [code.secret()]);
        assert_eq!(values(&query, "state"), ["the-state"]);
        assert_eq!(values(&query, "iss"), ["https://op.example"]);
        assert!(values(&query, "error").is_empty());
    }
    let late = read_callback(page_url).unwrap();
    assert!(check_callback(late, &transaction, at(LIFETIME_MS + 1)).is_err());
});
