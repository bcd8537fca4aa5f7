//! Runs by chance: a seed makes the rules and the steps, and the same seed makes the same run.

use super::invariants::Violation;
use super::provider::{Outcome, Rotation};
use super::random::Random;
use super::tab::Presence;
use super::world::{Action, Rules, Wish, World};

const MOST_TABS: usize = 4;

/// One run that can be repeated.
#[derive(Clone, Debug)]
pub struct Run {
    pub rules: Rules,
    pub steps: Vec<Action>,
}

/// How much goes wrong in a run.
#[derive(Clone, Copy)]
struct Weather {
    /// Requests that fail, and pages that something happens to, in percent.
    requests: usize,
    pages: usize,
    tabs: usize,
}

impl Run {
    /// The run of a seed, and what it finds.
    pub fn of_seed(seed: u64) -> (Self, Option<Violation>) {
        let mut random = Random::new(seed);
        let rules = rules(&mut random);
        let weather = Weather {
            requests: random.pick(&[0, 10, 40]),
            pages: random.pick(&[0, 4, 15]),
            tabs: 1 + random.below(MOST_TABS),
        };
        let mut world = World::new(rules);
        let mut steps = Vec::new();
        let count = 120 + random.below(200);
        while steps.len() < count && world.violation.is_none() {
            let action = next(&world, weather, &mut random);
            if world.act(action) {
                steps.push(action);
            }
        }
        if world.violation.is_none() {
            rest(&mut world);
        }
        (Self { rules, steps }, world.violation)
    }

    /// Does the steps again.
    pub fn repeat(&self, trace: bool) -> World {
        let mut world = World::new(self.rules);
        world.trace = trace.then(Vec::new);
        for step in &self.steps {
            world.act(*step);
            if world.violation.is_some() {
                return world;
            }
        }
        world.note(|_| "-- from here on nothing goes wrong".to_owned());
        rest(&mut world);
        world
    }

    /// The same with every step left out that the violation does not need.
    pub fn shrunk(&self, violation: &Violation) -> Self {
        let fails = |steps: &[Action]| {
            let run = Self { rules: self.rules, steps: steps.to_vec() };
            run.repeat(false).violation.is_some_and(|found| found.invariant == violation.invariant)
        };
        let mut steps = self.steps.clone();
        let mut size = steps.len() / 2;
        while size > 0 {
            let mut start = 0;
            let before = steps.len();
            while start < steps.len() {
                let mut fewer = steps.clone();
                fewer.drain(start..(start + size).min(steps.len()));
                if fails(&fewer) {
                    steps = fewer;
                } else {
                    start += size;
                }
            }
            // Once more in the same size while that still helps.
            if size > 1 || steps.len() == before {
                size /= 2;
            }
        }
        Self { rules: self.rules, steps }
    }

    /// What happens in the run, line by line.
    pub fn story(&self) -> String {
        let world = self.repeat(true);
        format!("{:?}\n{}", self.rules, world.trace.unwrap_or_default().join("\n"))
    }
}

fn rules(random: &mut Random) -> Rules {
    let lifetimes = [(2, Some(10)), (3, Some(60)), (6, Some(600)), (4, Some(3600)), (1, Some(86_400 * 30)), (1, None)];
    let rotations = [
        (1, Rotation::Absent),
        (1, Rotation::Fixed),
        (8, Rotation::Strict),
        (2, Rotation::Replay(10_000)),
        (2, Rotation::Sibling(10_000)),
    ];
    Rules {
        keeps: random.chance(50),
        silent: random.chance(40),
        before_expiry_s: random.pick(&[300, 30]),
        lifetime_s: random.weighted(&lifetimes),
        rotation: random.weighted(&rotations),
        mark_is_broken: random.chance(4),
        lock_is_broken: random.chance(3),
        channel_is_reliable: random.chance(50),
    }
}

/// A step that can be done, most often one that goes on with what is under way.
fn next(world: &World, weather: Weather, random: &mut Random) -> Action {
    if world.tabs.is_empty() {
        return Action::Open;
    }
    let tab = random.below(world.tabs.len());
    loop {
        if random.chance(weather.pages) {
            return mishap(world, weather, tab, random);
        }
        match random.below(100) {
            0..72 => {
                let going_on = going_on(world);
                if !going_on.is_empty() {
                    return with_outcome(random.pick(&going_on), weather, random);
                }
            }
            72..84 => return Action::Pass(time(world, random)),
            84..94 => {
                return Action::Want(
                    tab,
                    random.pick(&[Wish::Any, Wish::Any, Wish::Lasting, Wish::Another, Wish::Refused, Wish::Restricted]),
                );
            }
            94 | 95 if world.tabs.len() < weather.tabs => return Action::Open,
            96 | 97 => return Action::SignIn(tab, u32::from(random.chance(10))),
            98 if random.chance(60) => return Action::SignOut(tab),
            99 => return Action::Wake(tab),
            _ => {}
        }
    }
}

fn time(world: &World, random: &mut Random) -> u64 {
    let timers = world.tabs.iter().filter(|tab| tab.is_open()).filter_map(|tab| tab.timer_ms);
    let next = timers.map(|due| due.saturating_sub(world.monotonic_ms)).filter(|in_ms| *in_ms > 0).min();
    match (next, random.below(10)) {
        (Some(in_ms), 0..5) => in_ms,
        (_, 5) => 1,
        (_, 6) => 600,
        (_, 7) => 5_000,
        (_, 8) => 40_000,
        _ => 100,
    }
}

/// Everything that is under way and can take its next step.
pub fn going_on(world: &World) -> Vec<Action> {
    let mut actions = Vec::new();
    for (number, tab) in world.tabs.iter().enumerate().filter(|(_, tab)| tab.presence != Presence::Gone) {
        if tab.writings.iter().any(|writing| writing.done.is_none()) {
            actions.push(Action::Write(number));
        }
        if !tab.is_open() {
            continue;
        }
        if !tab.effects.is_empty() {
            // More often than the rest: a batch of effects takes no time.
            actions.extend([Action::Perform(number); 3]);
            continue;
        }
        if !tab.is_started {
            actions.push(Action::Start(number, false));
        }
        if tab.writings.front().is_some_and(|writing| writing.done.is_some()) {
            actions.push(Action::Read(number));
        }
        if tab.timer_ms.is_some_and(|due| due <= world.monotonic_ms) {
            actions.push(Action::Fire(number));
        }
    }
    if world.lock.is_grantable() {
        actions.push(Action::Grant);
    }
    let count = |answered: bool| world.requests.iter().filter(|request| request.answer.is_some() == answered).count();
    actions.extend((0..count(false)).map(|number| Action::Arrive(number, Outcome::Served)));
    let answered = world.requests.iter().filter(|request| request.answer.is_some());
    let can_hear = |tab: usize| world.tabs[tab].is_ready();
    let heard = answered.enumerate().filter(|(_, request)| !world.is_alive(request.page) || can_hear(request.page.tab));
    actions.extend(heard.map(|(number, _)| Action::Reply(number)));
    let letters = world.letters.iter().enumerate().filter(|(_, letter)| can_hear(letter.to.tab));
    actions.extend(letters.map(|(number, _)| Action::Deliver(number)));
    actions
}

fn with_outcome(action: Action, weather: Weather, random: &mut Random) -> Action {
    match action {
        Action::Arrive(number, _) if random.chance(weather.requests) => {
            let busy = Outcome::Busy(random.pick(&[1, 7, 100]));
            let outcomes = [
                (6, Outcome::Unsent),
                (4, Outcome::Unheard),
                (6, Outcome::Fault),
                (3, busy),
                (3, Outcome::Unchecked),
                (1, Outcome::Broken),
            ];
            Action::Arrive(number, random.weighted(&outcomes))
        }
        Action::Start(tab, _) => Action::Start(tab, random.chance(weather.requests / 8)),
        _ => action,
    }
}

fn mishap(world: &World, weather: Weather, tab: usize, random: &mut Random) -> Action {
    if world.tabs[tab].presence == Presence::Frozen && random.chance(60) {
        return Action::Thaw(tab);
    }
    let can_open = world.tabs.len() < weather.tabs;
    let letter = random.below(8);
    let writes = random.below(3);
    match random.below(100) {
        0..10 => Action::Kill(tab, writes),
        10..25 => Action::Reload(tab, writes),
        25..40 => Action::Freeze(tab),
        40..55 if !world.rules.channel_is_reliable => Action::Lose(letter),
        55..60 if can_open => Action::Duplicate(tab),
        60..75 if can_open => Action::Open,
        75..80 => Action::Set(random.pick(&[-7_200_000, -3_600_000, -40_000, 40_000, 3_600_000, 7_200_000])),
        80..90 => Action::Sleep(random.pick(&[30_000, 600_000, 28_800_000]), random.chance(50)),
        90 => Action::Revoke,
        _ => Action::Wake(tab),
    }
}

/// Nothing goes wrong any more, and everything comes to rest; then every promise must be kept.
pub fn rest(world: &mut World) {
    world.rules.channel_is_reliable = true;
    // What was asked before may be lost: only from the next question on is an answer owed.
    world.tabs.iter_mut().for_each(|tab| tab.watched.asking_since_ms = u64::MAX);
    for round in [130_000, 60_000, 10_000] {
        for tab in 0..world.tabs.len() {
            world.act(Action::Thaw(tab));
        }
        finish(world);
        for tab in 0..world.tabs.len() {
            world.act(Action::Wake(tab));
        }
        world.act(Action::Pass(round));
    }
    finish(world);
    if world.violation.is_none() {
        world.check_end();
    }
}

/// Goes on with what is under way, without waiting for a timer, until nothing is.
fn finish(world: &mut World) {
    for _ in 0..5_000 {
        let urgent = going_on(world).into_iter().find(|action| !matches!(action, Action::Fire(_)));
        match urgent {
            Some(action) if world.violation.is_none() => world.act(action),
            _ => return,
        };
    }
    world.fail(6, "the tabs never come to rest".to_owned());
}
