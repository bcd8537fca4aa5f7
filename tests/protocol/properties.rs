//! Whatever comes from outside, the parsers answer and never panic; and what one function writes, the other reads.

use super::given::{ISSUER, PAGE, answer, compact, json_answer};
use core::fmt::Debug;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runner, RngSeed};
use std::collections::BTreeSet;
use tokenward::core::base::base64url::{decode, decode_text, encode};
use tokenward::core::base::form::{values, write};
use tokenward::core::base::json::{Json, Writer};
use tokenward::core::base::url::Url;
use tokenward::core::jose::jws::UntrustedJws;
use tokenward::core::oauth::authorize::check_return_to;
use tokenward::core::oauth::callback::{is_callback, read_callback};
use tokenward::core::oauth::discovery::check_discovery_response;
use tokenward::core::oauth::token::check_token_response;
use tokenward::core::oauth::transaction::Transaction;

/// Two runs try the same, so that a failure is a failure for everybody.
fn runner() -> Runner {
    Runner { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Runner::default() }
}

/// Any text, often made of what parsers stumble over.
fn text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        "", "?", "#", "&", "=", "%", "+", ".", "..", "/", "//", "\\", ":", "@", "\0", "\t", "\n", " ", "é", "😀",
        "\u{feff}", "code=c", "state=s", "iss=", "error=e", "%00", "%ff", "%2f", "e30", "{", "}", "[", "]", "\"",
        "null", "https:", "//h",
    ]);
    prop_oneof![any::<String>(), vec(awkward, 0..12).prop_map(|parts| parts.concat())]
}

/// Any JSON text, nested a little.
fn json_text() -> impl Strategy<Value = String> {
    let quoted = |text: String| Writer::default().text("q", &text).finish()[5..].trim_end_matches('}').to_owned();
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        (-1e9..1e9).prop_map(|number: f64| number.to_string()),
        text().prop_map(quoted),
    ];
    let name = prop_oneof![text(), prop::sample::select(MEMBERS.to_vec()).prop_map(str::to_owned)];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let object = vec((name.clone(), inner.clone()), 0..6).prop_map(|members| {
            members.iter().fold(Writer::default(), |object, (name, value)| object.json(name, value)).finish()
        });
        prop_oneof![object, vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(",")))]
    })
}

const MEMBERS: [&str; 12] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "access_token",
    "token_type",
    "expires_in",
    "error",
    "alg",
    "kid",
    "crit",
    "keys",
];

/// Says what it is, so that the compiler does not leave the call out.
fn answers(something: &impl Debug) -> bool {
    !format!("{something:?}").is_empty()
}

proptest! {
    #![proptest_config(runner())]

    #[test]
    fn a_callback_of_any_text_is_answered(url in text(), query in text(), pending in any::<bool>()) {
        prop_assert!(answers(&read_callback(&url)));
        let page = format!("https://app.example/callback?{query}");
        prop_assert!(answers(&read_callback(&page)));
        prop_assert!(answers(&is_callback(&url, &query, pending)));
        prop_assert!(answers(&is_callback(&page, "https://app.example/callback", pending)));
    }

    #[test]
    fn a_state_comes_back_as_it_was_sent(state in ".{1,50}", code in ".{1,50}") {
        let page = format!("https://app.example/callback?{}", write(&[("state", &state), ("code", &code)]));
        let parameters = read_callback(&page).unwrap();
        prop_assert_eq!(parameters.state.secret(), state);
        prop_assert!(is_callback(&page, "https://app.example/callback", false));
    }

    #[test]
    fn a_token_of_any_text_is_answered(token in text(), parts in vec(text(), 0..5)) {
        prop_assert!(answers(&UntrustedJws::parse(&token)));
        let encoded: Vec<String> = parts.iter().map(|part| encode(part.as_bytes())).collect();
        prop_assert!(answers(&UntrustedJws::parse(&parts.join("."))));
        prop_assert!(answers(&UntrustedJws::parse(&encoded.join("."))));
    }

    #[test]
    fn a_token_that_parses_is_the_text_it_came_from(header in json_text(), payload in json_text()) {
        let token = compact(&header, &payload);
        if let Some(jws) = UntrustedJws::parse(&token) {
            prop_assert_eq!([&jws.signing_input, ".", &encode(&jws.signature)].concat(), token);
            prop_assert!(jws.claims().is_none_or(|claims| claims.is_object()));
        }
    }

    #[test]
    fn a_claim_comes_back_as_it_was_written(value in any::<String>()) {
        let token = compact(r#"{"alg":"RS256"}"#, &Writer::default().text("claim", &value).finish());
        prop_assert_eq!(UntrustedJws::parse(&token).unwrap().claims().unwrap().text("claim"), Some(value));
    }

    #[test]
    fn a_token_response_of_any_text_is_answered(status in any::<u16>(), body in prop_oneof![text(), json_text()]) {
        prop_assert!(answers(&check_token_response(&answer(status, "application/json", &body), false, None)));
        prop_assert!(answers(&check_token_response(&json_answer(&body), false, None)));
    }

    /// T04
    #[test]
    fn an_expires_in_of_any_json_is_a_year_at_most(value in json_text()) {
        let body = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{value}}}"#);
        if let Ok(tokens) = check_token_response(&json_answer(&body), false, None) {
            prop_assert!(tokens.lifetime_s.is_none_or(|seconds| (1..=31_536_000).contains(&seconds)));
        }
    }

    /// D06
    #[test]
    fn metadata_of_any_text_is_answered(status in any::<u16>(), body in prop_oneof![text(), json_text()], url in text()) {
        prop_assert!(answers(&check_discovery_response(&answer(status, "application/json", &body), ISSUER)));
        let document = Writer::default().text("issuer", ISSUER).text("authorization_endpoint", &url).finish();
        prop_assert!(check_discovery_response(&json_answer(&document), ISSUER).is_err());
    }

    #[test]
    fn a_record_of_any_text_is_answered(record in prop_oneof![text(), json_text()]) {
        prop_assert!(Transaction::read(&record).is_none());
    }

    /// A17
    #[test]
    fn a_way_back_never_leads_to_another_origin(return_to in text()) {
        if let Ok(path) = check_return_to(&return_to, PAGE) {
            prop_assert_eq!(Url::resolve(&path, PAGE).unwrap().origin(), "https://app.example");
        }
    }

    #[test]
    fn json_comes_back_as_it_was_written(members in vec((any::<String>(), any::<String>()), 0..8), whole in 0..=(1_u64 << 53)) {
        let object = members.iter().fold(Writer::default(), |object, (name, value)| object.text(name, value));
        let names: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_str()).chain(["whole number"]).collect();
        let read = Json::parse(&object.whole("whole number", whole).finish());
        prop_assert_eq!(read.is_some(), names.len() == members.len() + 1);
        let Some(read) = read else { return Ok(()) };
        for (name, value) in &members {
            prop_assert_eq!(read.text(name), Some(value.clone()));
        }
        prop_assert_eq!(read.whole("whole number"), Some(whole));
    }

    #[test]
    fn json_of_any_text_is_answered(text in prop_oneof![text(), json_text()], name in text()) {
        if let Some(value) = Json::parse(&text) {
            prop_assert!(answers(&(value.get(&name), value.whole(&name), value.one_or_many(&name), value.items())));
        }
    }

    #[test]
    fn bytes_come_back_from_base64url(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
    }

    /// J05
    #[test]
    fn base64url_has_one_spelling(text in "[A-Za-z0-9_=+/ -]{0,12}") {
        if let Some(bytes) = decode(&text) {
            prop_assert_eq!(encode(&bytes), text);
        } else {
            prop_assert!(decode_text(&text).is_none());
        }
    }

    /// T01
    #[test]
    fn forms_come_back_as_they_were_written(pairs in vec((any::<String>(), any::<String>()), 0..6)) {
        let borrowed: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let form = write(&borrowed);
        for (name, _) in &pairs {
            let expected: Vec<&String> = pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
            let found = values(&form, name);
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        }
    }
}
