//! One tab: its machine, and everything around it that the machine has asked for and not had yet.

use super::provider::Set;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use tokenward::core::base::time::Now;
use tokenward::core::session::effect::{Effect, Need, Waiter};
use tokenward::core::session::machine::{Machine, View};
use tokenward::core::session::message::{Failure, Mark};
use tokenward::core::session::tokens::TokenSet;

/// A page in a tab: the tab's place among all, and how many pages it had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    pub tab: usize,
    pub life: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    Open,
    /// Nothing runs, as in the back-forward cache.
    Frozen,
    Gone,
}

/// Why something is read or written, and what answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    Lock { epoch: u32 },
    Look,
    Advance { epoch: u32, from: Option<u32>, tokens: Option<Set> },
    Close { from: Option<u32>, family: Option<usize>, by_user: bool },
}

/// What was found or written down; nothing where nothing can be.
pub type Written = Option<Mark>;

/// One change of the mark, asked for and perhaps done. They are done, and answered, in order.
#[derive(Clone, Debug)]
pub struct Writing {
    pub purpose: Purpose,
    /// The answer, once it is done.
    pub done: Option<Written>,
    pub asked_ms: u64,
}

/// Somebody who waits for a token.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub need: Need,
    pub since_ms: u64,
    /// The tokens that there were then.
    pub had: Option<Set>,
}

#[derive(Clone, Debug)]
pub struct Tab {
    pub life: u32,
    pub presence: Presence,
    pub machine: Machine,
    /// When the page began, on the monotonic clock of the device.
    pub origin_ms: u64,
    pub is_started: bool,
    /// Somebody was signed in here when the page began.
    pub expected: bool,
    pub effects: VecDeque<Effect>,
    /// When the effects were asked for.
    pub told_ms: u64,
    /// When the timer fires, on the monotonic clock of the device.
    pub timer_ms: Option<u64>,
    pub writings: VecDeque<Writing>,
    /// What outlives the page.
    pub store: Option<(Rc<TokenSet>, u32)>,
    pub waiters: BTreeMap<Waiter, Waiting>,
    pub next_waiter: Waiter,
    pub watched: Watched,
}

/// What the invariants remember of a page.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// The tokens of the input that was handled last, and whether it was the user who wanted what it led to.
    pub carried: Option<Set>,
    pub by_user: bool,
    /// The wish under the lock that the page has not given up.
    pub wish: Option<u32>,
    /// The latest end that the page knows of, and the families that its user signed out of.
    pub known_end: u32,
    pub buried: Vec<usize>,
    /// How many failures in a row, when the last was, and for how long nothing is to be asked.
    pub failures: u32,
    pub failed: Now,
    pub rest: Option<(Now, u64)>,
    pub retry_after: bool,
    /// How many ends were written down when the lock's mark was read.
    pub ends_at_lock: usize,
    /// When that was, in the count of the ledger.
    pub read_at_lock: usize,
    /// The access token there is, and the set, with the time since when.
    pub access: [Option<usize>; 2],
    pub set: Option<(Set, u64)>,
    /// What another page said of its failure, where that is what the page was told last.
    pub heard: Option<Failure>,
    /// The access token that another page handed over last, how old it was then, and when that was.
    pub came: Option<(usize, u64, Now)>,
    /// When it was told something last: what it answers is as of then.
    pub told: Now,
    /// What was stored when the page began.
    pub found: Option<Set>,
    /// Since when the page is signed in and runs.
    pub present_since_ms: Option<u64>,
    /// Since when it asks the others.
    pub asking_since_ms: u64,
}

impl Tab {
    pub fn new(life: u32, silent: bool, before_expiry_s: u64, origin_ms: u64, expected: bool) -> Self {
        Self {
            life,
            presence: Presence::Open,
            machine: Machine::new(before_expiry_s, silent),
            origin_ms,
            is_started: false,
            expected,
            effects: VecDeque::new(),
            told_ms: 0,
            timer_ms: None,
            writings: VecDeque::new(),
            store: None,
            waiters: BTreeMap::new(),
            next_waiter: 0,
            watched: Watched::default(),
        }
    }

    pub fn is_open(&self) -> bool {
        self.presence == Presence::Open
    }

    /// Whether it can be told something.
    pub fn is_ready(&self) -> bool {
        self.is_open() && self.effects.is_empty()
    }

    /// The tokens of whoever is signed in.
    pub fn tokens(&self) -> Option<&Rc<TokenSet>> {
        match self.machine.view() {
            View::SignedIn { tokens, .. } => Some(tokens),
            View::Loading | View::SignedOut { .. } => None,
        }
    }
}
