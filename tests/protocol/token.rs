//! The token endpoint: what is sent to it, and which answers are tokens.

use super::given::{Members, answer, config, fault, json_answer, kind, object, read_config, test, transaction};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::form::values;
use tokenward::core::base::secret::{AccessToken, AuthorizationCode, RawIdToken, RefreshToken};
use tokenward::core::oauth::token::{
    MAX_LIFETIME_S, TokenResponse, build_code_request, build_refresh_request, check_token_response,
};

const ANSWER: Members<'_> = &[
    ("access_token", "\"at\""),
    ("token_type", "\"Bearer\""),
    ("expires_in", "3600"),
    ("refresh_token", "\"rt\""),
    ("id_token", "\"it\""),
    ("scope", "\"openid\""),
];

fn check(changes: Members<'_>) -> Result<TokenResponse> {
    check_token_response(&json_answer(&object(ANSWER, changes)), false, None)
}

/// A16, T01, T11, T12
#[test]
fn a_code_is_exchanged_in_the_body_of_a_post() {
    let code = AuthorizationCode::new("a b+&=%é".to_owned());
    let request = build_code_request(&config(), &transaction(&[]), &code);
    assert_eq!(request.url, "https://op.example/token");
    let form = request.form.unwrap();
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "a b+&=%é"),
        ("redirect_uri", "https://app.example/callback"),
        ("client_id", "web"),
        ("code_verifier", "the-verifier"),
    ];
    for (name, value) in expected {
        assert_eq!(values(form.secret(), name), [value], "{name}");
    }
    assert_eq!(form.secret().split('&').count(), expected.len(), "and nothing else");
    assert!(form.secret().contains("code=a+b%2B%26%3D%25%C3%A9&"), "as a form writes it");
}

/// A14, A16; what the code was asked with, not what the options say by now.
#[test]
fn a_code_goes_to_the_provider_and_client_of_its_transaction() {
    let config = read_config(&[
        ("issuer", "\"https://other.example\""),
        ("clientId", "\"other\""),
        ("redirectUri", "\"https://app.example/other\""),
    ]);
    let request = build_code_request(&config.unwrap(), &transaction(&[]), &AuthorizationCode::new("c".to_owned()));
    assert_eq!(request.url, "https://op.example/token");
    assert!(!request.form.unwrap().secret().contains("other"));
}

/// R04, R06, T12
#[test]
fn a_refresh_asks_for_the_scope_it_has() {
    let request =
        build_refresh_request(&config(), "https://op.example/token", &RefreshToken::new("r t".to_owned()), None);
    assert_eq!(request.url, "https://op.example/token");
    assert_eq!(request.form.unwrap().secret(), "grant_type=refresh_token&refresh_token=r+t&client_id=web");
}

/// X10
#[test]
fn resources_are_named_to_the_token_endpoint() {
    let config = read_config(&[("resource", r#"["urn:a","urn:b"]"#)]).unwrap();
    let code = build_code_request(&config, &transaction(&[]), &AuthorizationCode::new("c".to_owned()));
    let refresh = build_refresh_request(&config, "https://op.example/token", &RefreshToken::new("r".to_owned()), None);
    for request in [code, refresh] {
        assert_eq!(values(request.form.unwrap().secret(), "resource"), ["urn:a", "urn:b"]);
    }
}

/// T05
#[test]
fn a_whole_answer_is_read() {
    let answer = check(&[]).unwrap();
    assert_eq!(answer.access_token.secret(), "at");
    assert_eq!(answer.refresh_token.as_ref().map(RefreshToken::secret), Some("rt"));
    assert_eq!(answer.id_token.as_ref().map(RawIdToken::secret), Some("it"));
    assert_eq!(answer.lifetime_s, Some(3600));
    assert_eq!(answer.scope.as_deref(), Some("openid"));
}

/// R01, T04, T05
#[test]
fn what_may_be_absent_may_be_null() {
    for nothing in ["", "null"] {
        let names = ["expires_in", "refresh_token", "id_token", "scope"];
        let answer = check(&names.map(|name| (name, nothing))).unwrap();
        assert!(answer.lifetime_s.is_none() && answer.scope.is_none());
        assert!(answer.refresh_token.is_none() && answer.id_token.is_none());
    }
}

/// T02
#[test]
fn access_token_and_token_type_must_be_there() {
    for name in ["access_token", "token_type"] {
        for value in ["", "null", "\"\"", "5", "true", "[]", "{}", r#"["Bearer"]"#] {
            let checked = check(&[(name, value)]);
            assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, name)), "{name}: {value}");
        }
    }
}

/// T02
#[test]
fn other_members_must_not_be_of_another_type() {
    assert_eq!(check(&[("scope", "\"\"")]).unwrap().scope, None);
    for name in ["refresh_token", "id_token", "scope"] {
        for value in ["\"\"", "5", "false", "[]", "{}"] {
            if (name, value) != ("scope", "\"\"") {
                let checked = check(&[(name, value)]);
                assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, name)), "{name}: {value}");
            }
        }
    }
}

/// T03
#[test]
fn bearer_is_bearer_in_any_case_and_nothing_else_is() {
    for token_type in ["\"Bearer\"", "\"bearer\"", "\"bEARER\"", "\"BEARER\""] {
        assert!(check(&[("token_type", token_type)]).is_ok(), "{token_type}");
    }
    for token_type in ["\"mac\"", "\"DPoP\"", "\"N_A\"", "\"Bearer \"", "\"Bearer token\"", "\"Bea\\u0000rer\""] {
        let checked = check(&[("token_type", token_type)]);
        assert_eq!(kind(&checked), Some(Kind::TokenTypeUnsupported), "{token_type}");
    }
}

/// T04
#[test]
fn expires_in_is_seconds_as_a_number_or_as_digits() {
    for (value, lifetime_s) in [
        ("", None),
        ("null", None),
        ("3600", Some(3600)),
        ("3600.0", Some(3600)),
        ("3599.9", Some(3599)),
        ("36e2", Some(3600)),
        ("1", Some(1)),
        ("\"3600\"", Some(3600)),
        ("\"0003600\"", Some(3600)),
        ("1e12", Some(MAX_LIFETIME_S)),
        ("1e300", Some(MAX_LIFETIME_S)),
        ("\"999999999999\"", Some(MAX_LIFETIME_S)),
    ] {
        assert_eq!(check(&[("expires_in", value)]).unwrap().lifetime_s, lifetime_s, "{value}");
    }
}

/// T04
#[test]
fn expires_in_that_is_no_time_to_live_is_refused() {
    for value in [
        "0",
        "0.5",
        "-0",
        "-1",
        "-1e300",
        "true",
        "[]",
        "{}",
        "[3600]",
        "\"\"",
        "\"0\"",
        "\" 3600\"",
        "\"3600 \"",
        "\"3600s\"",
        "\"+3600\"",
        "\"-3600\"",
        "\"3.6e3\"",
        "\"3600.0\"",
        "\"0x10\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"٣٦٠٠\"",
    ] {
        let checked = check(&[("expires_in", value)]);
        assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, "expires_in")), "{value}");
    }
}

/// T06
#[test]
fn unknown_members_are_ignored() {
    let answer = check(&[("refresh_expires_in", "0"), ("x", "{}"), ("__proto__", "5"), ("error", "null")]);
    assert_eq!(answer.unwrap().access_token.secret(), "at");
}

/// T02; what a prototype has is not in the answer.
#[test]
fn members_of_a_prototype_are_not_members() {
    let inherited = r#"{"__proto__":{"access_token":"at","token_type":"Bearer"}}"#;
    let checked = check_token_response(&json_answer(inherited), false, None);
    assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, "access_token")));
}

/// T16
#[test]
fn no_error_repeats_what_the_answer_said() {
    for name in ["token_type", "expires_in"] {
        let error = check(&[("access_token", "\"sentinel\""), (name, "\"sentinel\"")]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sentinel"), "{error:?}");
    }
}

/// An access token is opaque: whatever characters it has are kept.
#[test]
fn tokens_are_kept_as_they_are() {
    let answer = check(&[("access_token", r#""a.b\/c\u003d\u003d \u00e9""#)]).unwrap();
    assert_eq!(AccessToken::secret(&answer.access_token), "a.b/c== é");
}

/// P08, T03
#[test]
fn the_type_is_the_one_that_was_asked_for_in_any_case() {
    for (token_type, is_bound) in [
        ("Bearer", false),
        ("bearer", false),
        ("bEARER", false),
        ("DPoP", true),
        ("dpop", true),
        ("DPOP", true),
        ("dPoP", true),
        ("dpOp", true),
    ] {
        let answer = object(ANSWER, &[("token_type", &format!("\"{token_type}\""))]);
        for bound in [false, true] {
            let checked = check_token_response(&json_answer(&answer), bound, None);
            let refused = (bound != is_bound).then_some(Kind::TokenTypeUnsupported);
            assert_eq!(kind(&checked), refused, "{token_type} where a key is {bound}");
        }
    }
}

/// P08
#[test]
fn a_bound_token_is_of_no_other_type() {
    for token_type in
        ["\"N_A\"", "\"mac\"", "\"DPoP \"", "\"dpop+jwt\"", "\"Bearer,DPoP\"", "\"DPoP Bearer\"", "\"ＤＰｏＰ\""]
    {
        let answer = object(ANSWER, &[("token_type", token_type)]);
        let checked = check_token_response(&json_answer(&answer), true, None);
        assert_eq!(kind(&checked), Some(Kind::TokenTypeUnsupported), "{token_type}");
    }
    for token_type in ["", "null", "\"\"", "5", "[]", r#"["DPoP"]"#] {
        let answer = object(ANSWER, &[("token_type", token_type)]);
        let checked = check_token_response(&json_answer(&answer), true, None);
        assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, "token_type")), "{token_type}");
    }
}

/// What is read of these authorization details, where those were asked for.
#[cfg(feature = "details")]
fn granted(asked: Option<&str>, details: &str) -> Result<Option<String>> {
    let answer = json_answer(&object(ANSWER, &[("authorization_details", details)]));
    let checked = check_token_response(&answer, false, asked.map(super::given::json).as_ref())?;
    Ok(checked.authorization_details.map(|details| details.to_text()))
}

/// X12; RFC 9396, section 7.
#[cfg(feature = "details")]
#[test]
fn the_details_that_were_granted_are_of_types_that_were_asked_for() {
    let asked = r#"[{"type":"pay","amount":5},{"type":"read"}]"#;
    for details in [
        r#"[{"type":"pay","amount":5},{"type":"read"}]"#,
        r#"[{"type":"pay","amount":4,"account":"1"}]"#,
        r#"[{"type":"read"},{"type":"read"},{"type":"pay"}]"#,
        r#"[{"locations":["https://api.example"],"type":"read"}]"#,
    ] {
        let read = granted(Some(asked), details).unwrap().unwrap();
        assert_eq!(read.len(), details.len(), "as they came: {read}");
    }
    for details in [
        "[]",
        "{}",
        "5",
        "true",
        "\"pay\"",
        r#"{"type":"pay"}"#,
        "[null]",
        "[5]",
        "[[]]",
        "[{}]",
        r#"["pay"]"#,
        r#"[{"type":null}]"#,
        r#"[{"type":5}]"#,
        r#"[{"type":["pay"]}]"#,
        r#"[{"type":""}]"#,
        r#"[{"type":"Pay"}]"#,
        r#"[{"type":"admin"}]"#,
        r#"[{"type":"pay"},{"type":"admin"}]"#,
        r#"[{"type":"pay"},{}]"#,
        r#"[{"type":"pay"},null]"#,
    ] {
        let refused = Some((Kind::TokenResponseInvalid, "authorization_details"));
        assert_eq!(fault(&granted(Some(asked), details)), refused, "{details}");
    }
}

/// X12
#[cfg(feature = "details")]
#[test]
fn details_that_nobody_asked_for_are_refused_and_missing_ones_are_missing() {
    for details in [r#"[{"type":"pay"}]"#, "[]", "{}", "[{}]"] {
        let refused = Some((Kind::TokenResponseInvalid, "authorization_details"));
        assert_eq!(fault(&granted(None, details)), refused, "{details}");
    }
    for nothing in ["", "null"] {
        for asked in [None, Some(r#"[{"type":"pay"}]"#)] {
            assert_eq!(granted(asked, nothing).unwrap(), None, "{asked:?}");
        }
    }
}

/// X12; RFC 9396, section 5.
#[test]
fn a_refusal_of_the_details_is_typed() {
    let refused = answer(400, "application/json", r#"{"error":"invalid_authorization_details"}"#);
    assert_eq!(kind(&check_token_response(&refused, false, None)), Some(Kind::InvalidAuthorizationDetails));
}

/// X10; RFC 8707, section 2.
#[test]
fn a_refusal_of_the_resource_is_typed() {
    let refused = answer(400, "application/json", r#"{"error":"invalid_target"}"#);
    assert_eq!(kind(&check_token_response(&refused, false, None)), Some(Kind::InvalidTarget));
}

/// X10
#[test]
fn without_a_resource_none_is_named() {
    let code = build_code_request(&config(), &transaction(&[]), &AuthorizationCode::new("c".to_owned()));
    let refresh =
        build_refresh_request(&config(), "https://op.example/token", &RefreshToken::new("r".to_owned()), None);
    for request in [code, refresh] {
        assert!(values(request.form.unwrap().secret(), "resource").is_empty());
    }
}
