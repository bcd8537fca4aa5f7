//! Every kind of JWT to everybody who reads one: each is taken for what it is, and for nothing else (J09, L06).
//!
//! All of them are signed by the provider, with the algorithm registered for all of them, for this client and this user, at
//! the same time: what tells them apart is what they are called and what they say, and nothing else.

use super::given::{CLIENT, ISSUER, Members, addressed, answer, json, now, object, test, token_of};
use tokenward::core::base::error::Result;
use tokenward::core::base::form;
use tokenward::core::base::secret::{Nonce, RawIdToken};
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::introspection::{Wanted, check_introspection, check_introspection_response};
use tokenward::core::oauth::jarm::read_jwt_form_post;
use tokenward::core::oidc::id_token::{Asked, Expected, Origin, UntrustedIdToken};
use tokenward::core::oidc::logout_token::UntrustedLogoutToken;
use tokenward::core::oidc::userinfo::{check_userinfo, check_userinfo_response};

const EVENTS: &str = r#"{"http://schemas.openid.net/event/backchannel-logout":{}}"#;

/// What all of them could say.
const COMMON: Members<'_> = &[
    ("iss", "\"https://op.example\""),
    ("sub", "\"alice\""),
    ("aud", "\"web\""),
    ("iat", "1800000000"),
    ("exp", "1800000120"),
    ("jti", "\"the-id\""),
];

/// Each kind with the name it goes by, where it must have one, and what only it says or does not say.
const KINDS: [(&str, Option<&str>, Members<'_>); 9] = [
    ("ID token", None, &[("nonce", "\"the-nonce\""), ("jti", "")]),
    // OpenID Connect Core 1.0, section 5.3.2: no times, no nonce.
    ("UserInfo answer", None, &[("iat", ""), ("exp", ""), ("jti", ""), ("email", "\"a@b.example\"")]),
    ("authorization response", None, &[("sub", ""), ("iat", ""), ("code", "\"c\""), ("state", "\"the-state\"")]),
    // Back-Channel Logout 1.0 recommends a name of its own, and takes it without.
    ("logout token", None, &[("events", EVENTS), ("sid", "\"s\"")]),
    (
        "introspection answer",
        Some("token-introspection+jwt"),
        &[("sub", ""), ("exp", ""), ("token_introspection", r#"{"active":true}"#)],
    ),
    ("access token", Some("at+jwt"), &[("client_id", "\"web\""), ("scope", "\"openid\"")]),
    ("DPoP proof", Some("dpop+jwt"), &[("htm", "\"POST\""), ("htu", "\"https://op.example/token\"")]),
    (
        "request object",
        Some("oauth-authz-req+jwt"),
        &[
            ("iss", "\"web\""),
            ("aud", "\"https://op.example\""),
            ("state", "\"the-state\""),
            ("nonce", "\"the-nonce\""),
        ],
    ),
    ("client assertion", None, &[("iss", "\"web\""), ("sub", "\"web\""), ("aud", "\"https://op.example\"")]),
];

fn expected(origin: Origin<'_>) -> Expected<'_> {
    Expected { issuer: ISSUER, client_id: CLIENT, origin, access_token_hash: "", tolerance_s: 0 }
}

fn at_a_sign_in(token: &str) -> Result<()> {
    let nonce = Nonce::new("the-nonce".to_owned());
    let asked = Asked { nonce: &nonce, max_age_s: None, acr_values: None, subject: None };
    let untrusted = UntrustedIdToken::read(&RawIdToken::new(token.to_owned()), Algorithm::Rs256)?;
    untrusted.check(true, &expected(Origin::SignIn(asked)), now()).map(drop)
}

fn at_a_refresh(token: &str) -> Result<()> {
    let before = json(r#"{"sub":"alice","nonce":"the-nonce"}"#);
    let untrusted = UntrustedIdToken::read(&RawIdToken::new(token.to_owned()), Algorithm::Rs256)?;
    untrusted.check(true, &expected(Origin::Refresh(&before, 0)), now()).map(drop)
}

fn from_a_device(token: &str) -> Result<()> {
    let untrusted = UntrustedIdToken::read(&RawIdToken::new(token.to_owned()), Algorithm::Rs256)?;
    untrusted.check(true, &expected(Origin::Device), now()).map(drop)
}

fn as_userinfo(token: &str) -> Result<()> {
    let untrusted = check_userinfo_response(&answer(200, "application/jwt", token), Some(Algorithm::Rs256))?;
    check_userinfo(untrusted, true, &addressed(0), &json(r#"{"sub":"alice"}"#), now()).map(drop)
}

fn as_a_callback(token: &str) -> Result<()> {
    let body = form::write(&[("response", token)]);
    let untrusted = read_jwt_form_post("application/x-www-form-urlencoded", &body, Algorithm::Rs256)?;
    untrusted.check(true, &addressed(0), now()).map(drop)
}

fn as_a_logout(token: &str) -> Result<()> {
    UntrustedLogoutToken::read(token, Algorithm::Rs256)?.check(true, &addressed(0), now()).map(drop)
}

fn as_an_introspection(token: &str) -> Result<()> {
    let answer = answer(200, "application/token-introspection+jwt", token);
    let untrusted = check_introspection_response(&answer, Some(Algorithm::Rs256))?;
    let wanted = Wanted { addressed: addressed(0), audience: None, scope: "" };
    check_introspection(untrusted, true, &wanted, now()).map(drop)
}

type Reader = fn(&str) -> Result<()>;

/// Everybody who reads a JWT, and the kind that is theirs.
const READERS: [(Reader, &str); 6] = [
    (at_a_sign_in, "ID token"),
    (at_a_refresh, "ID token"),
    (as_userinfo, "UserInfo answer"),
    (as_a_callback, "authorization response"),
    (as_a_logout, "logout token"),
    (as_an_introspection, "introspection answer"),
];

/// J09, L06
#[test]
fn everybody_takes_their_own_kind_and_no_other() {
    for (reader, own) in READERS {
        for (name, kind_of_token, claims) in KINDS {
            let token = token_of(kind_of_token, &object(COMMON, claims));
            assert_eq!(reader(&token).is_ok(), name == own, "{name} for {own}: {:?}", reader(&token).err());
        }
    }
}

/// J09; a name that is not theirs is refused whatever the claims say.
#[test]
fn the_name_of_another_kind_is_enough() {
    for (reader, own) in READERS {
        let (_, _, claims) = KINDS.into_iter().find(|(name, ..)| *name == own).unwrap();
        for kind_of_token in [
            "logout+jwt",
            "token-introspection+jwt",
            "at+jwt",
            "application/at+jwt",
            "dpop+jwt",
            "oauth-authz-req+jwt",
            "client-authentication+jwt",
            "secevent+jwt",
        ] {
            let own_name = own.starts_with(kind_of_token.split(['+', '-']).next().unwrap())
                || own == "introspection answer" && kind_of_token.contains("introspection");
            let token = token_of(Some(kind_of_token), &object(COMMON, claims));
            assert_eq!(reader(&token).is_ok(), own_name, "{kind_of_token} for {own}");
        }
    }
}

/// J09, L06; where no kind has a name, claims tell them apart. Which ones:
#[test]
fn without_a_name_a_claim_tells_them_apart() {
    type Told = (Reader, &'static str, Members<'static>, &'static str);
    let told: [Told; 9] = [
        // Only an ID token of this very sign-in has its nonce.
        (at_a_sign_in, "UserInfo answer", &[("iat", "1800000000"), ("exp", "1800000120")], "no nonce"),
        (at_a_sign_in, "logout token", &[("events", "")], "no nonce"),
        // At a refresh a nonce need not be there, but events are those of a logout token.
        (at_a_refresh, "logout token", &[], "events"),
        (at_a_refresh, "authorization response", &[("iat", "1800000000")], "no subject"),
        (from_a_device, "logout token", &[], "events"),
        // An ID token or a logout token would say the right thing of the right user.
        (as_userinfo, "ID token", &[], "nonce"),
        (as_userinfo, "logout token", &[], "events"),
        // No other kind has a state.
        (as_a_callback, "ID token", &[("code", "\"c\"")], "no state"),
        // No other kind has events, and an ID token has a nonce.
        (as_a_logout, "ID token", &[("jti", "\"the-id\""), ("events", EVENTS)], "nonce"),
    ];
    for (reader, name, changes, why) in told {
        let (_, _, own) = KINDS.into_iter().find(|(found, ..)| *found == name).unwrap();
        let kept = own.iter().filter(|(member, _)| !changes.iter().any(|(changed, _)| changed == member));
        let claims: Vec<_> = kept.chain(changes).copied().collect();
        for kind_of_token in [None, Some("JWT")] {
            let token = token_of(kind_of_token, &object(COMMON, &claims));
            assert!(reader(&token).is_err(), "{name}: {why}");
        }
    }
}

/// J09; the one pair that nothing tells apart: a provider may put times into a signed UserInfo answer, and leave the nonce
/// out of a refreshed ID token, as OpenID Connect Core 1.0, sections 5.3.2 and 12.2, allow. Both then say the same of the
/// same user, to the same client, under the same key; to take one for the other gives nobody anything.
#[test]
fn userinfo_with_times_is_as_good_as_a_refreshed_id_token() {
    let token = token_of(None, &object(COMMON, &[]));
    assert!(at_a_refresh(&token).is_ok() && as_userinfo(&token).is_ok());
    for reader in [at_a_sign_in, as_a_callback, as_a_logout, as_an_introspection] {
        assert!(reader(&token).is_err());
    }
}

/// J09; RFC 7515, section 4.1.9: a name that is no string is no name.
#[test]
fn a_name_of_another_type_is_refused() {
    for (reader, own) in READERS {
        let (_, _, claims) = KINDS.into_iter().find(|(name, ..)| *name == own).unwrap();
        for kind_of_token in ["null", "5", "[]", r#"["JWT"]"#, "{}", "true"] {
            let header = format!(r#"{{"alg":"RS256","typ":{kind_of_token}}}"#);
            let token = super::given::compact(&header, &object(COMMON, claims));
            assert!(reader(&token).is_err(), "{kind_of_token} for {own}");
        }
    }
}

/// I06; an HMAC under a client secret is taken by nobody, whatever client it is and whatever is registered: there is no way
/// to register it.
#[test]
fn nobody_takes_what_a_shared_secret_signed() {
    for name in ["HS256", "HS384", "HS512"] {
        assert!(Algorithm::from_name(name).is_none(), "{name}");
        for (reader, own) in READERS {
            let (_, kind_of_token, claims) = KINDS.into_iter().find(|(found, ..)| *found == own).unwrap();
            let kind_of_token = kind_of_token.map(|name| format!(r#","typ":"{name}""#)).unwrap_or_default();
            let header = format!(r#"{{"alg":"{name}"{kind_of_token}}}"#);
            assert!(reader(&super::given::compact(&header, &object(COMMON, claims))).is_err(), "{name} for {own}");
        }
    }
}
