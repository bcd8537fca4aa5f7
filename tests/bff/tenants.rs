//! Backends that share keys and store, such as those of one worker for several tenants.

use super::world::{Browser, Ports, World, asked};
use std::rc::Rc;
use tokenward::edge::bff::Bff;

/// C03; who is signed in at one is nobody at the others, whose APIs and provider must not see the tokens.
#[test]
fn a_session_of_one_client_app_or_provider_is_none_of_another() {
    for kept in ["", r#","hasStore":true"#] {
        let world = Rc::new(World::new(7));
        let browser = Browser::at(&world, kept);
        assert_eq!(browser.sign_in("alice").status, 200);
        let header = browser.jar.borrow().header();
        let is_somebody_at = |bff: Rc<Bff<Ports>>| {
            let headers = asked("GET", "/", &[], &header, "").headers;
            world.sim.wait_for(async move { bff.person(&headers).await }).unwrap().is_some()
        };
        assert!(is_somebody_at(world.isolate(kept)));
        for other in [
            r#","clientId":"other""#,
            r#","origin":"https://other.example""#,
            r#","issuer":"https://other.example""#,
            // What one name ends with, the next does not begin with.
            r#","issuer":"https://op.exampl","clientId":"eapp""#,
        ] {
            assert!(!is_somebody_at(world.isolate(&format!("{kept}{other}"))), "{other}");
        }
    }
}
