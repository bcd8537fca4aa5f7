//! The record of a session: it comes back as it was written, with the key that its tokens are bound to, or not at all.

use super::given::{ISSUER, Members, NOW_S, PUBLIC_KEY, compact, dpop_key, json, now, object, read_metadata, test};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{AccessToken, RawIdToken, RefreshToken};
use tokenward::core::session::tokens::{Record, TokenSet, read_record, record_key, write_record};

fn tokens() -> TokenSet {
    let claims = r#"{"sub":"alice"}"#;
    TokenSet {
        access_token: AccessToken::new("at".to_owned()),
        refresh_token: Some(RefreshToken::new("rt".to_owned())),
        id_token: RawIdToken::new(compact(r#"{"alg":"RS256"}"#, claims)),
        claims: json(claims),
        scope: "openid write".to_owned(),
        authorization_details: Some(json(r#"[{"type":"pay","amount":5}]"#)),
        dpop_key: Some(dpop_key()),
        received: now(),
        lifetime_s: Some(3600),
    }
}

fn written(tokens: &TokenSet) -> String {
    write_record(tokens, &read_metadata(&[("userinfo_endpoint", r#""https://op.example/userinfo""#)]).unwrap(), 7)
}

fn read(record: &str) -> Option<Record> {
    read_record(&Json::parse(record)?, ISSUER, now())
}

const TEXTS: [&str; 10] = [
    "access_token",
    "refresh_token",
    "id_token",
    "scope",
    "dpop_key",
    "dpop_public",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
];

/// The record with some members changed; an empty text takes one away.
fn tampered(changes: Members<'_>) -> Option<Record> {
    let record = json(&written(&tokens()));
    let quoted = TEXTS.map(|name| (name, format!("{:?}", record.text(name).unwrap())));
    let numbers = ["received", "lifetime"].map(|name| (name, record.whole(name).unwrap().to_string()));
    let members: Vec<(&str, &str)> = quoted.iter().chain(&numbers).map(|(name, json)| (*name, json.as_str())).collect();
    read(&object(&members, changes))
}

/// R07
#[test]
fn what_is_written_is_read_back() {
    let Record { tokens: read, generation, metadata } = read(&written(&tokens())).unwrap();
    assert_eq!((read.access_token.secret(), generation), ("at", 7));
    assert_eq!(read.refresh_token.as_ref().map(RefreshToken::secret), Some("rt"));
    assert_eq!(read.id_token.secret(), tokens().id_token.secret());
    assert!(read.claims.is("sub", "alice"));
    assert_eq!(read.scope, "openid write");
    assert_eq!(read.dpop_key, Some(dpop_key()));
    assert_eq!((read.lifetime_s, read.received.wall_ms), (Some(3600), now().wall_ms));
    let details = read.authorization_details.and_then(|details| details.items()).unwrap();
    assert!(details.len() == 1 && details[0].is("type", "pay") && details[0].number("amount") == Some(5.0));
    assert_eq!(metadata.token_endpoint, "https://op.example/token");
    assert_eq!(metadata.userinfo_endpoint.as_deref(), Some("https://op.example/userinfo"));
}

#[test]
fn what_a_session_does_not_have_is_not_read_back() {
    let plain =
        TokenSet { refresh_token: None, authorization_details: None, dpop_key: None, lifetime_s: None, ..tokens() };
    let record = written(&plain);
    for name in ["refresh_token", "authorization_details", "dpop_key", "dpop_public", "lifetime"] {
        assert!(!json(&record).mentions(name), "{name}");
    }
    let read = read(&record).unwrap().tokens;
    assert!(read.refresh_token.is_none() && read.authorization_details.is_none());
    assert!(read.dpop_key.is_none() && read.lifetime_s.is_none());
}

/// P11; the record names the key, and nothing in it could sign.
#[test]
fn the_record_has_the_public_half_only() {
    let record = json(&written(&tokens()));
    assert!(record.is("dpop_key", "the-key") && record.is("dpop_public", PUBLIC_KEY));
    assert!(!json(PUBLIC_KEY).mentions("d"));
}

#[test]
fn a_record_that_lacks_what_a_session_needs_is_none() {
    assert!(tampered(&[]).is_some());
    for name in ["access_token", "id_token", "received", "token_endpoint", "authorization_endpoint", "jwks_uri"] {
        for value in ["", "null", "true", "[]", "{}"] {
            assert!(tampered(&[(name, value)]).is_none(), "{name}: {value}");
        }
    }
    for value in ["\"\"", "\"a.b\"", "\"a.b.c\""] {
        assert!(tampered(&[("id_token", value)]).is_none(), "{value}");
    }
    for record in ["", "null", "[]", "5", "{}", "{"] {
        assert!(read(record).is_none(), "{record}");
    }
}

/// P09; or else a bound token goes out as if it were anybody's.
#[test]
fn a_record_with_half_a_key_is_none() {
    for name in ["dpop_key", "dpop_public"] {
        for value in ["", "null", "5", "true", "[]", "{}"] {
            assert!(tampered(&[(name, value)]).is_none(), "{name}: {value}");
        }
    }
    let neither = tampered(&[("dpop_key", ""), ("dpop_public", "")]).unwrap();
    assert!(neither.tokens.dpop_key.is_none());
}

/// A14; the issuer of a record is in its name, and its endpoints are as safe as any.
#[test]
fn a_record_with_an_open_line_in_it_is_none() {
    for name in ["token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        assert!(tampered(&[(name, "\"http://op.example/x\"")]).is_none(), "{name}");
    }
    assert_ne!(record_key(ISSUER, "web"), record_key("https://op.example/", "web"));
    assert_ne!(record_key(ISSUER, "web"), record_key(ISSUER, "other"));
}

#[test]
fn a_token_is_never_younger_than_nothing() {
    let later = format!("{}", (NOW_S + 60) * 1000);
    let read = tampered(&[("received", &later)]).unwrap().tokens;
    assert_eq!(read.received.wall_ms, now().wall_ms, "a record from the future was written now");
    let endless = tampered(&[("lifetime", "1e300")]).unwrap().tokens;
    assert_eq!(endless.lifetime_s, Some(31_536_000));
}

#[test]
fn the_record_is_one_json_object() {
    assert!(Json::parse(&written(&tokens())).is_some_and(|record| record.is_object()));
}
