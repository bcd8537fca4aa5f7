//! Sessions over time: refreshes, failures, other keys, the replay window, and the ends of sessions.

use super::world::{Browser, PAGE, World, ask, asked};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use tokenward::core::base::form::values;
use tokenward::core::bff::headers::Headers;
use tokenward::edge::bff::{Handled, Passage, Passed};

const BOTH: [&str; 2] = ["", r#","hasStore":true"#];
const INVALID_TOKEN: &str = "Bearer error=\"invalid_token\"";

fn world() -> Rc<World> {
    Rc::new(World::new(3))
}

fn signed_in(more: &str) -> (Rc<World>, Browser) {
    let world = world();
    let browser = Browser::at(&world, more);
    assert_eq!(browser.sign_in("alice").status, 200);
    (world, browser)
}

#[test]
fn a_call_has_the_token_and_a_due_one_is_renewed_first() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        assert_eq!(browser.call(&[(200, "")]), (vec!["Bearer at-alice-1".to_owned()], 200));
        browser.sleep(150_000);
        assert_eq!(browser.call(&[(200, "")]), (vec!["Bearer at-alice-2".to_owned()], 200));
        browser.sleep(10_000_000);
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-3"]);
        assert_eq!(world.provider.refreshes.get(), 2);
    }
}

#[test]
fn a_fault_that_passes_leaves_the_session_stale_and_then_waits() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        browser.sleep(290_500);
        world.provider.says.borrow_mut().extend([(503, ""), (503, ""), (503, "")]);
        let seen = browser.session();
        assert_eq!((seen.is("status", "signedIn"), seen.truth("stale")), (true, Some(true)));
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-1"], "as long as it lives");
        browser.sleep(12_000);
        let failed = browser.ask("GET", "/api/x", &PAGE, "");
        assert_eq!((failed.status, failed.json().text("error").as_deref()), (503, Some("refresh_failed")));
        assert!(failed.header("retry-after").is_some());
        // Between two tries nobody asks the provider.
        let asked = world.sent.borrow().len();
        browser.ask("GET", "/api/x", &PAGE, "");
        assert_eq!(world.sent.borrow().len(), asked);
        browser.sleep(10_000);
        world.provider.says.borrow_mut().clear();
        assert_eq!(browser.call(&[(200, "")]), (vec!["Bearer at-alice-2".to_owned()], 200));
    }
}

/// R08
#[test]
fn what_the_provider_ended_is_over() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        world.provider.ended.borrow_mut().insert("alice".to_owned());
        browser.sleep(299_000);
        let seen = browser.session();
        assert_eq!((seen.is("status", "signedOut"), seen.is("reason", "expired")), (true, true));
        assert_eq!(browser.call(&[(200, "")]), (Vec::new(), 401));
        assert_eq!(world.provider.refreshes.get(), 1, "and is not asked for again");
    }
}

/// A connection that the provider was just closing.
#[test]
fn a_request_without_an_answer_is_sent_once_more() {
    for more in BOTH {
        let world = world();
        let browser = Browser::at(&world, more);
        world.provider.unanswered.set(1);
        assert_eq!(browser.sign_in("alice").status, 200);
        browser.sleep(299_999);
        world.provider.unanswered.set(1);
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-2"]);
        browser.sleep(299_000);
        world.provider.unanswered.set(3);
        assert_eq!(browser.session().truth("stale"), Some(true));
        browser.sleep(10_000);
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-3"]);
    }
}

/// A provider that looks for replays takes no assertion twice.
#[test]
fn a_request_that_is_sent_once_more_has_an_assertion_of_its_own() {
    let world = Rc::new(World::new(7));
    let browser = Browser::at(&world, r#","privateKey":{"alg":"ES256"}"#);
    world.provider.unanswered.set(1);
    assert_eq!(browser.sign_in("alice").status, 200);
    let sent = world.sent.borrow();
    let assertions: Vec<String> =
        sent.iter().map(|one| values(one.form.as_ref().unwrap().secret(), "client_assertion").concat()).collect();
    assert_eq!(assertions.len(), 2);
    assert!(!assertions[0].is_empty() && assertions[0] != assertions[1]);
}

/// The operator's mistake is no user's.
#[test]
fn a_client_that_is_refused_signs_nobody_out() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        browser.sleep(299_999);
        world.provider.says.borrow_mut().push((401, r#"{"error":"invalid_client"}"#));
        assert!(browser.is_signed_in());
        browser.sleep(10_000);
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-2"]);
    }
}

#[test]
fn what_an_api_refuses_is_renewed_and_asked_once_more() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        let both = vec!["Bearer at-alice-1".to_owned(), "Bearer at-alice-2".to_owned()];
        assert_eq!(browser.call(&[(401, INVALID_TOKEN), (200, "")]), (both, 200));
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-2"], "it is kept");
        // An API that refuses every token has the provider asked once a minute.
        assert_eq!(browser.call(&[(401, INVALID_TOKEN)]), (vec!["Bearer at-alice-2".to_owned()], 401));
        browser.sleep(60_000);
        assert_eq!(browser.call(&[(401, INVALID_TOKEN)]).0.len(), 2);
        assert_eq!(world.provider.refreshes.get(), 2);
        // And one that wants something else is the page's matter.
        browser.sleep(60_000);
        assert_eq!(browser.call(&[(403, "Bearer error=\"insufficient_scope\"")]).0.len(), 1);
        assert!(browser.is_signed_in());
    }
}

#[test]
fn an_api_that_does_not_answer_is_no_end() {
    let (_, browser) = signed_in("");
    assert_eq!(browser.call(&[(0, "")]), (vec!["Bearer at-alice-1".to_owned()], 502));
    assert!(browser.is_signed_in());
}

/// A cookie one generation old is as good as the next for as long as the window says, and no longer.
#[test]
fn an_old_cookie_is_good_within_the_replay_window() {
    let (world, browser) = signed_in("");
    browser.sleep(299_000);
    let kept = browser.copy();
    assert!(browser.is_signed_in());
    kept.sleep(29_000);
    let late = kept.copy();
    assert_eq!(kept.call(&[(200, "")]).0, ["Bearer at-alice-2"]);
    assert_eq!(kept.call(&[(200, "")]).0, ["Bearer at-alice-2"], "and its browser has the next cookie now");
    // After it, only the provider can tell a slow browser from a thief.
    late.sleep(2_000);
    assert!(!late.is_signed_in());
    assert_eq!(world.provider.ended.borrow().len(), 1);
}

/// However late the browser comes again, and through however many renewals of others.
#[test]
fn an_answer_that_was_lost_costs_nothing_within_a_window_as_long_as_the_session() {
    let (world, browser) = signed_in(r#","replayWindowSeconds":604800"#);
    let kept = browser.copy();
    for generation in [2, 3] {
        browser.sleep(299_000);
        assert_eq!(browser.call(&[(200, "")]).0, [format!("Bearer at-alice-{generation}")]);
    }
    kept.sleep(7 * 60 * 60 * 1_000);
    assert_eq!(kept.call(&[(200, "")]), (vec!["Bearer at-alice-4".to_owned()], 200));
    assert_eq!(browser.call(&[(200, "")]), (vec!["Bearer at-alice-4".to_owned()], 200));
    assert!(world.provider.ended.borrow().is_empty());
    // A sign-out ends every cookie there ever was.
    let late = kept.copy();
    browser.ask("POST", "/auth/logout", &PAGE, "{}");
    assert!(!late.is_signed_in());
}

/// Nobody is signed out by a new key, neither when it comes nor when the old one goes.
#[test]
fn a_new_key_signs_nobody_out() {
    for more in BOTH {
        let world = world();
        let old = world.isolate_with(more, &["key-one1"]);
        let browser = Browser::before(&world, &old);
        browser.sign_in("alice");
        let before = browser.jar.borrow().header();
        let with_both = browser.goes_to(&world.isolate_with(more, &["key-two2", "key-one1"]));
        assert!(with_both.is_signed_in());
        assert_ne!(with_both.jar.borrow().header(), before);
        let cookie = with_both.jar.borrow().header();
        assert!(with_both.is_signed_in());
        assert_eq!(with_both.jar.borrow().header(), cookie, "it is set anew once");
        let with_new = with_both.goes_to(&world.isolate_with(more, &["key-two2"]));
        assert_eq!(with_new.call(&[(200, "")]).0, ["Bearer at-alice-1"]);
        // What was not shown meanwhile is gone with its key.
        assert!(!browser.goes_to(&with_new.bff).is_signed_in());
    }
}

#[test]
fn a_session_that_nobody_uses_ends() {
    for more in BOTH {
        let (_, browser) = signed_in(&format!(r#"{more},"session":{{"idleSeconds":1000,"absoluteSeconds":5000}}"#));
        let idle = browser.copy();
        for _ in 0..4 {
            browser.sleep(900_000);
            assert!(browser.is_signed_in(), "it is used");
        }
        if more.is_empty() {
            assert!(!idle.is_signed_in(), "its cookie is not");
        }
        browser.sleep(999_000);
        assert!(browser.is_signed_in());
        browser.sleep(401_000);
        assert!(!browser.is_signed_in(), "no session is for ever");
    }
}

/// The store's own time goes on with the session's use, and ends with it.
#[test]
fn a_store_forgets_what_is_over() {
    let (world, browser) = signed_in(r#","hasStore":true,"session":{"idleSeconds":1000,"absoluteSeconds":5000}"#);
    assert_eq!(world.stored("s:").len(), 1);
    browser.sleep(900_000);
    browser.session();
    browser.sleep(900_000);
    assert_eq!(world.stored("s:").len(), 1);
    browser.sleep(101_000);
    assert!(world.stored("").is_empty());
}

/// What the provider was asked to revoke.
fn revoked(world: &World) -> Vec<String> {
    let sent = world.sent.borrow();
    let asked = sent.iter().filter(|one| one.url.ends_with("/revoke"));
    asked.map(|one| values(one.form.as_ref().unwrap().secret(), "token").join("")).collect()
}

/// A leader whose session was ended by its browser or by its provider while it was at the provider.
#[test]
fn tokens_that_come_after_the_end_are_given_back() {
    for (more, is_told) in BOTH.map(|more| [(more, false), (more, true)]).concat() {
        let (world, browser) = signed_in(more);
        browser.sleep(299_000);
        world.provider.answer_ms.set(4_000);
        let (bff, slow) = (Rc::clone(&browser.bff), asked("GET", "/api/x", &PAGE, &browser.jar.borrow().header(), ""));
        world.sim.spawn(async move {
            assert!(matches!(bff.handle(slow).await, Handled::Answer(answer) if answer.status == 401));
        });
        let (bff, jar) = (Rc::clone(&browser.bff), browser.jar.borrow().header());
        let (sim, token) = (Rc::clone(&world.sim), logout_token(&world));
        world.sim.wait_for(async move {
            sim.sleep(50).await;
            let end = if is_told {
                asked("POST", "/auth/backchannel-logout", &FORM, "", &token)
            } else {
                asked("POST", "/auth/logout", &PAGE, &jar, "")
            };
            assert_eq!(ask(&bff, end).await.status, 200);
        });
        assert!(revoked(&world).contains(&"rt-alice-2".to_owned()), "{more} {is_told}");
        assert!(!browser.is_signed_in());
    }
}

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

fn logout_token(world: &World) -> String {
    let events = r#""events":{"http://schemas.openid.net/event/backchannel-logout":{}}"#;
    let token = world.logout_token(&format!(r#""jti":"1","sid":"sid-alice","sub":"user-of-alice",{events}"#));
    format!("logout_token={token}")
}

/// Some of them looked before the sign-out, and took the lease after it.
#[test]
fn a_leader_that_looked_before_the_end_gives_its_tokens_back() {
    let mut leaders = 0;
    for (seed, after_ms) in (1..3).flat_map(|seed| (0..40).step_by(2).map(move |after_ms| (seed, after_ms))) {
        let mut world = World::new(seed);
        world.store_ms = 20;
        let world = Rc::new(world);
        let browser = Browser::at(&world, "");
        assert_eq!(browser.sign_in("alice").status, 200);
        browser.sleep(299_000);
        world.provider.answer_ms.set(4_000);
        let (bff, jar) = (Rc::clone(&browser.bff), browser.jar.borrow().header());
        let (sim, other, slow) = (Rc::clone(&world.sim), Rc::clone(&bff), asked("GET", "/api/x", &PAGE, &jar, ""));
        world.sim.spawn(async move {
            sim.sleep(after_ms).await;
            other.handle(slow).await;
        });
        let end = asked("POST", "/auth/logout", &PAGE, &jar, "");
        assert_eq!(world.sim.wait_for(async move { ask(&bff, end).await }).status, 200);
        let led = world.provider.refreshes.get();
        assert!(led == 0 || revoked(&world).contains(&"rt-alice-2".to_owned()), "{seed} {after_ms}");
        leaders += led;
    }
    assert!(leaders > 0);
}

/// Nobody else presents the refresh token that a leader has spent, however long the keys take that its new ID token needs.
#[test]
fn a_leader_ends_before_its_lease() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        let elsewhere = world.isolate(more);
        Browser::before(&world, &elsewhere).sign_in("bob");
        browser.sleep(299_000);
        world.provider.documents_ms.set(15_000);
        world.provider.renews_id_token.set(true);
        world.provider.key_id.set("k2");
        let later = browser.goes_to(&elsewhere);
        let (bff, asks) =
            (Rc::clone(&browser.bff), asked("GET", "/auth/session", &PAGE, &browser.jar.borrow().header(), ""));
        world.sim.spawn(async move {
            ask(&bff, asks).await;
        });
        let (bff, asks) = (elsewhere, asked("GET", "/auth/session", &PAGE, &later.jar.borrow().header(), ""));
        let sim = Rc::clone(&world.sim);
        world.sim.wait_for(async move {
            sim.sleep(11_000).await;
            ask(&bff, asks).await;
        });
        assert!(world.provider.ended.borrow().is_empty(), "{more}");
        world.provider.documents_ms.set(0);
        later.sleep(20_000);
        assert_eq!(later.call(&[(200, "")]).1, 200, "{more}");
        assert!(world.provider.ended.borrow().is_empty(), "{more}");
    }
}

/// A token that is still good is not kept waiting for whatever the provider does not answer: its keys, or who it is.
#[test]
fn a_provider_that_hangs_costs_eight_seconds() {
    for (more, knows_provider) in BOTH.map(|more| [(more, true), (more, false)]).concat() {
        let world = world();
        world.provider.lifetime_s.set(4_000);
        let mut browser = Browser::at(&world, more);
        assert_eq!(browser.sign_in("alice").status, 200);
        browser.sleep(3_900_000);
        world.provider.documents_ms.set(1_000_000);
        if !knows_provider {
            browser = browser.goes_to(&world.isolate(more));
        }
        let began_ms = world.sim.now_ms();
        assert_eq!(browser.call(&[(200, "")]), (vec!["Bearer at-alice-1".to_owned()], 200));
        let took_ms = world.sim.now_ms() - began_ms;
        assert!(took_ms < 9_000, "{more} {knows_provider}: {took_ms}");
    }
}

/// What the provider gave is not lost where the store takes it only at the second try, or, from a cookie, never.
#[test]
fn a_store_that_fails_for_a_while_loses_no_tokens() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        browser.sleep(299_000);
        world.provider.answer_ms.set(400);
        let (fails, sim) = (Rc::clone(&world), Rc::clone(&world.sim));
        // It begins to fail while the provider is asked, and is back before anybody has given up.
        let begun = sim.now_ms();
        world.sim.spawn(async move {
            while fails.sent.borrow().len() < 2 {
                fails.sim.sleep(1).await;
            }
            fails.store_fails.set(true);
            fails.sim.sleep(1_000).await;
            fails.store_fails.set(false);
        });
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-2"]);
        assert!(world.sim.now_ms() > begun);
        assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-2"]);
        assert_eq!(world.provider.ended.borrow().len(), 0);
    }
}

#[test]
fn a_store_that_cannot_be_asked_is_said() {
    for more in BOTH {
        let (world, browser) = signed_in(more);
        world.store_fails.set(true);
        let seen = browser.ask("GET", "/auth/session", &PAGE, "");
        assert_eq!((seen.status, seen.json().text("error").as_deref()), (503, Some("store_failed")));
        world.store_fails.set(false);
        assert!(browser.is_signed_in());
    }
}

/// As one whose replicas never catch up, or that does not name versions.
#[test]
fn a_store_that_takes_no_write_is_not_asked_for_ever() {
    for more in BOTH {
        let mut world = World::new(3);
        world.store_ms = 20;
        let world = Rc::new(world);
        let browser = Browser::at(&world, more);
        assert_eq!(browser.sign_in("alice").status, 200);
        browser.sleep(299_000);
        world.store_refuses.set(true);
        let (bff, looks) = (Rc::clone(&browser.bff), asked("GET", "/api/x", &PAGE, &browser.jar.borrow().header(), ""));
        let (sim, answered) = (Rc::clone(&world.sim), Rc::new(Cell::new(0)));
        let place = Rc::clone(&answered);
        world.sim.wait_for(async move {
            let mut work = pin!(bff.handle(looks));
            let mut end = pin!(sim.sleep(26_000));
            poll_fn(|context| match work.as_mut().poll(context) {
                Poll::Ready(Handled::Answer(answer)) => {
                    place.set(answer.status);
                    Poll::Ready(())
                }
                Poll::Ready(other) => panic!("{other:?}"),
                Poll::Pending => end.as_mut().poll(context),
            })
            .await;
        });
        assert_eq!(answered.get(), 504, "{more}");
        assert_eq!(world.provider.refreshes.get(), 0);
        world.store_refuses.set(false);
        assert!(browser.is_signed_in());
    }
}

/// An answer that took long must not set the browser back to tokens that are spent.
#[test]
fn a_slow_answer_brings_the_newest_cookie() {
    let (world, browser) = signed_in("");
    browser.sleep(299_000);
    let slow = browser.copy();
    let (bff, asked) = (Rc::clone(&slow.bff), asked("GET", "/api/x", &PAGE, &slow.jar.borrow().header(), ""));
    let passage = world.sim.wait_for(async move { bff.handle(asked).await });
    let Handled::Pass(passage) = passage else { panic!("no passage") };
    browser.session();
    browser.sleep(20_000);
    assert_eq!(browser.call(&[(401, INVALID_TOKEN), (200, "")]).0.len(), 2, "a third generation meanwhile");
    let bff = Rc::clone(&slow.bff);
    let settled = world.sim.wait_for(async move { bff.settle(*passage, 200, &Headers::default(), false).await });
    let Passed::Down(headers) = settled else { panic!("no answer") };
    headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .for_each(|(_, cookie)| slow.jar.borrow_mut().take_one(cookie));
    slow.sleep(31_000);
    assert_eq!(slow.call(&[(200, "")]).0, ["Bearer at-alice-3"]);
}

/// Sessions of which a use is to be written down after 30 seconds.
const TOUCHED_SOON: &str = r#","session":{"idleSeconds":600}"#;

/// Sends a request off to the API, with the cookies that the browser has now.
fn set_off(browser: &Browser) -> Passage {
    let (bff, asked) = (Rc::clone(&browser.bff), asked("GET", "/api/x", &PAGE, &browser.jar.borrow().header(), ""));
    match browser.world.sim.wait_for(async move { bff.handle(asked).await }) {
        Handled::Pass(passage) => *passage,
        other => panic!("no passage: {other:?}"),
    }
}

/// Hands the API's answer to the browser, and gives how many cookies came with it.
fn arrive(browser: &Browser, passage: Passage) -> usize {
    let bff = Rc::clone(&browser.bff);
    let settled = browser.world.sim.wait_for(async move { bff.settle(passage, 200, &Headers::default(), false).await });
    let Passed::Down(headers) = settled else { panic!("no answer") };
    let cookies: Vec<_> = headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    for (_, cookie) in &cookies {
        browser.jar.borrow_mut().take_one(cookie);
    }
    cookies.len()
}

/// Sends a request off while another one has just begun to renew the tokens, and whose cookies come first.
fn set_off_beside_a_leader(browser: &Browser) -> Passage {
    let (world, sim) = (&browser.world, Rc::clone(&browser.world.sim));
    world.provider.answer_ms.set(400);
    let (bff, led) =
        (Rc::clone(&browser.bff), asked("GET", "/auth/session", &PAGE, &browser.jar.borrow().header(), ""));
    let jar = Rc::clone(&browser.jar);
    let (other, beside) = (Rc::clone(&browser.bff), asked("GET", "/api/x", &PAGE, &browser.jar.borrow().header(), ""));
    let passage = Rc::new(RefCell::new(None));
    let (place, seen) = (Rc::clone(&passage), Rc::clone(world));
    world.sim.spawn(async move {
        while seen.stored("s:").is_empty() {
            sim.sleep(1).await;
        }
        let Handled::Pass(passage) = other.handle(beside).await else { panic!("it waits") };
        place.borrow_mut().replace(*passage);
    });
    let led = world.sim.wait_for(async move { ask(&bff, led).await });
    assert_eq!(led.cookies().len(), 1, "the leader's");
    led.cookies().iter().for_each(|cookie| jar.borrow_mut().take_one(cookie));
    passage.take().unwrap()
}

/// Whether the browser has tokens that nobody has spent.
fn goes_on(browser: &Browser) -> bool {
    browser.sleep(31_000);
    browser.is_signed_in() && browser.world.provider.ended.borrow().is_empty()
}

/// However late or early its answer comes, whoever goes on beside a leader leaves the cookie to that one.
#[test]
fn a_request_beside_a_leader_does_not_set_the_browser_back() {
    for answers_after_ms in [100, 40_000] {
        let (_, browser) = signed_in(TOUCHED_SOON);
        browser.sleep(200_000);
        let passage = set_off_beside_a_leader(&browser);
        browser.sleep(answers_after_ms);
        assert_eq!(arrive(&browser, passage), 0, "{answers_after_ms}");
        assert!(goes_on(&browser), "{answers_after_ms}");
    }
}

/// Its tokens were not yet due when it set off.
#[test]
fn a_use_that_is_written_down_late_does_not_set_the_browser_back() {
    for answers_after_ms in [300, 900, 45_000] {
        let (_, browser) = signed_in(TOUCHED_SOON);
        browser.sleep(149_900);
        let passage = set_off(&browser);
        browser.sleep(200);
        assert!(browser.is_signed_in(), "the tokens are renewed");
        browser.sleep(answers_after_ms);
        assert_eq!(arrive(&browser, passage), 0, "{answers_after_ms}");
        assert!(goes_on(&browser), "{answers_after_ms}");
    }
}

/// The tokens were good for long, and an API refused them nevertheless.
#[test]
fn a_use_is_not_written_down_after_a_renewal_that_an_api_had_made() {
    for answers_after_ms in [300, 45_000] {
        let (_, browser) = signed_in(TOUCHED_SOON);
        browser.sleep(31_000);
        let passage = set_off(&browser);
        assert_eq!(browser.call(&[(401, INVALID_TOKEN), (200, "")]).0.len(), 2);
        browser.sleep(answers_after_ms);
        assert_eq!(arrive(&browser, passage), 0, "{answers_after_ms}");
        assert!(goes_on(&browser), "{answers_after_ms}");
        browser.sleep(120_000);
        assert!(goes_on(&browser), "{answers_after_ms}");
    }
}

/// A cookie that nobody can compare with the store stays as it is.
#[test]
fn a_use_is_not_written_down_where_the_store_cannot_say_that_nothing_is_newer() {
    let (world, browser) = signed_in(TOUCHED_SOON);
    browser.sleep(31_000);
    let passage = set_off(&browser);
    world.store_fails.set(true);
    assert_eq!(arrive(&browser, passage), 0);
    world.store_fails.set(false);
    let passage = set_off(&browser);
    assert_eq!(arrive(&browser, passage), 1, "the next request does it");
}

/// The first calls of every browser after a new key.
#[test]
fn a_new_key_does_not_set_the_browser_back() {
    let world = world();
    let browser = Browser::before(&world, &world.isolate_with("", &["key-one1"]));
    assert_eq!(browser.sign_in("alice").status, 200);
    let browser = browser.goes_to(&world.isolate_with("", &["key-two2", "key-one1"]));
    browser.sleep(200_000);
    let passage = set_off_beside_a_leader(&browser);
    browser.sleep(100);
    assert_eq!(arrive(&browser, passage), 0);
    assert!(goes_on(&browser));
}

/// A cookie two generations old, whose request goes on with the tokens before the newest.
#[test]
fn a_cookie_of_before_does_not_set_the_browser_back() {
    let world = world();
    world.provider.lifetime_s.set(20);
    let browser = Browser::at(&world, "");
    assert_eq!(browser.sign_in("alice").status, 200);
    let old = browser.copy();
    browser.sleep(12_000);
    assert!(browser.is_signed_in());
    browser.sleep(9_900);
    let passage = set_off(&old);
    browser.sleep(200);
    assert_eq!(browser.call(&[(200, "")]).0, ["Bearer at-alice-3"]);
    arrive(&browser, passage);
    assert!(goes_on(&browser));
}
