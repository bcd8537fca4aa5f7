//! What an issuer says of itself.

use crate::core::base::error::Result;
use crate::core::base::http::{Request, Response};
use crate::core::oauth::discovery::{build_discovery_request, build_oauth_discovery_request};
use crate::ports::Fetch;

/// The answer with the metadata, from where they are with OpenID Connect, or where they are without it. `dressed` changes the
/// requests.
///
/// # Errors
/// What [`Fetch::send`] gives.
pub async fn metadata_of(ports: &impl Fetch, issuer: &str, dressed: &impl Fn(Request) -> Request) -> Result<Response> {
    let answer = ports.send(dressed(build_discovery_request(issuer))).await?;
    if answer.status == 404 { ports.send(dressed(build_oauth_discovery_request(issuer))).await } else { Ok(answer) }
}
