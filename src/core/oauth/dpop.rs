//! Proof of possession (RFC 9449): what a proof says, and the nonces that servers want in it.

use super::discovery::lists;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::Response;
use crate::core::base::json::{Json, Writer};
use crate::core::base::text::concat;
use crate::core::base::url::Url;
use crate::core::jose::jws::signing_input;

/// The one algorithm of our proofs, which every implementation knows.
pub const ALGORITHM: &str = "ES256";

/// What a provider takes.
const ALGORITHMS: &str = "dpop_signing_alg_values_supported";

/// The most characters of a nonce that is kept.
const MAX_NONCE_CHARS: usize = 1024;

/// The most servers whose nonces are kept.
const MAX_SERVERS: usize = 32;

/// The key that one session's tokens are bound to. Its private half stays where the port keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopKey {
    /// The name that the port keeps it under.
    pub name: String,
    /// The public half as JSON text: the required members only, in the order in which they are hashed (RFC 7638).
    pub public: String,
}

impl DpopKey {
    /// The key kept under this name, with this public half.
    ///
    /// # Errors
    /// `internal`, where it is no key on the curve that the algorithm needs.
    pub fn new(name: String, public: &Json) -> Result<Self> {
        let coordinates = public.text("x").zip(public.text("y")).filter(|_| public.is("crv", "P-256"));
        let (x, y) = coordinates.ok_or_else(|| Error::new(Kind::Internal))?;
        let public = Writer::default().text("crv", "P-256").text("kty", "EC").text("x", &x).text("y", &y).finish();
        Ok(Self { name, public })
    }
}

/// Whether the metadata name our algorithm (RFC 9449, section 5.1); `None` where they say nothing.
#[must_use]
pub fn is_offered(metadata: &Json) -> Option<bool> {
    metadata.has(ALGORITHMS).then(|| lists(metadata, ALGORITHMS, ALGORITHM))
}

/// Adds the key to a record.
#[must_use]
pub fn write(record: Writer, key: Option<&DpopKey>) -> Writer {
    match key {
        Some(key) => record.text("dpop_key", &key.name).text("dpop_public", &key.public),
        None => record,
    }
}

/// The key of a record, where it has one.
///
/// # Errors
/// `dpop_key_lost` where it has half of one.
pub fn read(record: &Json) -> Result<Option<DpopKey>> {
    match (record.text("dpop_key"), record.text("dpop_public")) {
        (Some(name), Some(public)) => Ok(Some(DpopKey { name, public })),
        _ if record.has("dpop_key") || record.has("dpop_public") => Err(Error::new(Kind::DpopKeyLost)),
        _ => Ok(None),
    }
}

/// What one proof is for.
#[derive(Debug)]
pub struct Proof<'a> {
    /// The method, as it is sent.
    pub method: &'a str,
    /// Where to.
    pub url: &'a str,
    /// The nonce that the server asked for.
    pub nonce: Option<&'a str>,
    /// The digest of the access token beside it, in base64url; `None` at the provider's own endpoints.
    pub token_hash: Option<&'a str>,
    /// What no other proof has.
    pub id: &'a str,
    /// Seconds since the epoch.
    pub issued_at_s: u64,
}

impl Proof<'_> {
    /// What the signature is over (RFC 9449, section 4.2).
    ///
    /// # Errors
    /// `internal`, where the URL is none.
    pub fn signing_input(&self, key: &DpopKey) -> Result<String> {
        // As the request line will have it: without query and fragment, the host in lower case, no default port.
        let url = Url::parse(self.url).ok_or_else(|| Error::new(Kind::Internal))?;
        let target = concat(&[url.origin().as_str(), &url.path()]);
        let header = Writer::default().text("typ", "dpop+jwt").text("alg", ALGORITHM).json("jwk", &key.public);
        let claims = Writer::default()
            .text("jti", self.id)
            .text("htm", self.method)
            .text("htu", &target)
            .whole("iat", self.issued_at_s)
            .optional("ath", self.token_hash)
            .optional("nonce", self.nonce);
        Ok(signing_input(header, claims))
    }
}

/// What an authorization server has against a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// It lacks a nonce of its own (RFC 9449, section 8).
    Nonce,
    /// It is not valid, it says (RFC 9449, section 5).
    Proof,
}

/// What an authorization server's answer has against the proof of the request, if anything.
#[must_use]
pub fn proof_complaint(response: &Response) -> Option<Complaint> {
    let body = response.any_json_object().filter(|_| matches!(response.status, 400 | 401))?;
    match body.text("error")?.as_str() {
        "use_dpop_nonce" => Some(Complaint::Nonce),
        "invalid_dpop_proof" => Some(Complaint::Proof),
        _ => None,
    }
}

/// Who a nonce is from: an authorization server's is never shown to a resource server of the same origin, nor the other
/// way (RFC 9449, sections 8 and 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The provider's token and pushed authorization request endpoints.
    AuthorizationServer,
    /// An API, or the UserInfo endpoint.
    ResourceServer,
}

/// The last nonce of each server.
#[derive(Debug, Default)]
pub struct Nonces(Vec<(Role, String, String)>);

impl Nonces {
    /// The last nonce of the server behind this URL.
    #[must_use]
    pub fn of(&self, role: Role, url: &str) -> Option<&str> {
        let origin = Url::parse(url)?.origin();
        let known = self.0.iter().find(|(own, server, _)| *own == role && *server == origin);
        known.map(|(_, _, nonce)| nonce.as_str())
    }

    /// Keeps what an answer brought, whatever its status (RFC 9449, section 8.2); what is no nonce is left.
    pub fn keep(&mut self, role: Role, url: &str, nonce: &str) {
        // RFC 9449, section 8.1: printable ASCII without quotes and backslashes.
        let valid = nonce.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        let Some(origin) = Url::parse(url).map(|url| url.origin()) else { return };
        if !valid || nonce.is_empty() || nonce.len() > MAX_NONCE_CHARS {
            return;
        }
        self.0.retain(|(own, server, _)| *own != role || *server != origin);
        if self.0.len() >= MAX_SERVERS {
            self.0.remove(0);
        }
        self.0.push((role, origin, nonce.to_owned()));
    }
}
