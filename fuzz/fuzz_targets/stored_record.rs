//! What the browser stored, as a sign-in under way or as a session: what is read is complete, and comes back the same when
//! it is written again.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::oauth::token::MAX_LIFETIME_S;
use tokenward::core::oauth::transaction::Transaction;
use tokenward::core::session::message::Message;
use tokenward::core::session::tokens::{TokenSet, read_record, write_record};

const ISSUER: &str = "https://op.example";
const NOW: Now = Now { wall_ms: 1_800_000_000_000, monotonic_ms: 60_000 };

fuzz_target!(|record: &str| {
    let read = |record: &Json| read_record(record, ISSUER, NOW);
    if let Some(transaction) = Transaction::read(record) {
        let secrets = [transaction.state.secret(), transaction.nonce.secret(), transaction.verifier.secret()];
        assert!(secrets.iter().all(|secret| !secret.is_empty()));
        assert!(!transaction.client_id.is_empty() && !transaction.redirect_uri.is_empty());
        let written = transaction.write();
        let again = Transaction::read(&written).unwrap();
        assert_eq!((&again.scope, &again.return_to), (&transaction.scope, &transaction.return_to));
        assert_eq!((again.started_wall_ms, again.max_age_s), (transaction.started_wall_ms, transaction.max_age_s));
        assert_eq!(again.write(), written);
    }

    if let Some(session) = Json::parse(record).as_ref().and_then(read) {
        assert_eq!(session.metadata.issuer, ISSUER);
        let tokens = &session.tokens;
        assert!(tokens.claims.is_object());
        assert!(tokens.received.wall_ms <= NOW.wall_ms && tokens.received.monotonic_ms <= NOW.monotonic_ms);
        assert!(tokens.lifetime_s.is_none_or(|seconds| seconds <= MAX_LIFETIME_S));
        let written = write_record(tokens, &session.metadata, session.generation);
        let again = read(&Json::parse(&written).unwrap()).unwrap();
        // Secrets show there that they are present; what they are is in the record.
        assert_eq!(format!("{:?}", again.tokens), format!("{tokens:?}"));
        assert_eq!(write_record(&again.tokens, &again.metadata, again.generation), written);
    }

    // What another tab says is such a record, or a count.
    if let Some((message, metadata)) = Message::read(record, read) {
        let write = |tokens: &TokenSet, generation| Some(write_record(tokens, metadata.as_ref()?, generation));
        let said = message.write(write).unwrap();
        let (again, _) = Message::read(&said, read).unwrap();
        assert_eq!(again.write(write), Some(said));
    }
});
