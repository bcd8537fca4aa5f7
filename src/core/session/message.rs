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
        })
    }

    /// Reads a text back, and of an offer where the tokens are from; `None` where it is none. `record` reads an offer.
    pub fn read<S>(text: &str, record: impl FnOnce(&Json) -> Option<Record<S>>) -> Option<(Self, Option<S>)> {
        let message = Json::parse(text)?;
        let count = |name| message.whole(name).and_then(|count| u32::try_from(count).ok());
        if let Some(generation) = count("ask") {
            return Some((Self::Ask { generation }, None));
        }
        if let Some(generation) = count("over") {
            return Some((Self::Over { generation, expired: message.truth("expired")? }, None));
        }
        let Record { tokens, generation, metadata } = record(&message)?;
        Some((Self::Offer { generation, tokens: Rc::new(tokens) }, Some(metadata)))
    }
}
