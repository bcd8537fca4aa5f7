//! What is kept of one session: its record, what the cookie says of it, and what a store says of it to all isolates.

use crate::core::base::base64url::encode;
use crate::core::base::json::{Json, Writer};
use crate::core::base::secret::RawIdToken;
use crate::core::base::text::concat;
use crate::core::base::time::Now;
use crate::core::oidc::id_token::claims_of_stored;
use crate::core::session::tokens::{TokenSet, read_tokens, write_tokens};
use std::rc::Rc;

/// The cookie of a session.
pub const COOKIE: &str = "__Host-tokenward";

/// Bytes of randomness in the name of a session.
pub const ID_BYTES: u32 = 16;

/// Bytes of a digest that are enough for a name.
const MARK_BYTES: usize = 16;

/// Under which names a session is found, by the requests of its browser and by its provider. None of them is a secret: only
/// who has the keys can make a cookie of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Random, and new at every sign-in.
    pub id: String,
    /// The user at the provider.
    pub user: String,
    /// The provider's own session, where it names one.
    pub session: Option<String>,
}

/// What is hashed for the name of a user or of a provider's session. No two of them write alike.
#[must_use]
pub fn mark_input(kind: &str, issuer: &str, value: &str) -> String {
    Writer::default().text("kind", kind).text("iss", issuer).text("value", value).finish()
}

/// The name of the digest of [`mark_input`].
#[must_use]
pub fn mark_of(digest: &[u8]) -> String {
    encode(digest.get(..MARK_BYTES).unwrap_or_default())
}

/// The key under which the store has a session, or the newest state of one whose record is in a cookie.
#[must_use]
pub fn session_key(id: &str) -> String {
    concat(&["s:", id])
}

/// The key under which the store has that a session is over whose record is in a cookie.
#[must_use]
pub fn over_key(id: &str) -> String {
    concat(&["o:", id])
}

/// The key under which the store has when the provider ended the sessions of this name.
#[must_use]
pub fn revoked_key(mark: &str) -> String {
    concat(&["l:", mark])
}

/// The key under which the store has that a logout token was seen.
#[must_use]
pub fn seen_key(mark: &str) -> String {
    concat(&["j:", mark])
}

/// The key under which the store has that somebody came back from this sign-in.
#[must_use]
pub fn spent_key(mark: &str) -> String {
    concat(&["c:", mark])
}

impl Names {
    fn write(&self, record: Writer) -> Writer {
        record.text("id", &self.id).text("u", &self.user).optional("v", self.session.as_deref())
    }

    fn read(record: &Json) -> Option<Self> {
        Some(Self { id: record.text("id")?, user: record.text("u")?, session: record.text("v") })
    }
}

/// One session.
#[derive(Clone, Debug)]
pub struct Record {
    /// Under which names it is found.
    pub names: Names,
    /// Its tokens.
    pub tokens: Rc<TokenSet>,
    /// Which token set they are, from 1.
    pub generation: u32,
    /// Milliseconds since the epoch when its browser came back from the provider, which may end it while its code is exchanged.
    pub signed_in_wall_ms: u64,
    /// Milliseconds since the epoch when a request was last seen to use it; not every one is.
    pub last_used_wall_ms: u64,
    /// Milliseconds since the epoch when its tokens were last renewed because an API refused them.
    pub forced_wall_ms: Option<u64>,
}

impl Record {
    /// A session that begins with these tokens, for the code of a browser that came back then.
    #[must_use]
    pub fn new(names: Names, tokens: TokenSet, came_back: Now) -> Self {
        Self {
            names,
            generation: 1,
            signed_in_wall_ms: came_back.wall_ms,
            last_used_wall_ms: tokens.received.wall_ms,
            tokens: Rc::new(tokens),
            forced_wall_ms: None,
        }
    }

    /// The text to seal.
    #[must_use]
    pub fn write(&self) -> String {
        let record = write_tokens(&self.tokens, self.generation)
            .text("id_token", self.tokens.id_token.secret())
            .whole("signed_in", self.signed_in_wall_ms)
            .whole("used", self.last_used_wall_ms);
        let record = match self.forced_wall_ms {
            Some(at) => record.whole("forced", at),
            None => record,
        };
        self.names.write(record).finish()
    }

    /// Reads a record back; `None` where it is not one.
    #[must_use]
    pub fn read(record: &Json, now: Now) -> Option<Self> {
        let id_token = RawIdToken::new(record.text("id_token")?);
        let claims = claims_of_stored(&id_token)?;
        let read = read_tokens(record, id_token, claims, (), now)?;
        Some(Self {
            names: Names::read(record)?,
            tokens: Rc::new(read.tokens),
            generation: read.generation,
            signed_in_wall_ms: record.whole("signed_in")?,
            last_used_wall_ms: record.whole("used")?,
            forced_wall_ms: record.whole("forced"),
        })
    }
}

/// What a session's cookie says.
#[derive(Clone, Debug)]
pub enum Cookie {
    /// All of it.
    Whole(Box<Record>),
    /// Where the store has it.
    Name(Names),
}

impl Cookie {
    /// The text to seal.
    #[must_use]
    pub fn write(&self) -> String {
        match self {
            Self::Whole(record) => record.write(),
            Self::Name(names) => names.write(Writer::default()).finish(),
        }
    }

    /// Reads what was sealed; `None` where it is not one.
    #[must_use]
    pub fn read(text: &str, now: Now) -> Option<Self> {
        let record = Json::parse(text)?;
        if record.has("access_token") {
            Record::read(&record, now).map(Box::new).map(Self::Whole)
        } else {
            Names::read(&record).map(Self::Name)
        }
    }

    /// Under which names the session is found.
    #[must_use]
    pub const fn names(&self) -> &Names {
        match self {
            Self::Whole(record) => &record.names,
            Self::Name(names) => names,
        }
    }
}

/// What a store tells all isolates of one session.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The newest tokens, where it has any.
    pub record: Option<Record>,
    /// Somebody is at the provider for new ones, until then by the wall clock, in milliseconds since the epoch.
    pub leased_until_ms: Option<u64>,
    /// The provider could not give new ones.
    pub trouble: Option<Rest>,
    /// The provider refused for good to renew the tokens of this generation.
    pub refused_generation: Option<u32>,
}

/// A failure that may pass, and until when nobody tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// How many in a row it is.
    pub attempt: u32,
    /// Until then by the wall clock, in milliseconds since the epoch.
    pub until_ms: u64,
    /// The status that the provider answered with; 0 where none came.
    pub status: u16,
}

impl Entry {
    /// The text to seal.
    #[must_use]
    pub fn write(&self) -> String {
        let mut entry = Writer::default();
        if let Some(record) = &self.record {
            entry = entry.json("record", &record.write());
        }
        if let Some(until_ms) = self.leased_until_ms {
            entry = entry.whole("leased", until_ms);
        }
        if let Some(rest) = &self.trouble {
            let trouble = Writer::default()
                .whole("attempt", rest.attempt.into())
                .whole("until", rest.until_ms)
                .whole("status", rest.status.into());
            entry = entry.json("trouble", &trouble.finish());
        }
        if let Some(generation) = self.refused_generation {
            entry = entry.whole("refused", generation.into());
        }
        entry.finish()
    }

    /// Reads what was sealed; `None` where it is not one.
    #[must_use]
    pub fn read(text: &str, now: Now) -> Option<Self> {
        let entry = Json::parse(text)?;
        let record = entry.get("record");
        let read = record.as_ref().and_then(|record| Record::read(record, now));
        if record.is_some() != read.is_some() {
            return None;
        }
        Some(Self {
            record: read,
            leased_until_ms: entry.whole("leased"),
            trouble: entry.get("trouble").and_then(|rest| Rest::read(&rest)),
            refused_generation: small(&entry, "refused"),
        })
    }
}

impl Rest {
    fn read(rest: &Json) -> Option<Self> {
        let status = rest.whole("status").and_then(|status| u16::try_from(status).ok())?;
        Some(Self { attempt: small(rest, "attempt")?, until_ms: rest.whole("until")?, status })
    }
}

fn small(object: &Json, name: &str) -> Option<u32> {
    object.whole(name).and_then(|whole| u32::try_from(whole).ok())
}
