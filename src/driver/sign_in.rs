//! To the provider and back: with the page, or with a window beside it.

#[cfg(feature = "par")]
use super::exchange::Exchange;
use super::proven::Prover;
use super::session::Session;
use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::with_query;
use crate::core::base::secret::{CodeVerifier, Nonce, State};
use crate::core::base::text::concat;
use crate::core::base::url::Url;
#[cfg(feature = "par")]
use crate::core::oauth::authorize::par_endpoint;
use crate::core::oauth::authorize::{SignInOptions, build_authorization_parameters, check_return_to, is_dpop_wanted};
use crate::core::oauth::callback::{CallbackParameters, check_callback, is_callback, read_callback};
use crate::core::oauth::discovery::Metadata;
use crate::core::oauth::dpop::DpopKey;
use crate::core::oauth::par::build_pushed_authorization_url;
use crate::core::oauth::pkce::{RANDOM_BYTES, token_from};
use crate::core::oauth::transaction::{KEY_PREFIX, Transaction};
use crate::core::oidc::logout::{STATE_KEY, is_return};
use crate::core::session::effect::Input;
use crate::core::session::tokens::TokenSet;
use crate::ports::{Ports, Window};
use std::rc::Rc;

/// Ends the state of a sign-in in a window, so that the page which it comes back to hands it on instead of taking it.
const WINDOW_SUFFIX: &str = ".w";

impl<P: Ports> Session<P> {
    /// Consumes the page's callback where it is one, else restores what is stored. `expected`: somebody was signed in here,
    /// and has not signed out since.
    pub async fn start(self: &Rc<Self>, expected: bool) {
        // The page looks at what is written down first.
        self.tell(Input::Woke);
        let page_url = self.ports.url();
        let pending = self.ports.names(KEY_PREFIX).is_ok_and(|names| !names.is_empty());
        let mut refused = None;
        let is_callback = is_callback(&page_url, &self.config.redirect_uri, pending);
        if is_callback && !self.is_for_another_client(&page_url) {
            match self.finish_sign_in(&page_url, None, None).await {
                Ok((tokens, return_to)) => {
                    return self.tell(Input::SignedIn { epoch: None, tokens, return_to: Some(return_to) });
                }
                Err(error) => refused = Some(error),
            }
        }
        let restored = self.restore().await;
        let signed_out = self.finish_sign_out(&page_url);
        self.tell(Input::Started { restored, refused, signed_out, expected });
    }

    /// Makes tokens of the URL that a sign-in came back with: of this page's own, or of `own`, which came back in a window.
    /// `epoch`: of the machine's wish that it answers, where no user asked for it.
    async fn finish_sign_in(
        &self,
        url: &str,
        own: Option<Transaction>,
        epoch: Option<u32>,
    ) -> Result<(Rc<TokenSet>, String)> {
        let in_page = own.is_none();
        let (transaction, parameters) = match own {
            Some(transaction) => (transaction, read_callback(url)?),
            None => self.take_transaction(url)?,
        };
        let tokens = match check_callback(parameters, &transaction, self.ports.now()) {
            Ok(code) => self.exchange.redeem(&self.ports, &self.config, &transaction, &code).await,
            Err(error) => Err(error),
        };
        let is_wanted = !self.disposed.get() && epoch.is_none_or(|epoch| epoch == self.machine.borrow().epoch());
        // The session whose place this one takes is over, and so is its key; or this one has come to nothing.
        let over = match &tokens {
            Ok(_) if is_wanted => {
                let held = self.tokens();
                let before = if held.is_some() { held } else { self.restore().await.map(|(tokens, _)| tokens) };
                before.and_then(|before| before.dpop_key.clone())
            }
            _ => transaction.dpop_key,
        };
        self.forget_key(over);
        let tokens = tokens?;
        if in_page {
            self.ports.replace_url(&transaction.return_to);
        }
        self.metadata.replace(Some(transaction.metadata));
        Ok((Rc::new(tokens), transaction.return_to))
    }

    /// The sign-in that this callback answers, and what it says.
    fn take_transaction(&self, page_url: &str) -> Result<(Transaction, CallbackParameters)> {
        // The code leaves the address bar before anything else can go wrong, so that no reload or referrer repeats it.
        let page = Url::parse(page_url).ok_or_else(|| Error::new(Kind::CallbackMalformed))?;
        self.ports.replace_url(&page.path());
        let parameters = read_callback(page_url)?;
        let transaction = self.transaction(&parameters)?;
        // Single use: it is gone before the code is sent anywhere.
        self.ports.remove(&Transaction::key(parameters.state.secret()))?;
        Ok((transaction, parameters))
    }

    /// Takes the state of a sign-out that came back out of the address bar; whether there was one.
    fn finish_sign_out(&self, page_url: &str) -> bool {
        let state = self.ports.load(STATE_KEY).ok().flatten();
        let target = &self.config.post_logout_redirect_uri;
        let returned = state.is_some_and(|state| is_return(page_url, target, &state));
        if returned {
            // A store that refuses to remove is asked no more: the state has no use left.
            let _ = self.ports.remove(STATE_KEY);
            self.ports.replace_url(target);
        }
        returned
    }

    fn transaction(&self, parameters: &CallbackParameters) -> Result<Transaction> {
        let record = self.ports.load(&Transaction::key(parameters.state.secret()))?;
        record.and_then(|record| Transaction::read(&record)).ok_or_else(|| Error::new(Kind::CallbackStateUnknown))
    }

    /// Whether the callback answers a sign-in of another client on this page, which takes it itself.
    fn is_for_another_client(&self, page_url: &str) -> bool {
        let transaction = read_callback(page_url).and_then(|parameters| self.transaction(&parameters));
        transaction.is_ok_and(|transaction| {
            transaction.metadata.issuer != self.config.issuer || transaction.client_id != self.config.client_id
        })
    }

    /// Sends the browser to the provider, or a window, and then gives what it came back with. The sign-in of a window stays
    /// here: nothing of it is stored.
    ///
    /// # Errors
    /// Why it could not be sent, or why there are no tokens.
    pub async fn sign_in(&self, options: SignInOptions, window: Option<Window>) -> Result<Option<Rc<TokenSet>>> {
        self.check_alive()?;
        let epoch = (window == Some(Window::Frame)).then(|| self.machine.borrow().epoch());
        let metadata = self.fresh_provider().await?;
        let key = if is_dpop_wanted(&self.config, &metadata)? { Prover::make_key(&self.ports).await? } else { None };
        let done = self.go(&options, window, metadata, key.clone(), epoch).await;
        if done.is_err() {
            self.forget_key(key);
        }
        done
    }

    async fn go(
        &self,
        options: &SignInOptions,
        window: Option<Window>,
        metadata: Rc<Metadata>,
        key: Option<DpopKey>,
        epoch: Option<u32>,
    ) -> Result<Option<Rc<TokenSet>>> {
        let transaction = self.new_transaction(options, window, metadata, key)?;
        let url = self.authorization_url(&transaction, options).await?;
        // On the way here the session may have become one that nobody needs.
        self.check_alive()?;
        let state = transaction.state.secret();
        let Some(window) = window else {
            self.forget_expired_transactions();
            self.ports.save(&Transaction::key(state), &transaction.write())?;
            self.ports.navigate(&url)?;
            return Ok(None);
        };
        let url = self.ports.visit(window, &url, state).await?;
        self.finish_sign_in(&url, Some(transaction), epoch).await.map(|(tokens, _)| Some(tokens))
    }

    fn new_transaction(
        &self,
        options: &SignInOptions,
        window: Option<Window>,
        metadata: Rc<Metadata>,
        dpop_key: Option<DpopKey>,
    ) -> Result<Transaction> {
        let page_url = self.ports.url();
        let is_silent = options.prompt.as_deref() == Some("none");
        Ok(Transaction {
            state: State::new(concat(&[self.random_token()?.as_str(), window.map_or("", |_| WINDOW_SUFFIX)])),
            nonce: Nonce::new(self.random_token()?),
            verifier: CodeVerifier::new(self.random_token()?),
            client_id: self.config.client_id.clone(),
            redirect_uri: self.config.redirect_uri.clone(),
            scope: options.scope.as_ref().unwrap_or(&self.config.scope).clone(),
            return_to: check_return_to(options.return_to.as_deref().unwrap_or(&page_url), &page_url)?,
            max_age_s: options.max_age_s,
            acr_values: options.acr_values.clone().filter(|_| options.acr_essential),
            subject: self.tokens().filter(|_| is_silent).and_then(|tokens| tokens.claims.text("sub")),
            dpop_key,
            started_wall_ms: self.ports.now().wall_ms,
            metadata,
        })
    }

    async fn authorization_url(&self, transaction: &Transaction, options: &SignInOptions) -> Result<String> {
        let challenge = encode(&self.ports.digest(256, transaction.verifier.secret()).await?);
        #[cfg(not(feature = "dpop"))]
        let thumbprint = None;
        #[cfg(feature = "dpop")]
        let thumbprint = match &transaction.dpop_key {
            Some(key) => Some(encode(&self.ports.digest(256, &key.public).await?)),
            None => None,
        };
        let parameters = build_authorization_parameters(&self.config, transaction, challenge, thumbprint, options);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let metadata = &transaction.metadata;
        let endpoint = &metadata.authorization_endpoint;
        #[cfg(not(feature = "par"))]
        let request_uri: Option<String> = None;
        #[cfg(feature = "par")]
        let request_uri = match par_endpoint(&self.config, metadata)? {
            Some(par_endpoint) => Some(Exchange::push(&self.ports, par_endpoint, &parameters).await?),
            None => None,
        };
        Ok(match request_uri {
            Some(request_uri) => build_pushed_authorization_url(endpoint, &transaction.client_id, &request_uri),
            None => with_query(endpoint, &parameters),
        })
    }

    /// Sign-ins that were begun and never came back would fill the store.
    fn forget_expired_transactions(&self) {
        for name in self.ports.names(KEY_PREFIX).unwrap_or_default() {
            let record = self.ports.load(&name).ok().flatten();
            let transaction = record.and_then(|record| Transaction::read(&record));
            if transaction.as_ref().is_none_or(|transaction| transaction.is_expired(self.ports.now())) {
                self.forget_key(transaction.and_then(|transaction| transaction.dpop_key));
                // A store that refuses to remove will refuse to save, and the save says so.
                let _ = self.ports.remove(&name);
            }
        }
    }

    pub(super) fn random_token(&self) -> Result<String> {
        Ok(token_from(&self.ports.bytes(RANDOM_BYTES)?))
    }
}
