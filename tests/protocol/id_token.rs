//! ID tokens: every claim missing, of another type and of another value. The signature is the port's; here it is said to
//! be valid or not.

use super::given::{CLIENT, ISSUER, Members, NOW_S, compact, fault, json, kind, now, object, test};
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Error, Kind, Result};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{Nonce, RawIdToken};
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken, claims_of_stored, half_hash};

const HEADER: &str = r#"{"alg":"RS256","kid":"1"}"#;

// exp is five minutes from now, iat is now.
const CLAIMS: Members<'_> = &[
    ("iss", "\"https://op.example\""),
    ("sub", "\"alice\""),
    ("aud", "\"web\""),
    ("exp", "1800000300"),
    ("iat", "1800000000"),
    ("nonce", "\"the-nonce\""),
];

fn untrusted(changes: Members<'_>) -> UntrustedIdToken {
    let token = RawIdToken::new(compact(HEADER, &object(CLAIMS, changes)));
    UntrustedIdToken::read(&token, Algorithm::Rs256).unwrap()
}

fn expected(origin: Origin<'_>, tolerance_s: u64) -> Expected<'_> {
    Expected { issuer: ISSUER, client_id: CLIENT, origin, access_token_hash: "the-hash", tolerance_s }
}

/// Checks at a sign-in that asked for authentication of at most this age, forgiving so many seconds.
fn check_with(changes: Members<'_>, max_age_s: Option<u64>, tolerance_s: u64) -> Result<Json> {
    let nonce = Nonce::new("the-nonce".to_owned());
    let origin = Origin::SignIn(Asked { nonce: &nonce, max_age_s, acr_values: None, subject: None });
    untrusted(changes).check(true, &expected(origin, tolerance_s), now())
}

fn check(changes: Members<'_>) -> Result<Json> {
    check_with(changes, None, 0)
}

/// Checks at a refresh of a session with these claims.
fn continues(before: Members<'_>, changes: Members<'_>) -> Result<Json> {
    let before = json(&object(CLAIMS, before));
    untrusted(changes).check(true, &expected(Origin::Refresh(&before, 0), 0), now())
}

fn refused_as(kind_of_failure: Kind, name: &str, values: &[&str]) {
    for value in values {
        assert_eq!(kind(&check(&[(name, value)])), Some(kind_of_failure), "{name}: {value}");
    }
}

#[test]
fn a_token_as_expected_gives_its_claims() {
    let claims = check(&[("email", "\"a@b.example\"")]).unwrap();
    assert_eq!(claims.text("sub").as_deref(), Some("alice"));
    assert_eq!(claims.text("email").as_deref(), Some("a@b.example"));
}

/// J20, I04
#[test]
fn a_token_with_an_invalid_signature_gives_nothing() {
    let nonce = Nonce::new("the-nonce".to_owned());
    let origin = Origin::SignIn(Asked { nonce: &nonce, max_age_s: None, acr_values: None, subject: None });
    let checked = untrusted(&[]).check(false, &expected(origin, 0), now());
    assert_eq!(kind(&checked), Some(Kind::IdTokenSignatureInvalid));
}

/// I01
#[test]
fn the_issuer_must_be_exactly_the_one_expected() {
    refused_as(
        Kind::IdTokenIssuerMismatch,
        "iss",
        &[
            "",
            "null",
            "5",
            "[]",
            r#"["https://op.example"]"#,
            "\"\"",
            "\"https://op.example/\"",
            "\"https://OP.example\"",
            "\"https://op.example:443\"",
            "\"http://op.example\"",
            "\"https://evil.example\"",
        ],
    );
}

/// I02, J15
#[test]
fn the_audience_must_be_this_client_and_nobody_else() {
    for aud in ["\"web\"", r#"["web"]"#] {
        assert!(check(&[("aud", aud)]).is_ok(), "{aud}");
    }
    refused_as(
        Kind::IdTokenAudienceMismatch,
        "aud",
        &[
            "",
            "null",
            "5",
            "true",
            "{}",
            r#"{"0":"web"}"#,
            "[]",
            "[null]",
            "\"\"",
            "\"other\"",
            "\"WEB\"",
            "\"web \"",
            r#"["other"]"#,
            r#"["web","other"]"#,
            r#"["other","web"]"#,
            r#"["web",5]"#,
            r#"[["web"]]"#,
        ],
    );
}

/// I02, I03
#[test]
fn no_authorized_party_makes_a_second_audience_good() {
    for azp in ["", "\"web\"", "\"other\""] {
        let checked = check(&[("aud", r#"["web","other"]"#), ("azp", azp)]);
        assert_eq!(kind(&checked), Some(Kind::IdTokenAudienceMismatch), "{azp}");
    }
}

/// I03
#[test]
fn the_authorized_party_is_this_client_where_there_is_one() {
    assert!(check(&[("azp", "\"web\"")]).is_ok());
    refused_as(Kind::IdTokenAudienceMismatch, "azp", &["\"\"", "\"other\"", "5", "[]", r#"["web"]"#]);
}

/// I07, J14
#[test]
fn a_token_that_has_expired_is_refused_from_its_very_second() {
    assert!(check(&[("exp", "1800000001")]).is_ok());
    assert!(check(&[("exp", "1800000001.5")]).is_ok());
    assert!(check(&[("exp", "1e300")]).is_ok());
    refused_as(Kind::IdTokenExpired, "exp", &["1800000000", "1799999999", "1800000000.9", "0", "1"]);
}

/// I07, J14
#[test]
fn a_time_that_is_no_number_is_refused_by_name() {
    for name in ["exp", "iat"] {
        for value in ["", "null", "\"1800000300\"", "true", "[]", "[1800000300]", "{}", "-1"] {
            let checked = check(&[(name, value)]);
            assert_eq!(fault(&checked), Some((Kind::IdTokenTimeInvalid, name)), "{name}: {value}");
        }
    }
}

/// J14
#[test]
fn so_many_seconds_are_forgiven_and_not_one_more() {
    assert!(check_with(&[("exp", "1799999941")], None, 60).is_ok());
    assert_eq!(kind(&check_with(&[("exp", "1799999940")], None, 60)), Some(Kind::IdTokenExpired));
    for name in ["iat", "nbf"] {
        assert!(check_with(&[(name, "1800000060")], None, 60).is_ok());
        let checked = check_with(&[(name, "1800000061")], None, 60);
        assert_eq!(fault(&checked), Some((Kind::IdTokenTimeInvalid, name)));
    }
}

/// I08
#[test]
fn a_token_from_the_future_is_refused() {
    for iat in ["1800000001", "1800000300", "1e300"] {
        assert_eq!(fault(&check(&[("iat", iat)])), Some((Kind::IdTokenTimeInvalid, "iat")), "{iat}");
    }
    for iat in ["1800000000", "1800000000.9", "0"] {
        assert!(check(&[("iat", iat)]).is_ok(), "{iat}");
    }
}

/// J14
#[test]
fn a_token_that_is_not_valid_yet_is_refused() {
    for nbf in ["1800000000", "0", "null"] {
        assert!(check(&[("nbf", nbf)]).is_ok(), "{nbf}");
    }
    for nbf in ["1800000001", "\"0\"", "true", "-1"] {
        assert_eq!(fault(&check(&[("nbf", nbf)])), Some((Kind::IdTokenTimeInvalid, "nbf")), "{nbf}");
    }
}

/// I09
#[test]
fn the_nonce_must_be_the_one_that_was_sent() {
    refused_as(
        Kind::IdTokenNonceMismatch,
        "nonce",
        &["", "null", "\"\"", "5", r#"["the-nonce"]"#, "\"other\"", "\"the-nonc\"", "\"the-nonce1\"", "\"THE-nonce\""],
    );
}

/// I12
#[test]
fn the_subject_is_a_string_of_1_to_255_ascii_characters() {
    for length in [1, 255] {
        assert!(check(&[("sub", &format!("\"{}\"", "s".repeat(length)))]).is_ok(), "{length}");
    }
    let long = format!("\"{}\"", "s".repeat(256));
    let values = ["", "null", "\"\"", "5", "true", "[]", r#"["alice"]"#, "{}", "\"älice\"", "\"\\u00e4\"", &long];
    refused_as(Kind::IdTokenSubjectInvalid, "sub", &values);
}

/// I11
#[test]
fn authentication_must_not_be_older_than_was_asked_for() {
    let at = |auth_time: &str, tolerance_s| check_with(&[("auth_time", auth_time)], Some(60), tolerance_s);
    assert!(at("1799999940", 0).is_ok());
    assert!(at("1799999930", 10).is_ok());
    let invalid = Some((Kind::IdTokenTimeInvalid, "auth_time"));
    assert_eq!(fault(&at("1799999939", 0)), invalid);
    assert_eq!(fault(&at("1799999929", 10)), invalid);
    for auth_time in ["", "null", "\"1800000000\"", "true", "[]", "-1"] {
        assert_eq!(fault(&at(auth_time, 0)), invalid, "{auth_time}");
    }
}

/// I11
#[test]
fn authentication_right_now_can_be_asked_for() {
    assert!(check_with(&[("auth_time", "1800000000")], Some(0), 0).is_ok());
    let before = check_with(&[("auth_time", "1799999999")], Some(0), 0);
    assert_eq!(fault(&before), Some((Kind::IdTokenTimeInvalid, "auth_time")));
    assert!(check_with(&[("auth_time", "0")], Some(u64::MAX), u64::MAX).is_ok());
}

/// I11
#[test]
fn the_time_of_authentication_matters_only_where_it_was_asked_for() {
    for auth_time in ["", "0", "\"text\"", "null"] {
        assert!(check(&[("auth_time", auth_time)]).is_ok(), "{auth_time}");
    }
}

/// R05
#[test]
fn a_refreshed_token_continues_the_session() {
    for changes in [&[][..], &[("nonce", "")], &[("iat", "1799999000"), ("exp", "1800009000"), ("nonce", "null")]] {
        assert!(continues(&[], changes).is_ok(), "{changes:?}");
    }
    assert!(continues(&[("auth_time", "5")], &[("auth_time", "5")]).is_ok());
    assert!(continues(&[("auth_time", "5")], &[("auth_time", "")]).is_ok());
}

/// R05
#[test]
fn a_refreshed_token_of_another_user_is_refused() {
    assert_eq!(kind(&continues(&[], &[("sub", "\"bob\"")])), Some(Kind::IdTokenSubjectChanged));
    assert_eq!(kind(&continues(&[], &[("sub", "\"Alice\"")])), Some(Kind::IdTokenSubjectChanged));
    assert_eq!(kind(&continues(&[], &[("sub", "")])), Some(Kind::IdTokenSubjectInvalid));
}

/// R05
#[test]
fn a_refreshed_token_of_another_sign_in_is_refused() {
    for nonce in ["\"other\"", "\"\"", "5"] {
        assert_eq!(kind(&continues(&[], &[("nonce", nonce)])), Some(Kind::IdTokenNonceMismatch), "{nonce}");
    }
    assert_eq!(kind(&continues(&[("nonce", "")], &[])), Some(Kind::IdTokenNonceMismatch));
    for (before, after) in [("5", "6"), ("", "5"), ("5", "\"5\""), ("5", "[]")] {
        let checked = continues(&[("auth_time", before)], &[("auth_time", after)]);
        assert_eq!(fault(&checked), Some((Kind::IdTokenTimeInvalid, "auth_time")), "{before} {after}");
    }
}

/// R05
#[test]
fn a_refreshed_token_is_checked_like_any_other() {
    for (name, value, kind_of_failure) in [
        ("iss", "\"https://evil.example\"", Kind::IdTokenIssuerMismatch),
        ("aud", "\"other\"", Kind::IdTokenAudienceMismatch),
        ("azp", "\"other\"", Kind::IdTokenAudienceMismatch),
        ("exp", "1800000000", Kind::IdTokenExpired),
        ("iat", "", Kind::IdTokenTimeInvalid),
    ] {
        assert_eq!(kind(&continues(&[], &[(name, value)])), Some(kind_of_failure), "{name}");
    }
    let before = json(&object(CLAIMS, &[]));
    let checked = untrusted(&[]).check(false, &expected(Origin::Refresh(&before, 0), 0), now());
    assert_eq!(kind(&checked), Some(Kind::IdTokenSignatureInvalid));
}

fn read_as(header: &str, algorithm: Algorithm) -> Result<UntrustedIdToken> {
    UntrustedIdToken::read(&RawIdToken::new(compact(header, &object(CLAIMS, &[]))), algorithm)
}

/// J01, J03, J04, I05, I06
#[test]
fn an_algorithm_other_than_the_registered_one_is_refused_before_any_key_is_looked_for() {
    for name in
        ["none", "None", "NONE", "nOnE", "HS256", "HS512", "PS256", "RS384", "ES256", "EdDSA", "rs256", "", "RSA"]
    {
        let read = read_as(&format!("{{\"alg\":\"{name}\"}}"), Algorithm::Rs256);
        assert_eq!(kind(&read), Some(Kind::IdTokenAlgorithmUnexpected), "{name}");
    }
}

/// J03
#[test]
fn an_unsigned_token_is_refused() {
    let unsigned = [&encode(br#"{"alg":"none"}"#), ".", &encode(object(CLAIMS, &[]).as_bytes()), "."].concat();
    let read = UntrustedIdToken::read(&RawIdToken::new(unsigned), Algorithm::Rs256);
    assert_eq!(kind(&read), Some(Kind::IdTokenAlgorithmUnexpected));
}

/// I05; for each algorithm that can be registered.
#[test]
fn each_algorithm_reads_only_itself() {
    for registered in Algorithm::ALL {
        for used in Algorithm::ALL {
            let read = read_as(&format!("{{\"alg\":\"{}\"}}", used.name()), registered);
            let fits = read.as_ref().err().map(|error: &Error| error.kind) != Some(Kind::IdTokenAlgorithmUnexpected);
            let same = used == registered || (used.key_type() == "OKP" && registered.key_type() == "OKP");
            assert_eq!(fits, same, "{used:?} as {registered:?}");
        }
    }
}

/// J13
#[test]
fn a_signature_of_another_length_is_refused_where_the_length_is_known() {
    for (algorithm, length) in [
        (Algorithm::Es256, 64),
        (Algorithm::Es384, 96),
        (Algorithm::Es512, 132),
        (Algorithm::EdDsa, 64),
        (Algorithm::Ed25519, 64),
    ] {
        let header = encode(format!("{{\"alg\":\"{}\"}}", algorithm.name()).as_bytes());
        for bytes in [0, length - 1, length, length + 1, 256] {
            let token = [&header, ".", &encode(b"{}"), ".", &encode(&vec![7; bytes])].concat();
            let read = UntrustedIdToken::read(&RawIdToken::new(token), algorithm);
            let refused = (bytes != length).then_some(Kind::IdTokenSignatureInvalid);
            assert_eq!(kind(&read), refused, "{algorithm:?} {bytes}");
        }
    }
}

/// J09; what ID tokens are called where they are called anything.
#[test]
fn a_token_of_the_plain_kind_is_read() {
    for kind_of_token in ["JWT", "jwt", "application/jwt"] {
        let header = format!("{{\"alg\":\"RS256\",\"typ\":\"{kind_of_token}\"}}");
        assert!(read_as(&header, Algorithm::Rs256).is_ok(), "{kind_of_token}");
    }
}

#[test]
fn a_stored_token_gives_its_claims_again() {
    let token = RawIdToken::new(compact(HEADER, &object(CLAIMS, &[])));
    assert_eq!(claims_of_stored(&token).unwrap().text("sub").as_deref(), Some("alice"));
    assert!(claims_of_stored(&RawIdToken::new("x".to_owned())).is_none());
}

/// I04
#[test]
fn what_the_signature_is_over_is_what_was_sent() {
    let token = compact(HEADER, &object(CLAIMS, &[]));
    let untrusted = UntrustedIdToken::read(&RawIdToken::new(token.clone()), Algorithm::Rs256).unwrap();
    assert_eq!([untrusted.jwt().signing_input(), ".", &encode(untrusted.jwt().signature())].concat(), token);
    assert_eq!(untrusted.jwt().algorithm(), Algorithm::Rs256);
    assert_eq!(NOW_S, 1_800_000_000, "the times above are written out");
}

/// J09, L06; at a refresh not even a nonce tells them apart.
#[test]
fn a_token_of_another_kind_is_refused() {
    for kind_of_token in [
        "at+jwt",
        "application/at+jwt",
        "AT+JWT",
        "logout+jwt",
        "dpop+jwt",
        "token-introspection+jwt",
        "oauth-authz-req+jwt",
    ] {
        let header = format!("{{\"alg\":\"RS256\",\"typ\":\"{kind_of_token}\"}}");
        assert!(read_as(&header, Algorithm::Rs256).is_err(), "{kind_of_token}");
    }
}

/// I09; what no request of a browser began was sent no nonce, and must not have one.
#[test]
fn a_token_of_a_device_has_no_nonce() {
    let of_device = |changes: Members<'_>| untrusted(changes).check(true, &expected(Origin::Device, 0), now());
    assert!(of_device(&[("nonce", "")]).is_ok());
    for nonce in ["\"the-nonce\"", "\"\"", "null", "5"] {
        assert_eq!(kind(&of_device(&[("nonce", nonce)])), Some(Kind::IdTokenNonceMismatch), "{nonce}");
    }
    for (name, value, kind_of_failure) in [
        ("iss", "\"https://evil.example\"", Kind::IdTokenIssuerMismatch),
        ("aud", "\"other\"", Kind::IdTokenAudienceMismatch),
        ("exp", "1800000000", Kind::IdTokenExpired),
        ("sub", "", Kind::IdTokenSubjectInvalid),
        ("at_hash", "\"other\"", Kind::IdTokenHashMismatch),
    ] {
        let checked = of_device(&[("nonce", ""), (name, value)]);
        assert_eq!(kind(&checked), Some(kind_of_failure), "{name}");
    }
}

/// L06; a logout token may be without a kind of its own, but says what happened.
#[test]
fn a_token_that_tells_of_events_is_none() {
    for events in ["null", "{}", r#"{"http://schemas.openid.net/event/backchannel-logout":{}}"#] {
        let malformed = Some((Kind::IdTokenMalformed, "events"));
        assert_eq!(fault(&check(&[("events", events)])), malformed, "{events}");
        assert_eq!(fault(&continues(&[], &[("events", events)])), malformed, "{events}");
    }
}

/// SHA-256 of the access token in OpenID Connect Core, appendix A.3: `jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y`.
const ACCESS_TOKEN_DIGEST: [u8; 32] = [
    239, 180, 38, 80, 251, 99, 61, 252, 214, 180, 93, 128, 158, 146, 189, 69, 106, 87, 173, 105, 107, 121, 199, 91, 45,
    76, 137, 12, 134, 251, 75, 164,
];

/// SHA-256 of the code in appendix A.4: `Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk`.
const CODE_DIGEST: [u8; 32] = [
    44, 57, 45, 41, 218, 16, 106, 77, 207, 147, 71, 39, 95, 16, 165, 180, 24, 63, 172, 47, 247, 76, 165, 27, 244, 226,
    228, 229, 242, 142, 246, 224,
];

/// I13; OpenID Connect Core, appendices A.3 and A.4.
#[test]
fn the_half_hash_is_the_left_half_of_the_digest() {
    assert_eq!(half_hash(&ACCESS_TOKEN_DIGEST), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(half_hash(&CODE_DIGEST), "LDktKdoQak3Pk0cnXxCltA");
    for bytes in [0, 2, 32, 48, 64] {
        let digest: Vec<u8> = (0..bytes).collect();
        assert_eq!(half_hash(&digest), encode(&digest[..usize::from(bytes / 2)]), "{bytes}");
    }
}

/// Checks at a sign-in beside an access token with the digest above, and at a refresh.
fn beside_an_access_token(at_hash: &str) -> [Option<Kind>; 2] {
    let nonce = Nonce::new("the-nonce".to_owned());
    let before = json(&object(CLAIMS, &[]));
    let asked = Asked { nonce: &nonce, max_age_s: None, acr_values: None, subject: None };
    [Origin::SignIn(asked), Origin::Refresh(&before, 0)].map(|origin| {
        let hash = half_hash(&ACCESS_TOKEN_DIGEST);
        let expected = Expected { access_token_hash: &hash, ..expected(origin, 0) };
        kind(&untrusted(&[("at_hash", at_hash)]).check(true, &expected, now()))
    })
}

/// I13
#[test]
fn the_token_belongs_to_the_access_token_beside_it_where_it_says_so() {
    for at_hash in ["", "null", "\"77QmUPtjPfzWtF2AnpK9RQ\""] {
        assert_eq!(beside_an_access_token(at_hash), [None, None], "{at_hash}");
    }
    for at_hash in [
        "\"\"",
        "5",
        "true",
        "{}",
        "[]",
        r#"["77QmUPtjPfzWtF2AnpK9RQ"]"#,
        "\"77QmUPtjPfzWtF2AnpK9RQ==\"",
        "\"77QmUPtjPfzWtF2AnpK9R\"",
        "\"77QmUPtjPfzWtF2AnpK9Rg\"",
        "\"77qmuptjpfzwtf2anpk9rq\"",
        "\"77QmUPtjPfzWtF2AnpK9RWpXrWlreceWLUyJDIb7S6Q\"",
        "\"LDktKdoQak3Pk0cnXxCltA\"",
        "\"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y\"",
    ] {
        let refused = Some(Kind::IdTokenHashMismatch);
        assert_eq!(beside_an_access_token(at_hash), [refused, refused], "{at_hash}");
    }
}

/// Checks at a sign-in that asked for one of these classes.
fn with_class(asked: Option<&str>, acr: &str) -> Option<Kind> {
    let nonce = Nonce::new("the-nonce".to_owned());
    let origin = Origin::SignIn(Asked { nonce: &nonce, max_age_s: None, acr_values: asked, subject: None });
    kind(&untrusted(&[("acr", acr)]).check(true, &expected(origin, 0), now()))
}

/// B05, I10
#[test]
fn one_of_the_classes_that_were_asked_for_is_met() {
    for (asked, acr) in [
        ("gold", "\"gold\""),
        ("gold silver", "\"gold\""),
        ("gold silver", "\"silver\""),
        (" gold  silver ", "\"silver\""),
        ("urn:mace:incommon:iap:silver 2", "\"2\""),
    ] {
        assert_eq!(with_class(Some(asked), acr), None, "{asked}: {acr}");
    }
    for asked in ["gold", "gold silver", " gold "] {
        for acr in [
            "",
            "null",
            "\"\"",
            "\" \"",
            "5",
            "true",
            "[]",
            r#"["gold"]"#,
            r#"{"gold":true}"#,
            "\"bronze\"",
            "\"GOLD\"",
            "\"gol\"",
            "\"golden\"",
            "\"gold \"",
            "\"gold silver\"",
        ] {
            assert_eq!(with_class(Some(asked), acr), Some(Kind::IdTokenAcrUnmet), "{asked}: {acr}");
        }
    }
    for acr in ["\"\"", "\"gold\"", ""] {
        assert_eq!(with_class(Some(""), acr), Some(Kind::IdTokenAcrUnmet), "nothing meets no class: {acr}");
    }
}

/// I10; a class that nobody insists on, or asked for.
#[test]
fn the_class_matters_only_where_it_was_asked_for() {
    for acr in ["", "null", "\"bronze\"", "5", "[]"] {
        assert_eq!(with_class(None, acr), None, "{acr}");
    }
}

/// I18
#[test]
fn a_sign_in_without_a_question_is_of_the_same_user() {
    let nonce = Nonce::new("the-nonce".to_owned());
    let signed_in = |subject, sub: &str| {
        let origin = Origin::SignIn(Asked { nonce: &nonce, max_age_s: None, acr_values: None, subject });
        kind(&untrusted(&[("sub", sub)]).check(true, &expected(origin, 0), now()))
    };
    assert_eq!(signed_in(Some("alice"), "\"alice\""), None);
    for other in ["\"bob\"", "\"Alice\"", "\"alice \"", "\"alic\""] {
        assert_eq!(signed_in(Some("alice"), other), Some(Kind::IdTokenSubjectChanged), "{other}");
        assert_eq!(signed_in(None, other), None, "whoever it is, where nobody was signed in: {other}");
    }
    for nobody in ["", "null", "5"] {
        assert_eq!(signed_in(Some("alice"), nobody), Some(Kind::IdTokenSubjectInvalid), "{nobody}");
    }
}

/// J09; however it is spelt (RFC 8725, section 3.11), and whatever its type.
#[test]
fn an_id_token_of_another_kind_is_malformed() {
    for kind_of_token in ["at+jwt", "application/AT+jwt", "Application/logout+JWT", "jwt ", "application/", "text/jwt"]
    {
        let read = read_as(&format!("{{\"alg\":\"RS256\",\"typ\":\"{kind_of_token}\"}}"), Algorithm::Rs256);
        assert_eq!(kind(&read), Some(Kind::IdTokenMalformed), "{kind_of_token}");
    }
    for typ in ["5", "null", "[]", r#"["JWT"]"#] {
        let read = read_as(&format!("{{\"alg\":\"RS256\",\"typ\":{typ}}}"), Algorithm::Rs256);
        assert_eq!(kind(&read), Some(Kind::IdTokenMalformed), "{typ}");
    }
}
