//! The provider's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414).

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::{Json, Writer};
use crate::core::base::url::{Url, has_fragment};

const ISS_PARAMETER_SUPPORTED: &str = "authorization_response_iss_parameter_supported";

/// What a client needs to know of its provider. Only [`check_discovery_response`] and a record made from one give it.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The issuer identifier, exactly as configured.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens go.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Where the provider's session ends (OpenID Connect RP-Initiated Logout 1.0).
    pub end_session_endpoint: Option<String>,
    /// Whether every authorization response names its issuer (RFC 9207, section 3).
    pub iss_parameter_supported: bool,
}

/// Asks for the metadata (OpenID Connect Discovery 1.0, section 4.1).
#[must_use]
pub fn build_discovery_request(issuer: &str) -> Request {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    Request::get([base, "/.well-known/openid-configuration"].concat())
}

/// Reads the metadata, and believes it only where it names the very issuer that was asked.
///
/// # Errors
/// `metadata_issuer_mismatch`, `metadata_invalid`, `pkce_unsupported`, `endpoint_insecure`, or what
/// [`Response::json_object`] gives.
pub fn check_discovery_response(response: &Response, issuer: &str) -> Result<Metadata> {
    let document = response.json_object()?;
    if !document.is("issuer", issuer) {
        return Err(Error::new(Kind::MetadataIssuerMismatch));
    }
    let methods = document.one_or_many("code_challenge_methods_supported");
    if document.has("code_challenge_methods_supported")
        && !methods.is_some_and(|all| all.iter().any(|one| one == "S256"))
    {
        return Err(Error::new(Kind::PkceUnsupported));
    }
    Metadata::read(&document, issuer)
}

impl Metadata {
    /// Reads the members of a metadata document, or of a record written by [`Self::write`].
    ///
    /// # Errors
    /// `metadata_invalid` or `endpoint_insecure`, naming the member.
    pub fn read(document: &Json, issuer: &str) -> Result<Self> {
        let iss_parameter_supported = document.truth(ISS_PARAMETER_SUPPORTED);
        if iss_parameter_supported.is_none() && document.has(ISS_PARAMETER_SUPPORTED) {
            return Err(Error::about(Kind::MetadataInvalid, ISS_PARAMETER_SUPPORTED));
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: required(document, "authorization_endpoint")?,
            token_endpoint: required(document, "token_endpoint")?,
            jwks_uri: required(document, "jwks_uri")?,
            revocation_endpoint: endpoint(document, "revocation_endpoint")?,
            end_session_endpoint: endpoint(document, "end_session_endpoint")?,
            iss_parameter_supported: iss_parameter_supported.unwrap_or(false),
        })
    }

    /// Adds the members to a record.
    #[must_use]
    pub fn write(&self, record: Writer) -> Writer {
        record
            .text("authorization_endpoint", &self.authorization_endpoint)
            .text("token_endpoint", &self.token_endpoint)
            .text("jwks_uri", &self.jwks_uri)
            .optional("revocation_endpoint", self.revocation_endpoint.as_deref())
            .optional("end_session_endpoint", self.end_session_endpoint.as_deref())
            .truth(ISS_PARAMETER_SUPPORTED, self.iss_parameter_supported)
    }
}

fn required(document: &Json, member: &'static str) -> Result<String> {
    endpoint(document, member)?.ok_or_else(|| Error::about(Kind::MetadataInvalid, member))
}

fn endpoint(document: &Json, member: &'static str) -> Result<Option<String>> {
    let Some(value) = document.get(member) else {
        return Ok(None);
    };
    let text = value.as_str().ok_or_else(|| Error::about(Kind::MetadataInvalid, member))?;
    let url = Url::parse(&text).ok_or_else(|| Error::about(Kind::MetadataInvalid, member))?;
    if !url.is_secure() {
        return Err(Error::about(Kind::EndpointInsecure, member));
    }
    if has_fragment(&text) || url.has_userinfo() {
        return Err(Error::about(Kind::MetadataInvalid, member));
    }
    Ok(Some(text))
}
