//! What an access token must be and say, and what lets pass one that is or says less.

use super::resource::{
    CLAIMS, GOOD, HEADER, NOW_S, OPTIONS, World, ask, bearer, config, good, need, signed, why, with, with_key,
};
use tokenward::core::base::error::{Class, Kind, Phase};
use tokenward::core::verifier::need::Need;

/// Why this token is refused where these options are set.
fn refusal(more: &str, header: &str, claims: &str) -> (Kind, &'static str) {
    let world = World::default();
    let refused = bearer(&with_key(&world, more), &signed(header, claims, GOOD)).unwrap_err();
    assert!([401, 403].contains(&refused.refusal.status), "{claims}");
    why(&refused)
}

fn passes(more: &str, header: &str, claims: &str) -> bool {
    bearer(&with_key(&World::default(), more), &signed(header, claims, GOOD)).is_ok()
}

fn invalid(claim: &'static str) -> (Kind, &'static str) {
    (Kind::AccessTokenInvalid, claim)
}

#[test]
fn a_good_token_is_told_of() {
    let world = World::default();
    let told = bearer(&with_key(&world, ""), &good()).unwrap();
    assert_eq!(told.get("claims").unwrap().to_text(), CLAIMS);
    assert_eq!(told.get("header").unwrap().to_text(), HEADER);
    assert_eq!(told.one_or_many("scopes").unwrap(), ["read", "write"]);
    assert_eq!((told.text("clientId").as_deref(), told.text("scheme").as_deref()), (Some("app"), Some("Bearer")));
    assert_eq!((told.whole("until"), told.truth("isBound")), (Some((NOW_S + 3600) * 1000), Some(false)));
    assert!(world.sent.borrow().is_empty(), "keys that are given are not fetched");
}

/// K01, J09
#[test]
fn only_an_access_token_is_one() {
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(passes("", &with(HEADER, "at+jwt", typ), CLAIMS), "{typ}");
    }
    for typ in ["JWT", "logout+jwt", "dpop+jwt", "", "at+jwt ", "text/at+jwt", "application/application/at+jwt", "at"] {
        assert_eq!(refusal("", &with(HEADER, "at+jwt", typ), CLAIMS), invalid("typ"), "{typ}");
    }
    assert_eq!(refusal("", r#"{"alg":"ES256","kid":"1"}"#, CLAIMS), invalid("typ"), "an ID token has none");
}

/// K02, J01, J03
#[test]
fn issuer_audience_expiry_and_signature_are_checked() {
    for (part, other, claim) in [
        ("https://op.example", "https://op.example/", "iss"),
        ("https://op.example", "https://OP.example", "iss"),
        (r#""iss":"https://op.example","#, "", "iss"),
        (r#""https://api.example""#, r#""https://other.example""#, "aud"),
        (r#""https://api.example""#, "[]", "aud"),
        (r#""https://api.example""#, r#"["https://other.example"]"#, "aud"),
        (r#""https://api.example""#, r#"["https://api.example",5]"#, "aud"),
        (r#""https://api.example""#, r#"{"0":"https://api.example"}"#, "aud"),
        ("1800003600", "\"1800003600\"", "exp"),
        ("1800003600", "-1", "exp"),
        (r#""iat":1800000000"#, r#""iat":1800000061"#, "iat"),
        (r#""iat":1800000000"#, r#""iat":1800000000,"nbf":1800000061"#, "nbf"),
        (r#""iat":1800000000"#, r#""iat":1800000000,"nbf":"now""#, "nbf"),
    ] {
        assert_eq!(refusal("", HEADER, &with(CLAIMS, part, other)), invalid(claim), "{other}");
    }
    assert!(passes("", HEADER, &with(CLAIMS, r#""https://api.example""#, r#"["x","https://api.example"]"#)));
    assert!(passes(r#","clockToleranceSeconds":0"#, HEADER, CLAIMS));
    let expired = with(CLAIMS, "1800003600", "1799999940");
    assert_eq!(refusal("", HEADER, &expired), (Kind::AccessTokenExpired, ""), "now is too late");
    assert!(passes("", HEADER, &with(CLAIMS, "1800003600", "1799999941")));
    for alg in ["none", "None", "HS256", "ES384", "ES256K", "RS512"] {
        assert_eq!(refusal("", &with(HEADER, "ES256", alg), CLAIMS).0, Kind::JwsAlgorithmUnexpected, "{alg}");
    }
    assert_eq!(refusal(r#","algorithms":["RS256"]"#, HEADER, CLAIMS).0, Kind::JwsAlgorithmUnexpected);
    let world = World::default();
    let refused = bearer(&with_key(&world, ""), &signed(HEADER, &expired, GOOD + 1)).unwrap_err();
    assert_eq!(refused.error.kind, Kind::JwsSignatureInvalid, "nothing is told of what nobody signed");
    assert_eq!((refused.error.phase, refused.error.kind.entry().class), (Phase::Verify, Class::Protocol));
}

/// K03
#[test]
fn the_claims_that_must_be_there_are() {
    for (part, claim) in [
        (r#""iss":"https://op.example","#, "iss"),
        (r#""aud":"https://api.example","#, "aud"),
        (r#""sub":"user","#, "sub"),
        (r#""client_id":"app","#, "client_id"),
        (r#""iat":1800000000,"#, "iat"),
        (r#""exp":1800003600,"#, "exp"),
        (r#""jti":"id","#, "jti"),
    ] {
        assert_eq!(refusal("", HEADER, &with(CLAIMS, part, "")), invalid(claim), "{claim}");
        let (name, _) = part.split_once(':').unwrap();
        for nothing in ["null", "\"\"", "[]", "{}", "true"] {
            assert_eq!(
                refusal("", HEADER, &with(CLAIMS, part, &format!("{name}:{nothing},"))),
                invalid(claim),
                "{claim} {nothing}"
            );
        }
    }
}

#[test]
fn what_is_no_token_is_malformed() {
    for token in ["x", "a.b", "a.b.c.d", "..", "a.b.c"] {
        let refused = bearer(&with_key(&World::default(), ""), token).unwrap_err();
        assert_eq!((refused.error.kind, refused.refusal.status), (Kind::JwsMalformed, 401), "{token}");
    }
}

/// Each relaxation lets pass what it names, and nothing else.
#[test]
fn relaxations_are_named() {
    let untyped = r#"{"alg":"ES256","kid":"1"}"#;
    assert!(passes(r#","typ":["JWT"]"#, &with(HEADER, "at+jwt", "JWT"), CLAIMS));
    assert_eq!(refusal(r#","typ":["JWT"]"#, HEADER, CLAIMS), invalid("typ"), "in the place of the usual one");
    assert_eq!(refusal(r#","typ":["JWT"]"#, untyped, CLAIMS), invalid("typ"));
    assert!(passes(r#","typ":["at+jwt",""]"#, untyped, CLAIMS) && passes(r#","typ":["at+jwt",""]"#, HEADER, CLAIMS));

    let long = with(HEADER, "at+jwt", "application/at+jwt");
    for typ in ["at+jwt", "application/at+jwt", "APPLICATION/AT+JWT"] {
        let more = format!(r#","typ":["{typ}"]"#);
        assert!(passes(&more, HEADER, CLAIMS) && passes(&more, &long, CLAIMS), "{typ}");
        assert_eq!(refusal(&more, untyped, CLAIMS), invalid("typ"), "{typ}");
    }
    assert_eq!(refusal(r#","typ":["application/"]"#, untyped, CLAIMS), invalid("typ"), "that is not none");

    for (part, claim) in [
        (r#""aud":"https://api.example","#, "aud"),
        (r#""sub":"user","#, "sub"),
        (r#""client_id":"app","#, "client_id"),
        (r#""iat":1800000000,"#, "iat"),
        (r#""jti":"id","#, "jti"),
    ] {
        let more = format!(r#","missingClaims":["{claim}"]"#);
        assert!(passes(&more, HEADER, &with(CLAIMS, part, "")), "{claim}");
        let (name, _) = part.split_once(':').unwrap();
        assert_eq!(
            refusal(&more, HEADER, &with(CLAIMS, part, &format!("{name}:[],"))),
            invalid(claim),
            "what is there is checked"
        );
        for other in ["sub", "jti"].into_iter().filter(|other| *other != claim) {
            let less = with(&with(CLAIMS, part, ""), &format!("\"{other}\""), "\"x\"");
            assert_eq!(refusal(&more, HEADER, &less), invalid(other));
        }
    }

    let azp = with(CLAIMS, "client_id", "azp");
    assert!(passes(r#","clientIdClaim":"azp""#, HEADER, &azp));
    assert_eq!(refusal("", HEADER, &azp), invalid("client_id"));
    assert_eq!(refusal(r#","clientIdClaim":"azp""#, HEADER, CLAIMS), invalid("client_id"));

    let world = World::default();
    let scp = with(CLAIMS, r#""scope":"read write""#, r#""scp":["read","write"]"#);
    let told = bearer(&with_key(&world, r#","scopeClaim":"scp""#), &signed(HEADER, &scp, GOOD)).unwrap();
    assert_eq!(told.one_or_many("scopes").unwrap(), ["read", "write"]);

    let use_access =
        r#","requireClaims":[{"claim":"token_use","values":"access"},{"claim":"client_id","values":["app","web"]}]"#;
    assert!(passes(use_access, HEADER, &with(CLAIMS, "\"jti\"", "\"token_use\":\"access\",\"jti\"")));
    for other in ["\"token_use\":\"id\",", "\"token_use\":true,", ""] {
        let claims = with(CLAIMS, "\"jti\"", &format!("{other}\"jti\""));
        assert_eq!(refusal(use_access, HEADER, &claims).0, Kind::AccessTokenInvalid, "{other}");
    }
}

/// K04
#[test]
fn a_scope_that_is_missing_is_asked_for() {
    let world = World::default();
    let verifier = with_key(&world, "");
    let header = format!("Bearer {}", good());
    assert!(ask(&verifier, Some(&header), &need(r#"{"scope":"read"}"#)).is_ok());
    assert!(ask(&verifier, Some(&header), &need(r#"{"scope":"write  read"}"#)).is_ok());
    let refused = ask(&verifier, Some(&header), &need(r#"{"scope":"read admin"}"#)).unwrap_err();
    assert_eq!((refused.error.kind, refused.refusal.status), (Kind::InsufficientScope, 403));
    assert_eq!(
        refused.refusal.challenge.as_deref(),
        Some(
            "Bearer realm=\"https://api.example\", error=\"insufficient_scope\", error_description=\"The API asks for more scope \
             than the token has\", scope=\"read admin\", DPoP realm=\"https://api.example\", scope=\"read admin\", algs=\"ES256 \
             EdDSA PS256 RS256\""
        )
    );
}

/// K05
#[test]
fn a_sign_in_that_is_too_weak_or_too_old_is_asked_for_again() {
    let world = World::default();
    let verifier = with_key(&world, "");
    let claims = with(CLAIMS, "\"jti\"", "\"acr\":\"silver\",\"auth_time\":1799999000,\"jti\"");
    let header = format!("Bearer {}", signed(HEADER, &claims, GOOD));
    for pass in
        [r#"{"acrValues":"gold silver"}"#, r#"{"maxAgeSeconds":940}"#, r#"{"acrValues":"silver","maxAgeSeconds":5000}"#]
    {
        assert!(ask(&verifier, Some(&header), &need(pass)).is_ok(), "{pass}");
    }
    let told = ask(&verifier, Some(&header), &need(r#"{"maxAgeSeconds":940}"#)).unwrap();
    assert_eq!(told.whole("until"), Some(NOW_S * 1000), "the verdict ends with what it says");
    for (fail, said) in [
        (r#"{"acrValues":"gold"}"#, "acr_values=\"gold\""),
        (r#"{"maxAgeSeconds":939}"#, "max_age=939"),
        (r#"{"acrValues":"gold platinum","maxAgeSeconds":60}"#, "acr_values=\"gold platinum\", max_age=60"),
    ] {
        let refused = ask(&verifier, Some(&header), &need(fail)).unwrap_err();
        assert_eq!((refused.error.kind, refused.refusal.status), (Kind::InsufficientUserAuthentication, 401));
        let challenge = refused.refusal.challenge.unwrap();
        assert!(
            challenge.contains("error=\"insufficient_user_authentication\"") && challenge.contains(said),
            "{challenge}"
        );
    }
    let silent = format!("Bearer {}", good());
    for fail in [r#"{"acrValues":"silver"}"#, r#"{"maxAgeSeconds":100000}"#] {
        assert!(ask(&verifier, Some(&silent), &need(fail)).is_err(), "what is not said is not so: {fail}");
    }
}

/// K06
#[test]
fn a_bound_token_is_no_bearer_token_and_the_other_way() {
    let bound = signed(HEADER, &with(CLAIMS, "\"jti\"", "\"cnf\":{\"jkt\":\"thumb\"},\"jti\""), GOOD);
    let world = World::default();
    let verifier = with_key(&world, "");
    assert_eq!(why(&bearer(&verifier, &bound).unwrap_err()), invalid("cnf"));
    let told = ask(&verifier, Some(&format!("DPoP {bound}")), &Need::default()).unwrap();
    assert_eq!((told.text("jkt").as_deref(), told.text("scheme").as_deref()), (Some("thumb"), Some("DPoP")));
    let refused = ask(&verifier, Some(&format!("dpop {}", good())), &Need::default()).unwrap_err();
    assert_eq!(why(&refused), invalid("cnf"));
    assert!(
        refused.refusal.challenge.unwrap().starts_with("DPoP realm=\"https://api.example\", error=\"invalid_token\"")
    );
    // A binding of a kind that nobody here can check is not none.
    for cnf in ["{\"x5t#S256\":\"x\"}", "null", "{}", "\"thumb\"", "{\"jkt\":\"\"}", "{\"jkt\":5}"] {
        let claims = with(CLAIMS, "\"jti\"", &format!("\"cnf\":{cnf},\"jti\""));
        assert_eq!(why(&bearer(&verifier, &signed(HEADER, &claims, GOOD)).unwrap_err()), invalid("cnf"), "{cnf}");
    }
    // Nor is one of two kinds, of which a proof shows one.
    for other in ["\"x5t#S256\":\"x\"", "\"jwk\":{}", "\"x\":null"] {
        let cnf = format!("\"cnf\":{{\"jkt\":\"thumb\",{other}}},\"jti\"");
        let header = format!("DPoP {}", signed(HEADER, &with(CLAIMS, "\"jti\"", &cnf), GOOD));
        assert_eq!(why(&ask(&verifier, Some(&header), &Need::default()).unwrap_err()), invalid("cnf"), "{other}");
    }
    let required = with_key(&world, r#","dpop":{"required":true}"#);
    assert_eq!(why(&bearer(&required, &good()).unwrap_err()), invalid("cnf"));
    let none = with_key(&world, r#","dpop":false"#);
    assert_eq!(why(&bearer(&none, &bound).unwrap_err()), invalid("cnf"));
    let refused = ask(&none, Some(&format!("DPoP {bound}")), &Need::default()).unwrap_err();
    assert_eq!(refused.refusal.challenge.as_deref(), Some("Bearer realm=\"https://api.example\""));
}

#[test]
fn options_are_read_strictly() {
    for (more, name) in [
        (r#","audiences":["x"]"#, "a name that no option has"),
        (r#","algorithms":[]"#, "algorithms"),
        (r#","algorithms":["none"]"#, "algorithms"),
        (r#","algorithms":["ES256","HS256"]"#, "algorithms"),
        (r#","algorithms":"ES256""#, "algorithms"),
        (r#","typ":[]"#, "typ"),
        (r#","typ":"""#, "typ"),
        (r#","typ":5"#, "typ"),
        (r#","missingClaims":["exp"]"#, "missingClaims"),
        (r#","missingClaims":["iss"]"#, "missingClaims"),
        (r#","missingClaims":["scope"]"#, "missingClaims"),
        (r#","clientIdClaim":"""#, "clientIdClaim"),
        (r#","scopeClaim":["scp"]"#, "scopeClaim"),
        (r#","requireClaims":[]"#, "requireClaims"),
        (r#","requireClaims":[{"claim":"x","values":[]}]"#, "requireClaims"),
        (r#","requireClaims":[{"claim":"x","values":5}]"#, "requireClaims"),
        (r#","clockToleranceSeconds":301"#, "clockToleranceSeconds"),
        (r#","jwks":{"kty":"EC"}"#, "jwks"),
        (r#","jwks":{}"#, "jwks"),
        (r#","jwks":{"keys":[]},"jwksUrl":"https://op.example/jwks""#, "jwksUrl"),
        (r#","jwksUrl":"jwks""#, "jwksUrl"),
        (r#","jwksUrl":"https://op.example/jwks#x""#, "jwksUrl"),
        (r#","keys":{"maxAgeSeconds":0}"#, "keys"),
        (r#","keys":{"cooldownSeconds":0}"#, "keys"),
        (r#","keys":{"timeoutSeconds":31}"#, "keys"),
        (r#","keys":{"lifetime":5}"#, "keys"),
        (r#","keys":5"#, "keys"),
        (r#","dpop":"yes""#, "dpop"),
        (r#","dpop":{"maxAgeSeconds":601}"#, "dpop"),
        (r#","dpop":{"algorithms":["HS256"]}"#, "dpop"),
        (r#","dpop":{"origin":"https://api.example/"}"#, "dpop"),
        (r#","dpop":{"nonceSecret":"short"}"#, "dpop"),
    ] {
        let error = config(&with(OPTIONS, "}", &format!("{more}}}"))).unwrap_err();
        assert_eq!((error.kind, error.detail), (Kind::InvalidOption, name), "{more}");
    }
    for (part, other, kind, name) in [
        ("https://op.example", "http://op.example", Kind::EndpointInsecure, "issuer"),
        ("https://op.example", "https://op.example?x", Kind::InvalidOption, "issuer"),
        (r#","audience":"https://api.example""#, "", Kind::InvalidOption, "audience"),
        (r#""https://api.example""#, "\"\"", Kind::InvalidOption, "audience"),
        (r#""https://api.example""#, "[]", Kind::InvalidOption, "audience"),
    ] {
        let error = config(&with(OPTIONS, part, other)).unwrap_err();
        assert_eq!((error.kind, error.detail), (kind, name), "{other}");
    }
    assert!(config(r#"{"issuer":"https://op.example","missingClaims":["aud"]}"#).is_ok());
}
