//! The way over an app's own login whose session a cookie names. In place of an access token there is at most one against
//! forged requests; to renew it is to ask the server who is signed in.

use super::exchange::token_set;
use super::login::Login;
use super::session::Session;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::json::Json;
use crate::core::base::secret::{AccessToken, CsrfToken, RawIdToken};
use crate::core::login::config::Cookies;
use crate::core::login::cookies::{
    build_logout_request, build_user_request, check_login_response, check_logout_response, check_user_response,
    with_csrf,
};
use crate::core::login::csrf::{build_csrf_request, check_csrf_response};
use crate::core::login::no_user;
use crate::core::login::sign_in::build_login_request;
use crate::core::oauth::token::TokenResponse;
use crate::core::session::effect::Input;
use crate::core::session::tokens::TokenSet;
use crate::ports::{Change, Ports};
use std::rc::Rc;

impl<P: Ports> Session<P, Login> {
    /// Whether a cookie names the session.
    #[must_use]
    pub const fn has_cookies(&self) -> bool {
        self.config.cookies.is_some()
    }

    /// Asks at once who is signed in: the cookie may be older than the page.
    pub(super) async fn start_with_cookies(self: &Rc<Self>, expected: bool) {
        if let Some(mark) = self.ports.mark(Change::None, 0).await {
            self.tell(Input::Looked(mark));
        }
        self.machine.borrow_mut().start_with_provider(expected);
        self.tell(Input::Woke);
    }

    /// Signs in with the credentials, and asks who that is.
    pub(super) async fn sign_in_with_cookies(&self, cookies: &Cookies, credentials: Option<&Json>) -> Result<TokenSet> {
        let request = build_login_request(&self.config.login_url, credentials)?;
        let request = with_csrf(request, &self.fetch_csrf(cookies).await?);
        let user = check_login_response(&self.ports.send(request).await?)?;
        self.with_cookies(cookies, user.or_else(no_user)).await
    }

    /// Who is signed in, where that is somebody. `user` is known from elsewhere, where nobody can be asked.
    pub(super) async fn with_cookies(&self, cookies: &Cookies, user: Option<Json>) -> Result<TokenSet> {
        let user = match &cookies.user_url {
            Some(url) => Some(check_user_response(&self.ports.send(build_user_request(url)).await?)?),
            None => user,
        };
        let user = user.ok_or_else(|| Error::new(Kind::NotSignedIn))?;
        // The token of the session before is not one of this session.
        let csrf = self.fetch_csrf(cookies).await?;
        let answer = TokenResponse {
            access_token: AccessToken::new(csrf.secret().to_owned()),
            refresh_token: None,
            id_token: None,
            lifetime_s: None,
            scope: None,
            authorization_details: None,
        };
        Ok(token_set(&self.ports, answer, RawIdToken::new(String::new()), user, String::new(), None))
    }

    /// Ends the session at the server. A token against forged requests that is refused is fetched anew, once.
    ///
    /// # Errors
    /// Why it may live on there.
    pub(super) async fn sign_out_with_cookies(&self, cookies: &Cookies, url: &str, tokens: &TokenSet) -> Result<()> {
        let held = CsrfToken::new(tokens.access_token.secret().to_owned());
        let mut answer = self.ports.send(build_logout_request(url, &held)).await?;
        if answer.status == 403 && cookies.csrf_url.is_some() {
            let csrf = self.fetch_csrf(cookies).await?;
            answer = self.ports.send(build_logout_request(url, &csrf)).await?;
        }
        check_logout_response(&answer).map_err(|error| error.during(Phase::SignOut))
    }

    /// The token against forged requests; an empty one where a cookie has it, or where there is none.
    async fn fetch_csrf(&self, cookies: &Cookies) -> Result<CsrfToken> {
        match &cookies.csrf_url {
            Some(url) => check_csrf_response(&self.ports.send(build_csrf_request(url)).await?),
            None => Ok(CsrfToken::new(String::new())),
        }
    }
}
