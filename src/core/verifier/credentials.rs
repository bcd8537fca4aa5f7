//! What a request shows who it is from (RFC 6750, section 2.1; RFC 9449, section 7.1).

use crate::core::base::error::{Error, Kind, Result};

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has it may use it.
    Bearer,
    /// With a proof of possession.
    Dpop,
}

impl Scheme {
    /// The name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// The scheme and the token of an `Authorization` header; `None` where there is no such header. A header that came twice is
/// joined with a comma, which no token has.
///
/// # Errors
/// `access_token_missing` or `authorization_malformed`.
pub fn read_authorization(header: Option<&str>) -> Result<(Scheme, &str)> {
    let header = header.unwrap_or_default();
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    let scheme = [Scheme::Bearer, Scheme::Dpop].into_iter().find(|known| scheme.eq_ignore_ascii_case(known.name()));
    // Credentials of another kind are not ours to judge.
    let scheme = scheme.ok_or_else(|| Error::new(Kind::AccessTokenMissing))?;
    let token = rest.trim_matches(' ');
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(is_token) {
        return Err(Error::new(Kind::AuthorizationMalformed));
    }
    Ok((scheme, token))
}
