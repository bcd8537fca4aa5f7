//! To the provider and back.

use super::{Asked, Bff, Provider};
use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::with_query;
use crate::core::base::secret::{CodeVerifier, Nonce, State};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::bff::answer::Answer;
use crate::core::bff::cookie::{Cookies, SameSite, clear_cookies};
use crate::core::bff::login::{
    LOGIN_COOKIE, LOGIN_LIFETIME_S, Login, MAX_LOGIN_BYTES, MAX_LOGINS, cookie_name, read_login,
};
use crate::core::bff::page;
use crate::core::bff::record::{ID_BYTES, Names, Record, mark_input, mark_of, spent_key};
use crate::core::oauth::authorize::{SignInOptions, build_authorization_parameters, par_endpoint};
use crate::core::oauth::callback::{CallbackParameters, check_callback, read_callback};
use crate::core::oauth::par::build_pushed_authorization_url;
use crate::core::oauth::pkce::{RANDOM_BYTES, token_from};
use crate::core::oauth::transaction::Transaction;
use crate::core::session::tokens::TokenSet;
use crate::ports::{BffPorts, Expected};
use std::rc::Rc;

impl<P: BffPorts> Bff<P> {
    /// Sends the browser to the provider.
    pub(super) async fn begin_sign_in(&self, asked: &Asked) -> Answer {
        let options = match read_login(asked.query(), &self.config) {
            Ok(options) => options,
            Err(error) => return self.failed_sign_in(&error, None),
        };
        match self.leave(asked, &options).await {
            Ok(answer) => answer,
            Err(error) => self.failed_sign_in(&error, options.return_to.as_deref()),
        }
    }

    async fn leave(&self, asked: &Asked, options: &SignInOptions) -> Result<Answer> {
        let cookies = asked.cookies();
        let provider = self.fresh_provider().await?;
        let transaction = self.new_transaction(options, &provider)?;
        let url = self.authorization_url(&transaction, options, &provider).await?;
        let name = cookie_name(LOGIN_COOKIE, transaction.state.secret());
        let before = self.held(&cookies).await?.map(|held| held.cookie.names().id.clone());
        let ends_at_ms = self.ports.now().wall_ms.saturating_add(LOGIN_LIFETIME_S.saturating_mul(SECOND_MS));
        let login = Login { transaction, before }.write();
        let set = self.keep(&name, login, SameSite::Lax, ends_at_ms, &cookies).await?;
        Ok(Answer::redirect(&url).with_cookies(forget_logins(&cookies)).with_cookies(set))
    }

    fn new_transaction(&self, options: &SignInOptions, provider: &Provider) -> Result<Transaction> {
        let config = &self.config.client;
        Ok(Transaction {
            state: State::new(self.random_token()?),
            nonce: Nonce::new(self.random_token()?),
            verifier: CodeVerifier::new(self.random_token()?),
            client_id: config.client_id.clone(),
            redirect_uri: config.redirect_uri.clone(),
            scope: config.scope.clone(),
            return_to: options.return_to.clone().unwrap_or_else(|| self.config.return_to.clone()),
            max_age_s: options.max_age_s,
            acr_values: options.acr_values.clone(),
            subject: None,
            dpop_key: None,
            started_wall_ms: self.ports.now().wall_ms,
            metadata: Rc::clone(&provider.metadata),
        })
    }

    async fn authorization_url(
        &self,
        transaction: &Transaction,
        options: &SignInOptions,
        provider: &Provider,
    ) -> Result<String> {
        let config = &self.config.client;
        let challenge = encode(&self.ports.digest(256, transaction.verifier.secret()).await?);
        let parameters = build_authorization_parameters(config, transaction, challenge, None, options);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let endpoint = &transaction.metadata.authorization_endpoint;
        Ok(match par_endpoint(config, &transaction.metadata)? {
            Some(par_endpoint) => {
                let request_uri = self.push(provider, par_endpoint, &parameters).await?;
                build_pushed_authorization_url(endpoint, &transaction.client_id, &request_uri)
            }
            None => with_query(endpoint, &parameters),
        })
    }

    /// Makes a session of what the browser came back with.
    pub(super) async fn finish_sign_in(&self, asked: &Asked) -> Answer {
        let cookies = asked.cookies();
        let url = self.own_url("/", asked.query());
        let parameters = match read_callback(&url) {
            Ok(parameters) => parameters,
            Err(error) => return self.failed_sign_in(&error, None),
        };
        let name = cookie_name(LOGIN_COOKIE, parameters.state.secret());
        let login = match self.open_cookie(&name, &cookies).await {
            Ok(opened) => opened.and_then(|opened| Login::read(opened.text.secret())),
            Err(error) => return self.failed_sign_in(&error, None),
        };
        let Some(login) = login else {
            return self.stray_callback(&cookies).await;
        };
        let return_to = login.transaction.return_to.clone();
        let answer = match self.arrive(&login, parameters, &cookies).await {
            Ok(Some(set)) => page::onward(&return_to).with_cookies(set),
            // Its cookies come with the answer to the request that was here first.
            Ok(None) => return page::onward(&return_to),
            Err(error) => self.failed_sign_in(&error, Some(&return_to)),
        };
        // Single use, whatever came of it.
        answer.with_cookies(clear_cookies(&name, &cookies))
    }

    /// What the browser is to keep; `None` where it came back before.
    async fn arrive(
        &self,
        login: &Login,
        parameters: CallbackParameters,
        cookies: &Cookies,
    ) -> Result<Option<Vec<String>>> {
        let came_back = self.ports.now();
        let code = check_callback(parameters, &login.transaction, came_back)?;
        if !self.spend(&login.transaction, came_back).await? {
            return Ok(None);
        }
        let tokens = self.redeem(&login.transaction, &code).await?;
        let record = Record::new(self.new_names(&tokens).await?, tokens, came_back);
        let shown = self.held(cookies).await?.map(|held| held.cookie.names().id.clone());
        let set = self.begin(record, cookies).await?;
        // The session of before is over: whoever knew its cookie has nothing of the new one.
        for id in [login.before.as_ref(), shown.as_ref()].into_iter().flatten() {
            self.end(id).await?;
        }
        self.ports.note("signedIn", None);
        Ok(Some(set))
    }

    /// Whether nobody came back from this sign-in before. A page that is loaded again while its code is exchanged must not show
    /// the code twice: the provider then revokes what it gave for it (RFC 6749, section 4.1.2).
    async fn spend(&self, transaction: &Transaction, now: Now) -> Result<bool> {
        let key = spent_key(&self.mark("state", transaction.state.secret()).await?);
        let ends_at_ms = now.wall_ms.saturating_add(LOGIN_LIFETIME_S.saturating_mul(SECOND_MS));
        Ok(self.ports.write(&key, "1", Expected::Nothing, ends_at_ms).await?.is_some())
    }

    async fn new_names(&self, tokens: &TokenSet) -> Result<Names> {
        let subject = tokens.claims.text("sub").ok_or_else(|| Error::new(Kind::IdTokenSubjectInvalid))?;
        let session = match tokens.claims.text("sid") {
            Some(session) => Some(self.mark("sid", &session).await?),
            None => None,
        };
        Ok(Names { id: encode(&self.ports.bytes(ID_BYTES)?), user: self.mark("sub", &subject).await?, session })
    }

    /// The name of a user, or of a session of the provider's, in the store.
    pub(super) async fn mark(&self, kind: &str, value: &str) -> Result<String> {
        let digest = self.ports.digest(256, &mark_input(kind, &self.config.client.issuer, value)).await?;
        Ok(mark_of(&digest))
    }

    /// A callback that answers no sign-in of this browser. Where it is signed in, this is a page that was loaded again.
    async fn stray_callback(&self, cookies: &Cookies) -> Answer {
        if let Ok(Some(held)) = self.held(cookies).await
            && let Ok(Some(_)) = self.peek(&held).await
        {
            return Answer::redirect(&self.config.return_to);
        }
        self.failed_sign_in(&Error::new(Kind::CallbackStateUnknown), None)
    }

    pub(super) fn random_token(&self) -> Result<String> {
        Ok(token_from(&self.ports.bytes(RANDOM_BYTES)?))
    }
}

/// Sign-ins that were begun and never came back, where there are too many of them.
fn forget_logins(cookies: &Cookies) -> Vec<String> {
    // The parts of a cookie that is written in several have names of their own.
    let logins: Vec<_> = cookies.names(LOGIN_COOKIE).filter(|name| !name.contains('.')).collect();
    let bytes: usize = cookies.names(LOGIN_COOKIE).filter_map(|name| cookies.get(name)).map(str::len).sum();
    if logins.len() < MAX_LOGINS && bytes <= MAX_LOGIN_BYTES {
        return Vec::new();
    }
    logins.into_iter().flat_map(|name| clear_cookies(name, cookies)).collect()
}
