//! A provider that rotates refresh tokens and detects reuse.

use std::rc::Rc;
use tokenward::core::base::error::{Error, Kind};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{AccessToken, RawIdToken, RefreshToken};
use tokenward::core::base::time::Now;
use tokenward::core::session::tokens::TokenSet;

/// What becomes of refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// There are none.
    Absent,
    /// A token is good for ever.
    Fixed,
    /// A token is good once.
    Strict,
    /// A used token is good for so many milliseconds more, while its successor is unused: it gets the same successor.
    Replay(u64),
    /// The same, and it gets another successor.
    Sibling(u64),
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider answers.
    Served,
    /// The request never gets there.
    Unsent,
    /// The provider acts, and its answer is lost.
    Unheard,
    /// The provider has a fault, and does not act.
    Fault,
    /// The provider asks to come back in so many seconds.
    Busy(u32),
    /// The provider acts, and its answer cannot be checked at present.
    Unchecked,
    /// The provider acts, and its answer breaks a rule.
    Broken,
}

/// A set of tokens, as the simulation knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set {
    pub family: usize,
    pub access: usize,
    pub refresh: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub family: usize,
    pub parent: Option<usize>,
    first_used_ms: Option<u64>,
    /// The access token that it came with.
    access: usize,
}

/// What began with one sign-in.
#[derive(Clone, Debug)]
pub struct Family {
    pub user: u32,
    pub is_revoked: bool,
    /// Begun without the user, and so many sign-outs had been written down when it was asked for.
    pub silent_since: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Provider {
    pub rotation: Rotation,
    /// Seconds that access tokens live.
    pub lifetime_s: Option<u64>,
    pub families: Vec<Family>,
    pub grants: Vec<Grant>,
    accesses: usize,
    /// Who is signed in at the provider itself.
    pub visitor: Option<u32>,
}

/// What the provider answered.
pub type Answered = Result<TokenSet, (Error, Option<RefreshToken>)>;

impl Provider {
    pub const fn new(rotation: Rotation, lifetime_s: Option<u64>) -> Self {
        Self { rotation, lifetime_s, families: Vec::new(), grants: Vec::new(), accesses: 0, visitor: None }
    }

    /// A new family. `received` is for the client to say.
    pub fn sign_in(&mut self, user: u32, silent_since: Option<usize>) -> TokenSet {
        self.visitor = Some(user);
        self.families.push(Family { user, is_revoked: false, silent_since });
        let family = self.families.len() - 1;
        self.issue(family, None)
    }

    fn issue(&mut self, family: usize, parent: Option<usize>) -> TokenSet {
        let access = self.accesses;
        self.accesses += 1;
        let refresh = match (self.rotation, parent) {
            (Rotation::Absent, _) => None,
            (Rotation::Fixed, Some(parent)) => Some(parent),
            _ => {
                self.grants.push(Grant { family, parent, first_used_ms: None, access });
                Some(self.grants.len() - 1)
            }
        };
        self.write(Set { family, access, refresh })
    }

    fn write(&self, set: Set) -> TokenSet {
        let user = self.families[set.family].user;
        TokenSet {
            access_token: AccessToken::new(format!("{}.{}", set.family, set.access)),
            refresh_token: set.refresh.map(|refresh| RefreshToken::new(refresh.to_string())),
            id_token: RawIdToken::new(String::new()),
            claims: Json::parse(&format!(r#"{{"sub":"{user}"}}"#)).unwrap(),
            scope: String::new(),
            authorization_details: None,
            dpop_key: None,
            received: Now::default(),
            lifetime_s: self.lifetime_s,
        }
    }

    /// Takes in a refresh token, and what the client gets to know of it.
    pub fn refresh(&mut self, presented: usize, outcome: Outcome, now_ms: u64) -> Answered {
        let silence = || Err((Error::new(Kind::NetworkFailed), None));
        match outcome {
            Outcome::Unsent => return silence(),
            Outcome::Fault => return Err((Error::new(Kind::ServerError).with_status(500, None), None)),
            Outcome::Busy(seconds) => {
                return Err((Error::new(Kind::RateLimited).with_status(429, Some(seconds)), None));
            }
            Outcome::Served | Outcome::Unheard | Outcome::Unchecked | Outcome::Broken => {}
        }
        let acted = self.rotate(presented, now_ms);
        let is_fixed = self.rotation == Rotation::Fixed;
        let rotated = |tokens: TokenSet| tokens.refresh_token.filter(|_| !is_fixed);
        match (outcome, acted) {
            (Outcome::Unheard, _) => silence(),
            (_, None) => Err((Error::new(Kind::InvalidGrant).with_status(400, None), None)),
            (Outcome::Unchecked, Some(tokens)) => Err((Error::new(Kind::NetworkFailed), rotated(tokens))),
            (Outcome::Broken, Some(tokens)) => Err((Error::new(Kind::IdTokenSignatureInvalid), rotated(tokens))),
            (_, Some(tokens)) => Ok(tokens),
        }
    }

    fn rotate(&mut self, presented: usize, now_ms: u64) -> Option<TokenSet> {
        let grant = self.grants[presented].clone();
        if self.families[grant.family].is_revoked {
            return None;
        }
        if self.rotation == Rotation::Fixed {
            return Some(self.issue(grant.family, Some(presented)));
        }
        let Some(first_used_ms) = grant.first_used_ms else {
            self.grants[presented].first_used_ms = Some(now_ms);
            return Some(self.issue(grant.family, Some(presented)));
        };
        let successors = || self.grants.iter().enumerate().filter(|(_, grant)| grant.parent == Some(presented));
        let untouched = successors().all(|(_, successor)| successor.first_used_ms.is_none());
        let within = |grace_ms: u64| untouched && now_ms.saturating_sub(first_used_ms) < grace_ms;
        match self.rotation {
            Rotation::Replay(grace_ms) if within(grace_ms) => {
                let (refresh, successor) = successors().next().expect("a used token has a successor");
                Some(self.write(Set { family: grant.family, access: successor.access, refresh: Some(refresh) }))
            }
            Rotation::Sibling(grace_ms) if within(grace_ms) => Some(self.issue(grant.family, Some(presented))),
            _ => {
                self.families[grant.family].is_revoked = true;
                None
            }
        }
    }

    /// A sign-in without the user.
    pub fn sign_in_silently(&mut self, outcome: Outcome, since: usize) -> Answered {
        let kind = match outcome {
            Outcome::Served | Outcome::Unheard => match self.visitor {
                None => Kind::LoginRequired,
                Some(user) => {
                    let tokens = self.sign_in(user, Some(since));
                    if outcome == Outcome::Served {
                        return Ok(tokens);
                    }
                    Kind::TimedOut
                }
            },
            Outcome::Broken => Kind::InteractionRequired,
            Outcome::Unsent | Outcome::Fault | Outcome::Busy(_) | Outcome::Unchecked => Kind::NetworkFailed,
        };
        Err((Error::new(kind), None))
    }
}

/// Which tokens these are.
pub fn set_of(tokens: &Rc<TokenSet>) -> Set {
    let number = |text: &str| text.parse().expect("tokens are numbers");
    let (family, access) = tokens.access_token.secret().split_once('.').unwrap();
    let refresh = tokens.refresh_token.as_ref().map(|refresh| number(refresh.secret()));
    Set { family: number(family), access: number(access), refresh }
}
