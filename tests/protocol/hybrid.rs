//! The hybrid flow: an ID token through the browser names the code, and the one from the token endpoint is of the same user.

use super::given::{CLIENT, ISSUER, Members, config, fault, kind, now, object, test, token_of, transaction};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::form;
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{Nonce, RawIdToken};
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::authorize::{SignInOptions, build_authorization_parameters};
use tokenward::core::oidc::hybrid::{
    Hashes, HybridParameters, UntrustedHybrid, check_second_id_token, read_hybrid_form_post, with_id_token,
};
use tokenward::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken};

const FORM: &str = "application/x-www-form-urlencoded";

const CLAIMS: Members<'_> = &[
    ("iss", "\"https://op.example\""),
    ("sub", "\"alice\""),
    ("aud", "\"web\""),
    ("exp", "1800000300"),
    ("iat", "1800000000"),
    ("nonce", "\"the-nonce\""),
    ("c_hash", "\"code-hash\""),
    ("s_hash", "\"state-hash\""),
];

fn id_token(changes: Members<'_>) -> String {
    token_of(None, &object(CLAIMS, changes))
}

fn read(parameters: &[(&str, &str)]) -> Result<HybridParameters> {
    read_hybrid_form_post(FORM, &form::write(parameters))
}

fn untrusted_with(parameters: &[(&str, &str)]) -> Result<UntrustedHybrid> {
    let promising = transaction(&[("authorization_response_iss_parameter_supported", "true")]);
    read(parameters)?.check(&promising, Algorithm::Rs256, now())
}

fn untrusted(changes: Members<'_>, access_token: Option<&str>) -> UntrustedHybrid {
    let token = id_token(changes);
    let mut parameters = vec![("code", "c"), ("state", "the-state"), ("id_token", &token)];
    parameters.extend(access_token.map(|token| ("access_token", token)));
    untrusted_with(&parameters).unwrap()
}

fn expected(nonce: &Nonce) -> Expected<'_> {
    let asked = Asked { nonce, max_age_s: None, acr_values: None, subject: None };
    Expected { issuer: ISSUER, client_id: CLIENT, origin: Origin::SignIn(asked), access_token_hash: "", tolerance_s: 0 }
}

fn believe(untrusted: UntrustedHybrid, access_token_hash: Option<&str>) -> Result<(String, Json)> {
    let nonce = Nonce::new("the-nonce".to_owned());
    let hashes = Hashes { code: "code-hash", state: "state-hash", access_token: access_token_hash };
    let (code, claims) = untrusted.check(true, expected(&nonce), &hashes, now())?;
    Ok((code.secret().to_owned(), claims))
}

fn check(changes: Members<'_>) -> Result<(String, Json)> {
    believe(untrusted(changes, None), None)
}

/// A01, I14
#[test]
fn an_id_token_is_asked_for_beside_the_code_and_nothing_else() {
    let options = SignInOptions::default();
    let plain = build_authorization_parameters(&config(), &transaction(&[]), "ch".to_owned(), None, &options);
    let asked = with_id_token(plain.clone());
    let values = |name: &str| {
        let found = asked.iter().filter(|(found, _)| *found == name);
        found.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(values("response_type"), ["code id_token"]);
    assert_eq!(values("response_mode"), ["form_post"]);
    for (name, value) in plain.iter().filter(|(name, _)| *name != "response_type") {
        assert_eq!(values(name), [value], "{name}");
    }
    assert_eq!(values("nonce"), ["the-nonce"]);
    assert_eq!(values("code_challenge_method"), ["S256"]);
}

/// I14
#[test]
fn a_code_that_its_id_token_names_is_given() {
    let (code, claims) = check(&[]).unwrap();
    assert_eq!((code.as_str(), claims.text("sub").as_deref()), ("c", Some("alice")));
    let untrusted = untrusted(&[], None);
    assert_eq!(untrusted.code().secret(), "c");
    assert!(untrusted.access_token().is_none());
    assert_eq!(untrusted.id_token().jwt().algorithm(), Algorithm::Rs256);
}

/// I14; missing-chash, invalid-chash
#[test]
fn a_code_that_its_id_token_does_not_name_is_refused() {
    for value in ["", "null", "\"\"", "5", r#"["code-hash"]"#, "\"other\"", "\"code-hash=\"", "\"CODE-hash\""] {
        let checked = check(&[("c_hash", value)]);
        assert_eq!(fault(&checked), Some((Kind::IdTokenHashMismatch, "c_hash")), "{value}");
    }
}

/// I14; FAPI: where it is there it must match.
#[test]
fn a_state_that_is_named_must_be_the_one_that_was_sent() {
    for value in ["", "null"] {
        assert!(check(&[("s_hash", value)]).is_ok(), "{value}");
    }
    for value in ["\"\"", "5", "\"other\"", "[]"] {
        let checked = check(&[("s_hash", value)]);
        assert_eq!(fault(&checked), Some((Kind::IdTokenHashMismatch, "s_hash")), "{value}");
    }
}

/// I14; missing-athash, invalid-athash
#[test]
fn an_access_token_that_came_along_must_be_named() {
    let with = |value| believe(untrusted(&[("at_hash", value)], Some("at")), Some("token-hash"));
    assert!(with("\"token-hash\"").is_ok());
    for value in ["", "null"] {
        assert_eq!(fault(&with(value)), Some((Kind::IdTokenHashMismatch, "at_hash")), "{value}");
    }
    for value in ["\"\"", "5", "\"other\"", "[]"] {
        assert_eq!(kind(&with(value)), Some(Kind::IdTokenHashMismatch), "{value}");
    }
    // Whoever forgets the hash of a token that is there does not get it for nothing.
    for value in ["", "\"\"", "\"token-hash\""] {
        let forgotten = believe(untrusted(&[("at_hash", value)], Some("at")), None);
        assert_eq!(kind(&forgotten), Some(Kind::IdTokenHashMismatch), "{value}");
    }
}

/// I13
#[test]
fn an_access_token_that_is_named_and_not_there_is_refused() {
    assert_eq!(kind(&check(&[("at_hash", "\"token-hash\"")])), Some(Kind::IdTokenHashMismatch));
}

/// I14; and everything that holds for any ID token.
#[test]
fn the_id_token_is_checked_like_any_other() {
    for (name, value, kind_of_failure) in [
        ("iss", "\"https://evil.example\"", Kind::IdTokenIssuerMismatch),
        ("aud", "\"other\"", Kind::IdTokenAudienceMismatch),
        ("exp", "1800000000", Kind::IdTokenExpired),
        ("iat", "", Kind::IdTokenTimeInvalid),
        ("nonce", "", Kind::IdTokenNonceMismatch),
        ("nonce", "\"other\"", Kind::IdTokenNonceMismatch),
        ("sub", "", Kind::IdTokenSubjectInvalid),
        ("events", "{}", Kind::IdTokenMalformed),
    ] {
        assert_eq!(kind(&check(&[(name, value)])), Some(kind_of_failure), "{name}");
    }
    let nonce = Nonce::new("the-nonce".to_owned());
    let hashes = Hashes { code: "code-hash", state: "state-hash", access_token: None };
    let checked = untrusted(&[], None).check(false, expected(&nonce), &hashes, now());
    assert_eq!(kind(&checked), Some(Kind::IdTokenSignatureInvalid));
}

/// A12, A15; the token names its issuer, so the parameter may be missing, but not be another.
#[test]
fn the_issuer_parameter_may_be_missing_but_not_another() {
    let token = id_token(&[]);
    let with = |iss| untrusted_with(&[("code", "c"), ("state", "the-state"), ("id_token", &token), ("iss", iss)]);
    assert!(with(ISSUER).is_ok());
    for iss in ["", "https://op.example/", "https://evil.example"] {
        assert_eq!(kind(&with(iss)), Some(Kind::CallbackIssMismatch), "{iss}");
    }
    let without_token = untrusted_with(&[("code", "c"), ("state", "the-state")]);
    assert_eq!(kind(&without_token), Some(Kind::CallbackIssMissing));
}

/// A06, A09, A10, I16
#[test]
fn the_answer_is_checked_like_any_other() {
    let token = id_token(&[]);
    for (parameters, kind_of_failure) in [
        (vec![("code", "c"), ("id_token", &*token)], Kind::CallbackStateMissing),
        (vec![("code", "c"), ("id_token", &token), ("state", "other")], Kind::CallbackStateUnknown),
        (vec![("id_token", &token), ("state", "the-state")], Kind::CallbackMalformed),
        (vec![("code", "c"), ("error", "x"), ("id_token", &token), ("state", "the-state")], Kind::CallbackMalformed),
        (vec![("error", "access_denied"), ("state", "the-state"), ("iss", ISSUER)], Kind::AccessDenied),
        (vec![("code", "c"), ("state", "the-state"), ("iss", ISSUER)], Kind::IdTokenMissing),
        (vec![("code", "c"), ("state", "the-state"), ("id_token", "")], Kind::IdTokenMalformed),
        (vec![("code", "c"), ("state", "the-state"), ("id_token", "a.b.c")], Kind::IdTokenMalformed),
    ] {
        assert_eq!(kind(&untrusted_with(&parameters)), Some(kind_of_failure), "{parameters:?}");
    }
    assert_eq!(read(&[("code", "c"), ("state", "s"), ("id_token", "t")]).unwrap().state().secret(), "s");
}

/// I05
#[test]
fn the_id_token_is_signed_as_registered() {
    let token = id_token(&[]);
    let read = read(&[("code", "c"), ("state", "the-state"), ("id_token", &token)]).unwrap();
    let checked = read.check(&transaction(&[]), Algorithm::Es256, now());
    assert_eq!(kind(&checked), Some(Kind::IdTokenAlgorithmUnexpected));
}

/// A07
#[test]
fn a_repeated_token_is_refused() {
    for name in ["id_token", "access_token", "code", "state", "iss"] {
        let read =
            read(&[("code", "c"), ("state", "s"), ("id_token", "t"), ("access_token", "a"), ("iss", "i"), (name, "x")]);
        assert_eq!(fault(&read), Some((Kind::CallbackParameterDuplicate, name)));
    }
    let read = read_hybrid_form_post("text/plain", "code=c&state=s&id_token=t");
    assert_eq!(kind(&read), Some(Kind::CallbackMalformed));
}

fn second(first: Members<'_>, changes: Members<'_>) -> Result<Json> {
    let nonce = Nonce::new("the-nonce".to_owned());
    let first = super::given::json(&object(CLAIMS, first));
    let untrusted = UntrustedIdToken::read(&RawIdToken::new(id_token(changes)), Algorithm::Rs256).unwrap();
    check_second_id_token(untrusted, true, &expected(&nonce), &first, now())
}

/// I15
#[test]
fn both_id_tokens_are_of_the_same_user_and_issuer() {
    assert_eq!(second(&[], &[("c_hash", ""), ("s_hash", "")]).unwrap().text("sub").as_deref(), Some("alice"));
    for value in ["\"bob\"", "\"Alice\"", "\"alic\""] {
        assert_eq!(kind(&second(&[], &[("sub", value)])), Some(Kind::IdTokenSubjectChanged), "{value}");
        assert_eq!(kind(&second(&[("sub", value)], &[])), Some(Kind::IdTokenSubjectChanged), "{value}");
    }
    for value in ["", "null", "5", "\"\""] {
        assert_eq!(kind(&second(&[], &[("sub", value)])), Some(Kind::IdTokenSubjectInvalid), "{value}");
    }
    for value in ["", "\"https://evil.example\"", "\"https://op.example/\""] {
        assert_eq!(kind(&second(&[], &[("iss", value)])), Some(Kind::IdTokenIssuerMismatch), "{value}");
        assert_eq!(kind(&second(&[("iss", value)], &[])), Some(Kind::IdTokenIssuerMismatch), "{value}");
    }
    assert_eq!(kind(&second(&[], &[("nonce", "\"other\"")])), Some(Kind::IdTokenNonceMismatch));
}
