//! What a signed-in session holds, and the record of it.

use crate::core::base::json::{Json, Writer};
use crate::core::base::secret::{AccessToken, RawIdToken, RefreshToken};
use crate::core::base::text::concat;
use crate::core::base::time::Now;
use crate::core::oauth::discovery::Metadata;
use crate::core::oauth::dpop::{self, DpopKey};
use crate::core::oauth::token::MAX_LIFETIME_S;
use crate::core::oidc::id_token::claims_of_stored;

/// One set of tokens, all checked.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// The access token.
    pub access_token: AccessToken,
    /// The refresh token, where there is one.
    pub refresh_token: Option<RefreshToken>,
    /// The ID token as it came, for `id_token_hint`.
    pub id_token: RawIdToken,
    /// The claims of the ID token.
    pub claims: Json,
    /// The scope that was granted.
    pub scope: String,
    /// The authorization details that were granted.
    pub authorization_details: Option<Json>,
    /// The key that the tokens are bound to.
    pub dpop_key: Option<DpopKey>,
    /// When the tokens were received.
    pub received: Now,
    /// Seconds the access token lives from then; `None` where nobody knows.
    pub lifetime_s: Option<u64>,
}

impl TokenSet {
    /// Whether the other one has this access token too. Who has none, but a cookie, has none in common either.
    #[must_use]
    pub fn has_access_token_of(&self, other: &Self) -> bool {
        let secret = self.access_token.secret();
        !secret.is_empty() && secret == other.access_token.secret()
    }
}

/// What is stored of a session, and handed to other tabs: its tokens, which they are, and where they are from.
#[derive(Clone, Debug)]
pub struct Record<S = Metadata> {
    /// The tokens.
    pub tokens: TokenSet,
    /// Which token set it is, in the count of all tabs.
    pub generation: u32,
    /// Where they are from: the provider.
    pub metadata: S,
}

/// The key that the session of this client is stored under.
#[must_use]
pub fn record_key(issuer: &str, client_id: &str) -> String {
    concat(&["tokenward.session.", issuer, " ", client_id])
}

/// The record to store.
#[must_use]
pub fn write_record(tokens: &TokenSet, metadata: &Metadata, generation: u32) -> String {
    let record = write_tokens(tokens, generation).text("id_token", tokens.id_token.secret());
    let record = match &tokens.authorization_details {
        Some(details) => record.json("authorization_details", &details.to_text()),
        None => record,
    };
    metadata.write(dpop::write(record, tokens.dpop_key.as_ref())).finish()
}

/// Begins a record with the tokens, whatever they are from.
pub(in crate::core) fn write_tokens(tokens: &TokenSet, generation: u32) -> Writer {
    let record = Writer::default()
        .whole("generation", generation.into())
        .text("access_token", tokens.access_token.secret())
        .optional("refresh_token", tokens.refresh_token.as_ref().map(RefreshToken::secret))
        .text("scope", &tokens.scope)
        .whole("received", tokens.received.wall_ms);
    match tokens.lifetime_s {
        Some(seconds) => record.whole("lifetime", seconds),
        None => record,
    }
}

/// Reads a record of this issuer back; `None` where it is not one. The monotonic clock began anew with the page, so the
/// age so far is what the wall clock says, and at least nothing.
#[must_use]
pub fn read_record(record: &Json, issuer: &str, now: Now) -> Option<Record> {
    let metadata = Metadata::read(record, issuer).ok()?;
    let id_token = RawIdToken::new(record.text("id_token")?);
    let claims = claims_of_stored(&id_token)?;
    read_tokens(record, id_token, claims, metadata, now)
}

/// Reads the tokens of a record, whatever they are from.
pub(in crate::core) fn read_tokens<S>(
    record: &Json,
    id_token: RawIdToken,
    claims: Json,
    metadata: S,
    now: Now,
) -> Option<Record<S>> {
    let access_token = AccessToken::new(record.text("access_token")?);
    let tokens = TokenSet {
        access_token,
        refresh_token: record.text("refresh_token").map(RefreshToken::new),
        id_token,
        claims,
        scope: record.text("scope").unwrap_or_default(),
        authorization_details: record.get("authorization_details"),
        dpop_key: dpop::read(record).ok()?,
        received: now.back_to(record.whole("received")?),
        lifetime_s: record.whole("lifetime").map(|seconds| seconds.min(MAX_LIFETIME_S)),
    };
    let generation = record.whole("generation").and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
    Some(Record { tokens, generation, metadata })
}
