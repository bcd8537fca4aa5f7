//! The options of `createAuth`: what is accepted, what is refused, and which option is named.

use super::given::{CALLBACK, PAGE, fault, json, kind, read_config, test};
use tokenward::core::base::error::Kind;
use tokenward::core::config::Config;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::authorize::SignInOptions;

fn quoted(text: &str) -> String {
    ["\"", text, "\""].concat()
}

#[test]
fn least_options_get_documented_defaults() {
    let config = Config::read(&json(r#"{"issuer":"https://op.example","clientId":"web"}"#), PAGE).unwrap();
    assert_eq!(config.redirect_uri, "https://app.example/");
    assert_eq!(config.post_logout_redirect_uri, "https://app.example/");
    assert_eq!(config.scope, "openid");
    assert_eq!(config.before_expiry_s, 300);
    assert_eq!(config.clock_tolerance_s, 60);
    assert_eq!(config.id_token_algorithm, Algorithm::Rs256);
    assert!(config.audience.is_none() && config.resource.is_empty());
    assert!(config.apis.may_receive_token("https://app.example/any/path"));
}

/// D03
#[test]
fn issuer_is_kept_exactly_as_written() {
    for issuer in [
        "https://op.example",
        "https://op.example/",
        "https://OP.example/Realm",
        "https://op.example:443",
        "https://bücher.example",
        "http://localhost:3900",
        "http://127.0.0.1:3900/t1/",
        "http://[::1]:3900",
        "http://op.localhost",
    ] {
        let config = read_config(&[("issuer", &quoted(issuer))]).unwrap();
        assert_eq!(config.issuer, issuer);
    }
}

/// D04
#[test]
fn issuer_with_query_fragment_or_userinfo_is_refused() {
    for issuer in [
        "",
        "op.example",
        "/op",
        "https://",
        "https://op.example?tenant=1",
        "https://op.example?",
        "https://op.example#top",
        "https://op.example#",
        "https://user@op.example",
        "https://user:password@op.example",
        "https://:password@op.example",
    ] {
        let read = read_config(&[("issuer", &quoted(issuer))]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "issuer")), "{issuer}");
    }
}

/// A21, D04
#[test]
fn issuer_that_is_not_https_is_refused_beyond_this_machine() {
    for issuer in [
        "http://op.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://notlocalhost",
        "http://128.0.0.1",
        "http://[::2]",
        "http://0.0.0.0",
        "ftp://op.example",
        "javascript:alert(1)",
        "com.example.app:/issuer",
    ] {
        let read = read_config(&[("issuer", &quoted(issuer))]);
        assert_eq!(fault(&read), Some((Kind::EndpointInsecure, "issuer")), "{issuer}");
    }
}

#[test]
fn required_options_of_another_type_are_refused() {
    for name in ["issuer", "clientId"] {
        for value in ["", "null", "\"\"", "5", "true", "[]", "{}", r#"["https://op.example"]"#] {
            assert_eq!(fault(&read_config(&[(name, value)])), Some((Kind::InvalidOption, name)), "{name}: {value}");
        }
    }
}

/// E10; the login endpoints of one's own server are another matter, and no grant.
#[test]
fn no_option_takes_a_user_s_password() {
    for name in ["username", "password", "grantType", "grant_type", "credentials"] {
        let read = read_config(&[(name, "\"password\"")]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "a name that no option has")), "{name}");
        let given = json(&format!("{{\"{name}\":\"password\"}}"));
        assert_eq!(kind(&SignInOptions::read(&given)), Some(Kind::InvalidOption), "{name}");
    }
}

/// A01, C13
#[test]
fn a_name_that_no_option_has_is_refused() {
    for name in ["clientSecret", "client_id", "Issuer", "scopes", "responseType", "nonce", "__proto__", "toString"] {
        assert_eq!(kind(&read_config(&[(name, "\"x\"")])), Some(Kind::InvalidOption), "{name}");
    }
}

#[test]
fn options_that_are_no_object_are_refused() {
    for options in ["null", "[]", "5", "\"text\"", "true"] {
        assert_eq!(kind(&Config::read(&json(options), PAGE)), Some(Kind::InvalidOption), "{options}");
    }
}

#[test]
fn the_first_fault_is_the_one_named() {
    let read = read_config(&[("scope", "5"), ("storage", "5"), ("clientId", "5")]);
    assert_eq!(fault(&read), Some((Kind::InvalidOption, "clientId")));
}

#[test]
fn without_a_page_there_is_nothing_to_configure() {
    let options = json(r#"{"issuer":"https://op.example","clientId":"web"}"#);
    for page in ["", "/start", "not a url"] {
        assert_eq!(kind(&Config::read(&options, page)), Some(Kind::NotInBrowser), "{page}");
    }
}

/// A16
#[test]
fn redirect_uri_is_kept_as_written_or_completed_with_the_origin() {
    for (given, kept) in [
        ("https://app.example/callback", "https://app.example/callback"),
        ("https://APP.example:443/callback?x=%7e", "https://APP.example:443/callback?x=%7e"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("/callback", "https://app.example/callback"),
        ("callback", "https://app.example/callback"),
    ] {
        assert_eq!(read_config(&[("redirectUri", &quoted(given))]).unwrap().redirect_uri, kept);
    }
}

/// A21; RFC 6749, section 3.1.2: no fragment.
#[test]
fn redirect_uri_with_a_fragment_or_on_an_open_line_is_refused() {
    for name in ["redirectUri", "postLogoutRedirectUri"] {
        for (given, kind) in [
            ("https://app.example/callback#top", Kind::InvalidOption),
            ("https://app.example/callback#", Kind::InvalidOption),
            ("/callback#", Kind::InvalidOption),
            ("https://user@app.example/", Kind::InvalidOption),
            ("http://app.example/", Kind::EndpointInsecure),
            ("com.example.app:/callback", Kind::EndpointInsecure),
            ("javascript:alert(1)", Kind::EndpointInsecure),
        ] {
            assert_eq!(fault(&read_config(&[(name, &quoted(given))])), Some((kind, name)), "{given}");
        }
    }
}

#[test]
fn after_sign_out_the_redirect_uri_serves_unless_another_is_given() {
    assert_eq!(read_config(&[]).unwrap().post_logout_redirect_uri, CALLBACK);
    let config = read_config(&[("postLogoutRedirectUri", "\"/bye\"")]).unwrap();
    assert_eq!(config.post_logout_redirect_uri, "https://app.example/bye");
}

/// I16
#[test]
fn scope_must_contain_openid_as_a_word() {
    for scope in ["openid", "openid profile", "profile openid offline_access"] {
        assert_eq!(read_config(&[("scope", &quoted(scope))]).unwrap().scope, scope);
    }
    for scope in ["profile", "openidx", "OpenID", "open id", "openid,profile", " "] {
        let read = read_config(&[("scope", &quoted(scope))]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "scope")), "{scope}");
    }
}

/// C11
#[test]
fn tokens_are_never_stored_for_every_tab_and_for_ever() {
    for storage in ["memory", "session", "worker", "own"] {
        assert!(read_config(&[("storage", &quoted(storage))]).is_ok(), "{storage}");
    }
    for storage in ["\"local\"", "\"localStorage\"", "\"Session\"", "\"\"", "5", "{}"] {
        let read = read_config(&[("storage", storage)]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "storage")), "{storage}");
    }
}

#[test]
fn seconds_before_expiry_are_bounded() {
    for seconds in [0, 1, 300, 86_400] {
        let refresh = format!("{{\"beforeExpirySeconds\":{seconds}}}");
        assert_eq!(read_config(&[("refresh", &refresh)]).unwrap().before_expiry_s, seconds);
    }
    for refresh in [
        "5",
        "[]",
        "\"300\"",
        r#"{"beforeExpirySeconds":86401}"#,
        r#"{"beforeExpirySeconds":-1}"#,
        r#"{"beforeExpirySeconds":"300"}"#,
        r#"{"before":300}"#,
    ] {
        let read = read_config(&[("refresh", refresh)]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "refresh")), "{refresh}");
    }
}

/// J14
#[test]
fn clock_tolerance_is_small_and_bounded() {
    for seconds in ["0", "60", "300"] {
        let config = read_config(&[("clockToleranceSeconds", seconds)]).unwrap();
        assert_eq!(config.clock_tolerance_s.to_string(), seconds);
    }
    for seconds in ["301", "-1", "\"60\"", "true", "1e300"] {
        let read = read_config(&[("clockToleranceSeconds", seconds)]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "clockToleranceSeconds")), "{seconds}");
    }
}

/// I05
#[test]
fn every_public_key_algorithm_can_be_registered() {
    for algorithm in Algorithm::ALL {
        let config = read_config(&[("idTokenSignedResponseAlg", &quoted(algorithm.name()))]).unwrap();
        assert_eq!(config.id_token_algorithm, algorithm);
    }
}

/// I06, J03
#[test]
fn neither_none_nor_a_shared_secret_can_be_registered() {
    for name in ["none", "None", "HS256", "HS384", "HS512", "rs256", "RS256 ", "", "ES256K", "dir"] {
        let read = read_config(&[("idTokenSignedResponseAlg", &quoted(name))]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "idTokenSignedResponseAlg")), "{name}");
    }
}

/// X10
#[test]
fn resources_are_absolute_uris_without_fragment() {
    let one = read_config(&[("resource", "\"https://api.example/\"")]).unwrap();
    assert_eq!(one.resource, ["https://api.example/"]);
    let two = read_config(&[("resource", r#"["https://api.example/a","urn:b"]"#)]).unwrap();
    assert_eq!(two.resource, ["https://api.example/a", "urn:b"]);
    for resource in [
        "\"\"",
        "\"/api\"",
        "\"https://api.example/#x\"",
        "\"https://api.example/#\"",
        "[]",
        "5",
        "[5]",
        r#"["urn:a",5]"#,
    ] {
        let read = read_config(&[("resource", resource)]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "resource")), "{resource}");
    }
}

/// A page without an origin of its own has nowhere to be sent back to.
#[test]
fn a_page_that_no_provider_can_send_back_to_is_refused() {
    let options = json(r#"{"issuer":"https://op.example","clientId":"web"}"#);
    for page in ["data:text/html,x", "about:srcdoc", "http://app.example/"] {
        assert!(Config::read(&options, page).is_err(), "{page}");
    }
}

/// The values of an option that may be left to the provider, and what each means.
fn left_to_the_provider(name: &str, absent: Option<bool>) -> [(Option<bool>, Option<bool>); 5] {
    ["", "null", "true", "false", "\"auto\""].map(|value| {
        let config = read_config(&[(name, value)]).unwrap();
        let read = if name == "par" { config.par } else { config.dpop };
        let meant = match value {
            "true" => Some(true),
            "false" => Some(false),
            "\"auto\"" => None,
            _ => absent,
        };
        (read, meant)
    })
}

/// X03, P08
#[test]
fn pushed_requests_and_proofs_are_true_false_or_the_providers_own() {
    for (name, absent) in [("par", None), ("dpop", Some(false))] {
        for (read, meant) in left_to_the_provider(name, absent) {
            assert_eq!(read, meant, "{name}");
        }
        for value in ["\"true\"", "\"Auto\"", "\"auto \"", "\"\"", "0", "1", "[]", "[true]", "{}"] {
            let read = read_config(&[(name, value)]);
            assert_eq!(fault(&read), Some((Kind::InvalidOption, name)), "{name}: {value}");
        }
    }
}

/// U02, U03
#[test]
fn userinfo_is_asked_for_or_not_or_signed_with_what_was_registered() {
    for value in ["", "null", "true", "false"] {
        assert_eq!(read_config(&[("userinfo", value)]).unwrap().userinfo_algorithm, None, "{value}");
    }
    for algorithm in Algorithm::ALL {
        let config = read_config(&[("userinfo", &quoted(algorithm.name()))]).unwrap();
        assert_eq!(config.userinfo_algorithm, Some(algorithm));
    }
    for value in ["\"none\"", "\"None\"", "\"HS256\"", "\"rs256\"", "\"\"", "\"true\"", "1", "[]", r#"["RS256"]"#, "{}"]
    {
        let read = read_config(&[("userinfo", value)]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "userinfo")), "{value}");
    }
}

/// X12; RFC 9396, section 2.
#[cfg(feature = "details")]
#[test]
fn authorization_details_are_objects_with_a_type() {
    for nothing in ["", "null"] {
        assert!(read_config(&[("authorizationDetails", nothing)]).unwrap().authorization_details.is_none());
    }
    for details in [r#"[{"type":"a"}]"#, r#"[{"type":"a","x":[1,{"y":null}]},{"type":"a"},{"type":"b"}]"#] {
        let config = read_config(&[("authorizationDetails", details)]).unwrap();
        assert_eq!(config.authorization_details.unwrap().to_text().len(), details.len(), "{details}");
    }
    for details in [
        "[]",
        "{}",
        "5",
        "true",
        "\"a\"",
        r#"{"type":"a"}"#,
        "[null]",
        "[5]",
        "[[]]",
        "[{}]",
        r#"["a"]"#,
        r#"[{"Type":"a"}]"#,
        r#"[{"type":null}]"#,
        r#"[{"type":5}]"#,
        r#"[{"type":["a"]}]"#,
        r#"[{"type":"a"},{}]"#,
        r#"[{"type":"a"},null]"#,
    ] {
        let read = read_config(&[("authorizationDetails", details)]);
        assert_eq!(fault(&read), Some((Kind::InvalidOption, "authorizationDetails")), "{details}");
    }
}
