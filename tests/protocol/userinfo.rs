//! UserInfo: whose claims they are, and who vouches for them. The signature is the port's; here it is said to be valid or
//! not.

use super::given::{ISSUER, Members, addressed, answer, compact, fault, json, kind, now, object, test};
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::http::Response;
use tokenward::core::base::json::Json;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oidc::userinfo::{build_userinfo_request, check_userinfo, check_userinfo_response};

const PLAIN: Members<'_> = &[("sub", "\"alice\""), ("email", "\"a@b.example\"")];

const SIGNED: Members<'_> =
    &[("sub", "\"alice\""), ("email", "\"a@b.example\""), ("iss", "\"https://op.example\""), ("aud", "\"web\"")];

const SIGNATURE: Option<Algorithm> = Some(Algorithm::Rs256);

/// What is believed of an answer, about the user that the ID token named so.
fn believed(response: &Response, algorithm: Option<Algorithm>, valid: bool, subject: &str) -> Result<Json> {
    let id_token = json(&format!(r#"{{"sub":"{subject}","iss":"{ISSUER}"}}"#));
    let untrusted = check_userinfo_response(response, algorithm)?;
    check_userinfo(untrusted, valid, &addressed(60), &id_token, now())
}

fn plain(changes: Members<'_>) -> Result<Json> {
    believed(&answer(200, "application/json", &object(PLAIN, changes)), None, true, "alice")
}

fn jwt(header: &str, changes: Members<'_>) -> Response {
    answer(200, "application/jwt", &compact(header, &object(SIGNED, changes)))
}

fn signed(changes: Members<'_>) -> Result<Json> {
    believed(&jwt(r#"{"alg":"RS256"}"#, changes), SIGNATURE, true, "alice")
}

/// U02, B01
#[test]
fn both_kinds_of_answer_are_asked_for_and_no_token_is_in_the_url() {
    let request = build_userinfo_request("https://op.example/userinfo?x=1");
    assert_eq!((request.method(), request.url.as_str()), ("GET", "https://op.example/userinfo?x=1"));
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.secret())).collect();
    assert_eq!(headers, [("accept", "application/json, application/jwt")]);
}

/// U01
#[test]
fn claims_about_the_user_of_the_id_token_are_believed() {
    for claims in [plain(&[]).unwrap(), signed(&[]).unwrap()] {
        assert!(claims.is("email", "a@b.example") && claims.is("sub", "alice"));
    }
}

/// U01
#[test]
fn claims_about_another_user_or_nobody_are_refused() {
    for subject in
        ["", "null", "\"\"", "5", "true", "[]", r#"["alice"]"#, "{}", "\"bob\"", "\"Alice\"", "\"alice \"", "\"alic\""]
    {
        for checked in [plain(&[("sub", subject)]), signed(&[("sub", subject)])] {
            assert_eq!(kind(&checked), Some(Kind::UserinfoSubjectMismatch), "{subject}");
        }
    }
}

/// U01
#[test]
fn claims_of_nobody_are_not_those_of_an_id_token_of_nobody() {
    for id_token in ["{}", r#"{"sub":null}"#, r#"{"sub":5}"#] {
        for subject in ["", "null", "5"] {
            let response = answer(200, "application/json", &object(PLAIN, &[("sub", subject)]));
            let untrusted = check_userinfo_response(&response, None).unwrap();
            let checked = check_userinfo(untrusted, true, &addressed(60), &json(id_token), now());
            assert_eq!(kind(&checked), Some(Kind::UserinfoSubjectMismatch), "{id_token} {subject}");
        }
    }
}

/// U02
#[test]
fn a_signed_answer_is_from_this_issuer_for_this_client() {
    for (name, value) in [("aud", r#"["web"]"#), ("exp", "1800000300"), ("more", "{}")] {
        assert!(signed(&[(name, value)]).is_ok(), "{name}: {value}");
    }
    for (name, values) in [
        (
            "iss",
            &[
                "",
                "null",
                "5",
                "[]",
                r#"["https://op.example"]"#,
                "\"https://op.example/\"",
                "\"https://evil.example\"",
            ][..],
        ),
        (
            "aud",
            &["", "null", "5", "{}", "[]", "\"\"", "\"other\"", "\"WEB\"", r#"["web","other"]"#, r#"["other"]"#, "[5]"],
        ),
    ] {
        for value in values {
            assert_eq!(fault(&signed(&[(name, value)])), Some((Kind::UserinfoInvalid, name)), "{name}: {value}");
        }
    }
}

/// U02, J14; RFC 7519, section 4.1.4: it need not say when it is good, but where it does, that counts.
#[test]
fn a_signed_answer_is_of_now_where_it_says_when() {
    for (name, good, bad) in [
        ("exp", &["", "null", "1800000300", "1800000000", "1799999941"][..], &["1799999940", "1", "0"][..]),
        ("iat", &["", "null", "1800000000", "1800000060", "0"], &["1800000061", "1e300"]),
        ("nbf", &["", "null", "1800000000", "1800000060", "0"], &["1800000061", "1e300"]),
    ] {
        for value in good {
            assert!(signed(&[(name, value)]).is_ok(), "{name}: {value}");
        }
        for value in [bad, &["\"1800000300\"", "true", "[]", "{}", "-1"]].concat() {
            assert_eq!(fault(&signed(&[(name, value)])), Some((Kind::UserinfoInvalid, name)), "{name}: {value}");
        }
    }
    assert!(plain(&[("exp", "1")]).is_ok(), "what the connection vouches for is of now");
}

/// U02, J20
#[test]
fn a_signed_answer_with_an_invalid_signature_gives_nothing() {
    let checked = believed(&jwt(r#"{"alg":"RS256"}"#, &[]), SIGNATURE, false, "alice");
    assert_eq!(fault(&checked), Some((Kind::UserinfoInvalid, "signature")));
}

/// U02, U03, J03, I05
#[test]
fn an_answer_that_is_signed_with_another_algorithm_or_with_none_is_refused() {
    for name in ["none", "None", "nOnE", "", "HS256", "PS256", "RS384", "ES256", "EdDSA", "rs256"] {
        let checked = believed(&jwt(&format!(r#"{{"alg":"{name}"}}"#), &[]), SIGNATURE, true, "alice");
        assert_eq!(fault(&checked), Some((Kind::UserinfoInvalid, "alg")), "{name}");
    }
    let unsigned = [&encode(br#"{"alg":"none"}"#), ".", &encode(object(SIGNED, &[]).as_bytes()), "."].concat();
    for algorithm in Algorithm::ALL {
        let checked = believed(&answer(200, "application/jwt", &unsigned), Some(algorithm), true, "alice");
        assert_eq!(fault(&checked), Some((Kind::UserinfoInvalid, "alg")), "{algorithm:?}");
    }
}

/// U02, U03
#[test]
fn the_answer_is_of_the_kind_that_was_registered() {
    let plain = object(PLAIN, &[]);
    let token = compact(r#"{"alg":"RS256"}"#, &object(SIGNED, &[]));
    let unsigned = compact(r#"{"alg":"none"}"#, &object(SIGNED, &[]));
    for (media_type, body) in [
        ("application/json", plain.as_str()),
        ("application/json", &token),
        ("application/jwt", &plain),
        ("text/plain", &token),
        ("", &token),
        ("application/jwt", ""),
        ("application/jwt", "a.b.c"),
        ("application/jwt", &unsigned),
    ] {
        let checked = believed(&answer(200, media_type, body), SIGNATURE, true, "alice");
        assert_eq!(kind(&checked), Some(Kind::UserinfoInvalid), "signed was registered: {media_type} {body}");
    }
    for (media_type, body) in [
        ("application/jwt", token.as_str()),
        ("application/jwt", &unsigned),
        ("application/jwt", &plain),
        ("application/json", &token),
        ("text/html", &plain),
        ("", &plain),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "null"),
        ("application/json", "{"),
        ("application/json", r#"{"sub":"alice","sub":"alice"}"#),
    ] {
        let checked = believed(&answer(200, media_type, body), None, true, "alice");
        assert_eq!(kind(&checked), Some(Kind::UserinfoInvalid), "plain was registered: {media_type} {body}");
    }
}

/// U02, J09
#[test]
fn a_signed_answer_is_a_token_of_its_own_kind() {
    for typ in ["JWT", "jwt", "application/jwt", "APPLICATION/JWT"] {
        let header = format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#);
        assert!(believed(&jwt(&header, &[]), SIGNATURE, true, "alice").is_ok(), "{typ}");
    }
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt", "token-introspection+jwt", "text/jwt", "JWS"]
    {
        let header = format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#);
        let checked = believed(&jwt(&header, &[]), SIGNATURE, true, "alice");
        assert_eq!(fault(&checked), Some((Kind::UserinfoInvalid, "not a JWT")), "{typ}");
    }
}

/// U01; what the status says comes first.
#[test]
fn no_claims_but_in_a_200() {
    for (status, kind_of_failure) in [
        (0, Kind::TokenRedirectRefused),
        (201, Kind::ResponseUnusable),
        (204, Kind::ResponseUnusable),
        (302, Kind::TokenRedirectRefused),
        (400, Kind::ResponseUnusable),
        (401, Kind::ResponseUnusable),
        (403, Kind::ResponseUnusable),
        (429, Kind::RateLimited),
        (500, Kind::ServerError),
    ] {
        for (media_type, algorithm) in [("application/json", None), ("application/jwt", SIGNATURE)] {
            let response = answer(status, media_type, &object(PLAIN, &[]));
            let error = check_userinfo_response(&response, algorithm).unwrap_err();
            assert_eq!(error.kind, kind_of_failure, "{status}");
            assert_eq!(error.status, Some(status).filter(|status| *status != 0));
        }
    }
}

/// U04; OpenID Connect Core, section 5.6.2.
#[test]
fn claims_that_are_elsewhere_are_handed_over_as_they_are() {
    let sources = concat!(
        r#"{"src1":{"JWT":"eyJhbGciOiJub25lIn0.e30."},"#,
        r#""src2":{"endpoint":"https://evil.example/claims","access_token":"ksj3n283dke"}}"#
    );
    let changes: Members<'_> =
        &[("_claim_names", r#"{"address":"src1","payment":"src2"}"#), ("_claim_sources", sources)];
    for claims in [plain(changes).unwrap(), signed(changes).unwrap()] {
        let sources = claims.get("_claim_sources").unwrap();
        assert!(sources.get("src1").unwrap().is("JWT", "eyJhbGciOiJub25lIn0.e30."));
        assert!(sources.get("src2").unwrap().is("endpoint", "https://evil.example/claims"));
        assert!(claims.get("_claim_names").unwrap().is("address", "src1"));
        assert!(!claims.has("address") && !claims.has("payment"), "nothing is made of them");
    }
}
