//! What tabs tell each other, and what they write down for those who do not listen.

use super::tokens::{Record, TokenSet};
use crate::core::base::json::{Json, Writer};
use std::rc::Rc;

/// What is written down of the newest token set of all tabs. It names no secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The count of token sets so far, over all tabs and sign-ins.
    pub generation: u32,
    /// The session is over: the last count is that of its end.
    pub over: bool,
    /// It was just written for whoever asked.
    pub written: bool,
}

/// What one tab tells all others.
#[derive(Clone, Debug)]
pub enum Message {
    /// Who has a newer token set than this?
    Ask {
        /// The one that the asking tab has; 0 for none.
        generation: u32,
    },
    /// This one is new.
    Offer {
        /// Which it is.
        generation: u32,
        /// The tokens.
        tokens: Rc<TokenSet>,
    },
    /// The session is over.
    Over {
        /// Its end in the count of token sets.
        generation: u32,
        /// The provider ended it, not the user.
        expired: bool,
    },
    /// A refresh failed, and may do so again for a while.
    Wait {
        /// Of which token set.
        generation: u32,
        /// What failed.
        failure: Failure,
    },
}

/// What others have to know of a failed refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it was, in milliseconds since the epoch.
    pub since_wall_ms: u64,
    /// How many in a row it is.
    pub attempt: u32,
    /// Seconds that the provider asks to wait; 0 for none.
    pub asked_s: u32,
    /// The status of the answer; 0 where none came.
    pub status: u32,
}

impl Message {
    /// The text to send; `record` writes the tokens of an offer, where it can.
    pub fn write(&self, record: impl FnOnce(&TokenSet, u32) -> Option<String>) -> Option<String> {
        Some(match self {
            Self::Ask { generation } => Writer::default().whole("ask", (*generation).into()).finish(),
            Self::Offer { generation, tokens } => record(tokens, *generation)?,
            Self::Over { generation, expired } => {
                Writer::default().whole("over", (*generation).into()).truth("expired", *expired).finish()
            }
            Self::Wait { generation, failure } => Writer::default()
                .whole("wait", (*generation).into())
                .whole("since", failure.since_wall_ms)
                .whole("attempt", failure.attempt.into())
                .whole("asked", failure.asked_s.into())
                .whole("status", failure.status.into())
                .finish(),
        })
    }

    /// Reads a text back, and of an offer where the tokens are from; `None` where it is none. `record` reads an offer.
    pub fn read<S>(text: &str, record: impl FnOnce(&Json) -> Option<Record<S>>) -> Option<(Self, Option<S>)> {
        let message = Json::parse(text)?;
        if let Some(short) = Self::read_short(&message) {
            return Some((short, None));
        }
        let Record { tokens, generation, metadata } = record(&message)?;
        Some((Self::Offer { generation, tokens: Rc::new(tokens) }, Some(metadata)))
    }

    fn read_short(message: &Json) -> Option<Self> {
        let count = |name| message.whole(name).and_then(|count| u32::try_from(count).ok());
        if let Some(generation) = count("ask") {
            return Some(Self::Ask { generation });
        }
        if let Some(generation) = count("over") {
            return Some(Self::Over { generation, expired: message.truth("expired")? });
        }
        let generation = count("wait")?;
        // What is missing reads as nothing, which asks for no rest.
        let since_wall_ms = message.whole("since").unwrap_or_default();
        let part = |name| count(name).unwrap_or_default();
        let (attempt, asked_s, status) = (part("attempt"), part("asked"), part("status"));
        Some(Self::Wait { generation, failure: Failure { since_wall_ms, attempt, asked_s, status } })
    }
}
