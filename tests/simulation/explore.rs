//! Every order of the steps of two tabs, for small stories: depth first, and no state twice.
//!
//! What only the tab itself sees (timers, answers, snapshots, reports) is done at once: its order among the steps of others
//! makes no difference. Where nothing is left to do but to wait, the rest of the story is checked as after a random run.

use super::provider::{Outcome, Rotation, set_of};
use super::schedule::{going_on, rest};
use super::tab::Page;
use super::world::{Action, Rules, Wish, World, describe};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use tokenward::core::session::effect::Effect;
use tokenward::core::session::message::Message;

/// One thing that may happen once, whenever it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Once(Action),
    /// Any of the messages under way is lost.
    Loss,
    /// An answer is lost.
    Silence,
    /// The next timer comes before anything else does.
    Elapse,
}

struct Search {
    seen: HashSet<u64>,
    /// How many states are looked at, at most.
    limit: usize,
    states: usize,
    ends: usize,
    deepest: usize,
}

/// What was found, and whether that was all there is.
struct Found {
    states: usize,
    ends: usize,
    deepest: usize,
    is_all: bool,
}

/// Two tabs of one session whose tokens are due.
fn due(rotation: Rotation, keeps: bool) -> World {
    let rules = Rules {
        keeps,
        silent: false,
        before_expiry_s: 300,
        lifetime_s: Some(600),
        rotation,
        mark_is_broken: false,
        lock_is_broken: false,
        channel_is_reliable: false,
    };
    let mut world = World::new(rules);
    for action in [Action::Open, Action::Open, Action::SignIn(0, 0)] {
        complete(&mut world);
        assert!(world.act(action));
    }
    complete(&mut world);
    for _ in 0..4 {
        world.act(Action::Sleep(60_000, true));
        complete(&mut world);
    }
    world.act(Action::Sleep(60_000, true));
    world
}

/// Does everything there is to do.
fn complete(world: &mut World) {
    while let Some(action) = going_on(world).into_iter().next() {
        world.act(action);
    }
}

/// Does what only the tab itself sees.
fn settle(world: &mut World) {
    for tab in 0..world.tabs.len() {
        while world.tabs[tab].is_open() && world.tabs[tab].effects.front().is_some_and(|effect| is_inner(effect, world))
        {
            world.act(Action::Perform(tab));
        }
    }
}

const fn is_inner(effect: &Effect, world: &World) -> bool {
    match effect {
        Effect::StartTimer(_) | Effect::StopTimer | Effect::Answer(..) | Effect::Publish | Effect::Report(_) => true,
        Effect::Persist { .. } | Effect::Erase(_) => !world.rules.keeps,
        _ => false,
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Everything that decides what can still happen, in one number.
fn key(world: &World, turns: &[Turn]) -> u64 {
    let mut text = format!("{turns:?} {} {} {:?} {:?}", world.wall_ms, world.monotonic_ms, world.lock, world.register);
    for tab in &world.tabs {
        let store = tab.store.as_ref().map(|(tokens, generation)| (set_of(tokens), *generation));
        let effects: Vec<String> = tab.effects.iter().map(describe).collect();
        let tokens = tab.tokens().map(set_of);
        let waiters: Vec<_> = tab.waiters.keys().collect();
        write!(text, "{:?} {} {:?} {tokens:?} {effects:?} {:?}", tab.presence, tab.life, tab.machine, tab.timer_ms)
            .unwrap();
        write!(text, "{:?} {store:?} {waiters:?} {}", tab.writings, tab.is_started).unwrap();
    }
    for request in &world.requests {
        let current = request.current.as_ref().map(set_of);
        let answer = request.answer.as_ref().map(|answer| answer.as_ref().map(|tokens| tokens.access_token.secret()));
        write!(text, "{:?} {} {current:?} {:?}", request.page, request.epoch, answer.map(Result::ok)).unwrap();
    }
    write!(text, "{:?} {:?}", world.provider.families, world.provider.grants).unwrap();
    // Messages have no order.
    let letter = |to: Page, message: &Message| hash(&format!("{to:?} {}", describe(&Effect::Say(message.clone()))));
    let letters = world.letters.iter().map(|one| letter(one.to, &one.message));
    letters.fold(hash(&text), u64::wrapping_add)
}

impl Search {
    /// Looks at a state and all that can come of it; the steps that led to a violation, last first.
    fn visit(&mut self, world: &World, turns: &[Turn], depth: usize) -> Result<(), Vec<Action>> {
        if self.states >= self.limit || !self.seen.insert(key(world, turns)) {
            return Ok(());
        }
        self.states += 1;
        self.deepest = self.deepest.max(depth);
        let mut next: Vec<(Action, Vec<Turn>)> = Vec::new();
        let mut possible = going_on(world);
        possible.dedup();
        let is_end = possible.is_empty();
        next.extend(possible.into_iter().map(|action| (action, turns.to_vec())));
        for (number, turn) in turns.iter().enumerate() {
            let mut left = turns.to_vec();
            left.remove(number);
            next.extend(turned(world, *turn).into_iter().map(|action| (action, left.clone())));
        }
        for (action, left) in next {
            let mut after = world.clone();
            if !after.act(action) {
                continue;
            }
            settle(&mut after);
            let found = if after.violation.is_some() { Err(Vec::new()) } else { self.visit(&after, &left, depth + 1) };
            found.map_err(|mut steps| {
                steps.push(action);
                steps
            })?;
        }
        if is_end {
            self.ends += 1;
            let mut after = world.clone();
            rest(&mut after);
            if after.violation.is_some() {
                return Err(Vec::new());
            }
        }
        Ok(())
    }
}

/// What a turn can be at present.
fn turned(world: &World, turn: Turn) -> Vec<Action> {
    match turn {
        Turn::Once(action) => vec![action],
        Turn::Loss => (0..world.letters.len()).map(Action::Lose).collect(),
        Turn::Silence => vec![Action::Arrive(0, Outcome::Unheard)],
        Turn::Elapse => {
            let timers = world.tabs.iter().filter(|tab| tab.is_open()).filter_map(|tab| tab.timer_ms);
            let waits = timers.filter_map(|due| due.checked_sub(world.monotonic_ms)).filter(|wait| *wait > 0);
            waits.min().map(|wait| Action::Sleep(wait, true)).into_iter().collect()
        }
    }
}

fn explore(name: &str, start: &World, turns: &[Turn], limit: usize) -> Found {
    let mut search = Search { seen: HashSet::new(), limit, states: 0, ends: 0, deepest: 0 };
    if let Err(mut steps) = search.visit(start, turns, 0) {
        steps.reverse();
        let mut world = start.clone();
        world.trace = Some(Vec::new());
        for step in &steps {
            world.act(*step);
            settle(&mut world);
        }
        if world.violation.is_none() {
            rest(&mut world);
        }
        println!("{}", world.trace.unwrap_or_default().join("\n"));
        panic!("{name}: {:?} after {} states", world.violation, search.states);
    }
    let Search { states, ends, deepest, .. } = search;
    Found { states, ends, deepest, is_all: states < limit }
}

/// The stories, each with what may happen in it.
fn stories() -> Vec<(&'static str, bool, Vec<Turn>)> {
    let once = Turn::Once;
    let elapse = Turn::Elapse;
    vec![
        ("nothing goes wrong", false, vec![]),
        (
            "both want another token",
            false,
            vec![once(Action::Want(0, Wish::Another)), once(Action::Want(1, Wish::Another))],
        ),
        ("a tab is killed", false, vec![once(Action::Kill(0, 0)), elapse]),
        ("a tab is killed, and what it wrote stays", false, vec![once(Action::Kill(0, 1)), elapse]),
        ("a tab is reloaded", true, vec![once(Action::Reload(0, 0)), elapse]),
        ("a tab is reloaded, and what it wrote stays", true, vec![once(Action::Reload(0, 1)), elapse]),
        ("a tab is frozen, and comes back", false, vec![once(Action::Freeze(0)), once(Action::Thaw(0)), elapse]),
        ("a message is lost", false, vec![Turn::Loss, elapse]),
        ("an answer is lost", false, vec![Turn::Silence, elapse]),
        ("a tab signs out", false, vec![once(Action::SignOut(0)), elapse]),
        ("both sign out", false, vec![once(Action::SignOut(0)), once(Action::SignOut(1))]),
        ("a tab signs in", false, vec![once(Action::SignIn(0, 0)), elapse]),
        ("one signs in, the other out", false, vec![once(Action::SignIn(0, 1)), once(Action::SignOut(1))]),
        ("one signs out, and is killed", false, vec![once(Action::SignOut(0)), once(Action::Kill(0, 1))]),
    ]
}

/// R02, L09
#[test]
fn no_order_of_the_steps_of_two_tabs_breaks_an_invariant() {
    let limit = if cfg!(debug_assertions) { 2_000 } else { 150_000 };
    let mut all = (0, 0, 0);
    for (name, keeps, turns) in stories() {
        let found = explore(name, &due(Rotation::Strict, keeps), &turns, limit);
        let Found { states, ends, deepest, is_all } = found;
        let extent = if is_all { "all" } else { "the first" };
        println!("{name}: {extent} {states} states, {ends} ends, {deepest} steps deep");
        all = (all.0 + states, all.1 + ends, deepest.max(all.2));
    }
    println!("{} states of two tabs, {} ends, up to {} steps deep: 0 violations", all.0, all.1, all.2);
}
