//! Proofs of possession as a resource server sees them (RFC 9449, sections 4.3 and 7.1). What a client's own say, `dpop.rs`
//! knows.

use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::{Json, Writer};
use crate::core::base::secret::equal_in_constant_time;
use crate::core::base::text::concat;
use crate::core::base::time::{Now, SECOND_MS, digits};
use crate::core::base::url::Url;
use crate::core::jose::jwks::Jwks;
use crate::core::jose::jws::{Algorithm, UntrustedJws};
use crate::core::options::Options;
use crate::core::verifier::config::algorithms;

/// The most characters of a proof that are looked at.
const MAX_PROOF_CHARS: usize = 8 * 1024;

/// The most characters of an identifier: longer ones only fill the store.
const MAX_ID_CHARS: usize = 256;

/// How long a nonce is given out, in seconds; it is taken for as long again.
const NONCE_S: u64 = 120;

/// The least characters of a nonce secret: 32 bytes in base64url.
const MIN_SECRET_CHARS: usize = 43;

/// RSA and EC keys with these are private (RFC 7518, section 6); `d` and `k` the key set looks for itself.
const PRIVATE_MEMBERS: [&str; 6] = ["p", "q", "dp", "dq", "qi", "oth"];

const DEFAULT_MAX_AGE_S: u64 = 60;
const MOST_MAX_AGE_S: u64 = 600;

/// What clients commonly sign proofs with.
const DEFAULT_ALGORITHMS: [Algorithm; 4] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];

/// What proofs must say.
#[derive(Clone)]
pub struct ProofPolicy {
    /// Whether a token that is bound to no key is refused.
    pub is_required: bool,
    /// What they may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// Seconds after which one is too old.
    pub max_age_s: u64,
    /// Seconds of clock difference to forgive.
    pub tolerance_s: u64,
    /// This server as its clients call it, where a proxy before it changes that.
    pub origin: Option<String>,
    /// What this server's nonces are made of; `None` where it asks for none.
    nonce_secret: Option<crate::core::base::secret::Nonce>,
}

impl core::fmt::Debug for ProofPolicy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ProofPolicy").finish_non_exhaustive()
    }
}

/// A request as a proof names it.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL.
    pub url: &'a str,
}

/// A proof that has been read and not yet believed.
#[derive(Debug)]
pub struct UntrustedProof {
    jws: UntrustedJws,
    claims: Json,
    algorithm: Algorithm,
    /// The key inside, alone in its set.
    keys: Jwks,
    /// What the thumbprint of the key is the digest of (RFC 7638).
    pub thumbprint_input: String,
}

/// What a good proof leaves to be remembered.
#[derive(Debug)]
pub struct Used {
    /// What the digest of which names the proof.
    pub name: String,
    /// Seconds since the epoch from which on it is too old anyway.
    pub until_s: u64,
}

impl ProofPolicy {
    /// Reads the option `dpop`: absent or true for what is usual, false for no bound tokens at all.
    pub fn read(options: &mut Options<'_>, tolerance_s: u64) -> Option<Self> {
        const NAME: &str = "dpop";
        let object = options.object().get(NAME);
        let truth = options.object().truth(NAME);
        let given = object.filter(|_| truth.is_none());
        let empty = Json::parse("{}").filter(|_| given.is_none());
        let object = given.or(empty)?;
        let mut own = Options::new(&object, "required algorithms maxAgeSeconds origin nonceSecret");
        let origin = own.text("origin");
        let is_origin = |text: &String| Url::parse(text).is_some_and(|url| url.origin() == *text);
        let nonce_secret = own.text("nonceSecret");
        if origin.as_ref().is_some_and(|text| !is_origin(text))
            || nonce_secret.as_ref().is_some_and(|text| text.len() < MIN_SECRET_CHARS)
        {
            own.refuse(NAME);
        }
        let policy = Self {
            is_required: own.truth("required").unwrap_or(false),
            algorithms: algorithms(&mut own, "algorithms", &DEFAULT_ALGORITHMS),
            max_age_s: own.whole("maxAgeSeconds", MOST_MAX_AGE_S).unwrap_or(DEFAULT_MAX_AGE_S),
            tolerance_s,
            origin,
            nonce_secret: nonce_secret.map(crate::core::base::secret::Nonce::new),
        };
        if !object.is_object() || own.finish(()).is_err() {
            options.refuse(NAME);
        }
        (truth != Some(false)).then_some(policy)
    }

    /// What the nonces are the digests of that are good now, the one to give out first; none where none is asked for.
    #[must_use]
    pub fn nonce_inputs(&self, now: Now) -> Vec<String> {
        let Some(secret) = &self.nonce_secret else { return Vec::new() };
        let step = now.wall_ms / SECOND_MS / NONCE_S;
        // The secret on both sides: nobody can go on from a digest to that of a longer text.
        let input = |step: u64| concat(&[secret.secret(), " dpop nonce ", &digits(step), " ", secret.secret()]);
        vec![input(step), input(step.saturating_sub(1))]
    }
}

impl UntrustedProof {
    /// Reads the value of the header `DPoP`. One that came twice is joined with a comma, which no proof has.
    ///
    /// # Errors
    /// `dpop_proof_invalid`, naming what is wrong.
    pub fn read(header: Option<&str>, policy: &ProofPolicy) -> Result<Self> {
        let header = header.filter(|header| !header.is_empty()).ok_or_else(|| invalid("no DPoP header"))?;
        if header.len() > MAX_PROOF_CHARS {
            return Err(invalid("too long"));
        }
        let mut jws = UntrustedJws::parse(header).ok_or_else(|| invalid("not a JWT"))?;
        let claims = jws.claims().ok_or_else(|| invalid("not a JWT"))?;
        let kind = jws.kind.as_deref().unwrap_or_default();
        if !["dpop+jwt", "application/dpop+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
            return Err(invalid("typ"));
        }
        let is_its_own = |own: &&Algorithm| jws.algorithm.is_some_and(|found| found.is_same_as(**own));
        let algorithm = *policy.algorithms.iter().find(is_its_own).ok_or_else(|| invalid("alg"))?;
        let jwk = jws.header.get("jwk").filter(Json::is_object).ok_or_else(|| invalid("jwk"))?;
        if PRIVATE_MEMBERS.iter().any(|member| jwk.mentions(member)) || jwk.mentions("d") || jwk.mentions("k") {
            return Err(invalid("jwk"));
        }
        let thumbprint_input = thumbprint_input(&jwk).ok_or_else(|| invalid("jwk"))?;
        let keys = Jwks::given(&jwk).ok_or_else(|| invalid("jwk"))?;
        // The key is in the proof: whatever it is called, it is this one.
        jws.key_id = None;
        if keys.key_for(&jws, algorithm).is_none() {
            return Err(invalid("jwk"));
        }
        if !jws.is_as_long_as(algorithm) {
            return Err(invalid("signature"));
        }
        Ok(Self { jws, claims, algorithm, keys, thumbprint_input })
    }

    /// The algorithm and the key to check the signature with.
    #[must_use]
    pub fn key(&self) -> Option<(Algorithm, &Json)> {
        self.keys.key_for(&self.jws, self.algorithm).map(|key| (self.algorithm, key))
    }

    /// What the signature is over, and the signature.
    #[must_use]
    pub fn signed(&self) -> (&str, &[u8]) {
        (&self.jws.signing_input, &self.jws.signature)
    }

    /// Whether it has this nonce.
    #[must_use]
    pub fn has_nonce(&self, nonce: &str) -> bool {
        self.claims.is("nonce", nonce)
    }

    /// Whether the signature was found `valid`, everything the proof says is as it must be, and its key the one that the
    /// token is bound to. `thumbprint` and `token_digest` are digests, `nonces` what the server would take.
    ///
    /// # Errors
    /// `dpop_proof_invalid`, naming what is wrong; `dpop_nonce_required`.
    pub fn check(
        &self,
        valid: bool,
        policy: &ProofPolicy,
        asked: &Asked<'_>,
        bound: &Bound<'_>,
        nonces: &[String],
        now: Now,
    ) -> Result<Used> {
        if !valid {
            return Err(invalid("signature"));
        }
        let id = self.claims.text("jti").filter(|id| !id.is_empty() && id.len() <= MAX_ID_CHARS);
        let id = id.ok_or_else(|| invalid("jti"))?;
        if !self.claims.is("htm", asked.method) {
            return Err(invalid("htm"));
        }
        let target = target_of(asked.url, policy.origin.as_deref());
        if target.is_none() || self.claims.text("htu").and_then(|url| target_of(&url, None)) != target {
            return Err(invalid("htu"));
        }
        let issued_s = self.claims.whole("iat").ok_or_else(|| invalid("iat"))?;
        let now_s = now.wall_ms / SECOND_MS;
        let until_s = issued_s.saturating_add(policy.max_age_s).saturating_add(policy.tolerance_s);
        if until_s < now_s || issued_s > now_s.saturating_add(policy.tolerance_s) {
            return Err(invalid("iat"));
        }
        if !self.claims.is("ath", &encode(bound.token_digest)) {
            return Err(invalid("ath"));
        }
        let thumbprint = encode(bound.thumbprint);
        if !equal_in_constant_time(&thumbprint, bound.jkt) {
            return Err(invalid("not the key of the token"));
        }
        // Last: a nonce is given to nobody else.
        let nonce = self.claims.text("nonce").unwrap_or_default();
        if !nonces.is_empty() && !nonces.iter().any(|known| equal_in_constant_time(known, &nonce)) {
            return Err(Error::new(Kind::DpopNonceRequired));
        }
        Ok(Used { name: concat(&[&thumbprint, " ", &id]), until_s: until_s.saturating_add(1) })
    }
}

/// What binds a proof to a token.
#[derive(Debug)]
pub struct Bound<'a> {
    /// The thumbprint that the token names.
    pub jkt: &'a str,
    /// The thumbprint of the proof's key.
    pub thumbprint: &'a [u8],
    /// The digest of the token.
    pub token_digest: &'a [u8],
}

/// The required members of the key in the order of their names (RFC 7638, section 3; RFC 8037, section 2).
fn thumbprint_input(jwk: &Json) -> Option<String> {
    let kind = jwk.text("kty")?;
    let names: &[&str] = match kind.as_str() {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        _ => return None,
    };
    let mut members = Writer::default();
    for name in names {
        members = members.text(name, &jwk.text(name)?);
    }
    Some(members.finish())
}

/// The URL without query and fragment, as all who mean the same write it (RFC 3986, sections 6.2.2 and 6.2.3).
fn target_of(url: &str, origin: Option<&str>) -> Option<String> {
    let url = Url::parse(url).filter(|url| !url.has_userinfo())?;
    let own = url.origin();
    Some(concat(&[origin.unwrap_or(&own), &unescaped(&url.path())]))
}

/// The path with escapes in capitals, and none of what needs none. A percent sign that begins no escape is escaped, so that no
/// two of them become one.
fn unescaped(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut parts = path.split('%');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let is_escape = |(escape, _): &(&str, &str)| escape.bytes().all(|b| b.is_ascii_hexdigit());
        let Some((escape, rest)) = part.split_at_checked(2).filter(is_escape) else {
            plain.push_str("%25");
            plain.push_str(part);
            continue;
        };
        let byte = u8::from_str_radix(escape, 16).unwrap_or_default();
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            plain.push(char::from(byte));
        } else {
            plain.push('%');
            plain.push_str(&escape.to_ascii_uppercase());
        }
        plain.push_str(rest);
    }
    plain
}

fn invalid(detail: &'static str) -> Error {
    Error::about(Kind::DpopProofInvalid, detail)
}
