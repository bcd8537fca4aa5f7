//! The end of a session: its user's wish, or its provider's word.

use super::hurried::Hurried;
use super::{Asked, Bff, Provider};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::form;
use crate::core::base::json::Writer;
use crate::core::base::time::{SECOND_MS, digits};
use crate::core::bff::answer::{Answer, status_of};
use crate::core::bff::cookie::{Cookies, SameSite, clear_cookies};
use crate::core::bff::login::{LEAVE, LOGIN_LIFETIME_S, LOGOUT_COOKIE, Logout, LogoutOptions, cookie_name, leave_path};
use crate::core::bff::record::{COOKIE, revoked_key, seen_key};
use crate::core::oidc::logout::build_end_session_url;
use crate::core::oidc::logout_token::Logout as Ended;
use crate::core::session::tokens::TokenSet;
use crate::ports::{BffPorts, Expected};

/// The longest wait for what the provider says of itself, in milliseconds: whoever signs out does not want to wait for it.
const PATIENCE_MS: u64 = 3_000;

impl<P: BffPorts> Bff<P> {
    /// Ends the session here, then its tokens, and says where the provider's session ends.
    pub(super) async fn sign_out(&self, asked: &Asked) -> Answer {
        let cookies = asked.cookies();
        let options = match LogoutOptions::read(&asked.body, &self.config) {
            Ok(options) => options,
            Err(error) => return Answer::failure(&error),
        };
        let mut set = clear_cookies(COOKIE, &cookies);
        let mut location = None;
        match self.held(&cookies).await {
            Ok(Some(held)) => {
                let tokens = self.last_tokens(&held).await;
                if let Err(error) = self.end(&held.cookie.names().id).await {
                    // The cookie stays where it is, so that the page can try again.
                    return Answer::failure(&error);
                }
                self.ports.note("signedOut", None);
                if let Some(tokens) = tokens
                    && let Some((path, kept)) = self.end_at_provider(&options, &tokens, &cookies).await
                {
                    location = Some(path);
                    set.extend(kept);
                }
            }
            Ok(None) => {}
            Err(error) => return Answer::failure(&error),
        }
        let object = match &location {
            Some(path) => Writer::default().text("location", path),
            None => Writer::default().json("location", "null"),
        };
        Answer::json(200, object).with_cookies(set)
    }

    /// Revokes the tokens, and says as [`Self::leave_provider`] where to go on. Of a provider that says nothing of itself in time
    /// neither can be had, and the page gets its answer all the same: it gives up after a while, and the cookie would stay.
    async fn end_at_provider(
        &self,
        options: &LogoutOptions,
        tokens: &TokenSet,
        cookies: &Cookies,
    ) -> Option<(String, Vec<String>)> {
        let until_ms = self.ports.now().wall_ms.saturating_add(PATIENCE_MS);
        match self.known_provider_over(&Hurried { ports: &self.ports, until_ms }).await {
            Ok(provider) => {
                self.revoke_at(&provider, tokens).await;
                self.leave_provider(&provider, options, tokens, cookies).await.ok().flatten()
            }
            Err(error) => {
                self.ports.note("revocationFailed", Some(&error));
                None
            }
        }
    }

    /// Where the page goes for the provider's session to end, and what the browser keeps for the way; `None` where it goes on.
    async fn leave_provider(
        &self,
        provider: &Provider,
        options: &LogoutOptions,
        tokens: &TokenSet,
        cookies: &Cookies,
    ) -> Result<Option<(String, Vec<String>)>> {
        let Some(endpoint) = provider.metadata.end_session_endpoint.as_ref().filter(|_| !options.is_local) else {
            return Ok(None);
        };
        let state = self.random_token()?;
        let url = build_end_session_url(&self.config.client, endpoint, &tokens.id_token, &state);
        let logout = Logout { state, url, return_to: options.return_to.clone() };
        let name = cookie_name(LOGOUT_COOKIE, &logout.state);
        let ends_at_ms = self.ports.now().wall_ms.saturating_add(LOGIN_LIFETIME_S.saturating_mul(SECOND_MS));
        let kept = self.keep(&name, logout.write(), SameSite::Lax, ends_at_ms, cookies).await?;
        Ok(Some((leave_path(&self.config, &logout.state), kept)))
    }

    /// The way to the provider and back. A state that is none of ours says nothing: the session was over before.
    pub(super) async fn finish_sign_out(&self, asked: &Asked) -> Answer {
        let cookies = asked.cookies();
        let one = |name| {
            let mut values = form::values(asked.query(), name);
            values.pop().filter(|_| values.is_empty())
        };
        let leaving = one(LEAVE);
        let state = leaving.clone().or_else(|| one("state")).unwrap_or_default();
        let name = cookie_name(LOGOUT_COOKIE, &state);
        let opened = self.open_cookie(&name, &cookies).await.ok().flatten();
        let logout =
            opened.and_then(|opened| Logout::read(opened.text.secret())).filter(|logout| logout.state == state);
        match logout {
            Some(logout) if leaving.is_some() => Answer::redirect(&logout.url),
            Some(logout) => Answer::redirect(&logout.return_to).with_cookies(clear_cookies(&name, &cookies)),
            None => Answer::redirect(&self.config.return_to),
        }
    }

    /// The provider says that a session is over (OpenID Connect Back-Channel Logout 1.0, section 2.5 to 2.8).
    pub(super) async fn hear_logout(&self, asked: &Asked) -> Answer {
        let content_type = asked.headers.get("content-type").unwrap_or_default();
        let heard = match self.believe_logout(content_type, &asked.body).await {
            Ok(ended) => self.revoke_sessions(&ended).await,
            Err(error) => Err(error),
        };
        match heard {
            Ok(()) => {
                self.ports.note("signedOut", None);
                Answer::new(200, "", String::new())
            }
            Err(error) => {
                self.ports.note("logoutRefused", Some(&error));
                let status = status_of(&error);
                let code = if status == 400 { "invalid_request" } else { error.kind.entry().code };
                let object = Writer::default().text("error", code).text("error_description", &error.message());
                Answer::json(status, object)
            }
        }
    }

    /// Ends the session that is named, or all of the user. They were begun before this moment; what begins later goes on.
    async fn revoke_sessions(&self, ended: &Ended) -> Result<()> {
        let seen = seen_key(&self.mark("jti", &ended.id).await?);
        let known = self.ports.read(core::slice::from_ref(&seen)).await?;
        if known.iter().any(Option::is_some) {
            return Err(Error::about(Kind::LogoutTokenInvalid, "jti"));
        }
        let mark = match (&ended.session_id, &ended.subject) {
            (Some(session), _) => self.mark("sid", session).await?,
            (None, Some(subject)) => self.mark("sub", subject).await?,
            (None, None) => return Err(Error::about(Kind::LogoutTokenInvalid, "sub")),
        };
        let now_ms = self.ports.now().wall_ms;
        let ends_at_ms = now_ms.saturating_add(self.config.terms.absolute_ms);
        self.ports.write(&revoked_key(&mark), &digits(now_ms), Expected::Anything, ends_at_ms).await?;
        // Last: a provider that tries again after a failure must not be told that it was here before.
        let forget_at_ms = ended.expires_at_s.saturating_mul(SECOND_MS).saturating_add(SECOND_MS);
        self.ports.write(&seen, "1", Expected::Anything, forget_at_ms).await?;
        Ok(())
    }
}
