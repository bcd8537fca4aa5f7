//! When the token of a client for itself is fetched, and when not.

use tokenward::core::base::error::{Error, Kind};
use tokenward::core::base::flight::Step;
use tokenward::core::base::secret::{AccessToken, RefreshToken};
use tokenward::core::base::time::Now;
use tokenward::core::machine::token::AppToken;
use tokenward::core::oauth::token::TokenResponse;
use tokenward::core::session::effect::Need;

const LOST_AFTER_MS: u64 = 40_000;

fn at(seconds: u64) -> Now {
    Now { wall_ms: 1_800_000_000_000 + seconds * 1000, monotonic_ms: 5_000 + seconds * 1000 }
}

fn answer(token: &str, lifetime_s: Option<u64>) -> TokenResponse {
    TokenResponse {
        access_token: AccessToken::new(token.to_owned()),
        refresh_token: None,
        id_token: None,
        lifetime_s,
        scope: None,
        authorization_details: None,
    }
}

fn failure(status: u16, retry_after_s: Option<u32>) -> Error {
    Error::new(if status == 429 { Kind::RateLimited } else { Kind::ServerError }).with_status(status, retry_after_s)
}

/// A token of its own, with the time as whoever asks sees it.
struct Client(AppToken);

impl Client {
    fn new() -> Self {
        Self(AppToken::new(300, LOST_AFTER_MS))
    }

    fn with(lifetime_s: Option<u64>) -> Self {
        let mut client = Self::new();
        let Step::Renew(flight) = client.ask(0) else { panic!("there is no token yet") };
        client.0.land(flight, Ok(answer("first", lifetime_s)), 0, at(0));
        client
    }

    fn ask(&mut self, seconds: u64) -> Step {
        self.0.ask(Need::default(), None, 0, at(seconds))
    }

    fn ask_after_refusal(&mut self, generation: u32, seconds: u64) -> Step {
        self.0.ask(Need { refused_generation: Some(generation), ..Need::default() }, None, 0, at(seconds))
    }

    fn land(&mut self, step: &Step, token: &str, seconds: u64) {
        let (Step::Renew(flight) | Step::UseAndRenew(flight)) = step else { panic!("nothing is under way: {step:?}") };
        self.0.land(*flight, Ok(answer(token, Some(3600))), 0, at(seconds));
    }

    fn token(&self) -> &str {
        self.0.access_token().unwrap().secret()
    }
}

/// T15
#[test]
fn however_many_ask_one_of_them_fetches() {
    let mut client = Client::new();
    let first = client.ask(0);
    assert!(matches!(first, Step::Renew(_)));
    for _ in 0..1000 {
        assert_eq!(client.ask(1), Step::Wait);
    }
    client.land(&first, "t", 2);
    assert_eq!((client.ask(2), client.token()), (Step::Use, "t"));
}

#[test]
fn the_next_one_is_fetched_before_the_end_beside_those_who_use_the_old_one() {
    let mut client = Client::with(Some(3600));
    assert_eq!(client.ask(3299), Step::Use);
    let renewal = client.ask(3300);
    assert!(matches!(renewal, Step::UseAndRenew(_)), "300 s before the end");
    assert_eq!(client.ask(3301), Step::Use, "by one of them");
    client.land(&renewal, "second", 3302);
    assert_eq!((client.ask(3400), client.token()), (Step::Use, "second"));
}

/// The trap of `expires_in - 300`.
#[test]
fn a_short_life_has_no_time_below_zero() {
    for lifetime_s in [1, 2, 10, 60, 299, 300, 301, 599] {
        let mut client = Client::with(Some(lifetime_s));
        assert_eq!(client.ask(0), Step::Use, "{lifetime_s}");
        assert_eq!(client.ask(lifetime_s / 2 - lifetime_s.min(2) / 2), Step::Use, "{lifetime_s}");
        assert!(matches!(client.ask(lifetime_s), Step::Renew(_)), "{lifetime_s}");
        assert!(client.0.fresh_until().unwrap().wall_ms >= at(0).wall_ms + lifetime_s * 1000 / 2, "{lifetime_s}");
    }
}

#[test]
fn a_token_whose_end_nobody_names_is_good_until_it_is_refused() {
    let mut client = Client::with(None);
    assert_eq!(client.ask(100 * 365 * 86_400), Step::Use);
    assert_eq!(client.0.fresh_until(), None);
    assert!(matches!(client.ask_after_refusal(1, 100 * 365 * 86_400), Step::Renew(_)));
}

#[test]
fn a_clock_that_is_set_back_makes_no_token_younger() {
    let mut client = Client::with(Some(900));
    let set_back = Now { wall_ms: 1, monotonic_ms: at(900).monotonic_ms };
    assert!(matches!(client.0.ask(Need::default(), None, 0, set_back), Step::Renew(_)));
}

#[test]
fn a_refused_token_is_replaced_once_for_all_who_had_it() {
    let mut client = Client::with(Some(3600));
    let renewal = client.ask_after_refusal(1, 100);
    assert!(matches!(renewal, Step::Renew(_)));
    assert_eq!(client.ask_after_refusal(1, 100), Step::Wait);
    client.land(&renewal, "second", 101);
    assert_eq!(client.ask_after_refusal(1, 101), Step::Use, "the second is not the one that was refused");
}

#[test]
fn an_api_that_refuses_every_token_is_given_new_ones_ever_more_seldom() {
    let mut client = Client::with(Some(86_400));
    let mut fetched = 0;
    let mut last = None;
    for second in 0..3600 {
        let generation = client.0.generation();
        match client.ask_after_refusal(generation, second) {
            Step::Fail(error) => last = Some(error),
            step => {
                fetched += 1;
                client.land(&step, "another", second);
            }
        }
    }
    // 1 at once, then after 2, 4, 8 … 256 s, and every 300 s.
    assert!((15..=22).contains(&fetched), "{fetched}");
    let error = last.unwrap();
    assert_eq!((error.kind, error.status, error.is_retryable()), (Kind::TokenRefused, Some(401), false));
    assert_eq!(client.ask(3600), Step::Use, "whoever has not been refused gets the token");
}

#[test]
fn a_token_that_served_for_a_while_is_replaced_at_once() {
    let mut client = Client::with(Some(86_400));
    for minute in 1..100 {
        let step = client.ask_after_refusal(client.0.generation(), minute * 60);
        assert!(matches!(step, Step::Renew(_)), "minute {minute}");
        client.land(&step, "another", minute * 60);
    }
}

#[test]
fn between_two_tries_everybody_gets_the_same_error_and_sends_nothing() {
    let mut client = Client::new();
    let mut tries = 0;
    for second in 0..1000 {
        match client.ask(second) {
            Step::Renew(flight) => {
                tries += 1;
                client.0.land(flight, Err(failure(503, None)), 0, at(second));
            }
            Step::Fail(error) => assert_eq!((error.kind, error.status), (Kind::ServerError, Some(503))),
            step => panic!("{step:?}"),
        }
    }
    assert!((8..=12).contains(&tries), "{tries}");
}

#[test]
fn the_token_endpoint_is_not_asked_before_it_says() {
    let mut client = Client::new();
    let Step::Renew(flight) = client.ask(0) else { panic!("there is no token yet") };
    client.0.land(flight, Err(failure(429, Some(120))), 255, at(0));
    assert!(matches!(client.ask(119), Step::Fail(_)));
    assert!(matches!(client.ask(120), Step::Renew(_)));
}

#[test]
fn a_failure_does_not_take_away_a_token_that_is_good() {
    let mut client = Client::with(Some(3600));
    let Step::UseAndRenew(flight) = client.ask(3300) else { panic!("it is time") };
    client.0.land(flight, Err(failure(503, None)), 0, at(3300));
    assert_eq!((client.ask(3301), client.token()), (Step::Use, "first"));
    assert!(matches!(client.ask(3303), Step::UseAndRenew(_)), "and it is tried again");
    assert!(matches!(client.ask(3600), Step::Renew(_)), "and nobody uses it beyond its end");
}

#[test]
fn what_never_lands_holds_nobody_up_for_ever() {
    let mut client = Client::new();
    let Step::Renew(lost) = client.ask(0) else { panic!("there is no token yet") };
    assert_eq!(client.ask(39), Step::Wait);
    let again = client.ask(40);
    assert!(matches!(again, Step::Renew(_)));
    client.0.land(lost, Err(failure(503, None)), 0, at(41));
    assert_eq!(client.ask(42), Step::Wait, "what was given up brings no trouble");
    client.land(&again, "second", 43);
    assert_eq!(client.ask(43), Step::Use);
}

#[test]
fn whoever_asks_for_a_newer_one_is_content_with_any() {
    let mut client = Client::with(Some(3600));
    for need in [Need { force: true, ..Need::default() }, Need { min_ttl_ms: 86_400_000, ..Need::default() }] {
        let since = client.0.generation();
        let step = client.0.ask(need.clone(), None, 0, at(10));
        assert!(matches!(step, Step::Renew(_)), "{need:?}");
        assert_eq!(client.0.ask(need.clone(), Some(since), 0, at(10)), Step::Wait, "{need:?}");
        client.land(&step, "another", 10);
        assert_eq!(client.0.ask(need.clone(), Some(since), 0, at(10)), Step::Use, "{need:?}");
    }
    assert_eq!(client.0.ask(Need { min_ttl_ms: 60_000, ..Need::default() }, None, 0, at(10)), Step::Use);
}

#[test]
fn a_refresh_token_is_kept_until_another_comes() {
    let mut client = Client::new();
    for (given, kept) in [(Some("r1"), Some("r1")), (None, Some("r1")), (Some("r2"), Some("r2")), (None, Some("r2"))] {
        let Step::Renew(flight) = client.0.ask(Need { force: true, ..Need::default() }, None, 0, at(0)) else {
            panic!("a force is one");
        };
        let refresh_token = given.map(|token: &str| RefreshToken::new(token.to_owned()));
        client.0.land(flight, Ok(TokenResponse { refresh_token, ..answer("t", Some(60)) }), 0, at(0));
        assert_eq!(client.0.refresh_token().map(RefreshToken::secret), kept);
    }
    let refused = client.ask_after_refusal(client.0.generation(), 1);
    assert!(client.0.refresh_token().is_none(), "what gave a refused token is not asked again: {refused:?}");
    client.0.forget_refresh_token();
    assert!(!client.0.inspect(at(1)).has_refresh_token);
}

/// T16
#[test]
fn what_is_printed_of_it_holds_no_token() {
    let mut client = Client::with(Some(3600));
    client.land(&Step::Renew(0), "sentinel", 0);
    let printed = format!("{:?} {:?}", client.0, client.0.inspect(at(0)));
    assert!(!printed.contains("sentinel"), "{printed}");
    let inspection = client.0.inspect(at(0));
    assert_eq!(inspection.expires_at_wall_ms, Some(at(3600).wall_ms));
    assert_eq!(inspection.refresh_at_wall_ms, Some(at(3300).wall_ms));
}

/// T15
#[test]
fn a_flight_that_was_given_up_may_still_bring_a_token_but_no_trouble() {
    let mut client = Client::new();
    let Step::Renew(lost) = client.ask(0) else { panic!("there is no token yet") };
    let Step::Renew(next) = client.ask(LOST_AFTER_MS / 1000) else { panic!("the first one is given up") };
    client.0.land(lost, Err(failure(503, None)), 0, at(41));
    assert_eq!(client.ask(41), Step::Wait, "the next one is under way");
    client.0.land(next, Ok(answer("second", Some(3600))), 0, at(42));
    assert_eq!((client.ask(42), client.token()), (Step::Use, "second"));

    let mut client = Client::new();
    let Step::Renew(lost) = client.ask(0) else { panic!("there is no token yet") };
    client.0.land(lost, Ok(answer("late", Some(3600))), 0, at(60));
    assert_eq!((client.ask(60), client.token()), (Step::Use, "late"));
}

/// T15
#[test]
fn trouble_that_comes_too_late_keeps_nobody_waiting() {
    let mut client = Client::new();
    let Step::Renew(lost) = client.ask(0) else { panic!("there is no token yet") };
    let Step::Renew(next) = client.ask(LOST_AFTER_MS / 1000) else { panic!("the first one is given up") };
    client.0.land(next, Ok(answer("second", Some(100))), 0, at(41));
    client.0.land(lost, Err(failure(503, Some(3600))), 0, at(42));
    assert!(matches!(client.ask(141), Step::Renew(_)), "there is nothing to rest from");
}

/// Where the platform ends a request with the one that began it, a flight is given up sooner than a request for a token ends.
#[test]
fn an_endpoint_that_fails_late_fails_everybody_and_is_asked_ever_more_seldom() {
    const GIVEN_UP_AFTER_S: u64 = 5;
    for takes_s in [6, 10, 30] {
        let mut client = AppToken::new(300, GIVEN_UP_AFTER_S * 1000);
        // Two callers each of whom asks again and again until it knows: what each has under way, and until when.
        let mut callers = [None, None];
        let mut left = callers.len();
        let mut begun = 0;
        for second in 0..180 {
            for caller in callers.iter_mut().filter(|caller| !matches!(caller, Some((0, _)))) {
                match *caller {
                    Some((_, until)) if until > second => continue,
                    Some((flight, _)) => client.land(flight, Err(failure(504, None)), 0, at(second)),
                    None => {}
                }
                *caller = match client.ask(Need::default(), None, 0, at(second)) {
                    Step::Renew(flight) => Some((flight, second + takes_s)),
                    Step::Wait => None,
                    Step::Fail(error) => {
                        assert_eq!((error.kind, error.status), (Kind::ServerError, Some(504)));
                        left -= 1;
                        Some((0, 0))
                    }
                    step => panic!("there is no token: {step:?}"),
                };
                begun += u32::from(matches!(caller, Some((1.., _))));
            }
        }
        assert_eq!(left, 0, "an endpoint that fails after {takes_s} s keeps callers waiting");
        assert!(begun <= 8, "{begun} requests in three minutes");
    }
}

/// T15
#[test]
fn a_flight_that_was_given_up_is_trouble_where_no_later_one_was_good() {
    let mut client = Client::new();
    let Step::Renew(lost) = client.ask(0) else { panic!("there is no token yet") };
    let Step::Renew(next) = client.ask(LOST_AFTER_MS / 1000) else { panic!("the first one is given up") };
    client.0.land(lost, Err(failure(503, Some(120))), 0, at(90));
    assert!(matches!(client.ask(91), Step::Fail(_)), "nothing is under way any more");
    assert!(matches!(client.ask(209), Step::Fail(_)), "and the endpoint said when to come back");
    client.0.land(next, Ok(answer("second", Some(3600))), 0, at(209));
    assert_eq!((client.ask(209), client.token()), (Step::Use, "second"));
}
