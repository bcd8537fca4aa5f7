//! A provider that changes the keys it signs with, while sessions go on.

use super::world::{Browser, World};
use std::rc::Rc;
use tokenward::edge::bff::Bff;

const BOTH: [&str; 2] = ["", r#","hasStore":true"#];

/// Two browsers that are signed in at one isolate, and whose tokens are due. The provider has another key from now on.
fn with_another_key(more: &str, key_set_ms: u64) -> (Rc<World>, [Browser; 2]) {
    let world = Rc::new(World::new(5));
    world.provider.renews_id_token.set(true);
    let alice = Browser::at(&world, more);
    let bob = Browser::before(&world, &alice.bff);
    alice.sign_in("alice");
    bob.sign_in("bob");
    alice.sleep(290_000);
    world.provider.key_id.set("k2");
    world.provider.key_set_ms.set(key_set_ms);
    world.provider.token_ms.set(100);
    (world, [alice, bob])
}

fn ask_at_once(world: &World, browsers: &[Browser; 2]) {
    for browser in browsers {
        let (bff, jar): (Rc<Bff<_>>, _) = (Rc::clone(&browser.bff), Rc::clone(&browser.jar));
        world.sim.spawn(async move {
            let header = jar.borrow().header();
            let asked = super::world::asked("GET", "/auth/session", &super::world::PAGE, &header, "");
            let seen = super::world::ask(&bff, asked).await;
            seen.cookies().iter().for_each(|cookie| jar.borrow_mut().take_one(cookie));
        });
    }
    world.sim.run();
}

/// J12
#[test]
fn two_that_refresh_when_the_keys_change_both_stay_signed_in() {
    for more in BOTH {
        for key_set_ms in [0, 300] {
            let (world, browsers) = with_another_key(more, key_set_ms);
            let before = world.provider.key_sets.get();
            ask_at_once(&world, &browsers);
            for browser in &browsers {
                assert!(browser.is_signed_in(), "{more}, {key_set_ms}: {:?}", world.events.borrow());
            }
            // Who came while the key set was on its way has it the next time.
            browsers[0].sleep(10_000);
            for (browser, token) in browsers.iter().zip(["Bearer at-alice-", "Bearer at-bob-"]) {
                let (shown, status) = browser.call(&[(200, "")]);
                assert!(status == 200 && shown[0].starts_with(token) && shown[0] > format!("{token}1"), "{shown:?}");
            }
            assert_eq!(world.provider.key_sets.get() - before, 1, "{more}, {key_set_ms}");
            assert!(world.provider.ended.borrow().is_empty());
        }
    }
}

/// Anybody may send a logout token that names a key which nobody has, and have the one look spent that is due.
#[test]
fn a_look_that_somebody_spent_ends_no_session() {
    for more in BOTH {
        let (world, browsers) = with_another_key(more, 0);
        world.provider.key_id.set("k");
        let stranger = Browser::before(&world, &browsers[0].bff);
        let token = super::world::sign(r#"{"alg":"EdDSA","kid":"random","typ":"logout+jwt"}"#, "{}");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        stranger.ask("POST", "/auth/backchannel-logout", &form, &format!("logout_token={token}"));
        world.provider.key_id.set("k2");
        assert!(browsers[0].is_signed_in());
        browsers[0].sleep(70_000);
        let (shown, status) = browsers[0].call(&[(200, "")]);
        assert_eq!(status, 200, "{:?}", world.events.borrow());
        assert!(shown[0].as_str() > "Bearer at-alice-1", "{shown:?}");
        assert!(world.provider.ended.borrow().is_empty());
    }
}
