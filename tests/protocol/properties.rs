//! Whatever comes from outside, the parsers answer and never panic; and what one function writes, the other reads.

use super::given::{CLIENT, ISSUER, PAGE, addressed, answer, compact, json, json_answer, now};
use core::fmt::Debug;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runner, RngSeed};
use std::collections::{BTreeMap, BTreeSet};
use tokenward::core::base::base64url::{decode, decode_text, encode};
use tokenward::core::base::form::{values, write};
use tokenward::core::base::json::{Json, Writer};
use tokenward::core::base::url::Url;
use tokenward::core::jose::jws::{Algorithm, UntrustedJws};
use tokenward::core::jose::jwt::{Flaw, UntrustedJwt};
use tokenward::core::oauth::authorize::check_return_to;
use tokenward::core::oauth::callback::{is_callback, read_callback};
use tokenward::core::oauth::challenge::{Challenge, Verdict, judge, read_challenges};
use tokenward::core::oauth::discovery::check_discovery_response;
use tokenward::core::oauth::dpop::{Nonces, Role};
use tokenward::core::oauth::par::check_pushed_response;
use tokenward::core::oauth::token::check_token_response;
use tokenward::core::oauth::transaction::Transaction;
use tokenward::core::oidc::userinfo::{check_userinfo, check_userinfo_response};

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

const MEMBERS: [&str; 19] = [
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
    "typ",
    "iss",
    "aud",
    "sub",
    "nonce",
    "request_uri",
    "authorization_details",
];

/// What a header may be made of: what HTTP knows, by what it stumbles over.
fn header_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Bearer",
        "DPoP",
        "dpop",
        "Basic",
        "Negotiate",
        " ",
        "  ",
        "\t",
        ",",
        ", ",
        "=",
        "==",
        "\"",
        "\\",
        "\\\"",
        "error",
        "ERROR",
        "scope",
        "realm",
        "use_dpop_nonce",
        "invalid_token",
        "insufficient_scope",
        "a",
        "abc/+~",
        "é",
        "😀",
        ";",
        "'",
        "\0",
        "error=\"x\"",
        "realm=y",
        "max_age=\"5\"",
    ]);
    prop_oneof![text(), vec(piece, 0..16).prop_map(|pieces| pieces.concat())]
}

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}"
}

/// Challenges as they may be meant, parameters in lower case.
fn challenges() -> impl Strategy<Value = Vec<Challenge>> {
    let name = token().prop_map(|name| name.to_ascii_lowercase());
    let parameters = prop::collection::btree_map(name, any::<String>(), 0..4).prop_map(|all| all.into_iter().collect());
    let token68 = "[A-Za-z0-9._~+/-]{1,8}={0,2}".prop_map(|token68| vec![(String::new(), token68)]);
    let one = (token(), prop_oneof![3 => parameters, 1 => token68]);
    vec(one.prop_map(|(scheme, parameters)| Challenge { scheme, parameters }), 1..4)
}

/// The header that says so, every value in quotes.
fn header_of(challenges: &[Challenge]) -> String {
    let one = |challenge: &Challenge| {
        let parameter = |(name, value): &(String, String)| match name.as_str() {
            "" => value.clone(),
            name => format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        let parameters: Vec<String> = challenge.parameters.iter().map(parameter).collect();
        [challenge.scheme.as_str(), &parameters.join(", ")].join(" ")
    };
    challenges.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(Algorithm::ALL.to_vec())
}

/// What the UserInfo endpoint may say: anything, or what it should but for a member or another.
fn claims() -> impl Strategy<Value = String> {
    let often = |usual: &str, others: &[&str]| {
        let others: Vec<String> = others.iter().map(|json| (*json).to_owned()).collect();
        prop_oneof![3 => Just(usual.to_owned()), 1 => prop::sample::select(others)]
    };
    let subject = often("\"alice\"", &["\"bob\"", "null", "5", r#"["alice"]"#]);
    let issuer = often("\"https://op.example\"", &["\"https://evil.example\"", "null", "[]"]);
    let audience = often("\"web\"", &[r#"["web"]"#, r#"["web","other"]"#, "\"other\"", "null", "5"]);
    let members = (subject, issuer, audience, text(), json_text());
    let written = members.prop_map(|(subject, issuer, audience, name, value)| {
        let usual = Writer::default().json("sub", &subject).json("iss", &issuer).json("aud", &audience);
        usual.json(&name, &value).finish()
    });
    prop_oneof![1 => json_text(), 3 => written]
}

fn header() -> impl Strategy<Value = String> {
    let algorithm = prop::sample::select(vec!["RS256", "none", "HS256", "EdDSA", "Ed25519"]);
    let typ = prop::sample::select(vec!["JWT", "at+jwt", "application/at+jwt", "AT+JWT", "x/at+jwt", ""]);
    prop_oneof![
        json_text(),
        (algorithm, json_text()).prop_map(|(alg, typ)| format!(r#"{{"alg":"{alg}","typ":{typ}}}"#)),
        typ.prop_map(|typ| format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#)),
    ]
}

fn pushed_body() -> impl Strategy<Value = String> {
    let both = |(uri, seconds): (String, String)| format!(r#"{{"request_uri":{uri},"expires_in":{seconds}}}"#);
    let named = |uri: String| Writer::default().text("request_uri", &uri).whole("expires_in", 5).finish();
    prop_oneof![text(), json_text(), (json_text(), json_text()).prop_map(both), any::<String>().prop_map(named)]
}

fn nonce() -> impl Strategy<Value = String> {
    prop_oneof![text(), "[!-~]{0,6}"]
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::AuthorizationServer, Role::ResourceServer])
}

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
        prop_assert!(is_callback(&page, "https://app.example/callback", true));
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

    /// B02
    #[test]
    fn a_header_that_is_read_is_read_the_same_again(header in header_text()) {
        let read = read_challenges(&header);
        for challenge in &read {
            let is_character = |b: u8| b.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&b);
            let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_character);
            prop_assert!(is_token(&challenge.scheme));
            let names: BTreeSet<&str> = challenge.parameters.iter().map(|(name, _)| name.as_str()).collect();
            prop_assert_eq!(names.len(), challenge.parameters.len(), "no name twice");
            for name in names {
                prop_assert!(name.is_empty() || is_token(name) && name == name.to_ascii_lowercase());
            }
        }
        prop_assert_eq!(read_challenges(&header_of(&read)), read);
    }

    /// B02
    #[test]
    fn challenges_come_back_as_they_were_written(
        meant in challenges(),
        more in challenges(),
        space in "[ \t]{0,3}",
    ) {
        let header = header_of(&meant);
        let spaced = [&space, header.as_str(), &space, ",", &space, ","].concat();
        prop_assert_eq!(&read_challenges(&header), &meant);
        prop_assert_eq!(&read_challenges(&spaced), &meant);
        let joined = [header.as_str(), ",", &space, &header_of(&more)].concat();
        prop_assert_eq!(read_challenges(&joined), [meant.clone(), more].concat(), "several headers are one list");
        let mut loud = meant.clone();
        for (name, _) in loud.iter_mut().flat_map(|challenge| &mut challenge.parameters) {
            name.make_ascii_uppercase();
        }
        prop_assert_eq!(read_challenges(&header_of(&loud)), meant, "names count without case");
    }

    /// B02; what is cut off within a quoted string says nothing.
    #[test]
    fn a_header_without_its_end_says_nothing(meant in challenges(), value in "[^\"\\\\]{0,9}") {
        let cut = format!("{}, X x=\"{value}", header_of(&meant));
        prop_assert_eq!(read_challenges(&cut), []);
    }

    /// B03, B05, P06
    #[test]
    fn only_a_401_or_403_asks_for_anything(
        status in prop_oneof![Just(401), Just(403), any::<u16>()],
        header in header_text(),
        has_nonce in any::<bool>(),
    ) {
        match judge(status, Some(&header), has_nonce) {
            Verdict::Keep => {}
            Verdict::Refresh => prop_assert_eq!(status, 401),
            Verdict::Again => prop_assert!(status == 401 && has_nonce && header.contains("use_dpop_nonce")),
            Verdict::StepUp(step_up) => {
                prop_assert!(matches!(status, 401 | 403) && header.contains("insufficient_"));
                let words = step_up.clone().widened("openid read").scope;
                prop_assert_eq!(words.is_some(), step_up.scope.is_some());
                for word in words.iter().flat_map(|scope| scope.split(' ')) {
                    prop_assert!(!word.is_empty());
                }
                prop_assert!(words.is_none_or(|scope| scope.starts_with("openid read")));
            }
        }
    }

    /// P07
    #[test]
    fn each_nonce_is_the_last_of_its_server_in_its_role(kept in vec((role(), 0..40_usize, nonce()), 0..120)) {
        let url = |server: usize| format!("https://s{server}.example/{server}?x");
        let is_valid = |nonce: &str| {
            !nonce.is_empty() && nonce.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        };
        let mut nonces = Nonces::default();
        let mut last = BTreeMap::new();
        for (role, server, nonce) in &kept {
            nonces.keep(*role, &url(*server), nonce);
            if is_valid(nonce) {
                last.insert((*role == Role::ResourceServer, *server), nonce.as_str());
            }
        }
        let mut forgotten = 0;
        for ((is_resource_server, server), nonce) in &last {
            let role = if *is_resource_server { Role::ResourceServer } else { Role::AuthorizationServer };
            match nonces.of(role, &url(*server)) {
                Some(found) => prop_assert_eq!(found, *nonce),
                None => forgotten += 1,
            }
        }
        prop_assert_eq!(forgotten, last.len().saturating_sub(32), "the last 32 are known");
        for server in 0..41 {
            for (is_resource_server, role) in [(false, Role::AuthorizationServer), (true, Role::ResourceServer)] {
                let known = last.contains_key(&(is_resource_server, server));
                prop_assert!(known || nonces.of(role, &url(server)).is_none(), "nobody's is another's");
            }
        }
    }

    /// X01, X02
    #[test]
    fn a_pushed_request_has_the_name_of_a_201_and_no_other(
        status in prop_oneof![Just(201), any::<u16>()],
        media_type in prop_oneof![Just("application/json".to_owned()), text()],
        body in pushed_body(),
    ) {
        let response = answer(status, &media_type, &body);
        let is_good = |body: &Json| body.whole("expires_in").is_some_and(|seconds| seconds > 0);
        let read = Json::parse(&body).filter(Json::is_object).filter(is_good);
        let name = read.and_then(|body| body.text("request_uri")).filter(|uri| !uri.is_empty());
        let expected = name.filter(|_| status == 201 && response.media_type == "application/json");
        prop_assert_eq!(check_pushed_response(&response).ok(), expected);
    }

    /// U01, U02, U03
    #[test]
    fn claims_are_believed_about_the_right_user_only(
        status in prop_oneof![4 => Just(200_u16), 1 => any::<u16>()],
        claims in claims(),
        alg in prop::sample::select(vec!["RS256", "none", "HS256", "ES256", "PS256"]),
        registered in prop::option::of(Just(Algorithm::Rs256)),
        is_jwt in any::<bool>(),
        valid in any::<bool>(),
    ) {
        let (media_type, body) = if is_jwt {
            ("application/jwt", compact(&format!(r#"{{"alg":"{alg}"}}"#), &claims))
        } else {
            ("application/json", claims.clone())
        };
        let alice = json(r#"{"sub":"alice"}"#);
        let believed = check_userinfo_response(&answer(status, media_type, &body), registered)
            .and_then(|untrusted| check_userinfo(untrusted, valid, &addressed(0), &alice, now()));
        let read = Json::parse(&claims).filter(Json::is_object);
        let of_alice = read.as_ref().is_some_and(|claims| claims.is("sub", "alice"));
        let is_ours = |claims: &Json| {
            claims.is("iss", ISSUER) && claims.one_or_many("aud").is_some_and(|audience| audience == [CLIENT])
        };
        let ours = read.as_ref().is_some_and(is_ours);
        let signed_as_registered = is_jwt && alg == "RS256" && valid && ours;
        let expected = status == 200 && of_alice && if registered.is_some() { signed_as_registered } else { !is_jwt };
        prop_assert_eq!(believed.is_ok(), expected, "{:?}", believed.err());
    }

    /// J01, J05, J09, J20
    #[test]
    fn a_jwt_that_is_read_is_of_the_kind_and_the_algorithm_that_were_asked_for(
        header in header(),
        payload in prop_oneof![Just("{}".to_owned()), json_text()],
        registered in prop_oneof![3 => Just(Algorithm::Rs256), 1 => algorithm()],
        kinds in prop::sample::subsequence(vec!["", "JWT", "at+jwt"], 0..=3),
    ) {
        let token = compact(&header, &payload);
        let read = UntrustedJwt::read(&token, registered, &kinds);
        let Ok(jwt) = read else { return Ok(()) };
        let header = Json::parse(&header).unwrap();
        let named = Algorithm::from_name(&header.text("alg").unwrap()).unwrap();
        prop_assert!(named.is_same_as(registered));
        prop_assert_eq!(jwt.algorithm(), registered);
        prop_assert!(!header.mentions("crit") && !header.mentions("b64"));
        let kind = header.text("typ").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.strip_prefix("application/").unwrap_or(&kind);
        prop_assert!(kinds.iter().any(|name| name.eq_ignore_ascii_case(kind)), "{}", kind);
        prop_assert_eq!([jwt.signing_input(), ".", &encode(jwt.signature())].concat(), token.clone());
        let unsigned = UntrustedJwt::read(&token, registered, &kinds).unwrap().believe(false);
        prop_assert_eq!(unsigned.err(), Some(Flaw::Signature));
        let others: Vec<&str> =
            ["", "JWT", "at+jwt"].into_iter().filter(|name| !name.eq_ignore_ascii_case(kind)).collect();
        let as_another = UntrustedJwt::read(&token, registered, &others);
        prop_assert_eq!(as_another.err(), Some(Flaw::Malformed), "and of no other kind");
        prop_assert_eq!(jwt.believe(true).unwrap().to_text(), Json::parse(&payload).unwrap().to_text());
    }

    /// J05
    #[test]
    fn a_jwt_of_any_text_is_answered(token in text(), parts in vec(text(), 3..=3), registered in algorithm()) {
        let encoded: Vec<String> = parts.iter().map(|part| encode(part.as_bytes())).collect();
        for token in [token, parts.join("."), encoded.join(".")] {
            prop_assert!(answers(&UntrustedJwt::read(&token, registered, &["", "JWT"])));
        }
    }
}
