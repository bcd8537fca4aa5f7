//! The record of one sign-in: it comes back as it was written, or not at all.

use super::given::{NOW_S, at, dpop_key, json, now, object, test, transaction};
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::oauth::transaction::{KEY_PREFIX, LIFETIME_MS, Transaction};

const TEXTS: [&str; 13] = [
    "state",
    "nonce",
    "verifier",
    "client_id",
    "redirect_uri",
    "scope",
    "return_to",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "dpop_key",
    "dpop_public",
];

/// The record with one member changed; an empty text takes it away.
fn tampered(name: &str, value: &str) -> Option<Transaction> {
    tampered_of(&transaction(&[]), name, value)
}

fn tampered_of(whole: &Transaction, name: &str, value: &str) -> Option<Transaction> {
    let record = json(&whole.write());
    let text = |name: &'static str| Some((name, format!("{:?}", record.text(name)?)));
    let mut members: Vec<(&str, String)> = TEXTS.into_iter().filter_map(text).collect();
    members.push(("started", now().wall_ms.to_string()));
    let members: Vec<(&str, &str)> = members.iter().map(|(name, json)| (*name, json.as_str())).collect();
    Transaction::read(&object(&members, &[(name, value)]))
}

#[test]
fn what_is_written_is_read_back() {
    let mut written = transaction(&[("authorization_response_iss_parameter_supported", "true")]);
    written.max_age_s = Some(0);
    "/\"quoted\"\\\u{1}\u{7f}é\u{2028}😀".clone_into(&mut written.return_to);
    let read = Transaction::read(&written.write()).unwrap();
    assert_eq!(read.state.secret(), "the-state");
    assert_eq!(read.nonce.secret(), "the-nonce");
    assert_eq!(read.verifier.secret(), "the-verifier");
    assert_eq!(read.client_id, written.client_id);
    assert_eq!(read.redirect_uri, written.redirect_uri);
    assert_eq!(read.scope, written.scope);
    assert_eq!(read.return_to, written.return_to);
    assert_eq!(read.max_age_s, Some(0));
    assert_eq!(read.started_wall_ms, written.started_wall_ms);
    assert_eq!(read.metadata.issuer, written.metadata.issuer);
    assert_eq!(read.metadata.authorization_endpoint, written.metadata.authorization_endpoint);
    assert_eq!(read.metadata.token_endpoint, written.metadata.token_endpoint);
    assert_eq!(read.metadata.jwks_uri, written.metadata.jwks_uri);
    assert_eq!(read.metadata.revocation_endpoint, written.metadata.revocation_endpoint);
    assert_eq!(read.metadata.end_session_endpoint, written.metadata.end_session_endpoint);
    assert!(read.metadata.iss_parameter_supported);
}

#[test]
fn what_was_not_asked_for_is_not_read_back() {
    let read =
        Transaction::read(&transaction(&[("revocation_endpoint", ""), ("end_session_endpoint", "")]).write()).unwrap();
    assert!(read.max_age_s.is_none());
    assert!(read.metadata.revocation_endpoint.is_none() && read.metadata.end_session_endpoint.is_none());
    assert!(!read.metadata.iss_parameter_supported);
}

/// A14; the record names its provider, whatever the page's options say by then.
#[test]
fn the_provider_of_the_record_is_the_one_that_was_asked() {
    assert_eq!(tampered("", "").unwrap().metadata.token_endpoint, "https://op.example/token");
}

#[test]
fn a_record_that_lacks_what_the_way_back_needs_is_none() {
    for name in ["state", "nonce", "verifier", "client_id", "redirect_uri", "issuer", "token_endpoint", "jwks_uri"] {
        for value in ["", "null", "5", "[]", "{}"] {
            assert!(tampered(name, value).is_none(), "{name}: {value}");
        }
    }
    for name in ["state", "nonce", "verifier", "client_id", "redirect_uri", "token_endpoint", "jwks_uri"] {
        assert!(tampered(name, "\"\"").is_none(), "{name}");
    }
}

/// A21
#[test]
fn a_record_with_an_open_line_in_it_is_none() {
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        assert!(tampered(name, "\"http://op.example/x\"").is_none(), "{name}");
        assert!(tampered(name, "\"javascript:alert(1)\"").is_none(), "{name}");
    }
}

#[test]
fn what_is_no_record_is_none() {
    for record in ["", "null", "[]", "5", "\"x\"", "{}", "{\"state\":", "[object Object]"] {
        assert!(Transaction::read(record).is_none(), "{record}");
    }
}

/// A20
#[test]
fn a_record_without_its_beginning_is_expired() {
    for value in ["", "null", "\"1800000000000\"", "-1", "true"] {
        assert!(tampered("started", value).unwrap().is_expired(now()), "{value}");
    }
}

/// A20
#[test]
fn a_sign_in_expires_after_its_lifetime_and_not_before() {
    let transaction = transaction(&[]);
    let after = |ms: u64| Now { wall_ms: now().wall_ms + ms, monotonic_ms: 0 };
    assert!(!transaction.is_expired(now()));
    assert!(!transaction.is_expired(after(LIFETIME_MS)));
    assert!(transaction.is_expired(after(LIFETIME_MS + 1)));
    assert!(transaction.is_expired(at(NOW_S - 1)), "it cannot begin in the future");
}

#[test]
fn each_state_has_its_own_key() {
    assert_eq!(Transaction::key("a"), [KEY_PREFIX, "a"].concat());
    assert_ne!(Transaction::key("a"), Transaction::key("b"));
}

#[test]
fn the_record_is_one_json_object() {
    assert!(Json::parse(&transaction(&[]).write()).is_some_and(|record| record.is_object()));
}

/// I11; or else the check of the age is off without a word.
#[test]
fn a_record_with_an_age_of_another_type_is_none() {
    for max_age in ["\"60\"", "true", "[]", "-1"] {
        assert!(tampered("max_age", max_age).is_none(), "{max_age}");
    }
}

/// R07, I10, I18; what the answer is held to survives the way to the provider and back.
#[test]
fn what_the_answer_is_held_to_is_read_back() {
    let mut written = transaction(&[]);
    written.acr_values = Some("gold silver".to_owned());
    written.subject = Some("alice \"é\"".to_owned());
    written.dpop_key = Some(dpop_key());
    let read = Transaction::read(&written.write()).unwrap();
    assert_eq!(read.acr_values.as_deref(), Some("gold silver"));
    assert_eq!(read.subject, written.subject);
    assert_eq!(read.dpop_key, Some(dpop_key()));
    let read = Transaction::read(&transaction(&[]).write()).unwrap();
    assert_eq!((read.acr_values, read.subject, read.dpop_key), (None, None, None), "and what was not asked for is not");
}

/// I10, I18; or else the checks are off without a word.
#[test]
fn a_record_whose_class_or_user_is_no_text_is_none() {
    for name in ["acr_values", "subject"] {
        assert!(tampered(name, "null").is_some(), "{name}");
        for value in ["5", "true", "[]", r#"["gold"]"#, "{}"] {
            assert!(tampered(name, value).is_none(), "{name}: {value}");
        }
    }
}

/// P08, P10; or else the code is sent without the proof that it is bound to.
#[test]
fn a_record_with_half_a_key_is_none() {
    let mut whole = transaction(&[]);
    whole.dpop_key = Some(dpop_key());
    let bound = |name, value| tampered_of(&whole, name, value);
    assert_eq!(bound("", "").unwrap().dpop_key, Some(dpop_key()));
    for name in ["dpop_key", "dpop_public"] {
        for value in ["", "null", "5", "true", "[]", "{}"] {
            assert!(bound(name, value).is_none(), "{name}: {value}");
        }
    }
}
