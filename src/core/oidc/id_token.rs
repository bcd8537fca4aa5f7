//! ID tokens (OpenID Connect Core 1.0, sections 2, 3.1.3.7 and 12.2).

use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::base::secret::{Nonce, RawIdToken, equal_in_constant_time};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jws::{Algorithm, UntrustedJws};
use crate::core::jose::jwt::{Flaw, UntrustedJwt};

/// The most characters of a subject (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_CHARS: usize = 255;

/// An ID token that has been read and not yet believed.
#[derive(Debug)]
pub struct UntrustedIdToken(UntrustedJwt);

/// What an ID token must say.
#[derive(Debug)]
pub struct Expected<'a> {
    /// The issuer, exactly.
    pub issuer: &'a str,
    /// This client.
    pub client_id: &'a str,
    /// What ties it to what came before.
    pub origin: Origin<'a>,
    /// The [`half_hash`] of the access token that came with it.
    pub access_token_hash: &'a str,
    /// Seconds of clock difference to forgive.
    pub tolerance_s: u64,
}

/// What an ID token answers.
#[derive(Debug)]
pub enum Origin<'a> {
    /// A sign-in.
    SignIn(Asked<'a>),
    /// A refresh of the session with these claims, and the milliseconds that have passed for it by the clock that nobody
    /// sets: a clock that was set since the sign-in must not end the session.
    Refresh(&'a Json, u64),
    /// A sign-in that no request of a browser began, so that no nonce was sent (RFC 8628).
    Device,
}

/// What a sign-in asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The nonce that was sent.
    pub nonce: &'a Nonce,
    /// The most seconds since the user authenticated, where that was asked for.
    pub max_age_s: Option<u64>,
    /// The classes of authentication of which one must be met, separated by spaces, where that was asked for.
    pub acr_values: Option<&'a str>,
    /// The user it must be, where that was asked for.
    pub subject: Option<&'a str>,
}

impl UntrustedIdToken {
    /// Reads an ID token signed with the algorithm registered for this client; the token does not get to choose.
    ///
    /// # Errors
    /// `id_token_malformed`, `id_token_algorithm_unexpected` or `id_token_signature_invalid`.
    pub fn read(token: &RawIdToken, algorithm: Algorithm) -> Result<Self> {
        UntrustedJwt::read(token.secret(), algorithm, &["", "JWT"]).map(Self).map_err(refused)
    }

    /// The JWT, for the check of its signature.
    #[must_use]
    pub const fn jwt(&self) -> &UntrustedJwt {
        &self.0
    }

    /// Gives the claims, once the signature was found `valid` and everything they say is as expected.
    ///
    /// # Errors
    /// The `id_token_*` error of the first rule that is broken.
    pub fn check(self, valid: bool, expected: &Expected<'_>, now: Now) -> Result<Json> {
        let claims = self.0.believe(valid).map_err(refused)?;
        // What happened is said by a logout token, which may look like an ID token otherwise (OpenID Connect Back-Channel
        // Logout 1.0, section 2.4).
        if claims.mentions("events") {
            return Err(Error::about(Kind::IdTokenMalformed, "events"));
        }
        check_parties(&claims, expected)?;
        check_times(&claims, expected, now)?;
        check_subject(&claims)?;
        if claims.has("at_hash") && !claims.is("at_hash", expected.access_token_hash) {
            return Err(Error::new(Kind::IdTokenHashMismatch));
        }
        match &expected.origin {
            Origin::SignIn(asked) => check_sign_in(&claims, asked, expected.tolerance_s, now)?,
            Origin::Refresh(before, _) => check_continuity(&claims, before)?,
            Origin::Device if claims.mentions("nonce") => return Err(Error::new(Kind::IdTokenNonceMismatch)),
            Origin::Device => {}
        }
        Ok(claims)
    }
}

fn refused(flaw: Flaw) -> Error {
    Error::new(match flaw {
        Flaw::Malformed => Kind::IdTokenMalformed,
        Flaw::Algorithm => Kind::IdTokenAlgorithmUnexpected,
        Flaw::Signature => Kind::IdTokenSignatureInvalid,
    })
}

/// The hash by which an ID token names what came beside it: the left half of the digest of its ASCII text, in base64url
/// (OpenID Connect Core 1.0, section 3.1.3.6). `digest` is of [`Algorithm::digest_bits`].
#[must_use]
pub fn half_hash(digest: &[u8]) -> String {
    encode(digest.get(..digest.len() / 2).unwrap_or_default())
}

fn check_parties(claims: &Json, expected: &Expected<'_>) -> Result<()> {
    if !claims.is("iss", expected.issuer) {
        return Err(Error::new(Kind::IdTokenIssuerMismatch));
    }
    // A second audience is somebody this client does not know, so there must be none.
    let audience = claims.one_or_many("aud").unwrap_or_default();
    if audience != [expected.client_id] || !claims.is_or_lacks("azp", expected.client_id) {
        return Err(Error::new(Kind::IdTokenAudienceMismatch));
    }
    Ok(())
}

fn check_times(claims: &Json, expected: &Expected<'_>, now: Now) -> Result<()> {
    let now_s = now.wall_ms / SECOND_MS;
    // What the provider's clock shows now, as it was when it issued the token of before.
    let server_s = match expected.origin {
        Origin::Refresh(before, passed_ms) => before.whole("iat").map(|iat| iat.saturating_add(passed_ms / SECOND_MS)),
        Origin::SignIn(_) | Origin::Device => None,
    };
    let server_s = server_s.unwrap_or(now_s);
    let time = |name: &'static str| claims.whole(name).ok_or_else(|| Error::about(Kind::IdTokenTimeInvalid, name));
    if now_s.min(server_s) >= time("exp")?.saturating_add(expected.tolerance_s) {
        return Err(Error::new(Kind::IdTokenExpired));
    }
    let latest = now_s.max(server_s).saturating_add(expected.tolerance_s);
    if time("iat")? > latest {
        return Err(Error::about(Kind::IdTokenTimeInvalid, "iat"));
    }
    if claims.has("nbf") && time("nbf")? > latest {
        return Err(Error::about(Kind::IdTokenTimeInvalid, "nbf"));
    }
    Ok(())
}

fn check_subject(claims: &Json) -> Result<()> {
    let subject = claims.text("sub").unwrap_or_default();
    if subject.is_empty() || subject.len() > MAX_SUBJECT_CHARS || !subject.is_ascii() {
        return Err(Error::new(Kind::IdTokenSubjectInvalid));
    }
    Ok(())
}

fn has_nonce(claims: &Json, nonce: &str) -> bool {
    claims.text("nonce").is_some_and(|found| equal_in_constant_time(&found, nonce))
}

fn check_sign_in(claims: &Json, asked: &Asked<'_>, tolerance_s: u64, now: Now) -> Result<()> {
    if !has_nonce(claims, asked.nonce.secret()) {
        return Err(Error::new(Kind::IdTokenNonceMismatch));
    }
    if asked.subject.is_some_and(|subject| !claims.is("sub", subject)) {
        return Err(Error::new(Kind::IdTokenSubjectChanged));
    }
    // A class that was asked for and not met is for the user to go on with, not for a loop (RFC 9470, section 5).
    if asked
        .acr_values
        .is_some_and(|values| !values.split(' ').any(|value| !value.is_empty() && claims.is("acr", value)))
    {
        return Err(Error::new(Kind::IdTokenAcrUnmet));
    }
    let Some(max_age_s) = asked.max_age_s else {
        return Ok(());
    };
    let invalid = || Error::about(Kind::IdTokenTimeInvalid, "auth_time");
    let authenticated_s = claims.whole("auth_time").ok_or_else(invalid)?;
    let oldest_s = (now.wall_ms / SECOND_MS).saturating_sub(max_age_s).saturating_sub(tolerance_s);
    if authenticated_s < oldest_s { Err(invalid()) } else { Ok(()) }
}

/// A refreshed ID token is of the same user and the same sign-in (OpenID Connect Core 1.0, section 12.2).
fn check_continuity(claims: &Json, before: &Json) -> Result<()> {
    if claims.text("sub") != before.text("sub") {
        return Err(Error::new(Kind::IdTokenSubjectChanged));
    }
    if claims.has("nonce") && claims.text("nonce") != before.text("nonce") {
        return Err(Error::new(Kind::IdTokenNonceMismatch));
    }
    if claims.has("auth_time") && claims.number("auth_time") != before.number("auth_time") {
        return Err(Error::about(Kind::IdTokenTimeInvalid, "auth_time"));
    }
    Ok(())
}

/// The claims of an ID token that this client checked when it stored it. Not for a token from anywhere else.
#[must_use]
pub fn claims_of_stored(token: &RawIdToken) -> Option<Json> {
    UntrustedJws::parse(token.secret())?.claims()
}
