//! One sign-in between leaving and coming back: single use, expiring, bound to this tab by where it is stored.

use super::discovery::Metadata;
use super::dpop::{self, DpopKey};
use crate::core::base::json::{Json, Writer};
use crate::core::base::secret::{CodeVerifier, Nonce, State};
use crate::core::base::text::concat;
use crate::core::base::time::Now;
use std::rc::Rc;

/// How long a sign-in may take, in milliseconds. People read, search their phone, reset a password.
pub const LIFETIME_MS: u64 = 60 * 60 * 1000;

/// Before the state, the key that a transaction is stored under.
pub const KEY_PREFIX: &str = "tokenward.transaction.";

/// Everything the way back is checked against. Endpoints come from here, not from a new look at the provider, so a code
/// only ever goes to the provider that was asked for it (RFC 9700, section 4.4.2).
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The random value that ties the answer to this tab.
    pub state: State,
    /// The random value that ties the ID token to this sign-in.
    pub nonce: Nonce,
    /// The PKCE verifier.
    pub verifier: CodeVerifier,
    /// The client this sign-in is for.
    pub client_id: String,
    /// The redirect URI, byte for byte as sent.
    pub redirect_uri: String,
    /// The scope that was asked for.
    pub scope: String,
    /// Where the page wants to be afterwards: a path on its own origin.
    pub return_to: String,
    /// The most seconds since the user authenticated, where that was asked for.
    pub max_age_s: Option<u64>,
    /// The classes of authentication of which one must be met, where that was asked for.
    pub acr_values: Option<String>,
    /// The user it must be: whoever was signed in when the provider was not to ask.
    pub subject: Option<String>,
    /// The key that the tokens will be bound to.
    pub dpop_key: Option<DpopKey>,
    /// Milliseconds since the epoch when it began.
    pub started_wall_ms: u64,
    /// The provider.
    pub metadata: Rc<Metadata>,
}

impl Transaction {
    /// The key that the transaction of this state is stored under.
    #[must_use]
    pub fn key(state: &str) -> String {
        concat(&[KEY_PREFIX, state])
    }

    /// Whether it has taken too long, or begins in the future.
    #[must_use]
    pub fn is_expired(&self, now: Now) -> bool {
        now.wall_ms.checked_sub(self.started_wall_ms).is_none_or(|age| age > LIFETIME_MS)
    }

    /// The record to store.
    #[must_use]
    pub fn write(&self) -> String {
        let record = Writer::default()
            .text("state", self.state.secret())
            .text("nonce", self.nonce.secret())
            .text("verifier", self.verifier.secret())
            .text("client_id", &self.client_id)
            .text("redirect_uri", &self.redirect_uri)
            .text("scope", &self.scope)
            .text("return_to", &self.return_to)
            .whole("started", self.started_wall_ms)
            .text("issuer", &self.metadata.issuer);
        let record = match self.max_age_s {
            Some(seconds) => record.whole("max_age", seconds),
            None => record,
        };
        let record =
            record.optional("acr_values", self.acr_values.as_deref()).optional("subject", self.subject.as_deref());
        self.metadata.write(dpop::write(record, self.dpop_key.as_ref())).finish()
    }

    /// Reads a record back; `None` where it is not one.
    #[must_use]
    pub fn read(record: &str) -> Option<Self> {
        let record = Json::parse(record)?;
        // What cannot be read is not what was not asked for.
        let is_damaged = |name: &str| record.has(name) && record.text(name).is_none();
        let has_no_age = record.has("max_age") && record.whole("max_age").is_none();
        if has_no_age || is_damaged("acr_values") || is_damaged("subject") {
            return None;
        }
        let metadata = Rc::new(Metadata::read(&record, &record.text("issuer")?).ok()?);
        // Anything missing reads as empty and is refused at the end: half the code of leaving at each member.
        let text = |name| record.text(name).unwrap_or_default();
        let transaction = Self {
            state: State::new(text("state")),
            nonce: Nonce::new(text("nonce")),
            verifier: CodeVerifier::new(text("verifier")),
            client_id: text("client_id"),
            redirect_uri: text("redirect_uri"),
            scope: text("scope"),
            return_to: text("return_to"),
            max_age_s: record.whole("max_age"),
            acr_values: record.text("acr_values"),
            subject: record.text("subject"),
            dpop_key: dpop::read(&record).ok()?,
            started_wall_ms: record.whole("started").unwrap_or_default(),
            metadata,
        };
        let complete = [
            transaction.state.secret(),
            transaction.nonce.secret(),
            transaction.verifier.secret(),
            &transaction.client_id,
            &transaction.redirect_uri,
        ];
        if complete.iter().any(|text| text.is_empty()) { None } else { Some(transaction) }
    }
}
