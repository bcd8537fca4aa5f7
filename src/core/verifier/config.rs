//! The options of `createVerifier`.

use super::keys::KeyTimes;
use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::base::time::SECOND_MS;
use crate::core::base::url::has_fragment;
use crate::core::config::{checked, issuer};
use crate::core::jose::jwks::Jwks;
use crate::core::jose::jws::Algorithm;
use crate::core::oauth::access_token::{Policy, REQUIRED};
use crate::core::oauth::proof::ProofPolicy;
use crate::core::options::Options;
use std::rc::Rc;

/// Where the keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// The app gave them.
    Given(Rc<Jwks>),
    /// They are at this URL.
    Url(String),
    /// The issuer's metadata say where.
    Discovered,
}

/// The options, checked.
#[derive(Clone, Debug)]
pub struct VerifierConfig {
    /// What a token must say.
    pub policy: Policy,
    /// Where the keys come from.
    pub source: KeySource,
    /// When they are fetched.
    pub times: KeyTimes,
    /// What a proof must say; `None` where tokens that are bound to a key are not taken.
    pub proofs: Option<ProofPolicy>,
}

const NAMES: &str = "issuer audience algorithms jwks jwksUrl dpop clockToleranceSeconds typ missingClaims clientIdClaim \
    scopeClaim requireClaims keys verdicts";

const MAX_CLOCK_TOLERANCE_S: u64 = 300;
const DEFAULT_CLOCK_TOLERANCE_S: u64 = 60;

const DAY_S: u64 = 86_400;

/// One of each family, and every issuer signs with one of them.
const DEFAULT_ALGORITHMS: [Algorithm; 4] = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa];

impl VerifierConfig {
    /// Reads the options.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`, naming the option.
    pub fn read(object: &Json) -> Result<Self> {
        let mut options = Options::new(object, NAMES);
        let may_lack = list(&mut options, "missingClaims", &[]);
        if !may_lack.iter().all(|name| REQUIRED.contains(&name.as_str()) && !["iss", "exp"].contains(&name.as_str())) {
            options.refuse("missingClaims");
        }
        let audience = list(&mut options, "audience", &[]);
        if audience.is_empty() && !may_lack.iter().any(|name| name == "aud") {
            options.refuse("audience");
        }
        let policy = Policy {
            issuer: issuer(&mut options),
            audience,
            algorithms: algorithms(&mut options, "algorithms", &DEFAULT_ALGORITHMS),
            kinds: list(&mut options, "typ", &["at+jwt"]).into_iter().map(short).collect(),
            may_lack,
            client_claim: options.text("clientIdClaim").unwrap_or_else(|| "client_id".to_owned()),
            scope_claim: options.text("scopeClaim").unwrap_or_else(|| "scope".to_owned()),
            held_to: held_to(&mut options),
            tolerance_s: options
                .whole("clockToleranceSeconds", MAX_CLOCK_TOLERANCE_S)
                .unwrap_or(DEFAULT_CLOCK_TOLERANCE_S),
        };
        let config = Self {
            source: source(&mut options),
            times: times(&mut options),
            proofs: ProofPolicy::read(&mut options, policy.tolerance_s),
            policy,
        };
        options.finish(config)
    }
}

/// The strings of an option that is one or several. An empty one is only among several.
pub(in crate::core) fn list(options: &mut Options<'_>, name: &'static str, default: &[&str]) -> Vec<String> {
    let given = options.object().one_or_many(name);
    if options.object().has(name) && given.as_ref().is_none_or(|all| all.is_empty() || *all == [""]) {
        options.refuse(name);
    }
    given.unwrap_or_else(|| default.iter().map(|one| (*one).to_owned()).collect())
}

/// The `typ` without what may be before it or not (RFC 7515, section 4.1.9).
fn short(kind: String) -> String {
    const PREFIX: &str = "application/";
    match kind.split_at_checked(PREFIX.len()) {
        Some((start, rest)) if !rest.is_empty() && start.eq_ignore_ascii_case(PREFIX) => rest.to_owned(),
        _ => kind,
    }
}

/// Names of algorithms, all of which are known. HMAC and `none` are none of ours, so nobody can allow them.
pub(in crate::core) fn algorithms(
    options: &mut Options<'_>,
    name: &'static str,
    default: &[Algorithm],
) -> Vec<Algorithm> {
    if !options.object().has(name) {
        return default.to_vec();
    }
    let named = options.object().get(name).and_then(|names| names.items()).unwrap_or_default();
    let known: Vec<Algorithm> =
        named.iter().filter_map(|name| Algorithm::from_name(&name.as_str().unwrap_or_default())).collect();
    if known.is_empty() || known.len() != named.len() {
        options.refuse(name);
    }
    known
}

/// Pairs of a claim and the values of which it must have one.
fn held_to(options: &mut Options<'_>) -> Vec<(String, Vec<String>)> {
    const NAME: &str = "requireClaims";
    let pairs = options.object().get(NAME).and_then(|pairs| pairs.items()).unwrap_or_default();
    let read: Vec<_> =
        pairs.iter().filter_map(|pair| Some((pair.text("claim")?, pair.one_or_many("values")?))).collect();
    if read.len() != pairs.len()
        || read.iter().any(|(_, values)| values.is_empty())
        || options.object().has(NAME) && pairs.is_empty()
    {
        options.refuse(NAME);
    }
    read
}

fn source(options: &mut Options<'_>) -> KeySource {
    let given = options.object().get("jwks");
    if let Some(given) = given {
        if options.object().has("jwksUrl") {
            options.refuse("jwksUrl");
        }
        let keys = Jwks::given(&given).filter(|_| !given.has("kty"));
        if keys.is_none() {
            options.refuse("jwks");
        }
        return keys.map_or(KeySource::Discovered, |keys| KeySource::Given(Rc::new(keys)));
    }
    match options.text("jwksUrl") {
        None => KeySource::Discovered,
        Some(url) => {
            checked(options, "jwksUrl", &url);
            if has_fragment(&url) {
                options.refuse("jwksUrl");
            }
            KeySource::Url(url)
        }
    }
}

fn times(options: &mut Options<'_>) -> KeyTimes {
    const NAME: &str = "keys";
    let object = options.object().get(NAME);
    let empty = Json::parse("{}");
    let (mut lifetime_s, mut stale_s, mut cooldown_s, mut timeout_s) = (3600, 4 * 3600, 30, 5);
    let mut is_sound = true;
    if let Some(object) = object.as_ref().or(empty.as_ref()) {
        let mut own = Options::new(object, "maxAgeSeconds staleSeconds cooldownSeconds timeoutSeconds");
        lifetime_s = own.whole("maxAgeSeconds", DAY_S).unwrap_or(lifetime_s);
        stale_s = own.whole("staleSeconds", 7 * DAY_S).unwrap_or(stale_s);
        cooldown_s = own.whole("cooldownSeconds", 3600).unwrap_or(cooldown_s);
        timeout_s = own.whole("timeoutSeconds", 30).unwrap_or(timeout_s);
        is_sound = object.is_object() && own.finish(()).is_ok() && lifetime_s > 0 && cooldown_s > 0 && timeout_s > 0;
    }
    if !is_sound {
        options.refuse(NAME);
    }
    KeyTimes {
        lifetime_ms: lifetime_s.saturating_mul(SECOND_MS),
        stale_ms: stale_s.saturating_mul(SECOND_MS),
        cooldown_ms: cooldown_s.saturating_mul(SECOND_MS),
        patience_ms: u32::try_from(timeout_s.saturating_mul(SECOND_MS)).unwrap_or(u32::MAX),
    }
}
