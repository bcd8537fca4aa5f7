//! Verifies access tokens: asks the core what to do, has the ports do it, tells the core what came of it.
//!
//! What happens for each token happens at once, in two halves: between them somebody checks the signature. Only keys and
//! proofs of possession take their time.

use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Phase, Result};
use crate::core::base::flight::Step;
use crate::core::base::http::Request;
use crate::core::base::json::{Json, Writer};
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jwks::{Jwks, build_jwks_request, check_jwks_response};
use crate::core::jose::jws::Algorithm;
use crate::core::jose::sound::{is_below, modulus};
use crate::core::oauth::access_token::{AccessTokenClaims, UntrustedAccessToken};
use crate::core::oauth::discovery::check_keys_discovery_response;
use crate::core::oauth::proof::{Asked, Bound, ProofPolicy, UntrustedProof, Used};
use crate::core::verifier::config::{KeySource, VerifierConfig};
use crate::core::verifier::credentials::{Scheme, read_authorization};
use crate::core::verifier::keys::IssuerKeys;
use crate::core::verifier::need::Need;
use crate::core::verifier::refusal::Refusal;
use crate::core::verifier::replays::Replays;
use crate::edge::metadata::metadata_of;
use crate::ports::{Clock, Crypto, Fetch, ReplayStore};
use core::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// The most tokens whose signatures are being checked; what is older was given up by whoever asked.
const MAX_PENDING: usize = 65_536;

/// A verifier. Every method takes `&self`, and no borrow is held across an await.
#[derive(Debug)]
pub struct Verifier<P> {
    /// What does what the core cannot.
    pub ports: P,
    config: VerifierConfig,
    keys: RefCell<IssuerKeys>,
    found: RefCell<FoundKeys>,
    pending: RefCell<VecDeque<Pending>>,
    replays: RefCell<Replays>,
    /// Where the keys are, once the issuer said so.
    jwks_uri: RefCell<Option<String>>,
    is_copy: Cell<bool>,
    is_disposed: Cell<bool>,
}

/// The keys of the set that tokens named so far: looking for one takes longer than reading a token.
#[derive(Debug, Default)]
struct FoundKeys {
    generation: u32,
    keys: Vec<Rc<FoundKey>>,
    /// Numbers are never used twice.
    last: u32,
}

/// A key that fits tokens with this header.
#[derive(Debug)]
pub struct FoundKey {
    /// What it is known by from then on.
    pub number: u32,
    /// What it checks.
    pub algorithm: Algorithm,
    /// The key.
    pub key: Json,
    key_id: Option<String>,
    modulus: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Pending {
    ticket: u32,
    token: UntrustedAccessToken,
    scheme: Scheme,
    need: Need,
    generation: u32,
    /// When somebody asked.
    begun: Now,
}

/// What whoever has a token is to do.
#[derive(Debug)]
pub enum Begun {
    /// Have this key check the signature, and settle; beside that have a flight land, where there is one.
    Check(Rc<FoundKey>, Option<u32>),
    /// Have this flight land first, and begin again. It looks for keys that are newer than any copy where true.
    Renew(u32, bool),
    /// Wait for the flight under way, and begin again.
    Wait,
}

/// Why nobody is let in, and the answer that says so.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// The answer.
    pub refusal: Refusal,
    /// The nonce for the next proof, where one is asked for.
    pub nonce: Option<String>,
}

/// What whoever is let in gets.
pub type Judged<T> = core::result::Result<T, Box<Refused>>;

/// What is known of the keys, without the keys.
#[derive(Debug)]
pub struct Known {
    /// Which set it is; verdicts by another one are void.
    pub generation: u32,
    /// Milliseconds since the epoch until which nobody needs to ask for keys.
    pub idle_until_ms: u64,
    /// Whether there are keys.
    pub has_keys: bool,
    /// Whether they are being fetched.
    pub renewing: bool,
    /// Why the last look saw nothing.
    pub error: Option<Error>,
    /// How many proofs are remembered.
    pub proofs: usize,
}

impl<P: Fetch + Clock + Crypto + ReplayStore> Verifier<P> {
    /// A verifier that has looked at no token yet. A request for keys that brings nothing within `lost_after_ms` is given up.
    #[must_use]
    pub fn new(config: VerifierConfig, lost_after_ms: u64, ports: P) -> Self {
        let given = match &config.source {
            KeySource::Given(keys) => Some(Rc::clone(keys)),
            _ => None,
        };
        let keys = RefCell::new(IssuerKeys::new(config.times, lost_after_ms, given));
        Self {
            ports,
            config,
            keys,
            found: RefCell::default(),
            pending: RefCell::default(),
            replays: RefCell::default(),
            jwks_uri: RefCell::default(),
            is_copy: Cell::default(),
            is_disposed: Cell::default(),
        }
    }

    /// Looks at a token, or at the header `Authorization` where `is_header`; the rest is under the ticket.
    ///
    /// # Errors
    /// Why it is refused, which needs no look at its signature.
    pub fn begin(&self, ticket: u32, credentials: Option<&str>, is_header: bool, need: &Need) -> Judged<Begun> {
        let read = if is_header {
            read_authorization(credentials)
        } else {
            credentials.map(|token| (Scheme::Bearer, token)).ok_or_else(|| Error::new(Kind::AccessTokenMissing))
        };
        let (scheme, token) = read.map_err(|error| self.refused(error, None, need))?;
        self.look_at(ticket, scheme, token, need).map_err(|error| self.refused(error, Some(scheme), need))
    }

    fn look_at(&self, ticket: u32, scheme: Scheme, token: &str, need: &Need) -> Result<Begun> {
        if self.is_disposed.get() {
            return Err(Error::new(Kind::Disposed));
        }
        if scheme == Scheme::Dpop && self.config.proofs.is_none() {
            return Err(Error::new(Kind::AccessTokenMissing));
        }
        let token = UntrustedAccessToken::read(token, &self.config.policy)?;
        let now = self.ports.now();
        let mut keys = self.keys.borrow_mut();
        let beside = match keys.ask(now) {
            Step::Use => None,
            Step::UseAndRenew(flight) => Some(flight),
            Step::Renew(flight) => return Ok(Begun::Renew(flight, keys.error().is_some())),
            Step::Wait => return Ok(Begun::Wait),
            Step::Fail(error) => return Err(error),
        };
        let generation = keys.generation();
        let found = keys.keys().and_then(|set| self.found.borrow_mut().key(&token, set, generation));
        let Some(key) = found else {
            return match beside.map_or_else(|| keys.ask_again(now), Step::Renew) {
                Step::Renew(flight) => Ok(Begun::Renew(flight, true)),
                Step::Fail(error) => Err(error),
                _ => Ok(Begun::Wait),
            };
        };
        drop(keys);
        let mut pending = self.pending.borrow_mut();
        if pending.len() >= MAX_PENDING {
            pending.pop_front();
        }
        pending.push_back(Pending { ticket, token, scheme, need: need.clone(), generation, begun: now });
        Ok(Begun::Check(key, beside))
    }

    /// Hands the signed text and the signature of what is under the ticket to `check`; `None` where the key makes no such
    /// signature, which is not valid then.
    pub fn signed<T>(&self, ticket: u32, key: &FoundKey, check: impl FnOnce(&str, &[u8]) -> T) -> Option<T> {
        let pending = self.pending.borrow();
        let jwt = pending.iter().rev().find(|one| one.ticket == ticket)?.token.jwt();
        let is_possible = key.modulus.as_ref().is_none_or(|modulus| is_below(jwt.signature(), modulus));
        is_possible.then(|| check(jwt.signing_input(), jwt.signature()))
    }

    /// Says what the token under the ticket is worth, now that its signature was found `valid` or not.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn settle(&self, ticket: u32, valid: bool) -> Judged<Writer> {
        let mut pending = self.pending.borrow_mut();
        let place = pending.iter().position(|one| one.ticket == ticket);
        let Some(Pending { token, scheme, need, generation, begun, .. }) =
            place.and_then(|place| pending.remove(place))
        else {
            let kind = if self.is_disposed.get() { Kind::Disposed } else { Kind::Internal };
            return Err(self.refused(Error::new(kind), None, &Need::default()));
        };
        drop(pending);
        let checked = token.check(valid, &self.config.policy, scheme, &need, begun);
        let claims = checked.and_then(|claims| self.as_required(claims));
        let claims = claims.map_err(|error| self.refused(error, Some(scheme), &need))?;
        let told = claims.write().text("scheme", scheme.name()).whole("generation", generation.into());
        Ok(told.optional("jkt", claims.jkt.as_deref()))
    }

    fn as_required(&self, claims: AccessTokenClaims) -> Result<AccessTokenClaims> {
        let is_required = self.config.proofs.as_ref().is_some_and(|proofs| proofs.is_required);
        if is_required && claims.jkt.is_none() {
            Err(Error::about(Kind::AccessTokenInvalid, "cnf"))
        } else {
            Ok(claims)
        }
    }

    /// Holds a request with a token that is bound to the key of this thumbprint to its proof; gives the nonce for the next
    /// one, where that is another.
    ///
    /// # Errors
    /// Why it is refused.
    pub async fn prove(
        &self,
        authorization: &str,
        jkt: &str,
        proof: Option<&str>,
        asked: &Asked<'_>,
    ) -> Judged<Option<String>> {
        let mut nonces = Vec::new();
        let proven = match &self.config.proofs {
            Some(policy) => self.hold_to_proof(policy, authorization, jkt, proof, asked, &mut nonces).await,
            None => Err(Error::new(Kind::Internal)),
        };
        proven.map_err(|error| {
            let mut refused = self.refused(error, Some(Scheme::Dpop), &Need::default());
            refused.nonce = nonces.first().cloned();
            refused
        })
    }

    async fn hold_to_proof(
        &self,
        policy: &ProofPolicy,
        authorization: &str,
        jkt: &str,
        proof: Option<&str>,
        asked: &Asked<'_>,
        nonces: &mut Vec<String>,
    ) -> Result<Option<String>> {
        for input in policy.nonce_inputs(self.ports.now()) {
            nonces.push(encode(&self.ports.digest(256, &input).await?));
        }
        let (_, token) = read_authorization(Some(authorization))?;
        let proof = UntrustedProof::read(proof, policy)?;
        let thumbprint = self.ports.digest(256, &proof.thumbprint_input).await?;
        let token_digest = self.ports.digest(256, token).await?;
        let (signed, signature) = proof.signed();
        let valid = match proof.key() {
            Some((algorithm, key)) => self.ports.verify(algorithm, key, signed, signature).await,
            None => false,
        };
        let bound = Bound { jkt, thumbprint: &thumbprint, token_digest: &token_digest };
        let used = proof.check(valid, policy, asked, &bound, nonces, self.ports.now())?;
        self.use_up(&used).await?;
        let is_old = nonces.first().is_some_and(|nonce| !proof.has_nonce(nonce));
        Ok(nonces.first().filter(|_| is_old).cloned())
    }

    /// A proof is good once.
    async fn use_up(&self, used: &Used) -> Result<()> {
        let name = encode(&self.ports.digest(256, &used.name).await?);
        let is_new = if let Some(kept) = self.ports.insert_if_absent(&name, used.until_s).await {
            kept?
        } else {
            let now_s = self.ports.now().wall_ms / SECOND_MS;
            let kept = self.replays.borrow_mut().insert(&name, used.until_s, now_s);
            kept.ok_or_else(|| Error::about(Kind::ReplayStoreFailed, "full"))?
        };
        if is_new { Ok(()) } else { Err(Error::new(Kind::DpopProofReplayed)) }
    }

    /// Has a flight land, whatever comes of it. `anew` where no copy of the keys will do.
    pub async fn renew(&self, flight: u32, anew: bool) {
        let outcome = self.fetch_keys(anew).await;
        if outcome.is_err() {
            self.jwks_uri.replace(None);
        }
        self.keys.borrow_mut().land(flight, outcome, self.is_copy.get(), self.ports.now());
    }

    async fn fetch_keys(&self, anew: bool) -> Result<Jwks> {
        let patience_ms = self.config.times.patience_ms;
        let dressed = |request: Request| {
            let request = Request { patience_ms, ..request };
            if anew { request.with_header("cache-control", "no-cache".to_owned()) } else { request }
        };
        let known = match &self.config.source {
            KeySource::Url(url) => Some(url.clone()),
            _ => self.jwks_uri.borrow().clone(),
        };
        let url = if let Some(url) = known {
            url
        } else {
            let issuer = &self.config.policy.issuer;
            let metadata = metadata_of(&self.ports, issuer, &dressed).await;
            let url = metadata.and_then(|metadata| check_keys_discovery_response(&metadata, issuer));
            let url = url.map_err(|error| error.during(Phase::Discovery))?;
            self.jwks_uri.replace(Some(url.clone()));
            url
        };
        let answer = self.ports.send(dressed(build_jwks_request(&url))).await;
        answer.and_then(|response| check_jwks_response(&response)).map_err(|error| error.during(Phase::Verify))
    }

    /// Says whether the answer to the last request for keys or metadata was a copy that somebody else asked for.
    pub fn heed_copy(&self, is_copy: bool) {
        self.is_copy.set(is_copy);
    }

    /// What is known of the keys.
    #[must_use]
    pub fn known(&self) -> Known {
        let (keys, now) = (self.keys.borrow(), self.ports.now());
        Known {
            generation: keys.generation(),
            idle_until_ms: keys.idle_until_wall_ms(now),
            has_keys: keys.keys().is_some(),
            renewing: keys.is_renewing(now),
            error: keys.error().cloned(),
            proofs: self.replays.borrow().len(),
        }
    }

    /// Stops for good.
    pub fn dispose(&self) {
        self.is_disposed.set(true);
        self.pending.borrow_mut().clear();
    }

    #[expect(clippy::unnecessary_box_returns, reason = "as a result carries it")]
    fn refused(&self, error: Error, scheme: Option<Scheme>, need: &Need) -> Box<Refused> {
        let refusal = Refusal::of(&error, &self.config, scheme, need);
        Box::new(Refused { error: error.with_status(refusal.status, refusal.retry_after_s), refusal, nonce: None })
    }
}

impl FoundKeys {
    /// The key of the set that fits the token.
    fn key(&mut self, token: &UntrustedAccessToken, set: &Jwks, generation: u32) -> Option<Rc<FoundKey>> {
        if self.generation != generation {
            self.generation = generation;
            self.keys.clear();
        }
        let (jwt, algorithm) = (token.jwt(), token.jwt().algorithm());
        let is_it = |found: &&Rc<FoundKey>| found.algorithm == algorithm && found.key_id.as_deref() == jwt.key_id();
        if let Some(found) = self.keys.iter().find(is_it) {
            return Some(Rc::clone(found));
        }
        let key = jwt.key(set)?.clone();
        self.last = self.last.wrapping_add(1);
        let found = Rc::new(FoundKey {
            number: self.last,
            algorithm,
            key_id: jwt.key_id().map(str::to_owned),
            modulus: modulus(&key),
            key,
        });
        self.keys.push(Rc::clone(&found));
        Some(found)
    }
}
