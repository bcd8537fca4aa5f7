//! The way over an OpenID provider.

use super::exchange::{Exchange, FailedRefresh, Refreshed};
use super::session::Session;
use super::way::{Terms, Way};
use crate::core::base::error::{Error, Phase, Result};
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use crate::core::config::{Apis, Config};
use crate::core::oauth::authorize::SignInOptions;
use crate::core::oauth::challenge::{Verdict, judge};
use crate::core::oauth::discovery::Metadata;
use crate::core::oauth::restriction::Restriction;
use crate::core::session::effect::Input;
use crate::core::session::tokens::{Record, TokenSet, read_record, record_key, write_record};
use crate::ports::{Ports, Window};
use core::future::Future;
use std::rc::Rc;

impl Terms for Config {
    fn record_name(&self) -> String {
        record_key(&self.issuer, &self.client_id)
    }

    fn apis(&self) -> &Apis {
        &self.apis
    }

    fn before_expiry_s(&self) -> u64 {
        self.before_expiry_s
    }

    fn silent(&self) -> bool {
        self.silent
    }
}

impl Way for Exchange {
    type Config = Config;
    type Source = Metadata;

    fn write(_: &Config, tokens: &TokenSet, metadata: Option<&Metadata>, generation: u32) -> Option<String> {
        Some(write_record(tokens, metadata?, generation))
    }

    fn read(config: &Config, record: &Json, now: Now) -> Option<Record> {
        read_record(record, &config.issuer, now)
    }

    fn restriction(config: &Config, said: Option<&Restriction>, url: Option<&str>) -> Result<Option<Restriction>> {
        match said {
            Some(restriction) => restriction.beside(config),
            None => Ok(url.and_then(|url| config.apis.of(url)?.restriction(config))),
        }
    }

    async fn refresh<P: Ports>(
        session: &Session<P>,
        current: &TokenSet,
        restriction: Option<&Restriction>,
    ) -> core::result::Result<Refreshed, FailedRefresh> {
        let metadata = session
            .provider()
            .await
            .map_err(|error| FailedRefresh { error: error.during(Phase::Refresh), rotated: None })?;
        session.exchange.refresh(&session.ports, &session.config, &metadata, current, restriction).await
    }

    fn ask<P: Ports>(session: &Session<P>) -> impl Future<Output = Result<Option<Rc<TokenSet>>>> {
        let options = SignInOptions { prompt: Some("none".to_owned()), ..SignInOptions::default() };
        session.sign_in(options, Some(Window::Frame))
    }

    fn not_signed_in<P: Ports>(session: &Session<P>, epoch: u32, error: Error) -> Input {
        Input::NotSignedIn { epoch, error, random: session.random() }
    }

    fn judge(&self, _: &Config, status: u16, challenge: Option<&str>, has_nonce: bool) -> Verdict {
        judge(status, challenge, has_nonce)
    }

    fn prove<P: Ports>(
        session: &Session<P>,
        tokens: &TokenSet,
        target: Option<(&str, &str)>,
    ) -> impl Future<Output = Result<Option<String>>> {
        session.exchange.prover.prove_for(&session.ports, tokens, target)
    }

    fn keep_nonce(&self, url: &str, nonce: &str) {
        self.prover.keep_nonce(url, nonce);
    }
}
