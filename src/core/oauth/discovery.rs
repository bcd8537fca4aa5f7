//! The provider's metadata (OpenID Connect Discovery 1.0, section 4; RFC 8414).

use super::client_auth::Offered;
use super::dpop;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::{Json, Writer};
use crate::core::base::text::concat;
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
    Request::get(concat(&[base, "/.well-known/openid-configuration"]))
}

/// Asks for the metadata of a server that has them only where a server without OpenID Connect has them: between host and
/// path (RFC 8414, section 3.1).
#[must_use]
pub fn build_oauth_discovery_request(issuer: &str) -> Request {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    // After the two slashes of the scheme the first one begins the path.
    let path = base.bytes().enumerate().filter(|(_, b)| *b == b'/').nth(2);
    let (host, path) = path.and_then(|(at, _)| base.split_at_checked(at)).unwrap_or((base, ""));
    Request::get(concat(&[host, "/.well-known/oauth-authorization-server", path]))
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
    let (metadata, offered) = (Metadata::read(&document, issuer)?, Offered::read(&document)?);
    let mut members = Members { document: &document, fault: None };
    let introspection_endpoint = members.endpoint("introspection_endpoint");
    let device_authorization_endpoint = members.endpoint("device_authorization_endpoint");
    members.finish(EdgeMetadata { metadata, offered, introspection_endpoint, device_authorization_endpoint })
}

/// Reads where tokens are given, and how clients may authenticate there: all that a client for itself needs to know, of a
/// server that may have no other endpoint.
///
/// # Errors
/// `metadata_issuer_mismatch`, `metadata_invalid`, `endpoint_insecure`, or what [`Response::json_object`] gives.
pub fn check_machine_discovery_response(response: &Response, issuer: &str) -> Result<(String, Offered)> {
    let document = of_issuer(response, issuer)?;
    let mut members = Members { document: &document, fault: None };
    let token_endpoint = members.required("token_endpoint");
    members.finish((token_endpoint, Offered::read(&document)?))
}

/// Reads where the keys are: all that who merely verifies needs to know.
///
/// # Errors
/// `metadata_issuer_mismatch`, `metadata_invalid`, `endpoint_insecure`, or what [`Response::json_object`] gives.
pub fn check_keys_discovery_response(response: &Response, issuer: &str) -> Result<String> {
    let document = of_issuer(response, issuer)?;
    let mut members = Members { document: &document, fault: None };
    let jwks_uri = members.required("jwks_uri");
    members.finish(jwks_uri)
}

fn of_issuer(response: &Response, issuer: &str) -> Result<Json> {
    let document = response.json_object()?;
    if document.is("issuer", issuer) { Ok(document) } else { Err(Error::new(Kind::MetadataIssuerMismatch)) }
}

fn document(response: &Response, issuer: &str) -> Result<Json> {
    const METHODS: &str = "code_challenge_methods_supported";
    let document = of_issuer(response, issuer)?;
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
        let mut members = Members { document, fault: None };
        let metadata = Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: members.required("authorization_endpoint"),
            token_endpoint: members.required("token_endpoint"),
            jwks_uri: members.required("jwks_uri"),
            revocation_endpoint: members.endpoint("revocation_endpoint"),
            end_session_endpoint: members.endpoint("end_session_endpoint"),
            userinfo_endpoint: members.endpoint("userinfo_endpoint"),
            par_endpoint: members.endpoint("pushed_authorization_request_endpoint"),
            par_required: members.truth("require_pushed_authorization_requests"),
            dpop: dpop::is_offered(document),
            iss_parameter_supported: members.truth(ISS_PARAMETER_SUPPORTED),
        };
        members.finish(metadata)
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

pub(super) fn lists(document: &Json, member: &str, value: &str) -> bool {
    document.one_or_many(member).is_some_and(|all| all.iter().any(|one| one == value))
}

/// Reads members. The first fault is kept and ends the reading; until then every member reads as something, which is less
/// code than leaving at each of them.
struct Members<'a> {
    document: &'a Json,
    fault: Option<Error>,
}

impl Members<'_> {
    #[inline(never)]
    fn fail(&mut self, kind: Kind, member: &'static str) {
        if self.fault.is_none() {
            self.fault = Some(Error::about(kind, member));
        }
    }

    fn finish<T>(self, value: T) -> Result<T> {
        match self.fault {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }

    fn truth(&mut self, member: &'static str) -> bool {
        let truth = self.document.truth(member);
        if truth.is_none() && self.document.has(member) {
            self.fail(Kind::MetadataInvalid, member);
        }
        truth.unwrap_or(false)
    }

    fn required(&mut self, member: &'static str) -> String {
        let endpoint = self.endpoint(member);
        if endpoint.is_none() {
            self.fail(Kind::MetadataInvalid, member);
        }
        endpoint.unwrap_or_default()
    }

    fn endpoint(&mut self, member: &'static str) -> Option<String> {
        if !self.document.has(member) {
            return None;
        }
        let text = self.document.text(member).unwrap_or_default();
        match Url::parse(&text).filter(|url| !has_fragment(&text) && !url.has_userinfo()) {
            None => self.fail(Kind::MetadataInvalid, member),
            Some(url) if !url.is_secure() => self.fail(Kind::EndpointInsecure, member),
            Some(_) => {}
        }
        Some(text)
    }
}
