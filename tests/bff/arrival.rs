//! What happens around a browser that comes back from the provider, while its code is exchanged.

use super::world::{Browser, NAVIGATION, World, ask, asked};
use std::rc::Rc;
use tokenward::core::base::form::values;

const BOTH: [&str; 2] = ["", r#","hasStore":true"#];

/// Goes to the provider, and gives the path to come back by as this user.
fn leave(browser: &Browser, code: &str) -> String {
    let left = browser.ask("GET", "/auth/login?returnTo=/inbox", &NAVIGATION, "");
    let query = left.header("location").unwrap().split_once('?').unwrap().1.to_owned();
    browser.world.provider.expect(code, &values(&query, "nonce")[0]);
    format!("/auth/callback?code={code}&state={}", values(&query, "state")[0])
}

/// Comes back after so many milliseconds, and takes the cookies.
fn come_back(browser: &Browser, path: &str, after_ms: u64) {
    let (sim, bff, jar) = (Rc::clone(&browser.world.sim), Rc::clone(&browser.bff), Rc::clone(&browser.jar));
    let asked = asked("GET", path, &NAVIGATION, &jar.borrow().header(), "");
    browser.world.sim.spawn(async move {
        sim.sleep(after_ms).await;
        let seen = ask(&bff, asked).await;
        assert_eq!(seen.status, 200);
        assert!(seen.body.contains("content=\"0;url=/inbox\""), "{}", seen.body);
        seen.cookies().iter().for_each(|cookie| jar.borrow_mut().take_one(cookie));
    });
}

/// A page that is loaded again while it is on its way, or a link that was clicked twice: a provider that sees a code again is to
/// revoke what it gave for it (RFC 6749, section 4.1.2).
#[test]
fn a_code_is_shown_once_however_often_the_browser_comes_back() {
    for more in BOTH {
        for isolates in [1, 2] {
            let world = Rc::new(World::new(7));
            let browser = Browser::at(&world, more);
            let path = leave(&browser, "alice");
            world.provider.token_ms.set(400);
            let other = if isolates == 1 { Rc::clone(&browser.bff) } else { world.isolate(more) };
            let again = Browser { jar: Rc::clone(&browser.jar), ..browser.goes_to(&other) };
            come_back(&browser, &path, 0);
            come_back(&again, &path, 0);
            come_back(&again, &path, 200);
            world.sim.run();
            let sent = world.sent.borrow();
            let codes = sent.iter().filter(|one| {
                values(one.form.as_ref().unwrap().secret(), "grant_type") == ["authorization_code".to_owned()]
            });
            assert_eq!(codes.count(), 1, "{more}");
            drop(sent);
            assert!(browser.is_signed_in());
        }
    }
}

/// L05; who is signed out everywhere is signed out here too, though the code was not yet exchanged.
#[test]
fn a_logout_that_comes_while_a_code_is_exchanged_ends_the_session() {
    for more in BOTH {
        let world = Rc::new(World::new(7));
        let alice = Browser::at(&world, more);
        // What the provider says of itself is at hand.
        Browser::before(&world, &alice.bff).sign_in("bob");
        let path = leave(&alice, "alice");
        world.provider.token_ms.set(4_000);
        come_back(&alice, &path, 0);
        let events = r#""events":{"http://schemas.openid.net/event/backchannel-logout":{}}"#;
        let (later, bff, sim) = (Rc::clone(&world), Rc::clone(&alice.bff), Rc::clone(&world.sim));
        world.sim.spawn(async move {
            sim.sleep(1_000).await;
            let token = later.logout_token(&format!(r#""jti":"1","sid":"sid-alice",{events}"#));
            let form = [("content-type", "application/x-www-form-urlencoded")];
            let body = format!("logout_token={token}");
            assert_eq!(ask(&bff, asked("POST", "/auth/backchannel-logout", &form, "", &body)).await.status, 200);
        });
        world.sim.run();
        assert_eq!(*world.events.borrow(), ["signedIn", "signedOut", "signedIn"]);
        assert!(!alice.is_signed_in(), "{more}");
    }
}
