//! Token exchange: another token for one that somebody holds.

use super::given::{Members, answer, confidential_client, credential, fault, json_answer, kind, object, test};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::form::values;
use tokenward::core::base::http::Request;
use tokenward::core::base::secret::{ExchangedToken, RefreshToken};
use tokenward::core::oauth::token_exchange::{
    ACCESS_TOKEN, IssuedToken, TokenExchange, TypedToken, build_exchange_request, check_exchange_response,
};

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

const ANSWER: Members<'_> = &[
    ("access_token", "\"at\""),
    ("issued_token_type", "\"urn:ietf:params:oauth:token-type:access_token\""),
    ("token_type", "\"Bearer\""),
    ("expires_in", "60"),
    ("scope", "\"api:read\""),
];

fn typed(token: &str, token_type: &str) -> TypedToken {
    TypedToken { token: ExchangedToken::new(token.to_owned()), token_type: token_type.to_owned() }
}

fn exchange() -> TokenExchange {
    TokenExchange {
        subject: typed("the-subject", ACCESS_TOKEN),
        actor: None,
        requested_type: None,
        scope: None,
        audience: Vec::new(),
        resource: Vec::new(),
    }
}

fn build(exchange: &TokenExchange) -> Request {
    let client = confidential_client();
    build_exchange_request(credential(&client), "https://op.example/token", exchange)
}

fn check_for(changes: Members<'_>, exchange: &TokenExchange) -> Result<IssuedToken> {
    check_exchange_response(&json_answer(&object(ANSWER, changes)), false, exchange)
}

fn check(changes: Members<'_>) -> Result<IssuedToken> {
    check_for(changes, &exchange())
}

/// E06, T11
#[test]
fn a_token_goes_with_its_type() {
    let request = build(&exchange());
    assert_eq!((request.url.as_str(), request.headers.len()), ("https://op.example/token", 1));
    assert_eq!(
        request.form.unwrap().secret(),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=the-subject\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
    );
}

/// E06; both or none, since there is no way to have one.
#[test]
fn an_actor_goes_with_its_type() {
    for actor in [None, Some(typed("the-actor", JWT))] {
        let expected = actor.iter().count();
        let form = build(&TokenExchange { actor, ..exchange() }).form.unwrap();
        for name in ["actor_token", "actor_token_type"] {
            assert_eq!(values(form.secret(), name).len(), expected, "{name}");
        }
    }
}

/// E06, X10
#[test]
fn what_the_token_is_for_is_named() {
    let wanted = TokenExchange {
        actor: Some(typed("the-actor", JWT)),
        requested_type: Some(JWT.to_owned()),
        scope: Some("a b".to_owned()),
        audience: vec!["x".to_owned(), "y".to_owned()],
        resource: vec!["urn:a".to_owned(), "urn:b".to_owned()],
        ..exchange()
    };
    let form = build(&wanted).form.unwrap();
    for (name, expected) in [
        ("actor_token", &["the-actor"][..]),
        ("actor_token_type", &[JWT]),
        ("requested_token_type", &[JWT]),
        ("scope", &["a b"]),
        ("audience", &["x", "y"]),
        ("resource", &["urn:a", "urn:b"]),
    ] {
        assert_eq!(values(form.secret(), name), expected, "{name}");
    }
}

/// E06
#[test]
fn an_issued_access_token_is_read() {
    let issued = check(&[("refresh_token", "\"rt\"")]).unwrap();
    assert_eq!((issued.token.secret(), issued.issued_type.as_str()), ("at", ACCESS_TOKEN));
    assert!(issued.is_access_token);
    assert_eq!((issued.lifetime_s, issued.scope.as_deref()), (Some(60), Some("api:read")));
    assert_eq!(issued.refresh_token.as_ref().map(RefreshToken::secret), Some("rt"));
    assert!(!format!("{issued:?}").contains("\"at\""));
}

/// E06
#[test]
fn the_type_of_what_is_issued_must_be_named() {
    for value in ["", "null", "\"\"", "5", "true", "[]", "{}", r#"["urn:ietf:params:oauth:token-type:access_token"]"#] {
        let checked = check(&[("issued_token_type", value)]);
        assert_eq!(fault(&checked), Some((Kind::TokenResponseInvalid, "issued_token_type")), "{value}");
    }
}

/// E06
#[test]
fn what_is_no_access_token_is_not_taken_for_one() {
    for token_type in ["\"N_A\"", "\"n_a\""] {
        let issued = check(&[("issued_token_type", &format!("\"{JWT}\"")), ("token_type", token_type)]).unwrap();
        assert!(!issued.is_access_token, "{token_type}");
        assert_eq!(issued.issued_type, JWT);
    }
    // A JWT that may be sent to an API as it is.
    assert!(check(&[("issued_token_type", &format!("\"{JWT}\""))]).unwrap().is_access_token);
    // And an access token that may not is none.
    assert_eq!(kind(&check(&[("token_type", "\"N_A\"")])), Some(Kind::TokenTypeUnsupported));
}

/// E06; a token of another type would be used as what it is not.
#[test]
fn a_type_that_was_asked_for_is_the_one_that_comes() {
    let wanted = TokenExchange { requested_type: Some(JWT.to_owned()), ..exchange() };
    let issued = Some((Kind::TokenResponseInvalid, "issued_token_type"));
    assert_eq!(fault(&check_for(&[], &wanted)), issued);
    let same = check_for(&[("issued_token_type", &format!("\"{JWT}\"")), ("token_type", "\"N_A\"")], &wanted);
    assert!(same.is_ok());
    assert_eq!(
        fault(&check_for(&[("issued_token_type", "\"URN:ietf:params:oauth:token-type:jwt\"")], &wanted)),
        issued
    );
}

/// E06, T02, T03, T04
#[test]
fn the_answer_is_checked_like_any_other() {
    for name in ["access_token", "token_type"] {
        for value in ["", "null", "\"\"", "5", "[]", "{}"] {
            assert_eq!(fault(&check(&[(name, value)])), Some((Kind::TokenResponseInvalid, name)), "{name}: {value}");
        }
    }
    for (name, value) in [("refresh_token", "5"), ("scope", "[]"), ("expires_in", "0")] {
        assert_eq!(fault(&check(&[(name, value)])), Some((Kind::TokenResponseInvalid, name)));
    }
    for token_type in ["\"mac\"", "\"DPoP\"", "\"N/A\""] {
        assert_eq!(kind(&check(&[("token_type", token_type)])), Some(Kind::TokenTypeUnsupported), "{token_type}");
    }
    let bound = |token_type| {
        let body = object(ANSWER, &[("token_type", token_type)]);
        check_exchange_response(&json_answer(&body), true, &exchange())
    };
    assert!(bound("\"DPoP\"").is_ok());
    assert_eq!(kind(&bound("\"Bearer\"")), Some(Kind::TokenTypeUnsupported));
    let refused = answer(400, "application/json", r#"{"error":"invalid_target"}"#);
    assert_eq!(kind(&check_exchange_response(&refused, false, &exchange())), Some(Kind::InvalidTarget));
    assert_eq!(kind(&check_exchange_response(&json_answer("[]"), false, &exchange())), Some(Kind::ResponseUnusable));
}
