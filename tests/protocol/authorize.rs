//! The authorization request, and where the page may go afterwards.

use super::given::{PAGE, config, fault, json, kind, read_config, test, transaction};
use tokenward::core::base::error::Kind;
use tokenward::core::base::form::values;
use tokenward::core::base::http::with_query;
use tokenward::core::base::url::Url;
use tokenward::core::config::Config;
use tokenward::core::oauth::authorize::{SignInOptions, build_authorization_parameters, check_return_to};
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
