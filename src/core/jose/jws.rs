//! Compact JWS (RFC 7515): read but not yet trusted, and written but not yet signed.

use crate::core::base::base64url::{decode, decode_text, encode};
use crate::core::base::json::{Json, Writer};
use crate::core::base::text::concat;

/// The most characters of a token that are looked at.
pub const MAX_TOKEN_CHARS: usize = 64 * 1024;

/// A signature algorithm of a public key (RFC 7518, section 3.1; RFC 8037; RFC 9864). HMAC and `none` have no name here,
/// so they cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519 under its older, polymorphic name.
    EdDsa,
    /// Ed25519 under its own name.
    Ed25519,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 11] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of this exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The key type it needs (RFC 7518, section 6.1).
    #[must_use]
    pub const fn key_type(self) -> &'static str {
        match self {
            Self::Es256 | Self::Es384 | Self::Es512 => "EC",
            Self::EdDsa | Self::Ed25519 => "OKP",
            _ => "RSA",
        }
    }

    /// The curve it needs, where it needs one.
    #[must_use]
    pub const fn curve(self) -> Option<&'static str> {
        match self {
            Self::Es256 => Some("P-256"),
            Self::Es384 => Some("P-384"),
            Self::Es512 => Some("P-521"),
            Self::EdDsa | Self::Ed25519 => Some("Ed25519"),
            _ => None,
        }
    }

    /// The exact signature length in bytes, where it does not depend on the key.
    #[must_use]
    pub const fn signature_bytes(self) -> Option<usize> {
        match self {
            Self::Es256 | Self::EdDsa | Self::Ed25519 => Some(64),
            Self::Es384 => Some(96),
            Self::Es512 => Some(132),
            _ => None,
        }
    }

    /// The bits of its SHA-2 digest (RFC 7518, section 3.1; Ed25519: RFC 8032, section 5.1).
    #[must_use]
    pub const fn digest_bits(self) -> u16 {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => 256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => 384,
            _ => 512,
        }
    }

    /// Whether two names mean the same signature: `EdDSA` on Ed25519 and `Ed25519`.
    #[must_use]
    pub fn is_same_as(self, other: Self) -> bool {
        self.name() == other.name() || (self.key_type() == "OKP" && other.key_type() == "OKP")
    }
}

/// A compact JWS whose signature nobody has checked yet.
pub struct UntrustedJws {
    /// The `alg` of the header; `None` where it is not one of ours.
    pub algorithm: Option<Algorithm>,
    /// The `kid` of the header.
    pub key_id: Option<String>,
    /// The `typ` of the header.
    pub kind: Option<String>,
    /// The header.
    pub header: Json,
    /// The payload as it came, in base64url; not to be believed before the signature is checked.
    payload: String,
    /// What the signature is over.
    pub signing_input: String,
    /// The signature.
    pub signature: Vec<u8>,
}

impl core::fmt::Debug for UntrustedJws {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("UntrustedJws(redacted)")
    }
}

impl UntrustedJws {
    /// Reads the strict compact form: three parts, base64url without padding, a header that is a JSON object, nothing
    /// critical that is unknown. `None` for anything else.
    #[must_use]
    pub fn parse(compact: &str) -> Option<Self> {
        if compact.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let mut parts = compact.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let signing_input = compact.strip_suffix(signature)?.strip_suffix('.')?;
        let header = object(header)?;
        let (key_id, kind) = (header.text("kid"), header.text("typ"));
        // No extension is understood, so whatever is critical is unknown (RFC 7515, section 4.1.11), and an unencoded
        // payload (RFC 7797) with it. What is no text names neither a key nor a kind.
        if header.mentions("crit")
            || header.mentions("b64")
            || header.mentions("kid") != key_id.is_some()
            || header.mentions("typ") != kind.is_some()
        {
            return None;
        }
        Some(Self {
            algorithm: Algorithm::from_name(&header.text("alg")?),
            key_id,
            kind,
            header,
            payload: payload.to_owned(),
            signing_input: signing_input.to_owned(),
            signature: decode(signature)?,
        })
    }

    /// The bytes of the payload; `None` where it is not the one way to write them.
    #[must_use]
    pub fn payload(&self) -> Option<Vec<u8>> {
        decode(&self.payload)
    }

    /// The claims, where the payload is a JSON object.
    #[must_use]
    pub fn claims(&self) -> Option<Json> {
        object(&self.payload)
    }

    /// Whether the signature has a length that this algorithm gives.
    #[must_use]
    pub fn is_as_long_as(&self, algorithm: Algorithm) -> bool {
        algorithm.signature_bytes().is_none_or(|bytes| bytes == self.signature.len())
    }
}

fn object(part: &str) -> Option<Json> {
    Json::parse(&decode_text(part)?).filter(Json::is_object)
}

/// What a signature is over (RFC 7515, section 5.1). The port signs it, and [`with_signature`] joins the two.
#[must_use]
pub fn signing_input(header: Writer, claims: Writer) -> String {
    concat(&[&encode(header.finish().as_bytes()), ".", &encode(claims.finish().as_bytes())])
}

/// A JWT of what was signed, and the signature.
#[must_use]
pub fn with_signature(signing_input: &str, signature: &[u8]) -> String {
    concat(&[signing_input, ".", &encode(signature)])
}

/// A key of this client. Its private half stays where the port keeps it. What it signs is signed: [`Algorithm`] has no
/// name for `none` and for HMAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The name that the port keeps it under.
    pub name: String,
    /// The algorithm it signs with.
    pub algorithm: Algorithm,
    /// The `kid` that the provider knows it by, where it has one.
    pub key_id: Option<String>,
}

impl SigningKey {
    /// The [`signing_input`] of claims. `kind` is the `typ`, where there is one.
    #[must_use]
    pub fn signing_input(&self, kind: Option<&str>, claims: Writer) -> String {
        let header = Writer::default().text("alg", self.algorithm.name());
        signing_input(header.optional("kid", self.key_id.as_deref()).optional("typ", kind), claims)
    }
}
