//! What the session machine is told, what it asks for, and what it reports.

use super::message::{Mark, Message};
use super::tokens::TokenSet;
use crate::core::base::error::{Error, Result};
use crate::core::base::secret::RefreshToken;
use crate::core::oauth::challenge::StepUp;
use crate::core::oauth::dpop::DpopKey;
use crate::core::oauth::restriction::Restriction;
use std::rc::Rc;

/// Who waits for a token.
pub type Waiter = u32;

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The start is over.
    Started {
        /// The stored session, and its generation.
        restored: Option<(Rc<TokenSet>, u32)>,
        /// Why the callback of this page was refused.
        refused: Option<Error>,
        /// The page is the way back from a sign-out.
        signed_out: bool,
        /// Somebody was signed in here, and has not signed out since.
        expected: bool,
    },
    /// A sign-in completed.
    SignedIn {
        /// Of the wish that it answers, where it was the machine's own: [`Errand::AskProvider`].
        epoch: Option<u32>,
        /// The tokens.
        tokens: Rc<TokenSet>,
        /// Where the page wants to be.
        return_to: Option<String>,
    },
    /// The provider does not sign in without the user.
    NotSignedIn {
        /// Of the wish that it answers.
        epoch: u32,
        /// Why.
        error: Error,
        /// For the jitter.
        random: u8,
    },
    /// Somebody wants to send a token.
    TokenWanted {
        /// Who.
        waiter: Waiter,
        /// Which token will do.
        need: Need,
    },
    /// The timer fired.
    TimerFired,
    /// The page came back: from sleep, the background, the back-forward cache, or offline.
    Woke,
    /// The lock is ours.
    LockTaken {
        /// Of the wish that it answers.
        epoch: u32,
        /// The newest token set that anybody has written down.
        mark: Option<Mark>,
    },
    /// What was asked for with [`Errand::Look`].
    Looked(Mark),
    /// What was asked for with [`Errand::Advance`] is written down, or something else is there.
    Advanced {
        /// Of the wish that it answers.
        epoch: u32,
        /// What is written down now; `None` where nothing can be.
        mark: Option<Mark>,
    },
    /// What was asked for with [`Errand::Close`] is written down, or something newer is there.
    Closed(Option<Mark>),
    /// Another tab said something.
    Heard(Message),
    /// A refresh brought new tokens.
    Refreshed {
        /// The epoch that [`Errand::SendRefresh`] named.
        epoch: u32,
        /// The tokens.
        tokens: Rc<TokenSet>,
    },
    /// A refresh brought a restricted access token.
    Restricted {
        /// The epoch that [`Errand::SendRefresh`] named.
        epoch: u32,
        /// The session's own tokens: with the refresh token to go on with.
        tokens: Rc<TokenSet>,
        /// What the other one is restricted to.
        restriction: Restriction,
        /// The tokens to send, without a refresh token.
        restricted: Rc<TokenSet>,
    },
    /// A refresh failed.
    RefreshFailed {
        /// The epoch that [`Errand::SendRefresh`] named.
        epoch: u32,
        /// Why.
        error: Error,
        /// The refresh token that came nevertheless: the old one is spent.
        rotated: Option<RefreshToken>,
        /// For the jitter.
        random: u8,
    },
    /// The app wants to sign out.
    SignOut,
}

/// Which token will do.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// Milliseconds it must still live.
    pub min_ttl_ms: u64,
    /// Not the one there is, whatever its age.
    pub force: bool,
    /// Not the one of this number, nor one from before: an API refused it.
    pub refused_generation: Option<u32>,
    /// Only one that is restricted like this; `None` for the session's own.
    pub restriction: Option<Restriction>,
}

/// What is to be done, or has happened.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Give the lock back, or wait for it no longer.
    DropLock,
    /// Tell the other tabs.
    Say(Message),
    /// Store these tokens before anything that follows.
    Persist {
        /// The tokens.
        tokens: Rc<TokenSet>,
        /// Which token set it is, or will be if nobody else signs in or out meanwhile.
        generation: u32,
    },
    /// Remove what is stored, and the key that the tokens were bound to.
    Erase(Option<DpopKey>),
    /// Wake the machine in so many milliseconds, instead of any earlier such wish.
    StartTimer(u64),
    /// Do not wake it.
    StopTimer,
    /// Tell a waiter: the current token will do, or why there is none.
    Answer(Waiter, Result<()>),
    /// The snapshot changed.
    Publish,
    /// Tell the listeners.
    Report(Event),
    /// Begin something that takes its time.
    Errand(Errand),
}

impl Effect {
    /// Whether it is owed to the other tabs and to the next page, by a session that is needed no more as well: a refresh
    /// token that came must not be lost with who asked for it, nor the end of the session.
    #[must_use]
    pub const fn is_owed(&self) -> bool {
        matches!(
            self,
            Self::Persist { .. }
                | Self::Say(_)
                | Self::DropLock
                | Self::Errand(Errand::Advance { .. } | Errand::Close { .. })
        )
    }
}

/// What is begun now, and answered later with an [`Input`].
#[derive(Clone, Debug)]
pub enum Errand {
    /// Take the lock that only one tab can have, when it is free, and say what is written down then.
    TakeLock {
        /// To be named in the answer.
        epoch: u32,
    },
    /// Say what is written down.
    Look,
    /// Write down that there is a newer token set, after everything that is to be persisted.
    Advance {
        /// To be named in the answer.
        epoch: u32,
        /// Only where nothing newer than this is written down, and as the one after it; `None` for whatever is there.
        from: Option<u32>,
    },
    /// Write down that the session is over.
    Close {
        /// Only where nothing newer than this is written down; `None` for whatever is there.
        from: Option<u32>,
    },
    /// Refresh.
    SendRefresh {
        /// To be named in the answer.
        epoch: u32,
        /// The tokens that the answer continues; their refresh token is the one to send.
        current: Rc<TokenSet>,
        /// Of the access token that is asked for, where it is not for the session itself.
        restriction: Option<Restriction>,
    },
    /// Sign in without the user.
    AskProvider {
        /// To be named in the answer.
        epoch: u32,
    },
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody has signed in yet.
    None,
    /// The app signed out, here or in another tab.
    SignOut,
    /// The session can no longer be refreshed.
    Expired,
    /// The sign-in did not complete.
    SignInFailed,
    /// The provider broke a rule at a refresh.
    Refused,
    /// The tokens went with the page that had them, and nobody could give new ones.
    NotRestored,
}

impl Reason {
    /// The name in the snapshot.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SignOut => "signOut",
            Self::Expired => "expired",
            Self::SignInFailed => "signInFailed",
            Self::Refused => "refused",
            Self::NotRestored => "notRestored",
        }
    }
}

/// What has happened, in the past tense.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody is signed in.
    SignedIn {
        /// From the store, or from another tab.
        restored: bool,
        /// Where the page wants to be.
        return_to: Option<String>,
    },
    /// New tokens arrived.
    TokenRefreshed {
        /// Milliseconds since the epoch at which they expire; `None` where nobody knows.
        expires_at_wall_ms: Option<u64>,
    },
    /// A refresh failed.
    RefreshFailed {
        /// Why.
        error: Error,
        /// Milliseconds until the next try; `None` where there is none.
        retry_in_ms: Option<u64>,
    },
    /// The session ended.
    SignedOut {
        /// Why.
        reason: Reason,
        /// The error behind it.
        error: Option<Error>,
    },
    /// Only the user can go on.
    InteractionRequired(Error),
    /// An API wants another sign-in first.
    StepUpRequired(StepUp),
}
