//! Tokens over their whole lives, in weather: long and short ones, sleep, clocks that jump, a day without the network.
//! Each row of the table is lived through on made-up clocks, twice: by a page that only waits, and by one that calls an API
//! all the time and would notice an expired token. The README has the same rows.

use super::support::{Answer, START_MS, Tab};
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::session::effect::Need;
use tokenward::core::session::refresh::LONGEST_SLEEP_MS;
use tokenward::driver::session::Snapshot;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What an API call came to.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// It went out with a token that the API takes.
    Valid,
    /// It went out with one that has ended, got a 401, and went out again.
    Refused,
    /// It did not go out.
    Failed(&'static str),
}

/// A page that lives through something. Times are true ones, in milliseconds since the sign-in.
struct Life {
    tab: Tab,
    lifetime_s: u64,
    /// How far the device's clock is ahead of the true time.
    ahead_ms: i64,
    /// When each refresh was asked for.
    tries: Vec<u64>,
    /// When each access token ends, by the provider's clock.
    ends: Vec<u64>,
    /// How often the page calls its API; `None` for never.
    calls_every_ms: Option<u64>,
    calls: Vec<Call>,
    longest_sleep_ms: u64,
}

impl Life {
    fn new(tab: Tab, lifetime_s: u64, calls_every_ms: Option<u64>) -> Self {
        let mut life = Self {
            tab,
            lifetime_s,
            ahead_ms: 0,
            tries: Vec::new(),
            ends: Vec::new(),
            calls_every_ms,
            calls: Vec::new(),
            longest_sleep_ms: 0,
        };
        life.online();
        life.look();
        // Most rows are about the access token; those about a new ID token say so.
        life.tab.world.token_changes.borrow_mut().push(("id_token".to_owned(), String::new()));
        life
    }

    fn offline(&self) {
        self.tab.world.answers.replace(vec![Answer::Silence; 10_000].into());
    }

    fn online(&self) {
        self.tab.world.answers.replace(vec![Answer::Tokens(self.lifetime_s); 2_000].into());
    }

    /// The provider sends ID tokens from now on, by its own clock.
    fn with_id_tokens(&self) {
        self.tab.world.ahead_ms.set(self.ahead_ms);
        self.tab.world.token_changes.borrow_mut().clear();
    }

    fn now(&self) -> u64 {
        self.tab.world.wall_ms.get().checked_add_signed(-self.ahead_ms).unwrap() - START_MS
    }

    /// Notes what the provider has seen since the last time.
    fn look(&mut self) {
        let now = self.now();
        self.tries.resize(self.tab.world.requests_to("/token") - 1, now);
        self.ends.resize(usize::try_from(self.tab.world.issued.get()).unwrap(), now + self.lifetime_s * SECOND);
    }

    /// Time passes; the page is open and the device awake.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now() + milliseconds;
        let mut call_at = self.calls_every_ms.map(|_| self.now());
        while self.now() < end {
            let due = self.tab.world.timer.borrow().as_ref().copied();
            let sleep_ms = due.map(|at| at.saturating_sub(self.tab.world.wall_ms.get()));
            self.longest_sleep_ms = self.longest_sleep_ms.max(sleep_ms.unwrap_or(0));
            let timer_at = sleep_ms.map(|sleep_ms| self.now() + sleep_ms);
            let next = [timer_at, call_at].into_iter().flatten().fold(end, u64::min);
            self.tab.pass(next - self.now());
            self.look();
            if call_at == Some(next) {
                self.call();
                call_at = self.calls_every_ms.map(|every| next + every);
            }
        }
    }

    /// As `auth.fetch` does it: with the token at hand while both clocks call it fresh, else after asking for one.
    fn call(&mut self) {
        let world = &self.tab.world;
        let Some(Snapshot::SignedIn { access_token, fresh_until, generation, .. }) = self.tab.session.snapshot() else {
            return self.calls.push(Call::Failed("not_signed_in"));
        };
        let is_fresh = fresh_until
            .is_none_or(|until| world.wall_ms.get() < until.wall_ms && world.monotonic_ms.get() < until.monotonic_ms);
        let token = if is_fresh { Ok(access_token.secret().to_owned()) } else { self.ask(Need::default()) };
        let outcome = match token {
            Err(code) => Call::Failed(code),
            Ok(token) if self.is_live(&token) => Call::Valid,
            Ok(_) => {
                let second = self.ask(Need { refused_generation: Some(generation), ..Need::default() });
                assert!(second.is_ok_and(|token| self.is_live(&token)), "after a 401 there is a live token");
                Call::Refused
            }
        };
        self.calls.push(outcome);
    }

    fn ask(&mut self, need: Need) -> Result<String, &'static str> {
        let answer = self.tab.want(need).take().expect("every call is answered");
        self.look();
        answer.map_err(|error| error.kind.entry().code)
    }

    /// Whether the API takes this token now.
    fn is_live(&self, token: &str) -> bool {
        let number: usize = token.strip_prefix("access-").unwrap().parse().unwrap();
        self.now() < self.ends[number - 1]
    }

    /// The device sleeps: its clock goes on, while timers and the monotonic clock stand still.
    fn sleep(&self, milliseconds: u64) {
        self.set_clock(i64::try_from(milliseconds).unwrap());
    }

    /// The user or the network sets the device's clock, which timers and the monotonic clock do not follow.
    fn jump(&mut self, minutes: i64) {
        let milliseconds = minutes * 60_000;
        self.set_clock(milliseconds);
        self.ahead_ms += milliseconds;
    }

    fn set_clock(&self, milliseconds: i64) {
        let world = &self.tab.world;
        world.wall_ms.set(world.wall_ms.get().checked_add_signed(milliseconds).unwrap());
        if let Some(at) = &mut *world.timer.borrow_mut() {
            *at = at.checked_add_signed(milliseconds).unwrap();
        }
    }

    /// `visibilitychange`, `pageshow`, `focus` or `online`.
    fn wake(&mut self) {
        self.tab.session.wake();
        self.tab.run();
        self.look();
    }

    fn spend_a_day_offline(&mut self) {
        self.pass(30 * MINUTE);
        self.offline();
        self.pass(DAY);
        assert_eq!(self.status(), "signedIn stale=true");
        self.online();
    }

    fn status(&self) -> String {
        self.tab.world.statuses.borrow().last().unwrap().clone()
    }
}

/// The times of an ID token of a quarter of an hour.
fn id_token_of(now_s: u64) -> Vec<(String, String)> {
    vec![("iat".to_owned(), now_s.to_string()), ("exp".to_owned(), (now_s + 900).to_string())]
}

/// When the provider was asked for a refresh.
enum Asked {
    Never,
    At(&'static [&'static str]),
    Every {
        seconds: u64,
        times: usize,
    },
    /// From this time to that one at the latest, at the pace of the back-off.
    BackingOff(u64, u64),
}

struct Row {
    what: &'static str,
    lifetime_s: u64,
    says_lifetime: bool,
    /// What happens from the sign-in on.
    story: fn(&mut Life),
    calls_every_ms: u64,
    asked: Asked,
    /// What became of the calls of a page that calls all the time.
    calls: &'static [Call],
    /// The session at the end.
    status: &'static str,
}

const FRESH: &str = "signedIn stale=false";
const VALID: &[Call] = &[Call::Valid];
/// A token of an hour, and nothing happens.
const USUAL: Row = Row {
    what: "",
    lifetime_s: 3600,
    says_lifetime: true,
    story: |_| {},
    calls_every_ms: MINUTE,
    asked: Asked::Never,
    calls: VALID,
    status: FRESH,
};

const ROWS: &[Row] = &[
    Row {
        what: "token of 30 days, 60 days",
        lifetime_s: 30 * 86_400,
        story: |life| life.pass(60 * DAY),
        calls_every_ms: HOUR,
        asked: Asked::At(&["719:55:00", "1439:50:00"]),
        ..USUAL
    },
    Row {
        what: "token of 10 s, an hour",
        lifetime_s: 10,
        story: |life| life.pass(HOUR),
        calls_every_ms: SECOND,
        asked: Asked::Every { seconds: 5, times: 720 },
        ..USUAL
    },
    Row {
        what: "no expires_in, 30 days",
        says_lifetime: false,
        story: |life| life.pass(30 * DAY),
        calls_every_ms: 10 * MINUTE,
        calls: &[Call::Valid, Call::Refused],
        ..USUAL
    },
    Row {
        what: "8 h of sleep, then an event",
        story: |life| {
            life.pass(10 * MINUTE);
            life.sleep(8 * HOUR);
            life.wake();
            life.pass(2 * HOUR);
        },
        asked: Asked::At(&["8:10:00", "9:05:00", "10:00:00"]),
        ..USUAL
    },
    Row {
        what: "8 h of sleep, no event",
        story: |life| {
            life.pass(10 * MINUTE);
            life.sleep(8 * HOUR);
            life.pass(2 * HOUR);
        },
        asked: Asked::At(&["8:11:00", "9:06:00", "10:01:00"]),
        ..USUAL
    },
    Row {
        what: "clock 1 h forward",
        story: |life| {
            life.pass(10 * MINUTE);
            life.jump(60);
            life.pass(2 * HOUR);
        },
        asked: Asked::At(&["0:11:00", "1:06:00", "2:01:00"]),
        ..USUAL
    },
    Row {
        what: "clock 1 h back",
        story: |life| {
            life.pass(10 * MINUTE);
            life.jump(-60);
            life.pass(2 * HOUR);
        },
        asked: Asked::At(&["0:55:00", "1:50:00"]),
        ..USUAL
    },
    Row {
        what: "clock 1 h forward, new ID token",
        story: |life| {
            life.pass(10 * MINUTE);
            life.jump(60);
            life.with_id_tokens();
            life.pass(2 * HOUR);
        },
        asked: Asked::At(&["0:11:00", "1:06:00", "2:01:00"]),
        ..USUAL
    },
    Row {
        what: "clock 1 h back, new ID token",
        story: |life| {
            life.pass(54 * MINUTE);
            life.jump(-60);
            life.with_id_tokens();
            life.pass(2 * HOUR);
        },
        asked: Asked::At(&["0:55:00", "1:50:00", "2:45:00"]),
        ..USUAL
    },
    Row {
        what: "24 h offline, then an event",
        story: |life| {
            life.spend_a_day_offline();
            life.wake();
            assert_eq!(life.status(), FRESH, "at once");
        },
        asked: Asked::BackingOff(55 * MINUTE, DAY + 30 * MINUTE),
        calls: &[Call::Valid, Call::Failed("network_failed")],
        ..USUAL
    },
    Row {
        what: "24 h offline, no event",
        story: |life| {
            life.spend_a_day_offline();
            life.pass(5 * MINUTE);
        },
        asked: Asked::BackingOff(55 * MINUTE, DAY + 35 * MINUTE),
        calls: &[Call::Valid, Call::Failed("network_failed")],
        ..USUAL
    },
];

impl Row {
    fn live(&self, calls_every_ms: Option<u64>) -> Life {
        let tab = Tab::new("memory");
        tab.world.answer_with(&[Answer::Tokens(self.lifetime_s)]);
        if !self.says_lifetime {
            tab.world.token_changes.borrow_mut().push(("expires_in".to_owned(), String::new()));
        }
        let mut life = Life::new(tab.go(SignInOptions::default()), self.lifetime_s, calls_every_ms);
        (self.story)(&mut life);
        assert_eq!(life.status(), self.status, "{}", self.what);
        assert!(life.longest_sleep_ms <= LONGEST_SLEEP_MS, "{}: longer timers overflow", self.what);
        life
    }

    /// Lives through it, checks everything, and gives the line of the table.
    fn check(&self) -> String {
        let quiet = self.live(None);
        let asked = self.check_asked(&quiet.tries);
        let busy = self.live(Some(self.calls_every_ms));
        let mut kinds: Vec<&Call> = Vec::new();
        for call in &busy.calls {
            if !kinds.contains(&call) {
                kinds.push(call);
            }
        }
        assert_eq!(kinds, self.calls.iter().collect::<Vec<_>>(), "{}", self.what);
        let count = |wanted: fn(&Call) -> bool| busy.calls.iter().filter(|call| wanted(call)).count();
        let (valid, refused) = (count(|call| *call == Call::Valid), count(|call| *call == Call::Refused));
        match self.asked {
            // Each of them was worth one 401.
            Asked::Never => assert_eq!(busy.tries.len(), refused, "{}", self.what),
            Asked::BackingOff(..) => drop(self.check_asked(&busy.tries)),
            Asked::At(_) | Asked::Every { .. } => {
                assert_eq!(busy.tries.len(), quiet.tries.len(), "{}: calls cost no refresh of their own", self.what);
            }
        }
        let failed = busy.calls.len() - valid - refused;
        let calls = format!("{valid} valid, {refused} after a 401, {failed} failed");
        format!("{:<32} | {asked:<42} | {calls:<42} | {}", self.what, self.status)
    }

    fn check_asked(&self, tries: &[u64]) -> String {
        match self.asked {
            Asked::Never => {
                assert_eq!(tries, [0; 0], "{}", self.what);
                "never".to_owned()
            }
            Asked::At(times) => {
                assert_eq!(tries.iter().map(|at| clock(*at)).collect::<Vec<_>>(), times, "{}", self.what);
                format!("at {}", times.join(" "))
            }
            Asked::Every { seconds, times } => {
                let planned: Vec<u64> = (1..).map(|round| round * seconds * SECOND).take(times).collect();
                assert_eq!(tries, planned, "{}", self.what);
                format!("every {seconds} s, {times} times")
            }
            Asked::BackingOff(first, last) => {
                self.check_back_off(tries);
                let (from, to) = (*tries.first().unwrap(), *tries.last().unwrap());
                assert_eq!(from, first, "{}", self.what);
                assert!(to <= last, "{}: {}", self.what, clock(to));
                format!("{} times from {} to {}", tries.len(), clock(from), clock(to))
            }
        }
    }

    /// 2, 4, 8 … 300 s, up to half of it taken off; the last try may come sooner, for the event.
    fn check_back_off(&self, tries: &[u64]) {
        let pauses: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (_, planned) = pauses.split_last().unwrap();
        for (doublings, pause_ms) in planned.iter().enumerate() {
            let longest_ms = ((2 * SECOND) << doublings.min(16)).min(300 * SECOND);
            let allowed = longest_ms / 2..=longest_ms;
            assert!(allowed.contains(pause_ms), "{}: {pause_ms} ms after failure {}", self.what, doublings + 1);
        }
    }
}

/// A sign-in on a device whose clock is wrong by so many minutes, with an ID token of a quarter of an hour.
fn sign_in_with_a_wrong_clock(what: &str, minutes: i64, code: &str) -> String {
    let tab = Tab::new("memory");
    tab.world.id_token_changes.replace(id_token_of(START_MS / SECOND));
    tab.world.wall_ms.set(START_MS.checked_add_signed(minutes * 60_000).unwrap());
    let tab = tab.go(SignInOptions::default());
    tab.pass(HOUR);
    assert_eq!(tab.error_code(), Some(code), "{what}");
    assert_eq!(tab.world.requests_to("/token"), 1, "{what}: nothing follows");
    format!("{what:<32} | {:<42} | {:<42} | {} {code}", "never", "", tab.world.statuses.borrow().last().unwrap())
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is the result")]
fn every_row_of_the_table_of_lifetimes_is_as_it_says() {
    let mut lines: Vec<String> = ROWS.iter().map(Row::check).collect();
    lines.push(sign_in_with_a_wrong_clock("sign-in, clock 1 h ahead", 60, "id_token_expired"));
    lines.push(sign_in_with_a_wrong_clock("sign-in, clock 1 h behind", -60, "id_token_time_invalid"));
    let head = format!("{:<32} | {:<42} | {:<42} | session", "", "refreshes asked for", "calls of a busy page");
    println!("{head}\n{}", lines.join("\n"));
}

fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / SECOND;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
