//! The authorization request, and where the page may go afterwards.

use super::given::{Members, PAGE, config, fault, json, kind, read_config, read_metadata, test, transaction};
use tokenward::core::base::error::Kind;
use tokenward::core::base::form::values;
use tokenward::core::base::http::with_query;
use tokenward::core::base::url::Url;
use tokenward::core::config::Config;
use tokenward::core::oauth::authorize::{
    SignInOptions, build_authorization_parameters, check_return_to, is_dpop_wanted, par_endpoint,
};
use tokenward::core::oauth::pkce::{RANDOM_BYTES, token_from};
use tokenward::core::oauth::transaction::Transaction;

fn build_authorization_url(config: &Config, asked: &Transaction, challenge: &str, options: &SignInOptions) -> String {
    let parameters = build_authorization_parameters(config, asked, challenge.to_owned(), None, options);
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    with_query(&asked.metadata.authorization_endpoint, &parameters)
}

fn query(url: &str) -> String {
    Url::parse(url).unwrap().query()
}

fn names(query: &str) -> Vec<&str> {
    query.trim_start_matches('?').split('&').map(|pair| pair.split('=').next().unwrap()).collect()
}

/// A01, A03, A07
#[test]
fn each_parameter_is_sent_once_and_only_a_code_is_asked_for() {
    let url = build_authorization_url(&config(), &transaction(&[]), "challenge", &SignInOptions::default());
    assert!(url.starts_with("https://op.example/authorize?"), "{url}");
    let query = query(&url);
    let expected = [
        ("response_type", "code"),
        ("client_id", "web"),
        ("redirect_uri", "https://app.example/callback"),
        ("scope", "openid profile"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", "challenge"),
        ("code_challenge_method", "S256"),
    ];
    assert_eq!(names(&query), expected.map(|(name, _)| name));
    for (name, value) in expected {
        assert_eq!(values(&query, name), [value], "{name}");
    }
    assert!(!url.contains("the-verifier"));
}

/// A01, A03, I11, X10
#[test]
fn every_option_is_sent_once_as_given() {
    let config = read_config(&[("audience", "\"api\""), ("resource", r#"["urn:a","urn:b"]"#)]).unwrap();
    let options = SignInOptions {
        return_to: Some("/elsewhere".to_owned()),
        prompt: Some("none".to_owned()),
        login_hint: Some("a+b@c.example&prompt=login #é%".to_owned()),
        scope: None,
        acr_values: Some("1 2".to_owned()),
        acr_essential: true,
        max_age_s: Some(7),
        ui_locales: Some("de fr".to_owned()),
        popup: false,
    };
    let mut transaction = transaction(&[]);
    transaction.max_age_s = Some(0);
    let query = query(&build_authorization_url(&config, &transaction, "challenge", &options));
    for (name, value) in [
        ("prompt", "none"),
        ("login_hint", "a+b@c.example&prompt=login #é%"),
        ("acr_values", "1 2"),
        ("ui_locales", "de fr"),
        ("audience", "api"),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(values(&query, name), [value], "{name}");
    }
    assert_eq!(values(&query, "max_age"), ["0"], "what the answer is checked against is what is sent");
    assert_eq!(values(&query, "resource"), ["urn:a", "urn:b"]);
    assert!(!query.contains("elsewhere"), "where to go afterwards is nobody's business but the page's");
}

/// A16
#[test]
fn the_redirect_uri_sent_is_the_one_of_the_transaction() {
    let mut transaction = transaction(&[]);
    "https://APP.example:443/cb?x=%7e&y".clone_into(&mut transaction.redirect_uri);
    let query = query(&build_authorization_url(&config(), &transaction, "c", &SignInOptions::default()));
    assert_eq!(values(&query, "redirect_uri"), ["https://APP.example:443/cb?x=%7e&y"]);
}

#[test]
fn an_endpoint_with_a_query_keeps_it() {
    for (endpoint, kept) in [
        ("https://op.example/authorize?tenant=a%20b", "tenant"),
        ("https://op.example/authorize?p=1&tenant=a%20b", "tenant"),
        ("https://op.example/authorize?", ""),
    ] {
        let transaction = transaction(&[("authorization_endpoint", &format!("\"{endpoint}\""))]);
        let url = build_authorization_url(&config(), &transaction, "c", &SignInOptions::default());
        assert!(url.starts_with(endpoint), "{url}");
        assert_eq!(url.matches('?').count(), 1, "{url}");
        let query = query(&url);
        assert_eq!(values(&query, "response_type"), ["code"], "{url}");
        if !kept.is_empty() {
            assert_eq!(values(&query, kept), ["a b"], "{url}");
        }
    }
}

/// A02
#[test]
fn random_bytes_become_unreserved_characters_of_full_strength() {
    let all: Vec<u8> = (0..=255).collect();
    let size = usize::try_from(RANDOM_BYTES).unwrap();
    assert!(size * 8 >= 256);
    for bytes in all.chunks(size) {
        let token = token_from(bytes);
        assert!((43..=128).contains(&token.len()), "{token}");
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{token}");
    }
}

/// A02; the bytes of RFC 7636, appendix B.
#[test]
fn random_bytes_are_used_whole() {
    let bytes = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
        240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];
    assert_eq!(token_from(&bytes), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

/// A17; what is on this origin, as a path.
#[test]
fn a_way_back_on_this_origin_is_a_path() {
    for (return_to, path) in [
        ("/", "/"),
        ("/orders?id=7#top", "/orders?id=7#top"),
        ("orders", "/orders"),
        ("?id=7", "/start?id=7"),
        ("#top", "/start?tab=1#top"),
        ("../x", "/x"),
        ("https://app.example/x", "/x"),
        ("https://APP.example:443/x", "/x"),
        ("/x?next=https://evil.example", "/x?next=https://evil.example"),
        ("/x/\\evil", "/x//evil"),
        ("/%2f/evil.example", "/%2f/evil.example"),
    ] {
        assert_eq!(check_return_to(return_to, PAGE).unwrap(), path, "{return_to}");
    }
}

/// A17
#[test]
fn a_way_back_that_leads_elsewhere_is_refused() {
    for return_to in [
        "//evil.example",
        "//evil.example/x",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "\u{0}//evil.example",
        "/\r\n/evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/x/..//evil.example",
        "/%2e//evil.example",
        "https://evil.example/",
        "https:\\\\evil.example",
        "https:///evil.example",
        "ht\ntps://evil.example",
        "http://app.example/",
        "http:evil.example",
        "https://app.example:8443/",
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://user@app.example/",
        "https://user:password@app.example/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
        "javascript://app.example/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "about:blank",
        "https://",
    ] {
        let checked = check_return_to(return_to, PAGE);
        assert_eq!(fault(&checked), Some((Kind::InvalidOption, "returnTo")), "{return_to:?}");
    }
}

/// A17; the URL standard reads `https:` without slashes as a relative path on an https page, so it cannot lead elsewhere.
#[test]
fn a_scheme_without_slashes_stays_a_path_on_this_origin() {
    assert_eq!(check_return_to("https:evil.example", PAGE).unwrap(), "/evil.example");
    let elsewhere = check_return_to("https:evil.example", "http://localhost:5173/");
    assert_eq!(kind(&elsewhere), Some(Kind::InvalidOption));
}

#[test]
fn without_a_page_there_is_no_way_back() {
    assert_eq!(kind(&check_return_to("/x", "")), Some(Kind::InvalidOption));
}

#[test]
fn sign_in_options_are_read() {
    let options = SignInOptions::read(&json(
        r#"{"returnTo":"/x","prompt":"login","loginHint":"a","acrValues":"b","maxAge":0,"uiLocales":"c"}"#,
    ));
    let options = options.unwrap();
    assert_eq!(options.return_to.as_deref(), Some("/x"));
    assert_eq!(options.prompt.as_deref(), Some("login"));
    assert_eq!(options.login_hint.as_deref(), Some("a"));
    assert_eq!(options.acr_values.as_deref(), Some("b"));
    assert_eq!(options.max_age_s, Some(0));
    assert_eq!(options.ui_locales.as_deref(), Some("c"));
}

/// A01, A03
#[test]
fn sign_in_options_that_are_wrong_or_unknown_are_refused() {
    for options in [
        r#"{"prompt":"create"}"#,
        r#"{"prompt":"none login"}"#,
        r#"{"prompt":""}"#,
        r#"{"maxAge":"60"}"#,
        r#"{"maxAge":-1}"#,
        r#"{"maxAge":1e12}"#,
        r#"{"returnTo":5}"#,
        r#"{"loginHint":[]}"#,
        r#"{"responseType":"token"}"#,
        r#"{"response_type":"token"}"#,
        r#"{"codeChallengeMethod":"plain"}"#,
        r#"{"state":"fixed"}"#,
    ] {
        assert_eq!(kind(&SignInOptions::read(&json(options))), Some(Kind::InvalidOption), "{options}");
    }
}

/// A17; the origin of a blob URL is that of the URL inside it, which is not a path.
#[test]
fn a_way_back_to_a_blob_is_refused() {
    for return_to in
        ["blob:https://app.example/x", "blob:https://user@app.example/x", "BLOB:https://app.example:443//x"]
    {
        let checked = check_return_to(return_to, PAGE);
        assert_eq!(fault(&checked), Some((Kind::InvalidOption, "returnTo")), "{return_to}");
    }
}

#[test]
fn a_part_of_a_second_is_no_whole_number() {
    assert_eq!(kind(&SignInOptions::read(&json(r#"{"maxAge":0.5}"#))), Some(Kind::InvalidOption));
    assert_eq!(kind(&read_config(&[("clockToleranceSeconds", "1.5")])), Some(Kind::InvalidOption));
}

/// P10; RFC 9449, section 10.
#[test]
fn the_code_is_asked_to_be_bound_to_the_key_where_there_is_one() {
    for thumbprint in [None, Some("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")] {
        let options = SignInOptions::default();
        let challenge = "challenge".to_owned();
        let key = thumbprint.map(str::to_owned);
        let parameters = build_authorization_parameters(&config(), &transaction(&[]), challenge, key, &options);
        let found: Vec<_> = parameters.iter().filter(|(name, _)| *name == "dpop_jkt").collect();
        assert_eq!(found.iter().map(|(_, value)| value.as_str()).next(), thumbprint);
        assert_eq!(found.len(), usize::from(thumbprint.is_some()));
    }
}

/// X12; RFC 9396, section 3.
#[cfg(feature = "details")]
#[test]
fn authorization_details_are_sent_as_json_text() {
    let details = r#"[{"type":"pay","amount":5},{"type":"read &=é"}]"#;
    let config = read_config(&[("authorizationDetails", details)]).unwrap();
    let query = query(&build_authorization_url(&config, &transaction(&[]), "c", &SignInOptions::default()));
    let sent = values(&query, "authorization_details");
    assert_eq!(sent.len(), 1);
    let items = json(&sent[0]).items().unwrap();
    assert_eq!(items.len(), 2);
    assert!(items[0].is("type", "pay") && items[0].number("amount") == Some(5.0));
    assert!(items[1].is("type", "read &=é"));
}

/// A07, X02; what must never be in a request is not in one, whatever was asked for.
#[test]
fn no_request_is_inside_the_request() {
    let options = SignInOptions {
        prompt: Some("none".to_owned()),
        scope: Some("openid".to_owned()),
        acr_values: Some("a".to_owned()),
        max_age_s: Some(5),
        ..SignInOptions::default()
    };
    let query = query(&build_authorization_url(&config(), &transaction(&[]), "c", &options));
    for name in ["request", "request_uri", "client_secret", "client_assertion", "code_verifier", "response_mode"] {
        assert!(values(&query, name).is_empty(), "{name}");
    }
    let all = names(&query);
    for name in &all {
        assert_eq!(all.iter().filter(|other| other == &name).count(), 1, "{name}");
    }
}

const DPOP: &str = "dpop_signing_alg_values_supported";

/// P08; for every wish and every provider.
#[cfg(feature = "dpop")]
#[test]
fn tokens_are_bound_where_that_is_wanted_and_can_be_had() {
    let refused = Err(Kind::DpopUnsupported);
    for (wish, silent, offered, not_offered) in [
        ("", Ok(false), Ok(false), Ok(false)),
        ("false", Ok(false), Ok(false), Ok(false)),
        ("\"auto\"", Ok(false), Ok(true), Ok(false)),
        ("true", Ok(true), Ok(true), refused),
    ] {
        for (algorithms, expected) in [
            ("", silent),
            ("null", silent),
            (r#"["ES256"]"#, offered),
            (r#"["RS256","ES256"]"#, offered),
            (r#"["RS256"]"#, not_offered),
            ("[]", not_offered),
            ("5", not_offered),
        ] {
            let metadata = read_metadata(&[(DPOP, algorithms)]).unwrap();
            let wanted = is_dpop_wanted(&read_config(&[("dpop", wish)]).unwrap(), &metadata);
            assert_eq!(wanted.map_err(|error| error.kind), expected, "{wish} where {algorithms} is offered");
        }
    }
}

/// P08
#[cfg(not(feature = "dpop"))]
#[test]
fn a_build_without_proofs_binds_nothing() {
    for wish in ["", "false", "\"auto\"", "true"] {
        let metadata = read_metadata(&[(DPOP, r#"["ES256"]"#)]).unwrap();
        assert!(!is_dpop_wanted(&read_config(&[("dpop", wish)]).unwrap(), &metadata).unwrap(), "{wish}");
    }
}

/// X03; for every wish and every provider.
#[test]
fn requests_are_pushed_where_that_is_wanted_or_demanded_and_can_be_done() {
    let there: Members<'_> = &[("pushed_authorization_request_endpoint", r#""https://op.example/par""#)];
    let pushed = Ok(Some("https://op.example/par"));
    for (wish, demand, with_endpoint, without) in [
        ("", "", Ok(None), Ok(None)),
        ("", "false", Ok(None), Ok(None)),
        ("", "true", pushed, Err(Kind::ParUnsupported)),
        ("\"auto\"", "", Ok(None), Ok(None)),
        ("\"auto\"", "false", Ok(None), Ok(None)),
        ("\"auto\"", "true", pushed, Err(Kind::ParUnsupported)),
        ("true", "", pushed, Err(Kind::ParUnsupported)),
        ("true", "false", pushed, Err(Kind::ParUnsupported)),
        ("true", "true", pushed, Err(Kind::ParUnsupported)),
        ("false", "", Ok(None), Ok(None)),
        ("false", "false", Ok(None), Ok(None)),
        ("false", "true", Ok(None), Ok(None)),
    ] {
        let config = read_config(&[("par", wish)]).unwrap();
        for (endpoint, expected) in [(there, with_endpoint), (&[][..], without)] {
            let demand = [("require_pushed_authorization_requests", demand)];
            let metadata = read_metadata(&[endpoint, &demand[..]].concat()).unwrap();
            let found = par_endpoint(&config, &metadata).map_err(|error| error.kind);
            assert_eq!(found, expected, "{wish} where the provider says {demand:?}");
        }
    }
}

/// B05, I16
#[test]
fn a_sign_in_may_ask_for_another_scope_with_openid_in_it() {
    let read = |text: &str| SignInOptions::read(&json(text));
    assert_eq!(read("{}").unwrap().scope, None);
    assert_eq!(read(r#"{"scope":"openid write"}"#).unwrap().scope.as_deref(), Some("openid write"));
    for scope in ["\"\"", "\"write\"", "\"openidx\"", "5", "[]", r#"["openid"]"#, "{}"] {
        let options = read(&format!("{{\"scope\":{scope}}}"));
        assert_eq!(fault(&options), Some((Kind::InvalidOption, "scope")), "{scope}");
    }
}

/// B05, I10
#[test]
fn a_class_that_is_asked_for_is_insisted_on_unless_said_otherwise() {
    let read = |text: &str| SignInOptions::read(&json(text));
    for (options, essential) in [
        ("{}", true),
        (r#"{"acrValues":"a"}"#, true),
        (r#"{"acrValues":"a","acrEssential":null}"#, true),
        (r#"{"acrValues":"a","acrEssential":true}"#, true),
        (r#"{"acrValues":"a","acrEssential":false}"#, false),
    ] {
        assert_eq!(read(options).unwrap().acr_essential, essential, "{options}");
    }
    for value in ["\"false\"", "0", "1", "[]", "{}"] {
        let options = read(&format!("{{\"acrEssential\":{value}}}"));
        assert_eq!(fault(&options), Some((Kind::InvalidOption, "acrEssential")), "{value}");
    }
    for value in ["\"\"", "5", "[]", r#"["a"]"#] {
        let options = read(&format!("{{\"acrValues\":{value}}}"));
        assert_eq!(fault(&options), Some((Kind::InvalidOption, "acrValues")), "{value}");
    }
}

/// I11
#[test]
fn the_age_of_a_sign_in_is_ten_years_at_most() {
    let read = |max_age: &str| SignInOptions::read(&json(&format!("{{\"maxAge\":{max_age}}}")));
    for (max_age, max_age_s) in [("0", 0), ("60", 60), ("315360000", 315_360_000)] {
        assert_eq!(read(max_age).unwrap().max_age_s, Some(max_age_s));
    }
    for max_age in ["315360001", "1e300", "-1", "0.5", "\"60\"", "true", "[]"] {
        assert_eq!(fault(&read(max_age)), Some((Kind::InvalidOption, "maxAge")), "{max_age}");
    }
}
