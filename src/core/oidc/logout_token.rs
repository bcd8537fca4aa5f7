//! Logout tokens (OpenID Connect Back-Channel Logout 1.0): the provider says that a session is over.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::form;
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use crate::core::jose::jws::Algorithm;
use crate::core::jose::jwt::{Addressed, Flaw, UntrustedJwt};
use crate::core::oauth::callback::form_of;

/// The member of `events` that makes a token one of these.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The most characters of a subject (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_CHARS: usize = 255;

/// A logout token that has been read and not yet believed.
#[derive(Debug)]
pub struct UntrustedLogoutToken(UntrustedJwt);

/// What is over: at least one of user and session is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// The user; all the user's sessions where none is named.
    pub subject: Option<String>,
    /// The session.
    pub session_id: Option<String>,
    /// What no other logout token of this issuer has: one that comes twice says nothing the second time.
    pub id: String,
    /// Seconds since the epoch after which the identifier may be forgotten.
    pub expires_at_s: u64,
}

impl UntrustedLogoutToken {
    /// Reads the token of a POST, signed with the algorithm registered for ID tokens (OpenID Connect Back-Channel Logout
    /// 1.0, sections 2.4 to 2.6).
    ///
    /// # Errors
    /// `logout_token_invalid`, naming what is wrong.
    pub fn read_form_post(content_type: &str, body: &str, algorithm: Algorithm) -> Result<Self> {
        let form = form_of(content_type, body).map_err(|_| invalid("content-type"))?;
        match form::values(form, "logout_token").as_slice() {
            [token] => Self::read(token, algorithm),
            _ => Err(invalid("logout_token")),
        }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// `logout_token_invalid`, naming what is wrong.
    pub fn read(token: &str, algorithm: Algorithm) -> Result<Self> {
        UntrustedJwt::read(token, algorithm, &["logout+jwt", "JWT", ""]).map(Self).map_err(refused)
    }

    /// The JWT, for the check of its signature.
    #[must_use]
    pub const fn jwt(&self) -> &UntrustedJwt {
        &self.0
    }

    /// Gives what is over, once the signature was found `valid` and everything the token says is as it must be.
    ///
    /// # Errors
    /// `logout_token_invalid`, naming the claim.
    pub fn check(self, valid: bool, expected: &Addressed<'_>, now: Now) -> Result<Logout> {
        let claims = self.0.believe(valid).map_err(refused)?;
        expected.check(&claims, &["exp", "iat"], now).map_err(invalid)?;
        if !is_logout(&claims) {
            return Err(invalid("events"));
        }
        // A nonce is of ID tokens: with one, this token could be taken for such.
        if claims.mentions("nonce") {
            return Err(invalid("nonce"));
        }
        let logout = Logout {
            subject: text(&claims, "sub")?.filter(|subject| subject.is_ascii() && subject.len() <= MAX_SUBJECT_CHARS),
            session_id: text(&claims, "sid")?,
            id: text(&claims, "jti")?.ok_or_else(|| invalid("jti"))?,
            expires_at_s: claims.whole("exp").unwrap_or_default().saturating_add(expected.tolerance_s),
        };
        // A subject that is none is not as if there were none: the token would end more or less than it says.
        if logout.subject.is_none() && (claims.has("sub") || logout.session_id.is_none()) {
            return Err(invalid("sub"));
        }
        Ok(logout)
    }
}

/// Whether these claims are those of a logout token.
fn is_logout(claims: &Json) -> bool {
    claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(|event| event.is_object())
}

/// The string of this name, which is not empty where there is one.
fn text(claims: &Json, name: &'static str) -> Result<Option<String>> {
    match claims.text(name).filter(|text| !text.is_empty()) {
        None if claims.has(name) => Err(invalid(name)),
        text => Ok(text),
    }
}

fn invalid(detail: &'static str) -> Error {
    Error::about(Kind::LogoutTokenInvalid, detail)
}

fn refused(flaw: Flaw) -> Error {
    invalid(flaw.name())
}
