//! The provider's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414).

use super::client_auth::Offered;
use super::dpop;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::{Json, Writer};
use crate::core::base::url::{Url, has_fragment};

const DPOP_ALGORITHMS: &str = "dpop_signing_alg_values_supported";
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
    /// Where claims about the user are.
    pub userinfo_endpoint: Option<String>,
    /// Where authorization requests are pushed to (RFC 9126, section 5).
    pub par_endpoint: Option<String>,
    /// Whether authorization requests must be pushed.
    pub par_required: bool,
    /// Whether proofs of possession with our algorithm are taken (RFC 9449, section 5.1); `None` where nothing is said.
    pub dpop: Option<bool>,
    /// Whether every authorization response names its issuer (RFC 9207, section 3).
    pub iss_parameter_supported: bool,
}

/// Asks for the metadata (OpenID Connect Discovery 1.0, section 4.1).
#[must_use]
pub fn build_discovery_request(issuer: &str) -> Request {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    Request::get([base, "/.well-known/openid-configuration"].concat())
}

/// Asks for the metadata of a server that has them only where a server without OpenID Connect has them: between host and
/// path (RFC 8414, section 3.1).
#[must_use]
pub fn build_oauth_discovery_request(issuer: &str) -> Request {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    // After the two slashes of the scheme the first one begins the path.
    let path = base.bytes().enumerate().filter(|(_, b)| *b == b'/').nth(2);
    let (host, path) = path.and_then(|(at, _)| base.split_at_checked(at)).unwrap_or((base, ""));
    Request::get([host, "/.well-known/oauth-authorization-server", path].concat())
}

/// Reads the metadata, and believes it only where it names the very issuer that was asked.
///
/// # Errors
/// `metadata_issuer_mismatch`, `metadata_invalid`, `pkce_unsupported`, `endpoint_insecure`, or what
/// [`Response::json_object`] gives.
pub fn check_discovery_response(response: &Response, issuer: &str) -> Result<Metadata> {
    Metadata::read(&document(response, issuer)?, issuer)
}

/// What a confidential client needs to know of its provider.
#[derive(Clone, Debug)]
pub struct EdgeMetadata {
    /// What every client needs to know.
    pub metadata: Metadata,
    /// How clients may authenticate.
    pub offered: Offered,
    /// Where resource servers ask about tokens (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// Where devices without a browser begin (RFC 8628, section 4).
    pub device_authorization_endpoint: Option<String>,
}

/// Reads the metadata like [`check_discovery_response`], with what a confidential client needs.
///
/// # Errors
/// As [`check_discovery_response`].
pub fn check_edge_discovery_response(response: &Response, issuer: &str) -> Result<EdgeMetadata> {
    let document = document(response, issuer)?;
    Ok(EdgeMetadata {
        metadata: Metadata::read(&document, issuer)?,
        offered: Offered::read(&document)?,
        introspection_endpoint: endpoint(&document, "introspection_endpoint")?,
        device_authorization_endpoint: endpoint(&document, "device_authorization_endpoint")?,
    })
}

fn document(response: &Response, issuer: &str) -> Result<Json> {
    const METHODS: &str = "code_challenge_methods_supported";
    let document = response.json_object()?;
    if !document.is("issuer", issuer) {
        return Err(Error::new(Kind::MetadataIssuerMismatch));
    }
    if document.has(METHODS) && !lists(&document, METHODS, "S256") {
        return Err(Error::new(Kind::PkceUnsupported));
    }
    Ok(document)
}

impl Metadata {
    /// Reads the members of a metadata document, or of a record written by [`Self::write`].
    ///
    /// # Errors
    /// `metadata_invalid` or `endpoint_insecure`, naming the member.
    pub fn read(document: &Json, issuer: &str) -> Result<Self> {
        Ok(Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: required(document, "authorization_endpoint")?,
            token_endpoint: required(document, "token_endpoint")?,
            jwks_uri: required(document, "jwks_uri")?,
            revocation_endpoint: endpoint(document, "revocation_endpoint")?,
            end_session_endpoint: endpoint(document, "end_session_endpoint")?,
            userinfo_endpoint: endpoint(document, "userinfo_endpoint")?,
            par_endpoint: endpoint(document, "pushed_authorization_request_endpoint")?,
            par_required: truth(document, "require_pushed_authorization_requests")?,
            dpop: document.has(DPOP_ALGORITHMS).then(|| lists(document, DPOP_ALGORITHMS, dpop::ALGORITHM)),
            iss_parameter_supported: truth(document, ISS_PARAMETER_SUPPORTED)?,
        })
    }

    /// Adds the members that matter after a sign-in has begun to a record.
    #[must_use]
    pub fn write(&self, record: Writer) -> Writer {
        record
            .text("authorization_endpoint", &self.authorization_endpoint)
            .text("token_endpoint", &self.token_endpoint)
            .text("jwks_uri", &self.jwks_uri)
            .optional("revocation_endpoint", self.revocation_endpoint.as_deref())
            .optional("end_session_endpoint", self.end_session_endpoint.as_deref())
            .optional("userinfo_endpoint", self.userinfo_endpoint.as_deref())
            .truth(ISS_PARAMETER_SUPPORTED, self.iss_parameter_supported)
    }
}

fn lists(document: &Json, member: &str, value: &str) -> bool {
    document.one_or_many(member).is_some_and(|all| all.iter().any(|one| one == value))
}

fn truth(document: &Json, member: &'static str) -> Result<bool> {
    match document.truth(member) {
        None if document.has(member) => Err(Error::about(Kind::MetadataInvalid, member)),
        truth => Ok(truth.unwrap_or(false)),
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
