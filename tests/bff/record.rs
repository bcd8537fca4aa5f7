//! What is kept of a session, and what of it can be read back.

use super::sim::START_MS;
use super::world::sign;
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{AccessToken, RawIdToken, RefreshToken};
use tokenward::core::base::time::Now;
use tokenward::core::bff::record::{Cookie, Entry, Names, Record, Rest, mark_input, mark_of};
use tokenward::core::oidc::id_token::claims_of_stored;
use tokenward::core::session::tokens::TokenSet;

pub(super) fn now_at(after_ms: u64) -> Now {
    Now { wall_ms: START_MS + after_ms, monotonic_ms: 5_000_000 + after_ms }
}

/// A session that began at the start, with tokens of this generation that live 300 seconds.
pub(super) fn record(generation: u32, received_after_ms: u64) -> Record {
    let id_token = RawIdToken::new(sign(r#"{"alg":"EdDSA"}"#, r#"{"sub":"alice","iat":1800000000}"#));
    let tokens = TokenSet {
        access_token: AccessToken::new(format!("secret-at-{generation}")),
        refresh_token: Some(RefreshToken::new(format!("secret-rt-{generation}"))),
        claims: claims_of_stored(&id_token).unwrap(),
        id_token,
        scope: "openid".to_owned(),
        authorization_details: None,
        dpop_key: None,
        received: now_at(received_after_ms),
        lifetime_s: Some(300),
    };
    let names = Names { id: "the-id".to_owned(), user: "the-user".to_owned(), session: Some("the-sid".to_owned()) };
    Record { generation, last_used_wall_ms: START_MS, ..Record::new(names, tokens, now_at(0)) }
}

#[test]
fn a_record_is_read_back() {
    let kept = Record { forced_wall_ms: Some(9), last_used_wall_ms: START_MS + 3, ..record(4, 1_000) };
    let read = Record::read(&Json::parse(&kept.write()).unwrap(), now_at(61_000)).unwrap();
    assert_eq!((read.names, read.generation, read.forced_wall_ms), (kept.names, 4, Some(9)));
    assert_eq!((read.signed_in_wall_ms, read.last_used_wall_ms), (START_MS, START_MS + 3));
    assert_eq!(read.tokens.access_token.secret(), "secret-at-4");
    assert_eq!(read.tokens.refresh_token.as_ref().unwrap().secret(), "secret-rt-4");
    assert!(read.tokens.claims.is("sub", "alice"));
    // Its age goes on by the wall clock where another process had it.
    assert_eq!(now_at(61_000).since(read.tokens.received), 60_000);
}

#[test]
fn what_lacks_something_is_no_record() {
    let whole = record(1, 0).write();
    for name in ["id", "u", "id_token", "access_token", "signed_in", "used", "received"] {
        let lacking = whole.replace(&format!("\"{name}\":"), "\"other\":");
        assert!(Record::read(&Json::parse(&lacking).unwrap(), now_at(0)).is_none(), "{name}");
    }
}

#[test]
fn a_cookie_is_a_record_or_a_name() {
    let whole = Cookie::Whole(Box::new(record(2, 0)));
    let Some(Cookie::Whole(read)) = Cookie::read(&whole.write(), now_at(0)) else { panic!("no record") };
    assert_eq!(read.generation, 2);
    let name = Cookie::Name(record(2, 0).names);
    let Some(Cookie::Name(read)) = Cookie::read(&name.write(), now_at(0)) else { panic!("no name") };
    assert_eq!((&read, whole.names()), (name.names(), name.names()));
    assert!(!name.write().contains("secret"));
    for none in ["", "{}", "[]", r#"{"id":"a"}"#] {
        assert!(Cookie::read(none, now_at(0)).is_none(), "{none}");
    }
}

#[test]
fn an_entry_is_read_back() {
    let entry = Entry {
        record: Some(record(3, 0)),
        leased_until_ms: Some(11),
        trouble: Some(Rest { attempt: 2, until_ms: 12, status: 503 }),
        refused_generation: Some(3),
    };
    let read = Entry::read(&entry.write(), now_at(0)).unwrap();
    assert_eq!(read.record.unwrap().generation, 3);
    assert_eq!((read.leased_until_ms, read.trouble, read.refused_generation), (Some(11), entry.trouble, Some(3)));
    let empty = Entry::read(&Entry::default().write(), now_at(0)).unwrap();
    assert!(empty.record.is_none() && empty.leased_until_ms.is_none() && empty.trouble.is_none());
    // Half a record is not none: nobody may take the session for one that was never renewed.
    assert!(Entry::read(r#"{"record":{"id":"a"}}"#, now_at(0)).is_none());
}

#[test]
fn nothing_that_is_printed_has_a_secret() {
    let entry = Entry { record: Some(record(3, 0)), ..Entry::default() };
    let printed = format!("{entry:?} {:?}", Cookie::Whole(Box::new(record(3, 0))));
    assert!(printed.contains("the-id") && !printed.contains("secret"), "{printed}");
}

#[test]
fn names_tell_users_and_sessions_apart() {
    let inputs = [
        mark_input("sub", "https://op.example", "a"),
        mark_input("sid", "https://op.example", "a"),
        mark_input("sub", "https://op.example/a", ""),
        mark_input("sub", "https://op.example\",\"value\":\"a", ""),
    ];
    for (at, one) in inputs.iter().enumerate() {
        assert!(inputs.iter().skip(at + 1).all(|other| other != one), "{one}");
    }
    assert_eq!(mark_of(&[255; 32]).len(), 22);
}
