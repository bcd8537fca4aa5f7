//! The hybrid flow (OpenID Connect Core 1.0, section 3.3), with `code id_token` only: an ID token comes through the browser
//! beside the code, and names it. An access token that comes the same way was not asked for, and must be named too.

use super::id_token::{Expected, UntrustedIdToken};
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::form;
use crate::core::base::json::Json;
use crate::core::base::secret::{AccessToken, AuthorizationCode, RawIdToken, State};
use crate::core::base::time::Now;
use crate::core::jose::jws::Algorithm;
use crate::core::oauth::authorize::ResponseMode;
use crate::core::oauth::callback::{CallbackParameters, check_callback, form_of, read_form_post};
use crate::core::oauth::transaction::Transaction;

/// Changes the parameters of an authorization request to ask for an ID token beside the code, as a form: a fragment never
/// reaches a server.
#[must_use]
pub fn with_id_token(mut parameters: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    parameters.retain(|(name, _)| !["response_type", "response_mode"].contains(name));
    parameters.push(("response_type", "code id_token".to_owned()));
    parameters.push(("response_mode", ResponseMode::FormPost.name().to_owned()));
    parameters
}

/// The parameters of an answer, none of them believed yet.
#[derive(Debug)]
pub struct HybridParameters {
    callback: CallbackParameters,
    id_token: Option<RawIdToken>,
    access_token: Option<AccessToken>,
}

/// Reads the form of a callback that is a POST.
///
/// # Errors
/// As [`read_form_post`].
pub fn read_hybrid_form_post(content_type: &str, body: &str) -> Result<HybridParameters> {
    let form = form_of(content_type, body)?;
    let once = |name| {
        let mut values = form::values(form, name);
        let value = values.pop();
        if values.is_empty() { Ok(value) } else { Err(Error::about(Kind::CallbackParameterDuplicate, name)) }
    };
    Ok(HybridParameters {
        callback: read_form_post(content_type, body)?,
        id_token: once("id_token")?.map(RawIdToken::new),
        access_token: once("access_token")?.map(AccessToken::new),
    })
}

impl HybridParameters {
    /// The `state`.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.callback.state
    }

    /// Checks the answer against the sign-in it claims to answer, all but the ID token. That names its issuer, so the
    /// parameter `iss` need not (RFC 9207, section 2.4).
    ///
    /// # Errors
    /// As [`check_callback`], `id_token_missing`, or as [`UntrustedIdToken::read`].
    pub fn check(self, transaction: &Transaction, algorithm: Algorithm, now: Now) -> Result<UntrustedHybrid> {
        let callback = match &self.id_token {
            Some(_) => self.callback.vouched_for_by(&transaction.metadata.issuer),
            None => self.callback,
        };
        let code = check_callback(callback, transaction, now)?;
        let id_token = self.id_token.ok_or_else(|| Error::new(Kind::IdTokenMissing))?;
        let id_token = UntrustedIdToken::read(&id_token, algorithm)?;
        Ok(UntrustedHybrid { code, id_token, access_token: self.access_token })
    }
}

/// A code that nobody may use before the ID token beside it is believed.
#[derive(Debug)]
pub struct UntrustedHybrid {
    code: AuthorizationCode,
    id_token: UntrustedIdToken,
    access_token: Option<AccessToken>,
}

/// The [`super::id_token::half_hash`] of each thing that an ID token may name.
#[derive(Debug)]
pub struct Hashes<'a> {
    /// Of the code.
    pub code: &'a str,
    /// Of the state that was sent.
    pub state: &'a str,
    /// Of the access token that came the same way, where one did.
    pub access_token: Option<&'a str>,
}

impl UntrustedHybrid {
    /// The ID token, for the check of its signature.
    #[must_use]
    pub const fn id_token(&self) -> &UntrustedIdToken {
        &self.id_token
    }

    /// The code, for its digest and nothing else.
    #[must_use]
    pub const fn code(&self) -> &AuthorizationCode {
        &self.code
    }

    /// The access token, for its digest and nothing else.
    #[must_use]
    pub const fn access_token(&self) -> Option<&AccessToken> {
        self.access_token.as_ref()
    }

    /// Gives the code, and the claims of the ID token, once its signature was found `valid`, everything it says is as
    /// expected, and it names what came with it (OpenID Connect Core 1.0, sections 3.2.2.9 and 3.3.2.10).
    ///
    /// # Errors
    /// As [`UntrustedIdToken::check`], or `id_token_hash_mismatch`.
    pub fn check(
        self,
        valid: bool,
        expected: Expected<'_>,
        hashes: &Hashes<'_>,
        now: Now,
    ) -> Result<(AuthorizationCode, Json)> {
        let access_token_hash = hashes.access_token.unwrap_or_default();
        let claims = self.id_token.check(valid, &Expected { access_token_hash, ..expected }, now)?;
        let mismatch = |claim| Err(Error::about(Kind::IdTokenHashMismatch, claim));
        if !claims.is("c_hash", hashes.code) {
            return mismatch("c_hash");
        }
        if self.access_token.is_some() && (access_token_hash.is_empty() || !claims.is("at_hash", access_token_hash)) {
            return mismatch("at_hash");
        }
        if !claims.is_or_lacks("s_hash", hashes.state) {
            return mismatch("s_hash");
        }
        Ok((self.code, claims))
    }
}

/// Checks the ID token that came for the code: it is of the same user as the one beside the code (OpenID Connect Core 1.0,
/// section 3.3.3.6). Both are of the issuer that is expected.
///
/// # Errors
/// As [`UntrustedIdToken::check`].
pub fn check_second_id_token(
    untrusted: UntrustedIdToken,
    valid: bool,
    expected: &Expected<'_>,
    first: &Json,
    now: Now,
) -> Result<Json> {
    let claims = untrusted.check(valid, expected, now)?;
    if claims.text("iss") != first.text("iss") {
        return Err(Error::new(Kind::IdTokenIssuerMismatch));
    }
    if claims.text("sub") != first.text("sub") {
        return Err(Error::new(Kind::IdTokenSubjectChanged));
    }
    Ok(claims)
}
