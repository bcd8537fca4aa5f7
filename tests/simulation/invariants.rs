//! What must be so, whatever happens. Each is checked at every step, but for what can only be so in the end.
//!
//! 1. A refresh token is not presented again once its successor is written down or put to use: told of, published or given
//!    to somebody who waits. Before that it may be: a tab that died with the answer, or never heard it, leaves no trace; and one
//!    that comes back with an answer that it had only stored may count it while another tab has the lock for the same.
//!    Without a mark that can be written, nobody can know.
//! 2. A session ends only where the user signed out (here, or with the family written down in any tab), where the provider
//!    refused this family or broke a rule at its refresh, where the access token died and nothing can renew it, or where the
//!    newest tokens are nowhere: no tab that runs and listens has them, nor does the store of the tab that ended. The last
//!    is checked where messages arrive; a tab whose question is lost three times cannot know better.
//! 3. Everybody who waits for a token is answered, once, within [`PATIENCE_MS`] in which the page runs.
//! 4. A page that knows of the end of a session does not go on with it, whatever old messages say; a refresh is not begun
//!    under a lock whose mark told of the end; a sign-in that no user asked for does not undo a sign-out that came after the
//!    question. In the end all tabs that run agree: on the status, the tokens and their count, and nobody is signed in where
//!    the end is what was written down last. Where the newest tokens are nowhere, each keeps what it has until that
//!    dies; and what nothing can renew dies in each page by its own clocks.
//!    A page that goes after it stored its tokens and before it counted them comes back under the number that it would
//!    have had, and another tab may have signed in under that meanwhile: until the next refresh there are two sets of one
//!    number. From there on nothing is checked that the number decides.
//! 5. One refresh of a family is under way at a time, over all living pages. Those of dead pages nobody can call back,
//!    and a page that comes back with an answer that it had only stored has others leave theirs behind.
//! 6. After a failure a page rests for as long as the number of failures in a row asks for, and as the provider does. Only
//!    waking up ends the rest early, and not the one that the provider asked for. A page that hears of the failure of another
//!    and takes it for its own rests as long. Where messages arrive, and once this one can have, no page asks for newer
//!    tokens than those which another was told to wait with, unless it had asked before it could hear of it.
//! 7. A signed-out page has no timer, and no lock once its end is written down. A page with nothing under way has no lock.
//! 8. Who waits is not given an access token that has reached its end by either clock of the page, or the very set that
//!    will not do. (A refresh that brought a refresh token and nothing that can be used makes a newer set all the same.)
//!    An age that neither clock tells (the wall clock was set back before the tokens came from another page) nobody knows.
//! 9. Where the store outlives the page, what a page has counted as the newest is stored with it, under that number; only the
//!    number of a sign-in is a guess until then.

use super::provider::{Rotation, Set, set_of};
use super::tab::{Presence, Purpose};
use super::world::{World, restriction};
use std::collections::{BTreeMap, BTreeSet};
use tokenward::core::base::time::Now;
use tokenward::core::session::effect::{Effect, Errand, Event, Input, Reason};
use tokenward::core::session::machine::View;
use tokenward::core::session::message::{Mark, Message};

/// How long anybody waits at most, in milliseconds: for the lock, for the request, for the other tabs, twice over.
pub const PATIENCE_MS: u64 = 180_000;

/// How long an answer of another tab takes at most where messages arrive, in milliseconds.
const ANSWER_MS: u64 = 400;

/// What was not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub invariant: u8,
    pub what: String,
}

/// The end of sessions, written down.
#[derive(Clone, Debug)]
struct End {
    by_user: bool,
    families: Vec<usize>,
}

/// What the whole world knows.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Refresh tokens whose set was written down as the newest, and whose set was used.
    written: BTreeSet<usize>,
    used: BTreeSet<usize>,
    counted: BTreeSet<Set>,
    /// How often anything was read or written; and when a page that came back counted what it had only stored.
    reads: usize,
    late: BTreeMap<usize, usize>,
    /// Two sets have the same number: see 4.
    is_ambiguous: bool,
    ends: Vec<End>,
    /// The families whose sign-in was written down.
    begun: Vec<usize>,
    /// The newest set, where it is from a refresh.
    newest: Option<Set>,
    /// What the provider asked to wait with, where messages arrive.
    warnings: Vec<Warning>,
}

/// The provider asked a page to wait.
#[derive(Clone, Debug)]
struct Warning {
    tab: usize,
    set: Set,
    /// When, by the clocks of the device.
    wall_ms: u64,
    monotonic_ms: u64,
    /// When it was told to others, by the clock of the world: who was there before can hear of it.
    awake_ms: u64,
    asked_ms: u64,
    /// The tabs that asked before they could hear of it.
    excused: Vec<usize>,
}

impl Ledger {
    pub fn sign_outs(&self) -> usize {
        self.ends.iter().filter(|end| end.by_user).count()
    }
}

/// What a page was before it was told something, and what that was.
#[derive(Clone, Copy)]
pub struct Told {
    family: Option<usize>,
    was_loading: bool,
    cause: Cause,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    User,
    Refusal,
    Other,
}

impl World {
    pub fn fail(&mut self, invariant: u8, what: String) {
        self.note(|_| format!("  ! {invariant}: {what}"));
        self.violation.get_or_insert(Violation { invariant, what });
    }

    /// Whether the tabs can keep their promises to each other.
    const fn is_sound(&self) -> bool {
        !self.rules.mark_is_broken && !self.rules.lock_is_broken && !self.ledger.is_ambiguous
    }

    pub fn watch_input(&mut self, tab: usize, input: &Input) -> Told {
        let now = self.now(tab);
        let here = &mut self.tabs[tab];
        let current = here.tokens().map(set_of);
        let was_loading = matches!(here.machine.view(), View::Loading);
        let carried = match input {
            Input::Started { restored: Some((tokens, _)), .. }
            | Input::SignedIn { tokens, .. }
            | Input::Refreshed { tokens, .. }
            | Input::Restricted { tokens, .. } => Some(set_of(tokens)),
            Input::RefreshFailed { rotated: Some(rotated), .. } => {
                current.map(|current| Set { refresh: rotated.secret().parse().ok(), ..current })
            }
            _ => current,
        };
        let cause = match input {
            Input::SignOut => Cause::User,
            Input::RefreshFailed { .. } | Input::NotSignedIn { .. } => Cause::Refusal,
            _ => Cause::Other,
        };
        let told_of_end = match input {
            Input::Heard(Message::Over { generation, .. }) => *generation,
            Input::Looked(mark) | Input::Closed(Some(mark)) if mark.over => mark.generation,
            Input::LockTaken { epoch, mark: Some(mark) } | Input::Advanced { epoch, mark: Some(mark) }
                if mark.over && here.watched.wish == Some(*epoch) =>
            {
                mark.generation
            }
            _ => 0,
        };
        let watched = &mut here.watched;
        watched.heard = match input {
            Input::Heard(Message::Wait { failure, .. }) => Some(*failure),
            _ => None,
        };
        watched.carried = carried;
        watched.by_user = cause == Cause::User;
        watched.known_end = watched.known_end.max(told_of_end);
        if cause == Cause::User {
            watched.buried.extend(current.map(|set| set.family));
        }
        if let Input::Started { restored: Some((tokens, _)), .. } | Input::Heard(Message::Offer { tokens, .. }) = input
        {
            // What is had already is not taken again; with another refresh token it is, and so is the age that it has there.
            let set = set_of(tokens);
            if current != Some(set) {
                watched.came = Some((set.access, now.since(tokens.received), now));
            }
        }
        if matches!(input, Input::RefreshFailed { .. } | Input::NotSignedIn { .. }) {
            watched.failed = now;
        }
        if matches!(input, Input::Woke) && !watched.retry_after {
            watched.rest = None;
        }
        Told { family: current.map(|set| set.family), was_loading, cause }
    }

    pub fn check_told(&mut self, tab: usize, told: Told, now: Now) {
        self.tabs[tab].watched.told = now;
        self.watch_presence(tab);
        self.watch_tokens(tab);
        self.check_end_known(tab);
        if let View::SignedOut { reason, .. } = self.tabs[tab].machine.view() {
            match told.family {
                Some(family) => self.check_ended(tab, family, reason, told.cause),
                None if told.was_loading => self.check_not_found(tab, reason),
                None => {}
            }
        }
    }

    /// Remembers since when a page could answer others.
    pub fn watch_presence(&mut self, tab: usize) {
        let awake_ms = self.awake_ms();
        let here = &mut self.tabs[tab];
        let is_present = here.is_open() && here.tokens().is_some();
        here.watched.present_since_ms = is_present.then(|| here.watched.present_since_ms.unwrap_or(awake_ms));
    }

    fn watch_tokens(&mut self, tab: usize) {
        let set = self.tabs[tab].tokens().map(set_of);
        // Either kind of access token that comes is the end of a rest.
        let restricted = self.tabs[tab].machine.tokens(Some(&restriction())).map(|(tokens, _)| set_of(tokens));
        let access = [set, restricted].map(|set| set.map(|set| set.access));
        let awake_ms = self.awake_ms();
        let watched = &mut self.tabs[tab].watched;
        if set != watched.set.map(|(set, _)| set) {
            watched.set = set.map(|set| (set, awake_ms));
        }
        if access != watched.access {
            watched.access = access;
            watched.failures = 0;
            watched.rest = None;
        }
    }

    fn check_end_known(&mut self, tab: usize) {
        let here = &self.tabs[tab];
        let Some(tokens) = here.tokens() else { return };
        let family = set_of(tokens).family;
        if self.is_sound() && here.watched.buried.contains(&family) {
            self.fail(4, format!("tab {tab} goes on with a session that its user signed out of"));
        } else if self.is_sound() && here.machine.generation() <= here.watched.known_end && !looks(here) {
            self.fail(4, format!("tab {tab} goes on with a session whose end it knows of"));
        }
    }

    fn check_ended(&mut self, tab: usize, family: usize, reason: Reason, cause: Cause) {
        // Where nothing can be written down, an end and a sign-in have no order.
        let is_over = !self.is_sound() || self.ledger.ends.iter().any(|end| end.families.contains(&family));
        let can_die = self.rules.lifetime_s.is_some() && self.rules.rotation == Rotation::Absent;
        let is_fair = match (cause, reason) {
            (Cause::User, _) | (Cause::Refusal, Reason::Expired | Reason::Refused) => true,
            (_, Reason::NotRestored) => !self.is_found(tab),
            (_, Reason::Expired) => can_die || is_over,
            _ => is_over,
        };
        if !is_fair {
            self.fail(2, format!("tab {tab} ends its session as {reason:?} without cause"));
        }
    }

    fn check_not_found(&mut self, tab: usize, reason: Reason) {
        if reason == Reason::NotRestored && self.is_found(tab) {
            self.fail(2, format!("tab {tab} does not get the session that another one has"));
        }
    }

    /// Whether the newest tokens were to be had for a tab that gives up.
    fn is_found(&self, tab: usize) -> bool {
        if !self.is_sound() || !self.rules.channel_is_reliable {
            return false;
        }
        let here = &self.tabs[tab];
        // Whoever slept through the answer cannot know better either.
        if self.awake_ms().saturating_sub(here.watched.asking_since_ms) < ANSWER_MS {
            return false;
        }
        let mine = here.machine.generation();
        let others = self.tabs.iter().enumerate().filter(|(number, _)| *number != tab);
        let has_newer = |number: usize| {
            let other = &self.tabs[number];
            let since_ms = other.watched.present_since_ms;
            other.machine.generation() > mine && since_ms.is_some_and(|since| since < here.watched.asking_since_ms)
        };
        let had_them = here.watched.found.is_some() && here.watched.found == self.ledger.newest;
        others.map(|(number, _)| number).any(has_newer) || had_them
    }

    pub fn watch_mark(&mut self, tab: usize, purpose: Purpose, mark: Option<Mark>) {
        self.ledger.reads += 1;
        match purpose {
            Purpose::Lock { .. } => {
                let watched = &mut self.tabs[tab].watched;
                watched.ends_at_lock = self.ledger.ends.len();
                watched.read_at_lock = self.ledger.reads;
            }
            Purpose::Look => {}
            Purpose::Advance { from, tokens, .. } => {
                let here = &self.tabs[tab];
                // The user may have signed out since.
                let was_found = tokens.is_some() && here.watched.found == tokens;
                let is_restored = was_found || matches!(here.machine.view(), View::Loading);
                let number = from.map(|from| from + 1);
                let is_taken = mark.is_some_and(|mark| !mark.written && Some(mark.generation) == number);
                if is_restored && is_taken && tokens.is_some_and(|set| !self.ledger.counted.contains(&set)) {
                    self.ledger.is_ambiguous = true;
                }
                self.check_stored(tab, from, tokens, mark);
                if let (Some(set), true) = (tokens, mark.is_none_or(|mark| mark.written)) {
                    if let (true, Some(refresh)) = (is_restored && from.is_some(), set.refresh) {
                        self.ledger.late.insert(refresh, self.ledger.reads);
                    }
                    self.ledger.counted.insert(set);
                    self.ledger.written.extend(set.refresh);
                    // The number of a sign-in may be another than the one it is stored under, until it is stored again.
                    self.ledger.newest = tokens.filter(|_| from.is_some());
                    if !self.ledger.begun.contains(&set.family) {
                        self.ledger.begun.push(set.family);
                    }
                }
            }
            Purpose::Close { .. } if mark.is_some_and(|mark| !mark.written) => {}
            Purpose::Close { family, by_user, .. } => {
                self.ledger.newest = None;
                // What the provider refuses takes along what it had itself taken the place of.
                let begun = &self.ledger.begun;
                let last = begun.iter().rposition(|one| Some(*one) == family).map_or(0, |position| position + 1);
                let count = if by_user { begun.len() } else { last };
                let families = begun.iter().take(count).copied().chain(family).collect();
                self.ledger.ends.push(End { by_user, families });
            }
        }
    }

    pub fn watch_effect(&mut self, tab: usize, effect: &Effect) {
        match effect {
            Effect::Errand(Errand::TakeLock { epoch }) => {
                let watched = &mut self.tabs[tab].watched;
                watched.wish = Some(*epoch);
                // The clocks may say otherwise afterwards.
                let told = watched.told;
                watched.rest = watched.rest.filter(|(since, rest_ms)| told.since(*since) < *rest_ms);
            }
            Effect::Errand(Errand::Advance { epoch, .. }) => self.tabs[tab].watched.wish = Some(*epoch),
            Effect::DropLock => self.tabs[tab].watched.wish = None,
            Effect::Errand(Errand::SendRefresh { current, .. }) => {
                self.check_rest(tab);
                self.check_presented(tab, set_of(current));
            }
            Effect::Errand(Errand::AskProvider { .. }) => self.check_rest(tab),
            Effect::Say(Message::Offer { tokens, .. }) => self.ledger.used.extend(set_of(tokens).refresh),
            Effect::Say(Message::Ask { .. }) => self.tabs[tab].watched.asking_since_ms = self.awake_ms(),
            Effect::Publish => self.watch_published(tab),
            Effect::Answer(waiter, answer) => self.check_answer(tab, *waiter, answer.is_ok()),
            Effect::Report(Event::RefreshFailed { error, retry_in_ms: Some(_) }) if error.kind != ELSEWHERE => {
                let watched = &mut self.tabs[tab].watched;
                watched.failures += 1;
                if let Some(heard) = watched.heard {
                    watched.failures = heard.attempt;
                    watched.failed = watched.told.back_to(heard.since_wall_ms);
                }
                let longest = (2_000_u64 << (watched.failures - 1).min(16)).min(300_000);
                let asked_ms = u64::from(error.retry_after_s.unwrap_or_default()) * 1000;
                watched.rest = Some((watched.failed, (longest / 2).max(asked_ms)));
                watched.retry_after = asked_ms > 0;
                if watched.heard.is_none() && asked_ms > 0 {
                    self.keep_warning(tab, asked_ms);
                }
            }
            _ => {}
        }
    }

    fn watch_published(&mut self, tab: usize) {
        match self.tabs[tab].machine.view() {
            View::SignedIn { tokens, .. } => {
                let set = set_of(tokens);
                self.hint = true;
                self.ledger.used.extend(set.refresh);
                let asked_before = self.provider.families[set.family].silent_since;
                let began = self.ledger.begun.iter().position(|family| *family == set.family);
                let undone = asked_before.filter(|before| *before < self.ledger.sign_outs());
                let covered = self.ledger.ends.iter().any(|end| end.by_user && end.families.contains(&set.family));
                if self.is_sound() && began.is_some() && undone.is_some() && !covered {
                    self.fail(4, format!("tab {tab} signed in by itself after a sign-out"));
                }
            }
            View::SignedOut { reason: Reason::SignOut | Reason::Expired, .. } => self.hint = false,
            View::SignedOut { .. } | View::Loading => {}
        }
    }

    fn check_presented(&mut self, tab: usize, set: Set) {
        let Some(presented) = set.refresh else { return };
        let here = &self.tabs[tab];
        let read_at_lock = here.watched.read_at_lock;
        let page = self.page(tab);
        let known = self.ledger.ends.iter().take(here.watched.ends_at_lock);
        if self.is_sound() && known.clone().any(|end| end.families.contains(&set.family)) {
            self.fail(4, format!("tab {tab} refreshes a session whose end was written down"));
        }
        let successors = self.provider.grants.iter().enumerate();
        let successors = successors.filter(|(_, grant)| grant.parent == Some(presented));
        let late = |number: &usize| self.ledger.late.get(number).is_some_and(|at| *at > read_at_lock);
        let numbers: Vec<usize> = successors.map(|(number, _)| number).filter(|number| !late(number)).collect();
        if self.is_sound() && numbers.iter().any(|number| self.ledger.used.contains(number)) {
            self.fail(1, format!("tab {tab} presents refresh token {presented}, whose successor is in use"));
        } else if self.is_sound() && numbers.iter().any(|number| self.ledger.written.contains(number)) {
            self.fail(1, format!("tab {tab} presents refresh token {presented}, whose successor is written down"));
        }
        let of_family = |request: &&super::world::Request| {
            request.current.as_ref().is_some_and(|current| set_of(current).family == set.family)
        };
        let under_way = self.requests.iter().filter(of_family).find(|request| self.is_alive(request.page));
        let comes_late = self.ledger.late.keys().any(|late| self.provider.grants[*late].family == set.family);
        if let Some(request) = under_way
            && self.is_sound()
            && !comes_late
        {
            let other = request.page;
            let who = if other == page { "itself".to_owned() } else { format!("tab {}", other.tab) };
            self.fail(5, format!("tab {tab} refreshes while {who} does"));
        }
    }

    fn keep_warning(&mut self, tab: usize, asked_ms: u64) {
        let set = self.tabs[tab].tokens().map(set_of);
        if let Some(set) = set.filter(|_| self.is_sound() && self.rules.channel_is_reliable) {
            // From the failure on, which others are told of a little later.
            let failed = self.tabs[tab].watched.failed;
            let wall_ms = failed.wall_ms.min(self.wall_ms);
            let monotonic_ms = self.monotonic_ms - (self.now(tab).monotonic_ms - failed.monotonic_ms);
            let awake_ms = self.tabs[tab].told_ms;
            let excused = Vec::new();
            self.ledger.warnings.push(Warning { tab, set, wall_ms, monotonic_ms, awake_ms, asked_ms, excused });
        }
    }

    /// The clock was set: what is over by it is over, and what lies ahead began now.
    pub fn watch_clock(&mut self) {
        let (wall_ms, monotonic_ms) = (self.wall_ms, self.monotonic_ms);
        self.ledger.warnings.retain_mut(|warning| {
            warning.wall_ms = warning.wall_ms.min(wall_ms);
            let age_ms = (wall_ms - warning.wall_ms).max(monotonic_ms - warning.monotonic_ms);
            age_ms < warning.asked_ms
        });
    }

    fn check_warnings(&mut self, tab: usize) {
        self.watch_clock();
        let awake_ms = self.awake_ms();
        let watched = self.tabs[tab].watched.clone();
        let is_sound = self.is_sound();
        let mut warnings = std::mem::take(&mut self.ledger.warnings);
        for warning in &mut warnings {
            let Warning { tab: warned, set, awake_ms: since_ms, asked_ms, .. } = *warning;
            let had = watched.set.is_some_and(|(had, had_since_ms)| had == set && had_since_ms < since_ms);
            let heard = had && watched.present_since_ms.is_some_and(|present_ms| present_ms < since_ms);
            if awake_ms - since_ms <= ANSWER_MS {
                warning.excused.push(tab);
            } else if is_sound && heard && warned != tab && !warning.excused.contains(&tab) {
                let what = format!("tab {tab} asks although tab {warned} was told to wait for {asked_ms} ms");
                self.fail(6, what);
            }
        }
        self.ledger.warnings = warnings;
    }

    /// What is written down as the newest outlives the page that wrote it, where its store does.
    fn check_stored(&mut self, tab: usize, from: Option<u32>, tokens: Option<Set>, mark: Option<Mark>) {
        let here = &self.tabs[tab];
        // Another sign-in, or a sign-out, may have come in between.
        let is_current = here.machine.is_spending() && here.watched.carried == tokens;
        let Some(mark) = mark.filter(|mark| mark.written && is_current && self.rules.keeps) else { return };
        let stored = here.store.as_ref().map(|(tokens, generation)| (set_of(tokens), *generation));
        let is_stored = |(set, generation)| Some(set) == tokens && (from.is_none() || generation == mark.generation);
        if self.is_sound() && !stored.is_some_and(is_stored) {
            self.fail(9, format!("tab {tab} counts {tokens:?} as {}, and has stored {stored:?}", mark.generation));
        }
    }

    fn check_rest(&mut self, tab: usize) {
        self.check_warnings(tab);
        let watched = &self.tabs[tab].watched;
        let told = watched.told;
        if let Some((since, rest_ms)) = watched.rest
            && told.since(since) < rest_ms
        {
            self.fail(6, format!("tab {tab} asks again {} ms after a failure instead of {rest_ms}", told.since(since)));
        }
    }

    fn check_answer(&mut self, tab: usize, waiter: u32, is_ok: bool) {
        let here = &self.tabs[tab];
        let Some(waiting) = here.waiters.get(&waiter).cloned() else {
            return self.fail(3, format!("tab {tab} answers {waiter}, who does not wait"));
        };
        if !is_ok {
            return;
        }
        let Some((tokens, _)) = here.machine.tokens(waiting.need.restriction.as_ref()) else {
            return self.fail(8, format!("tab {tab} says there is a token, and there is none"));
        };
        let set = set_of(tokens);
        if waiting.need.restriction.is_some() && here.tokens().map(set_of).is_some_and(|own| own.access == set.access) {
            return self.fail(8, format!("tab {tab} gives its own token to {waiter}, who wants one for less"));
        }
        self.ledger.used.extend(set.refresh);
        let told = here.watched.told;
        let came = here.watched.came.filter(|(access, ..)| *access == set.access);
        let came_age_ms = came.map_or(0, |(_, age_ms, at)| age_ms + told.monotonic_ms - at.monotonic_ms);
        let age_ms = told.since(tokens.received).max(came_age_ms);
        if self.rules.lifetime_s.is_some_and(|lifetime_s| age_ms >= lifetime_s * 1000) {
            self.fail(8, format!("tab {tab} gives a token of {age_ms} ms"));
        }
        let is_unfit = waiting.need.refused_generation.is_some() || waiting.need.force;
        if is_unfit && waiting.had.is_some_and(|had| had.access == set.access) {
            self.fail(8, format!("tab {tab} gives {waiter} the token that will not do"));
        }
    }

    /// What must be so of a tab that has done everything that it was told to do.
    pub fn check_settled(&mut self, tab: usize) {
        let here = &self.tabs[tab];
        if !here.is_ready() {
            return;
        }
        let knows_lock = self.lock.knows(self.page(tab));
        let closes = here.writings.iter().any(|writing| matches!(writing.purpose, Purpose::Close { .. }));
        let advances = here.writings.iter().any(|writing| matches!(writing.purpose, Purpose::Advance { .. }));
        let has_timer = here.timer_ms.is_some();
        match here.machine.view() {
            View::SignedOut { .. } if has_timer => self.fail(7, format!("tab {tab} is signed out and has a timer")),
            View::SignedOut { .. } if knows_lock && !closes && !advances => {
                self.fail(7, format!("tab {tab} is signed out and has the lock"));
            }
            View::SignedIn { refreshing: false, .. } if knows_lock && !closes => {
                self.fail(7, format!("tab {tab} has nothing to do and has the lock"));
            }
            _ => {}
        }
        let awake_ms = self.awake_ms();
        let waits = |waiting: &super::tab::Waiting| awake_ms.saturating_sub(waiting.since_ms) > PATIENCE_MS;
        if self.tabs[tab].waiters.values().any(waits) {
            self.fail(3, format!("somebody waits too long in tab {tab}"));
        }
    }

    /// What must be so when everything has come to rest.
    pub fn check_end(&mut self) {
        let open: Vec<usize> = (0..self.tabs.len()).filter(|tab| self.tabs[*tab].presence == Presence::Open).collect();
        for tab in &open {
            if !self.tabs[*tab].waiters.is_empty() {
                return self.fail(3, format!("somebody waits for ever in tab {tab}"));
            }
            if matches!(self.tabs[*tab].machine.view(), View::Loading) {
                return self.fail(3, format!("tab {tab} loads for ever"));
            }
        }
        if !self.is_sound() {
            return;
        }
        let mark = self.register.mark;
        let has_newest = |tab: &usize| {
            let here = &self.tabs[*tab];
            here.tokens().is_some() && here.machine.generation() == mark.generation
        };
        if !mark.over && !open.iter().any(has_newest) {
            return;
        }
        let nothing_renews = self.rules.rotation == Rotation::Absent;
        let died = |tab: &usize| {
            let view = self.tabs[*tab].machine.view();
            nothing_renews && matches!(view, View::SignedOut { reason: Reason::Expired | Reason::NotRestored, .. })
        };
        let open: Vec<usize> = open.into_iter().filter(|tab| !died(tab)).collect();
        let first = open.first().copied();
        for tab in open {
            let here = &self.tabs[tab];
            let state_of = |tab: usize| {
                let here = &self.tabs[tab];
                here.tokens().map(|tokens| (set_of(tokens), here.machine.generation()))
            };
            let is_signed_in = here.tokens().is_some();
            if is_signed_in && mark.over {
                self.fail(4, format!("tab {tab} stays signed in"));
            } else if state_of(first.unwrap()) != state_of(tab) {
                let (one, other) = (state_of(first.unwrap()), state_of(tab));
                self.fail(4, format!("tab {} has {one:?}, and tab {tab} has {other:?}", first.unwrap()));
            }
        }
    }
}

const ELSEWHERE: tokenward::core::base::error::Kind = tokenward::core::base::error::Kind::TokensElsewhere;

/// Whether the page is about to see what is written down.
fn looks(tab: &super::tab::Tab) -> bool {
    let asked = |writing: &super::tab::Writing| matches!(writing.purpose, Purpose::Look | Purpose::Advance { .. });
    let asked = tab.writings.iter().any(asked);
    asked || tab.effects.iter().any(|effect| matches!(effect, Effect::Errand(Errand::Look | Errand::Advance { .. })))
}
