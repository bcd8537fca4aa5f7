//! Signed authorization responses: believed first, then checked like any other.

use super::given::{
    CALLBACK, ISSUER, Members, NO_STRINGS, NO_TIMES, OTHER_AUDIENCES, OTHER_ISSUERS, addressed, compact, fault, kind,
    now, object, test, token_of, transaction,
};
use tokenward::core::base::error::{Kind, Phase, Result};
use tokenward::core::base::http::with_query;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::authorize::ResponseMode;
use tokenward::core::oauth::callback::check_callback;
use tokenward::core::oauth::jarm::{UntrustedResponse, read_jwt_callback, read_jwt_form_post};
use tokenward::core::oauth::transaction::Transaction;

const FORM: &str = "application/x-www-form-urlencoded";

const CLAIMS: Members<'_> = &[
    ("iss", "\"https://op.example\""),
    ("aud", "\"web\""),
    ("exp", "1800000300"),
    ("code", "\"the-code\""),
    ("state", "\"the-state\""),
];

fn response(changes: Members<'_>) -> String {
    token_of(None, &object(CLAIMS, changes))
}

fn read_query(parameters: &[(&str, &str)]) -> Result<UntrustedResponse> {
    read_jwt_callback(&with_query(CALLBACK, parameters), Algorithm::Rs256)
}

/// The code, for the transaction that the answer names.
fn code_of(untrusted: UntrustedResponse, transaction: &Transaction) -> Result<String> {
    let parameters = untrusted.check(true, &addressed(0), now())?;
    check_callback(parameters, transaction, now()).map(|code| code.secret().to_owned())
}

fn code(changes: Members<'_>) -> Result<String> {
    code_of(read_query(&[("response", &response(changes))])?, &transaction(&[]))
}

fn invalid<T>(detail: &'static str) -> impl Fn(&Result<T>) -> bool {
    move |result| fault(result) == Some((Kind::AuthorizationResponseInvalid, detail))
}

/// X07
#[test]
fn a_signed_answer_gives_its_code() {
    assert_eq!(code(&[]).unwrap(), "the-code");
    assert_eq!(code(&[("aud", r#"["web"]"#), ("iat", "1800000000"), ("foo", "{}")]).unwrap(), "the-code");
}

/// X07, X09
#[test]
fn a_signed_answer_may_be_posted() {
    let body = with_query("", &[("response", &response(&[]))]);
    let read = |content_type| read_jwt_form_post(content_type, &body[1..], Algorithm::Rs256);
    for content_type in [FORM, "Application/X-WWW-Form-Urlencoded; charset=UTF-8"] {
        assert_eq!(code_of(read(content_type).unwrap(), &transaction(&[])).unwrap(), "the-code");
    }
    for content_type in ["", "application/json", "text/plain", "multipart/form-data"] {
        assert_eq!(kind(&read(content_type)), Some(Kind::CallbackMalformed), "{content_type}");
    }
}

/// X07
#[test]
fn an_invalid_signature_gives_nothing() {
    let untrusted = read_query(&[("response", &response(&[]))]).unwrap();
    assert!(invalid("signature")(&untrusted.check(false, &addressed(0), now()).map(drop)));
}

/// X07, J01, J03
#[test]
fn an_algorithm_other_than_the_registered_one_is_refused() {
    for name in ["none", "None", "NONE", "nOnE", "HS256", "PS256", "ES256", "RS384", ""] {
        let token = compact(&format!("{{\"alg\":\"{name}\"}}"), &object(CLAIMS, &[]));
        let read = read_query(&[("response", &token)]);
        assert!(invalid("alg")(&read), "{name}");
    }
    let es256 = read_jwt_callback(&with_query(CALLBACK, &[("response", &response(&[]))]), Algorithm::Es256);
    assert!(invalid("alg")(&es256));
}

/// J03, J05
#[test]
fn what_is_no_signed_token_is_refused() {
    for token in ["", "x", "a.b", "a.b.c", "a.b.c.d", "eyJhbGciOiJub25lIn0.e30.", "{}"] {
        let read = read_query(&[("response", token)]);
        assert!(invalid("not a JWT")(&read) || invalid("alg")(&read), "{token}");
    }
}

/// J09
#[test]
fn a_token_of_another_kind_is_refused() {
    for kind_of_token in ["at+jwt", "logout+jwt", "oauth-authz-req+jwt", "token-introspection+jwt", "dpop+jwt", "x"] {
        let token = token_of(Some(kind_of_token), &object(CLAIMS, &[]));
        assert!(invalid("not a JWT")(&read_query(&[("response", &token)])), "{kind_of_token}");
    }
    for kind_of_token in ["JWT", "jwt", "application/jwt"] {
        let token = token_of(Some(kind_of_token), &object(CLAIMS, &[]));
        assert!(read_query(&[("response", &token)]).is_ok(), "{kind_of_token}");
    }
}

/// X07, A11, A15
#[test]
fn an_answer_of_another_issuer_is_refused() {
    for iss in OTHER_ISSUERS {
        assert!(invalid("iss")(&code(&[("iss", iss)])), "{iss}");
    }
}

/// X07, J15
#[test]
fn an_answer_for_another_client_is_refused() {
    for aud in OTHER_AUDIENCES {
        assert!(invalid("aud")(&code(&[("aud", aud)])), "{aud}");
    }
}

/// X07, J14
#[test]
fn an_answer_must_expire_and_not_have_done_so() {
    for exp in ["1800000001", "1800000001.5", "1e300"] {
        assert!(code(&[("exp", exp)]).is_ok(), "{exp}");
    }
    for exp in ["", "null", "1800000000", "1800000000.9", "1799999999", "0"].into_iter().chain(NO_TIMES) {
        assert!(invalid("exp")(&code(&[("exp", exp)])), "{exp}");
    }
}

/// J14
#[test]
fn other_times_are_looked_at_where_they_are() {
    for name in ["iat", "nbf"] {
        for time in ["", "null", "1800000000", "0"] {
            assert!(code(&[(name, time)]).is_ok(), "{name}: {time}");
        }
        for time in ["1800000001"].into_iter().chain(NO_TIMES) {
            assert!(invalid(name)(&code(&[(name, time)])), "{name}: {time}");
        }
    }
}

/// J14
#[test]
fn so_many_seconds_are_forgiven_and_not_one_more() {
    let check = |claim, value| {
        let untrusted = read_query(&[("response", &response(&[(claim, value)]))]).unwrap();
        untrusted.check(true, &addressed(60), now()).map(drop)
    };
    assert!(check("exp", "1799999941").is_ok() && check("nbf", "1800000060").is_ok());
    assert!(invalid("exp")(&check("exp", "1799999940")));
    assert!(invalid("nbf")(&check("nbf", "1800000061")));
}

/// X08
#[test]
fn what_is_not_signed_is_no_answer() {
    for (parameters, name) in [
        (&[("code", "c"), ("state", "the-state")][..], "state"),
        (&[("code", "c"), ("state", "the-state"), ("iss", ISSUER)], "state"),
        (&[("error", "access_denied"), ("state", "the-state")], "state"),
        (&[("code", "c")], "code"),
        (&[("error", "access_denied")], "error"),
        (&[("id_token", "x")], "response"),
        (&[], "response"),
    ] {
        assert!(invalid(name)(&read_query(parameters)), "{parameters:?}");
    }
    // Not even beside what is: who adds it knows why.
    for name in ["code", "state", "error", "error_description", "error_uri"] {
        let read = read_query(&[("response", &response(&[])), (name, "the-state")]);
        assert!(invalid(name)(&read), "{name}");
    }
}

/// A08
#[test]
fn unknown_parameters_are_ignored() {
    let untrusted = read_query(&[("foo", "1"), ("response", &response(&[])), ("foo", "2"), ("session_state", "x")]);
    assert_eq!(code_of(untrusted.unwrap(), &transaction(&[])).unwrap(), "the-code");
}

/// A07
#[test]
fn a_repeated_parameter_is_refused() {
    let token = response(&[]);
    for (name, other) in [("response", token.as_str()), ("response", ""), ("iss", ISSUER)] {
        let read = read_query(&[("response", &token), ("iss", ISSUER), (name, other)]);
        assert_eq!(fault(&read), Some((Kind::CallbackParameterDuplicate, name)));
    }
}

/// A15
#[test]
fn an_issuer_beside_the_answer_must_be_the_same() {
    let with = |iss| read_query(&[("response", &response(&[])), ("iss", iss)]).unwrap();
    assert_eq!(code_of(with(ISSUER), &transaction(&[])).unwrap(), "the-code");
    for iss in ["", "https://op.example/", "https://evil.example", "https://OP.example"] {
        assert_eq!(kind(&code_of(with(iss), &transaction(&[]))), Some(Kind::CallbackIssMismatch), "{iss}");
    }
}

/// A12, A15; the signed issuer is as good as the parameter.
#[test]
fn a_promised_issuer_is_named_by_the_answer_itself() {
    let promising = transaction(&[("authorization_response_iss_parameter_supported", "true")]);
    let untrusted = read_query(&[("response", &response(&[]))]).unwrap();
    assert_eq!(code_of(untrusted, &promising).unwrap(), "the-code");
}

/// A11, A23; what one provider signed is no answer to a sign-in at another.
#[test]
fn an_answer_for_a_sign_in_at_another_provider_is_refused() {
    let mut elsewhere = transaction(&[]);
    let mut metadata = (*elsewhere.metadata).clone();
    "https://other.example".clone_into(&mut metadata.issuer);
    elsewhere.metadata = metadata.into();
    let untrusted = read_query(&[("response", &response(&[]))]).unwrap();
    assert_eq!(kind(&code_of(untrusted, &elsewhere)), Some(Kind::CallbackIssMismatch));
}

/// A06, X07; signed or not, it must be ours.
#[test]
fn a_signed_answer_is_checked_like_any_other() {
    for (changes, kind_of_failure) in [
        (&[("state", "")][..], Kind::CallbackStateMissing),
        (&[("state", "null")], Kind::CallbackStateMissing),
        (&[("state", "\"\"")], Kind::CallbackStateMissing),
        (&[("state", "\"other\"")], Kind::CallbackStateUnknown),
        (&[("code", "")], Kind::CallbackMalformed),
        (&[("code", "\"\"")], Kind::CallbackMalformed),
        (&[("error", "\"access_denied\"")], Kind::CallbackMalformed),
        (&[("error", "\"access_denied\""), ("code", "")], Kind::AccessDenied),
        (&[("error", "\"login_required\""), ("code", "")], Kind::LoginRequired),
    ] {
        let refused = code(changes);
        assert_eq!(kind(&refused), Some(kind_of_failure), "{changes:?}");
        assert_eq!(refused.unwrap_err().phase, Phase::Callback);
    }
}

/// X07
#[test]
fn a_parameter_of_another_type_is_refused_by_name() {
    for name in ["state", "code", "error", "error_description", "error_uri"] {
        for value in NO_STRINGS {
            assert!(invalid(name)(&code(&[(name, value)])), "{name}: {value}");
        }
    }
}

/// J06; two readers could read two codes.
#[test]
fn a_repeated_claim_is_refused() {
    let claims = object(CLAIMS, &[]).replace("\"code\":", "\"code\":\"a\",\"code\":");
    assert!(invalid("not a JWT")(&read_query(&[("response", &token_of(None, &claims))])));
}

#[test]
fn what_is_no_url_or_too_long_is_malformed() {
    let long = with_query(CALLBACK, &[("response", &"x".repeat(64 * 1024))]);
    for url in ["", "not a url", &long] {
        assert_eq!(kind(&read_jwt_callback(url, Algorithm::Rs256)), Some(Kind::CallbackMalformed));
    }
    let long = format!("response={}", "x".repeat(64 * 1024));
    assert_eq!(kind(&read_jwt_form_post(FORM, &long, Algorithm::Rs256)), Some(Kind::CallbackMalformed));
}

/// X08, A01; none of them is the fragment, which no server sees.
#[test]
fn the_modes_have_their_registered_names() {
    for (mode, name) in [
        (ResponseMode::Query, "query"),
        (ResponseMode::FormPost, "form_post"),
        (ResponseMode::QueryJwt, "query.jwt"),
        (ResponseMode::FormPostJwt, "form_post.jwt"),
    ] {
        assert_eq!(mode.name(), name);
    }
}
