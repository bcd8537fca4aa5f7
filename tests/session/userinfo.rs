//! The UserInfo endpoint: asked with the token, believed about the right user only.

use super::support::{ISSUER, Tab, USERINFO, json, with_nonce};
use tokenward::core::base::error::Kind;
use tokenward::core::base::http::Response;
use tokenward::core::base::json::Json;
use tokenward::core::oauth::authorize::SignInOptions;

/// A page that is signed in at a provider with a UserInfo endpoint.
fn signed_in(options: &str) -> Tab {
    let before = Tab::with("session", options);
    before.world.announce(&[USERINFO]);
    let tab = before.go(SignInOptions::default());
    assert!(tab.is_signed_in());
    tab
}

fn jwt(tab: &Tab, claims: &str) -> Response {
    Response::new(200, "application/jwt", tab.world.signed(claims))
}

/// The error code and phase of asking a provider that answers so.
fn refusal(tab: &Tab, reply: Response) -> (&'static str, &'static str) {
    tab.world.reply("/userinfo", reply);
    let error = tab.userinfo().expect_err("it is refused");
    (error.kind.entry().code, error.phase.name())
}

const SIGNED: &str = r#"{"iss":"https://op.example","aud":"spa","sub":"ada","email":"ada@app.example"}"#;

/// U01, B01
#[test]
fn the_right_user_s_claims_are_given() {
    let tab = signed_in("");
    let claims = tab.userinfo().unwrap();
    assert!(claims.is("sub", "ada") && claims.is("email", "ada@app.example"));
    let requests = tab.world.requests.borrow();
    assert_eq!(requests.last().unwrap(), "GET /userinfo", "no token in the URL or a body");
    assert_eq!(tab.world.header_to("/userinfo", "authorization"), [Some("Bearer access-1".to_owned())]);
    assert_eq!(tab.world.header_to("/userinfo", "dpop"), [None]);
}

/// U01
#[test]
fn another_user_s_claims_are_refused() {
    let tab = signed_in("");
    for body in [
        r#"{"sub":"mallory"}"#,
        r#"{"sub":"Ada"}"#,
        r#"{"sub":["ada"]}"#,
        r#"{"sub":null}"#,
        r#"{"email":"ada@app.example"}"#,
    ] {
        assert_eq!(refusal(&tab, json(200, body)), ("userinfo_subject_mismatch", "userinfo"), "{body}");
        assert!(tab.is_signed_in(), "the session is not about them");
    }
    assert!(tab.userinfo().is_ok());
}

/// U01
#[test]
fn an_answer_that_is_no_success_is_an_error() {
    let tab = signed_in("");
    for (status, code) in [
        (401, "response_unusable"),
        (403, "response_unusable"),
        (404, "response_unusable"),
        (204, "response_unusable"),
        (302, "token_redirect_refused"),
        (429, "rate_limited"),
        (500, "server_error"),
    ] {
        assert_eq!(refusal(&tab, json(status, r#"{"sub":"ada"}"#)), (code, "userinfo"), "{status}");
    }
    tab.world.fail("/userinfo");
    assert_eq!(tab.userinfo().err().map(|error| error.kind), Some(Kind::NetworkFailed));
    assert_eq!(tab.world.requests_to("/userinfo"), 8, "none is tried again by itself");
    assert!(tab.is_signed_in());
}

/// U02
#[test]
fn a_signed_answer_is_checked_with_the_provider_s_keys() {
    let tab = signed_in(r#""userinfo":"RS256""#);
    let checked = tab.world.checked_with.borrow().len();
    tab.world.reply("/userinfo", jwt(&tab, SIGNED));
    assert!(tab.userinfo().unwrap().is("email", "ada@app.example"));
    assert_eq!(tab.world.checked_with.borrow()[checked..], ["k1"]);
    assert_eq!(tab.world.requests_to("/jwks"), 1, "the keys are at hand");
}

/// U02
#[test]
fn a_signed_answer_that_breaks_a_rule_is_refused() {
    let tab = signed_in(r#""userinfo":"RS256""#);
    for claims in [
        r#"{"iss":"https://evil.example","aud":"spa","sub":"ada"}"#,
        r#"{"aud":"spa","sub":"ada"}"#,
        r#"{"iss":"https://op.example","aud":"other","sub":"ada"}"#,
        r#"{"iss":"https://op.example","aud":["spa","other"],"sub":"ada"}"#,
        r#"{"iss":"https://op.example","sub":"ada"}"#,
        r#"{"iss":"https://op.example","aud":"spa","sub":"ada","exp":1799999940}"#,
        r#"{"iss":"https://op.example","aud":"spa","sub":"ada","iat":1800000061}"#,
    ] {
        assert_eq!(refusal(&tab, jwt(&tab, claims)), ("userinfo_invalid", "userinfo"), "{claims}");
    }
    let other = SIGNED.replace("\"ada\"", "\"mallory\"");
    assert_eq!(refusal(&tab, jwt(&tab, &other)), ("userinfo_subject_mismatch", "userinfo"));
    tab.world.signature_is_valid.set(false);
    assert_eq!(refusal(&tab, jwt(&tab, SIGNED)), ("userinfo_invalid", "userinfo"));
}

/// U02, U03
#[test]
fn an_unsigned_answer_is_refused_where_a_signed_one_was_registered_and_the_other_way_round() {
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.";
    let tab = signed_in(r#""userinfo":"RS256""#);
    assert_eq!(refusal(&tab, json(200, r#"{"sub":"ada"}"#)), ("userinfo_invalid", "userinfo"));
    for media_type in ["application/jwt", "application/json"] {
        let reply = Response::new(200, media_type, unsigned.to_owned());
        assert_eq!(refusal(&tab, reply), ("userinfo_invalid", "userinfo"), "{media_type}");
    }
    let tab = signed_in(r#""userinfo":true"#);
    assert_eq!(refusal(&tab, jwt(&tab, SIGNED)), ("userinfo_invalid", "userinfo"));
    let reply = Response::new(200, "application/jwt", unsigned.to_owned());
    assert_eq!(refusal(&tab, reply), ("userinfo_invalid", "userinfo"));
}

/// U02, J12
#[test]
fn a_signed_answer_with_an_unknown_key_has_the_keys_fetched_once() {
    let tab = signed_in(r#""userinfo":"RS256""#);
    tab.world.signing_key.replace("unknown".to_owned());
    for _ in 0..10 {
        assert_eq!(refusal(&tab, jwt(&tab, SIGNED)), ("userinfo_invalid", "userinfo"));
    }
    assert_eq!(tab.world.requests_to("/jwks"), 2, "at the sign-in, and one more look");
    tab.pass(60_000);
    tab.world.more_keys.borrow_mut().push("unknown".to_owned());
    tab.world.reply("/userinfo", jwt(&tab, SIGNED));
    assert!(tab.userinfo().is_ok());
    assert_eq!(tab.world.requests_to("/jwks"), 3);
}

/// U04; OpenID Connect Core, section 5.6.2.
#[test]
fn nothing_is_fetched_for_claims_that_are_elsewhere() {
    let tab = signed_in("");
    let sent = tab.world.requests.borrow().len();
    let names = r#""_claim_names":{"a":"s1","b":"s2"}"#;
    let elsewhere = r#"{"endpoint":"https://evil.example/claims","access_token":"x"}"#;
    let sources = format!(r#""_claim_sources":{{"s1":{{"JWT":"e30.e30."}},"s2":{elsewhere}}}"#);
    tab.world.reply("/userinfo", json(200, &format!(r#"{{"sub":"ada",{names},{sources}}}"#)));
    let claims = tab.userinfo().unwrap();
    assert_eq!(tab.world.requests.borrow().len(), sent + 1);
    let source = |name: &str| claims.get("_claim_sources").and_then(|sources| sources.get(name)).unwrap();
    assert!(source("s1").is("JWT", "e30.e30.") && source("s2").is("endpoint", "https://evil.example/claims"));
    assert!(!claims.has("a") && !claims.has("b"));
}

/// U01
#[test]
fn nobody_s_claims_are_asked_for_where_nobody_is_signed_in_or_no_endpoint_is() {
    let tab = Tab::new("memory");
    tab.start();
    assert_eq!(tab.userinfo().err().map(|error| error.kind), Some(Kind::NotSignedIn));
    let tab = Tab::signed_in("memory", 3600);
    let error = tab.userinfo().unwrap_err();
    assert_eq!((error.kind, error.detail), (Kind::MetadataInvalid, "userinfo_endpoint"));
    assert_eq!(tab.world.requests_to("/userinfo"), 0);
}

/// U01; the token is refreshed first where it has to be.
#[test]
fn an_old_token_is_refreshed_before_it_is_sent() {
    let tab = signed_in("");
    tab.world.timer.take();
    tab.world.wall_ms.set(tab.world.wall_ms.get() + 3_600_000);
    assert!(tab.userinfo().is_ok());
    assert_eq!(tab.world.header_to("/userinfo", "authorization"), [Some("Bearer access-2".to_owned())]);
}

/// U01; a record of the session knows the endpoint, so that no metadata are fetched for it.
#[test]
fn a_reload_asks_at_the_same_place() {
    let again = signed_in("").reloaded();
    again.start();
    assert!(again.userinfo().is_ok());
    assert_eq!(again.world.requests_to("openid-configuration"), 1);
    assert_eq!(again.world.requests_to(&format!("{ISSUER}/")), 0);
}

/// P01, P03, P09
#[cfg(feature = "dpop")]
#[test]
fn a_bound_token_goes_out_with_a_proof_and_under_its_own_scheme() {
    let tab = signed_in(r#""dpop":true"#);
    assert!(tab.userinfo().is_ok());
    assert_eq!(tab.world.header_to("/userinfo", "authorization"), [Some("DPoP access-1".to_owned())]);
    let proofs = tab.world.proofs_to("/userinfo");
    assert!(proofs.len() == 1 && proofs[0].claims.has_only("jti htm htu iat ath"));
    assert!(proofs[0].claims.is("htm", "GET") && proofs[0].claims.is("htu", "https://op.example/userinfo"));
}

/// P02, P06, P07
#[cfg(feature = "dpop")]
#[test]
fn a_nonce_that_it_wants_is_used_in_one_more_try() {
    let wanted = |nonce| {
        let challenge = Some(r#"DPoP error="use_dpop_nonce""#.to_owned());
        with_nonce(nonce, Response { challenge, ..json(401, "") })
    };
    let tab = signed_in(r#""dpop":true"#);
    tab.world.reply("/userinfo", wanted("n1"));
    assert!(tab.userinfo().is_ok());
    let proofs = tab.world.proofs_to("/userinfo");
    assert_eq!(proofs.iter().map(|proof| proof.claim("nonce")).collect::<Vec<_>>(), [None, Some("n1".to_owned())]);
    assert_ne!(proofs[0].claim("jti"), proofs[1].claim("jti"));
    assert_eq!(tab.world.header_to("/userinfo", "authorization"), vec![Some("DPoP access-1".to_owned()); 2]);
    for nonce in ["n2", "n3"] {
        tab.world.reply("/userinfo", wanted(nonce));
    }
    assert!(tab.userinfo().is_err());
    assert_eq!(tab.world.requests_to("/userinfo"), 4, "once, and no loop");
    assert!(tab.world.proofs_to("/token").iter().all(|proof| proof.claim("nonce").is_none()));
}

/// P06; a refusal of another kind is the answer.
#[cfg(feature = "dpop")]
#[test]
fn other_refusals_are_not_tried_again() {
    let tab = signed_in(r#""dpop":true"#);
    for challenge in
        [None, Some("DPoP"), Some(r#"DPoP error="invalid_token""#), Some(r#"DPoP error="invalid_dpop_proof""#)]
    {
        let reply = with_nonce("n1", Response { challenge: challenge.map(str::to_owned), ..json(401, "") });
        assert_eq!(refusal(&tab, reply).0, "response_unusable");
    }
    assert_eq!(tab.world.requests_to("/userinfo"), 4);
}

/// T16
#[test]
fn what_is_printed_of_a_refusal_shows_no_claim() {
    let tab = signed_in("");
    tab.world.reply("/userinfo", json(200, r#"{"sub":"sentinel","email":"sentinel"}"#));
    let error = tab.userinfo().unwrap_err();
    let claims = Json::parse(r#"{"sub":"sentinel"}"#).unwrap();
    assert!(!format!("{error:?} {error} {claims:?}").contains("sentinel"));
}
