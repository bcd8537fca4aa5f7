//! What a confidential client shows its provider, and what it takes from it.

use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::secret::ClientAssertion;
use crate::core::jose::jws::with_signature;
use crate::core::oauth::client_auth::{Client, Credential};
use crate::core::oauth::token::TokenResponse;
use crate::ports::{Clock, Random, Signer};

/// How many random bytes name an assertion.
const ASSERTION_ID_BYTES: u32 = 16;

/// The assertion of one request, where this client shows one: each has its own.
///
/// # Errors
/// `internal`, where the platform refuses.
pub(super) async fn assertion(
    ports: &(impl Random + Clock + Signer),
    client: &Client,
) -> Result<Option<ClientAssertion>> {
    let id = encode(&ports.bytes(ASSERTION_ID_BYTES)?);
    Ok(match client.build_assertion(&id, ports.now()) {
        Some((key, input)) => {
            let signature = ports.sign_with(key, &input).await?;
            Some(ClientAssertion::new(with_signature(&input, &signature)))
        }
        None => None,
    })
}

/// What one request to the client's own provider shows.
///
/// # Errors
/// As [`assertion`].
pub(super) async fn credential<'a>(
    ports: &(impl Random + Clock + Signer),
    client: &'a Client,
) -> Result<Credential<'a>> {
    client.credential(&client.issuer, assertion(ports, client).await?)
}

/// Holds that the token can be a header's value: the platform's own error would show one that cannot.
///
/// # Errors
/// `token_response_invalid`.
pub(super) fn check_fits_header(answer: TokenResponse) -> Result<TokenResponse> {
    let fits = answer.access_token.secret().chars().all(|c| matches!(c, ' '..='~' | '\u{80}'..='\u{ff}'));
    if fits { Ok(answer) } else { Err(Error::about(Kind::TokenResponseInvalid, "access_token")) }
}
