//! Tabs, lock, mark, channel, provider and clocks, and the single steps in which they move.
//!
//! Nothing moves by itself: each [`Action`] is one step of one part, and any order of them is a run. An action that cannot
//! be done is no step, so that a run stays a run when steps are left out.

use super::channel::Letter;
use super::invariants::{Ledger, Violation};
use super::lock::Lock;
use super::mark::Register;
use super::provider::{Answered, Outcome, Provider, Rotation, set_of};
use super::tab::{Page, Presence, Purpose, Tab, Waiting, Writing};
use std::collections::VecDeque;
use std::rc::Rc;
use tokenward::core::base::error::{Error, Kind};
use tokenward::core::base::json::Json;
use tokenward::core::base::time::Now;
use tokenward::core::oauth::restriction::Restriction;
use tokenward::core::options::Options;
use tokenward::core::session::effect::{Effect, Errand, Input, Need};
use tokenward::core::session::message::Message;
use tokenward::core::session::tokens::TokenSet;
use tokenward::ports::Change;

const START_MS: u64 = 1_800_000_000_000;

/// How long each part takes at most while nobody is frozen, in milliseconds.
const EFFECT_MS: u64 = 50;
const LOCK_MS: u64 = 200;
const MARK_MS: u64 = 200;
const MAIL_MS: u64 = 100;
const TIMER_MS: u64 = 2_000;
const REQUEST_MS: u64 = 20_000;

/// What a run is made under.
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The store outlives the page.
    pub keeps: bool,
    /// The provider may be asked without the user.
    pub silent: bool,
    pub before_expiry_s: u64,
    pub lifetime_s: Option<u64>,
    pub rotation: Rotation,
    pub mark_is_broken: bool,
    /// Everybody gets the lock at once.
    pub lock_is_broken: bool,
    /// Every message arrives, and soon.
    pub channel_is_reliable: bool,
}

/// Which token is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Any,
    Lasting,
    Another,
    Refused,
    /// One for less than the session's own.
    Restricted,
}

/// One step. A number that is too high counts from the beginning again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A new tab.
    Open,
    /// A copy of a tab, with what it stores.
    Duplicate(usize),
    /// A page's start is over; the callback of a sign-in was refused, perhaps.
    Start(usize, bool),
    /// The next effect of a tab.
    Perform(usize),
    /// The lock goes to the next.
    Grant,
    /// The next change of the mark that a tab asked for.
    Write(usize),
    /// Its answer comes.
    Read(usize),
    /// A request gets to the provider, or not.
    Arrive(usize, Outcome),
    /// Its answer comes.
    Reply(usize),
    /// A message comes.
    Deliver(usize),
    /// A message does not.
    Lose(usize),
    /// A timer that is due.
    Fire(usize),
    Pass(u64),
    /// The device sleeps, and its monotonic clock with it, perhaps.
    Sleep(u64, bool),
    /// The wall clock is set.
    Set(i64),
    Wake(usize),
    Freeze(usize),
    Thaw(usize),
    /// A page is gone; so many changes of the mark that it asked for are made all the same.
    Kill(usize, usize),
    Reload(usize, usize),
    Want(usize, Wish),
    SignIn(usize, u32),
    SignOut(usize),
    /// The provider ends a session of its own.
    Revoke,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub page: Page,
    pub epoch: u32,
    /// What is refreshed; `None` for a sign-in without the user.
    pub current: Option<Rc<TokenSet>>,
    /// Of the access token that is asked for, where it is not the session's own.
    pub restriction: Option<Restriction>,
    pub answer: Option<Answered>,
    pub asked_ms: u64,
    pub ends_before: usize,
}

#[derive(Clone, Debug)]
pub struct World {
    pub rules: Rules,
    pub wall_ms: u64,
    pub monotonic_ms: u64,
    /// The world's own clock: it neither jumps nor sleeps.
    pub true_ms: u64,
    /// How much of that was sleep.
    pub slept_ms: u64,
    pub tabs: Vec<Tab>,
    pub lock: Lock,
    pub lock_since_ms: u64,
    pub register: Register,
    pub letters: Vec<Letter>,
    pub requests: Vec<Request>,
    pub provider: Provider,
    /// Somebody is signed in, as the app notes for its next page.
    pub hint: bool,
    pub ledger: Ledger,
    pub violation: Option<Violation>,
    /// What happened, where somebody wants to read it.
    pub trace: Option<Vec<String>>,
}

/// The one restriction that is ever asked for.
pub fn restriction() -> Restriction {
    let object = Json::parse(r#"{"scope":"less"}"#).expect("it is JSON");
    Restriction::read(&mut Options::new(&object, "scope")).expect("it has a scope")
}

impl World {
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            wall_ms: START_MS,
            monotonic_ms: 1_000_000,
            true_ms: START_MS,
            slept_ms: 0,
            tabs: Vec::new(),
            lock: Lock::default(),
            lock_since_ms: 0,
            register: Register { is_broken: rules.mark_is_broken, ..Register::default() },
            letters: Vec::new(),
            requests: Vec::new(),
            provider: Provider::new(rules.rotation, rules.lifetime_s),
            hint: false,
            ledger: Ledger::default(),
            violation: None,
            trace: None,
        }
    }

    /// The world's own time without its sleep: what takes long is measured by it.
    pub const fn awake_ms(&self) -> u64 {
        self.true_ms - self.slept_ms
    }

    /// The clocks as a page reads them.
    pub fn now(&self, tab: usize) -> Now {
        Now { wall_ms: self.wall_ms, monotonic_ms: START_MS + self.monotonic_ms - self.tabs[tab].origin_ms }
    }

    pub fn page(&self, tab: usize) -> Page {
        Page { tab, life: self.tabs[tab].life }
    }

    pub fn is_alive(&self, page: Page) -> bool {
        let tab = &self.tabs[page.tab];
        tab.life == page.life && tab.presence != Presence::Gone
    }

    pub fn note(&mut self, what: impl FnOnce(&Self) -> String) {
        if let Some(mut trace) = self.trace.take() {
            trace.push(what(self));
            self.trace = Some(trace);
        }
    }

    /// Does one step; false where it cannot be done.
    pub fn act(&mut self, action: Action) -> bool {
        let mark = self.trace.as_ref().map(Vec::len);
        let done = self.try_act(action).is_some();
        if let (Some(mark), Some(trace)) = (mark, &mut self.trace)
            && done
        {
            trace.insert(mark, format!("{action:?}"));
        }
        done
    }

    fn try_act(&mut self, action: Action) -> Option<()> {
        match action {
            Action::Open => self.open(self.hint),
            Action::Duplicate(tab) => {
                let store = self.tabs.get(tab)?.store.clone();
                self.open(self.hint);
                self.tabs.last_mut()?.store = store;
            }
            Action::Start(tab, refused) => self.start(tab, refused)?,
            Action::Perform(tab) => {
                self.tabs.get(tab).filter(|tab| tab.is_open())?;
                let effect = self.tabs[tab].effects.pop_front()?;
                self.note(|_| format!("    tab {tab}: {}", describe(&effect)));
                self.perform(tab, effect);
                self.check_settled(tab);
            }
            Action::Grant => self.grant()?,
            Action::Write(tab) => self.write(tab)?,
            Action::Read(tab) => self.read(tab)?,
            Action::Arrive(number, outcome) => self.arrive(number, outcome)?,
            Action::Reply(number) => self.reply(number)?,
            Action::Deliver(number) => {
                let position = self.letter(number)?;
                let to = self.letters[position].to.tab;
                self.tabs.get(to).filter(|tab| tab.is_ready())?;
                let letter = self.letters.remove(position);
                let message = self.as_read(to, letter.message);
                self.tell(to, Input::Heard(message));
            }
            Action::Lose(number) => {
                let position = self.letter(number)?;
                self.letters.remove(position);
            }
            Action::Fire(tab) => {
                self.tabs.get(tab).filter(|tab| tab.is_ready())?;
                self.tabs[tab].timer_ms.filter(|due| *due <= self.monotonic_ms)?;
                self.tabs[tab].timer_ms = None;
                self.tell(tab, Input::TimerFired);
            }
            Action::Pass(milliseconds) => self.pass(milliseconds),
            Action::Sleep(milliseconds, all) => {
                self.true_ms += milliseconds;
                self.slept_ms += milliseconds;
                self.wall_ms += milliseconds;
                self.monotonic_ms += if all { milliseconds } else { 0 };
            }
            Action::Set(milliseconds) => {
                self.wall_ms = self.wall_ms.saturating_add_signed(milliseconds);
                self.watch_clock();
            }
            Action::Wake(tab) => {
                self.tabs.get(tab).filter(|tab| tab.is_ready())?;
                self.tell(tab, Input::Woke);
            }
            Action::Freeze(tab) => {
                self.tabs.get(tab).filter(|tab| tab.is_ready())?;
                self.tabs[tab].presence = Presence::Frozen;
                self.watch_presence(tab);
            }
            Action::Thaw(tab) => self.thaw(tab)?,
            Action::Kill(tab, writes) => {
                self.end_page(tab, writes)?;
                self.tabs[tab].presence = Presence::Gone;
            }
            Action::Reload(tab, writes) => {
                self.end_page(tab, writes)?;
                let before = &self.tabs[tab];
                let mut page = self.new_page(before.life + 1, self.hint);
                page.store.clone_from(&before.store);
                page.watched.found = page.store.as_ref().map(|(tokens, _)| set_of(tokens));
                self.tabs[tab] = page;
                self.tell(tab, Input::Woke);
            }
            Action::Want(tab, wish) => self.want(tab, wish)?,
            Action::SignIn(tab, user) => {
                self.tabs.get(tab).filter(|tab| tab.is_ready())?;
                let mut tokens = self.provider.sign_in(user, None);
                tokens.received = self.now(tab);
                // A page that comes back from the provider is told so instead of its start.
                self.tabs[tab].is_started = true;
                self.tell(tab, Input::SignedIn { epoch: None, tokens: Rc::new(tokens), return_to: None });
            }
            Action::SignOut(tab) => {
                self.tabs.get(tab).filter(|tab| tab.is_ready() && tab.is_started)?;
                self.tell(tab, Input::SignOut);
            }
            Action::Revoke => {
                self.provider.families.iter_mut().for_each(|family| family.is_revoked = true);
                self.provider.visitor = None;
            }
        }
        Some(())
    }

    fn new_page(&self, life: u32, expected: bool) -> Tab {
        let Rules { silent, before_expiry_s, .. } = self.rules;
        let mut tab = Tab::new(life, silent, before_expiry_s, self.monotonic_ms, expected);
        tab.told_ms = self.awake_ms();
        tab
    }

    fn open(&mut self, expected: bool) {
        let page = self.new_page(0, expected);
        self.tabs.push(page);
        self.tell(self.tabs.len() - 1, Input::Woke);
    }

    fn start(&mut self, tab: usize, refused: bool) -> Option<()> {
        let here = self.tabs.get(tab).filter(|tab| tab.is_ready() && !tab.is_started)?;
        let expected = here.expected;
        let restored = here.store.clone().map(|(tokens, generation)| (self.as_restored(tab, &tokens), generation));
        self.tabs[tab].is_started = true;
        let refused = refused.then(|| Error::new(Kind::AccessDenied));
        self.tell(tab, Input::Started { restored, refused, signed_out: false, expected });
        Some(())
    }

    /// What another page wrote, as `tokenward::core::session::tokens::read_record` has it: the age is by the wall clock.
    fn as_restored(&self, tab: usize, tokens: &TokenSet) -> Rc<TokenSet> {
        let now = self.now(tab);
        let wall_ms = tokens.received.wall_ms.min(now.wall_ms);
        let monotonic_ms = now.monotonic_ms.saturating_sub(now.wall_ms - wall_ms);
        Rc::new(TokenSet { received: Now { wall_ms, monotonic_ms }, ..tokens.clone() })
    }

    fn as_read(&self, tab: usize, message: Message) -> Message {
        match message {
            Message::Offer { generation, tokens } => {
                Message::Offer { generation, tokens: self.as_restored(tab, &tokens) }
            }
            other => other,
        }
    }

    fn letter(&self, number: usize) -> Option<usize> {
        (!self.letters.is_empty()).then(|| number % self.letters.len())
    }

    /// Tells a tab something. What it wants done is done step by step.
    fn tell(&mut self, tab: usize, input: Input) {
        let now = self.now(tab);
        let told = self.watch_input(tab, &input);
        self.tabs[tab].machine.handle(input, now);
        let effects = self.tabs[tab].machine.drain();
        self.tabs[tab].effects = VecDeque::from(effects);
        self.tabs[tab].told_ms = self.awake_ms();
        self.check_told(tab, told, now);
        self.check_settled(tab);
    }

    fn grant(&mut self) -> Option<()> {
        if !self.lock.is_grantable() {
            return None;
        }
        let (page, epoch) = self.lock.grant()?;
        self.ask_mark(page.tab, Purpose::Lock { epoch });
        Some(())
    }

    fn ask_mark(&mut self, tab: usize, purpose: Purpose) {
        let asked_ms = self.awake_ms();
        self.tabs[tab].writings.push_back(Writing { purpose, done: None, asked_ms });
    }

    /// A frozen page may have its change made, but hears no answer.
    fn write(&mut self, tab: usize) -> Option<()> {
        let here = self.tabs.get(tab).filter(|tab| tab.presence != Presence::Gone)?;
        let position = here.writings.iter().position(|writing| writing.done.is_none())?;
        let purpose = here.writings[position].purpose;
        let change = match purpose {
            Purpose::Lock { .. } | Purpose::Look => Change::None,
            Purpose::Advance { from, .. } => Change::Next(from),
            Purpose::Close { from, .. } => Change::Over(from),
        };
        let mark = self.register.change(change);
        self.note(|_| format!("    tab {tab}: {purpose:?} finds {mark:?}"));
        self.watch_mark(tab, purpose, mark);
        self.tabs[tab].writings[position].done = Some(mark);
        Some(())
    }

    fn read(&mut self, tab: usize) -> Option<()> {
        self.tabs.get(tab).filter(|tab| tab.is_ready())?;
        let mark = self.tabs[tab].writings.front()?.done?;
        let writing = self.tabs[tab].writings.pop_front()?;
        let input = match writing.purpose {
            Purpose::Lock { epoch } => Some(Input::LockTaken { epoch, mark }),
            Purpose::Look => mark.map(Input::Looked),
            Purpose::Advance { epoch, .. } => Some(Input::Advanced { epoch, mark }),
            Purpose::Close { .. } => Some(Input::Closed(mark)),
        };
        if let Some(input) = input {
            self.tell(tab, input);
        }
        Some(())
    }

    /// The number-th request that has no answer yet, or has one.
    fn request(&self, number: usize, answered: bool) -> Option<usize> {
        let fits = |request: &&Request| request.answer.is_some() == answered;
        let count = self.requests.iter().filter(fits).count();
        let numbered = |number| self.requests.iter().enumerate().filter(|(_, request)| fits(request)).nth(number);
        (count > 0).then(|| numbered(number % count).expect("there are so many").0)
    }

    fn arrive(&mut self, number: usize, outcome: Outcome) -> Option<()> {
        let position = self.request(number, false)?;
        let request = self.requests[position].clone();
        let answer = match &request.current {
            Some(current) => {
                let presented = set_of(current).refresh.expect("only what has a refresh token is refreshed");
                self.provider.refresh(presented, outcome, self.true_ms)
            }
            None => self.provider.sign_in_silently(outcome, request.ends_before),
        };
        self.note(|_| {
            let said = answer.as_ref().map(|tokens| set_of(&Rc::new(tokens.clone())));
            format!("    the provider to tab {}: {:?}", request.page.tab, said.map_err(|(error, _)| error.kind))
        });
        self.requests[position].answer = Some(answer);
        Some(())
    }

    fn reply(&mut self, number: usize) -> Option<()> {
        let position = self.request(number, true)?;
        let Request { page, epoch, .. } = self.requests[position];
        if !self.is_alive(page) {
            self.requests.remove(position);
            return Some(());
        }
        let tab = page.tab;
        if !self.tabs[tab].is_ready() {
            return None;
        }
        let Request { current, restriction, answer, .. } = self.requests.remove(position);
        // Spread over all values, and the same in every run.
        let random = u8::try_from(self.true_ms.wrapping_mul(97) % 256).unwrap();
        let received = self.now(tab);
        let tokens = |tokens| Rc::new(TokenSet { received, ..tokens });
        let input = match (current, answer?) {
            (Some(current), Ok(new)) if let Some(restriction) = restriction => {
                let tokens =
                    Rc::new(TokenSet { refresh_token: new.refresh_token.clone(), ..TokenSet::clone(&current) });
                let restricted = Rc::new(TokenSet { received, refresh_token: None, ..new });
                Input::Restricted { epoch, tokens, restriction, restricted }
            }
            (Some(_), Ok(new)) => Input::Refreshed { epoch, tokens: tokens(new) },
            (Some(_), Err((error, rotated))) => Input::RefreshFailed { epoch, error, rotated, random },
            (None, Ok(new)) => Input::SignedIn { epoch: Some(epoch), tokens: tokens(new), return_to: None },
            (None, Err((error, _))) => Input::NotSignedIn { epoch, error, random },
        };
        self.tell(tab, input);
        Some(())
    }

    fn thaw(&mut self, tab: usize) -> Option<()> {
        self.tabs.get(tab).filter(|tab| tab.presence == Presence::Frozen)?;
        let awake_ms = self.awake_ms();
        let here = &mut self.tabs[tab];
        here.presence = Presence::Open;
        here.told_ms = awake_ms;
        // What it asked before, it may not have heard the answer to.
        here.watched.asking_since_ms = u64::MAX;
        here.waiters.values_mut().for_each(|waiting| waiting.since_ms = awake_ms);
        here.writings.iter_mut().for_each(|writing| writing.asked_ms = awake_ms);
        self.watch_presence(tab);
        let page = self.page(tab);
        let mine = self.requests.iter_mut().filter(|request| request.page == page);
        mine.for_each(|request| request.asked_ms = awake_ms);
        self.letters.iter_mut().filter(|letter| letter.to == page).for_each(|letter| letter.sent_ms = awake_ms);
        self.tell(tab, Input::Woke);
        Some(())
    }

    fn end_page(&mut self, tab: usize, writes: usize) -> Option<()> {
        self.tabs.get(tab).filter(|tab| tab.presence != Presence::Gone)?;
        for _ in 0..writes {
            self.write(tab);
        }
        let page = self.page(tab);
        self.lock.leave(page);
        self.lock_since_ms = self.awake_ms();
        self.letters.retain(|letter| letter.to != page);
        let here = &mut self.tabs[tab];
        here.effects.clear();
        here.writings.clear();
        here.waiters.clear();
        here.timer_ms = None;
        here.watched.present_since_ms = None;
        if !self.rules.keeps {
            here.store = None;
        }
        Some(())
    }

    fn want(&mut self, tab: usize, wish: Wish) -> Option<()> {
        let here = self.tabs.get_mut(tab).filter(|tab| tab.is_ready())?;
        let need = match wish {
            Wish::Any => Need::default(),
            Wish::Lasting => Need { min_ttl_ms: 30_000, ..Need::default() },
            Wish::Another => Need { force: true, ..Need::default() },
            Wish::Restricted => Need { restriction: Some(restriction()), ..Need::default() },
            Wish::Refused => Need { refused_generation: Some(here.machine.generation()), ..Need::default() },
        };
        let waiter = here.next_waiter;
        here.next_waiter += 1;
        let had = here.machine.tokens(need.restriction.as_ref()).map(|(tokens, _)| set_of(tokens));
        let since_ms = self.true_ms - self.slept_ms;
        self.tabs[tab].waiters.insert(waiter, Waiting { need: need.clone(), since_ms, had });
        self.tell(tab, Input::TokenWanted { waiter, need });
        Some(())
    }

    fn perform(&mut self, tab: usize, effect: Effect) {
        self.watch_effect(tab, &effect);
        let page = self.page(tab);
        match effect {
            Effect::Errand(Errand::TakeLock { epoch }) if self.rules.lock_is_broken => {
                self.ask_mark(tab, Purpose::Lock { epoch });
            }
            Effect::Errand(Errand::TakeLock { epoch }) => {
                self.lock.wait(page, epoch);
                self.lock_since_ms = self.awake_ms();
            }
            Effect::DropLock => {
                self.lock.leave(page);
                self.lock_since_ms = self.awake_ms();
            }
            Effect::Errand(Errand::Look) => self.ask_mark(tab, Purpose::Look),
            Effect::Errand(Errand::Advance { epoch, from }) => {
                let tokens = self.tabs[tab].watched.carried;
                self.ask_mark(tab, Purpose::Advance { epoch, from, tokens });
            }
            Effect::Errand(Errand::Close { from }) => {
                let watched = &self.tabs[tab].watched;
                let family = watched.carried.map(|set| set.family);
                let by_user = watched.by_user;
                self.ask_mark(tab, Purpose::Close { from, family, by_user });
            }
            Effect::Say(message) => self.say(tab, &message),
            Effect::Persist { tokens, generation } => {
                if self.rules.keeps {
                    self.tabs[tab].store = Some((tokens, generation));
                }
            }
            Effect::Erase(_) => self.tabs[tab].store = None,
            Effect::StartTimer(delay_ms) => self.tabs[tab].timer_ms = Some(self.monotonic_ms + delay_ms),
            Effect::StopTimer => self.tabs[tab].timer_ms = None,
            Effect::Errand(Errand::SendRefresh { epoch, current, restriction }) => {
                self.send(page, epoch, Some(current), restriction);
            }
            Effect::Errand(Errand::AskProvider { epoch }) => self.send(page, epoch, None, None),
            Effect::Answer(waiter, _) => {
                self.tabs[tab].waiters.remove(&waiter);
            }
            Effect::Publish | Effect::Report(_) => {}
        }
    }

    fn send(&mut self, page: Page, epoch: u32, current: Option<Rc<TokenSet>>, restriction: Option<Restriction>) {
        let (asked_ms, ends_before) = (self.awake_ms(), self.ledger.sign_outs());
        self.requests.push(Request { page, epoch, current, restriction, answer: None, asked_ms, ends_before });
    }

    fn say(&mut self, from: usize, message: &Message) {
        let sent_ms = self.awake_ms();
        for tab in 0..self.tabs.len() {
            if tab != from && self.tabs[tab].presence != Presence::Gone {
                self.letters.push(Letter { to: self.page(tab), message: message.clone(), sent_ms });
            }
        }
    }

    /// Lets time pass; what would take too long comes about.
    fn pass(&mut self, milliseconds: u64) {
        let end_ms = self.awake_ms() + milliseconds;
        // What goes round in circles without end is found by those who wait.
        for _ in 0..10_000 {
            let (due_ms, action) = self.most_urgent().unwrap_or((u64::MAX, Action::Grant));
            let until_ms = due_ms.clamp(self.awake_ms(), end_ms);
            let step_ms = until_ms - self.awake_ms();
            self.true_ms += step_ms;
            self.wall_ms += step_ms;
            self.monotonic_ms += step_ms;
            if due_ms > end_ms || self.violation.is_some() {
                return;
            }
            assert!(self.act(action), "what is due can be done: {action:?}");
        }
        self.fail(6, "a tab never comes to rest".to_owned());
    }

    /// What has to come about first, and when at the latest.
    fn most_urgent(&self) -> Option<(u64, Action)> {
        let mut urgent: Vec<(u64, Action)> = Vec::new();
        for (number, tab) in self.tabs.iter().enumerate().filter(|(_, tab)| tab.is_open()) {
            if !tab.effects.is_empty() {
                urgent.push((tab.told_ms + EFFECT_MS, Action::Perform(number)));
                continue;
            }
            if !tab.is_started {
                urgent.push((tab.told_ms + REQUEST_MS, Action::Start(number, false)));
            }
            if let Some(writing) = tab.writings.front() {
                let action = if writing.done.is_some() { Action::Read(number) } else { Action::Write(number) };
                urgent.push((writing.asked_ms + MARK_MS, action));
            }
            if let Some(timer_ms) = tab.timer_ms {
                let in_ms = (timer_ms + TIMER_MS).saturating_sub(self.monotonic_ms);
                urgent.push((self.awake_ms() + in_ms, Action::Fire(number)));
            }
        }
        if self.lock.is_grantable() {
            urgent.push((self.lock_since_ms + LOCK_MS, Action::Grant));
        }
        let unanswered = self.requests.iter().filter(|request| request.answer.is_none()).enumerate();
        let arrivals = unanswered
            .map(|(number, request)| (request.asked_ms + REQUEST_MS / 2, Action::Arrive(number, Outcome::Served)));
        let answered = self.requests.iter().filter(|request| request.answer.is_some()).enumerate();
        let heard =
            answered.filter(|(_, request)| !self.is_alive(request.page) || self.tabs[request.page.tab].is_ready());
        let replies = heard.map(|(number, request)| (request.asked_ms + REQUEST_MS, Action::Reply(number)));
        let mail = self.letters.iter().enumerate();
        let mail = mail.filter(|(_, letter)| self.rules.channel_is_reliable && self.tabs[letter.to.tab].is_ready());
        let mail = mail.map(|(number, letter)| (letter.sent_ms + MAIL_MS, Action::Deliver(number)));
        urgent.into_iter().chain(arrivals).chain(replies).chain(mail).min_by_key(|(due_ms, _)| *due_ms)
    }
}

/// An effect in few words, with the tokens that it is about.
pub fn describe(effect: &Effect) -> String {
    match effect {
        Effect::Say(Message::Offer { generation, tokens }) => format!("says it has {generation}, {:?}", set_of(tokens)),
        Effect::Persist { tokens, generation } => format!("Persist {generation}, {:?}", set_of(tokens)),
        Effect::Errand(Errand::SendRefresh { epoch, current, .. }) => {
            format!("SendRefresh {{ epoch: {epoch} }} with {:?}", set_of(current))
        }
        Effect::Answer(waiter, answer) => format!("Answer {waiter}, {:?}", answer.as_ref().map_err(|error| error.kind)),
        other => format!("{other:?}"),
    }
}
