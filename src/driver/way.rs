//! How tokens come about, are renewed and are kept: at an OpenID provider, or at an app's own login.

use super::exchange::{FailedRefresh, Refreshed};
use super::session::Session;
use crate::core::base::error::{Error, Result};
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use crate::core::config::Apis;
use crate::core::oauth::challenge::Verdict;
use crate::core::oauth::restriction::Restriction;
use crate::core::session::effect::Input;
use crate::core::session::tokens::{Record, TokenSet};
use crate::ports::Ports;
use core::fmt::Debug;
use core::future::Future;
use std::rc::Rc;

/// What every session needs to know of its options.
pub trait Terms: Debug + 'static {
    /// What the record of this session is stored under.
    fn record_name(&self) -> String;
    /// Who may receive the access token.
    fn apis(&self) -> &Apis;
    /// Seconds before expiry at which to refresh, before the cap at half the lifetime.
    fn before_expiry_s(&self) -> u64;
    /// Whether there is somebody to ask without the user.
    fn silent(&self) -> bool;
}

/// One way to come by tokens. The session itself, with its timer, its tabs and who waits, is the same for all.
pub trait Way: Debug + Default + 'static {
    /// The options, checked.
    type Config: Terms;
    /// What tokens are kept with, so that they can be renewed.
    type Source: Debug + 'static;

    /// The record of these tokens; `None` where what they are kept with is not known.
    fn write(
        config: &Self::Config,
        tokens: &TokenSet,
        source: Option<&Self::Source>,
        generation: u32,
    ) -> Option<String>;

    /// Reads a record back; `None` where it is not one of these options.
    fn read(config: &Self::Config, record: &Json, now: Now) -> Option<Record<Self::Source>>;

    /// What the token for a request to this URL is restricted to, where it was not said.
    ///
    /// # Errors
    /// `invalid_option` where no token can be restricted so.
    fn restriction(config: &Self::Config, said: Option<&Restriction>, url: Option<&str>)
    -> Result<Option<Restriction>>;

    /// Spends the refresh token, for a token that is restricted where that is said.
    fn refresh<P: Ports>(
        session: &Session<P, Self>,
        current: &TokenSet,
        restriction: Option<&Restriction>,
    ) -> impl Future<Output = core::result::Result<Refreshed, FailedRefresh>>;

    /// Signs in without the user.
    fn ask<P: Ports>(session: &Session<P, Self>) -> impl Future<Output = Result<Option<Rc<TokenSet>>>>;

    /// What the machine is to be told where [`Self::ask`] brought nothing, in answer to the wish of this epoch.
    fn not_signed_in<P: Ports>(session: &Session<P, Self>, epoch: u32, error: Error) -> Input;

    /// What an API's answer means for the request that it answers.
    fn judge(&self, config: &Self::Config, status: u16, challenge: Option<&str>, has_nonce: bool) -> Verdict;

    /// The proof for a request to `target`, where the tokens are bound to a key.
    fn prove<P: Ports>(
        session: &Session<P, Self>,
        tokens: &TokenSet,
        target: Option<(&str, &str)>,
    ) -> impl Future<Output = Result<Option<String>>>;

    /// Keeps a nonce that an API gave for the next proof.
    fn keep_nonce(&self, url: &str, nonce: &str);
}
