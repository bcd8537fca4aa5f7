//! The endpoints, from a browser's side: what they answer, set and leave behind.

use super::world::{Browser, ISSUER, NAVIGATION, ORIGIN, PAGE, World};
use std::rc::Rc;
use tokenward::core::base::form::values;

const BOTH: [&str; 2] = ["", r#","hasStore":true"#];

fn world() -> Rc<World> {
    Rc::new(World::new(7))
}

/// C01, C02
#[test]
fn a_sign_in_sets_a_strict_cookie_and_leads_on() {
    for more in BOTH {
        let world = world();
        let browser = Browser::at(&world, more);
        let back = browser.sign_in("alice");
        assert_eq!(back.status, 200);
        assert!(back.body.contains("content=\"0;url=/inbox\""));
        let [session, login] = back.cookies()[..] else { panic!("{:?}", back.cookies()) };
        assert!(session.starts_with("__Host-tokenward="), "{session}");
        assert!(session.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{session}");
        assert!(login.starts_with("__Host-tokenward-login-") && login.contains("; Max-Age=0; "), "{login}");
        assert_eq!(browser.jar.borrow().names(), ["__Host-tokenward"]);
        assert!(browser.is_signed_in());
    }
}

/// C08; a code, bound to a verifier, for a client that shows its secret.
#[test]
fn a_code_is_exchanged_with_verifier_and_secret() {
    let world = world();
    let browser = Browser::at(&world, "");
    let left = browser.ask("GET", "/auth/login?prompt=login&max_age=60", &NAVIGATION, "");
    assert_eq!(left.status, 303);
    let query = left.header("location").unwrap().strip_prefix("https://op.example/authorize?").unwrap();
    for (name, value) in [
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https://app.example/auth/callback"),
        ("scope", "openid"),
        ("prompt", "login"),
        ("max_age", "60"),
    ] {
        assert_eq!(values(query, name), [value]);
    }
    browser.sign_in("alice");
    let sent = world.sent.borrow();
    let (name, value) = &sent[0].headers[0];
    assert_eq!((*name, value.secret()), ("authorization", "Basic YXBwOnMzY3JldC1vZi1hcHA="));
    let form = sent[0].form.as_ref().unwrap().secret();
    assert_eq!(
        (values(form, "grant_type"), values(form, "code_verifier").len()),
        (vec!["authorization_code".to_owned()], 1)
    );
}

/// C09
#[test]
fn a_page_is_told_claims_and_no_token() {
    for more in BOTH {
        let world = world();
        let browser = Browser::at(&world, more);
        let nobody = browser.ask("GET", "/auth/session", &PAGE, "");
        assert!(nobody.json().is("status", "signedOut") && nobody.json().is("reason", "none"));
        browser.sign_in("alice");
        let seen = browser.ask("GET", "/auth/session", &PAGE, "");
        assert_eq!((seen.status, seen.header("cache-control")), (200, Some("no-store")));
        let json = seen.json();
        assert!(json.has_only("status user expiresAt scope stale"));
        assert!(json.get("user").unwrap().is("sub", "user-of-alice"));
        assert_eq!((json.truth("stale"), json.whole("expiresAt")), (Some(false), Some(world.wall_ms() + 300_000)));
        for secret in ["at-alice", "rt-alice", "eyJ"] {
            assert!(!seen.body.contains(secret), "{secret}");
        }
    }
}

/// C14; fixation. Who had a cookie before a sign-in has nothing of the session after it, nor of the one before.
#[test]
fn a_sign_in_makes_another_session_and_ends_the_one_before() {
    for more in BOTH {
        let world = world();
        let browser = Browser::at(&world, more);
        browser.sign_in("alice");
        let kept = browser.copy();
        browser.sign_in("bob");
        assert!(browser.session().get("user").unwrap().is("sub", "user-of-bob"));
        assert!(!kept.is_signed_in());
        assert_eq!(kept.call(&[(200, "")]), (Vec::new(), 401));
    }
}

/// The browser does not show a strict cookie on its way back from another site: the session of before is remembered from the way
/// there.
#[test]
fn the_session_before_ends_although_its_cookie_is_not_shown_on_the_way_back() {
    let world = world();
    let browser = Browser::at(&world, r#","hasStore":true"#);
    browser.sign_in("alice");
    let kept = browser.copy();
    let left = browser.ask("GET", "/auth/login", &NAVIGATION, "");
    let query = left.header("location").unwrap().split_once('?').unwrap().1.to_owned();
    world.provider.expect("bob", &values(&query, "nonce")[0]);
    browser.jar.borrow_mut().forget("__Host-tokenward");
    let path = format!("/auth/callback?code=bob&state={}", values(&query, "state")[0]);
    assert_eq!(browser.ask("GET", &path, &NAVIGATION, "").status, 200);
    assert!(browser.is_signed_in() && !kept.is_signed_in());
}

#[test]
fn a_callback_that_answers_no_sign_in_of_this_browser_makes_no_session() {
    let world = world();
    let browser = Browser::at(&world, "");
    for path in [
        "/auth/callback?code=a&state=b",
        "/auth/callback?code=a",
        "/auth/callback?state=a&state=b&code=c",
        "/auth/callback",
    ] {
        let seen = browser.ask("GET", path, &NAVIGATION, "");
        assert_eq!((seen.status, seen.cookies().len()), (400, 0), "{path}");
        assert!(seen.body.contains("href=\"/auth/login?returnTo=%2F\""), "{path}");
    }
    assert!(world.sent.borrow().is_empty(), "no code is sent anywhere");
}

/// A page that is loaded again.
#[test]
fn a_callback_that_comes_twice_does_no_harm() {
    let world = world();
    let browser = Browser::at(&world, "");
    let left = browser.ask("GET", "/auth/login", &NAVIGATION, "");
    let query = left.header("location").unwrap().split_once('?').unwrap().1.to_owned();
    world.provider.expect("alice", &values(&query, "nonce")[0]);
    let path = format!("/auth/callback?code=alice&state={}", values(&query, "state")[0]);
    assert_eq!(browser.ask("GET", &path, &NAVIGATION, "").status, 200);
    let again = browser.ask("GET", &path, &NAVIGATION, "");
    assert_eq!((again.status, again.header("location")), (303, Some("/")));
    assert!(browser.is_signed_in());
    assert_eq!(world.sent.borrow().len(), 1);
}

/// A prompt that cannot be met ends at a page, not at the provider again.
#[test]
fn what_the_provider_refuses_is_said_and_not_asked_again() {
    let world = world();
    let browser = Browser::at(&world, "");
    for (error, status) in [("access_denied", 403), ("login_required", 403), ("server_error", 502)] {
        let left = browser.ask("GET", "/auth/login?prompt=none&returnTo=/inbox", &NAVIGATION, "");
        let query = left.header("location").unwrap().split_once('?').unwrap().1.to_owned();
        let path = format!("/auth/callback?error={error}&state={}", values(&query, "state")[0]);
        let seen = browser.ask("GET", &path, &NAVIGATION, "");
        assert_eq!((seen.status, seen.header("location")), (status, None), "{error}");
        assert!(seen.body.contains("href=\"/auth/login?returnTo=%2Finbox\""), "{error}");
        assert!(browser.jar.borrow().names().is_empty(), "{error}");
    }
}

#[test]
fn sign_ins_that_never_came_back_do_not_pile_up() {
    let world = world();
    let browser = Browser::at(&world, "");
    for _ in 0..20 {
        assert_eq!(browser.ask("GET", "/auth/login", &NAVIGATION, "").status, 303);
        assert!(browser.jar.borrow().names().len() <= 5);
    }
}

/// Whoever leads a browser here again and again must not make its header too long for every server.
#[test]
fn no_sign_in_that_another_site_begins_fills_the_header() {
    let world = world();
    let browser = Browser::at(&world, "");
    let long = format!("/auth/login?returnTo=/{}&acr_values={}", "a".repeat(1_990), "b".repeat(500));
    for _ in 0..20 {
        assert_eq!(browser.ask("GET", &long, &NAVIGATION, "").status, 303);
        assert!(browser.jar.borrow().header().len() <= 8 * 1024, "{}", browser.jar.borrow().header().len());
    }
    let longer = format!("/auth/login?acr_values={}", "b".repeat(501));
    assert_eq!(browser.ask("GET", &longer, &NAVIGATION, "").status, 400);
}

/// A sign-in that took longer than its cookie.
#[test]
fn a_sign_in_has_ten_minutes() {
    let world = world();
    let browser = Browser::at(&world, "");
    let left = browser.ask("GET", "/auth/login", &NAVIGATION, "");
    let query = left.header("location").unwrap().split_once('?').unwrap().1.to_owned();
    browser.sleep(601_000);
    let path = format!("/auth/callback?code=alice&state={}", values(&query, "state")[0]);
    assert_eq!(browser.ask("GET", &path, &NAVIGATION, "").status, 400);
    assert!(world.sent.borrow().is_empty());
}

/// E01; RFC 7009, section 2.2.1.
#[test]
fn that_a_provider_cannot_revoke_its_access_tokens_is_no_failure() {
    for (hint, error, is_noted) in [
        ("access_token", "unsupported_token_type", false),
        ("refresh_token", "unsupported_token_type", true),
        ("access_token", "invalid_client", true),
    ] {
        let world = world();
        let browser = Browser::at(&world, "");
        browser.sign_in("alice");
        world.provider.revocation_error.set(Some((hint, error)));
        assert_eq!(browser.ask("POST", "/auth/logout", &PAGE, "").status, 200);
        let events = world.events.borrow();
        let noted = events.iter().filter(|event| event.starts_with("revocationFailed")).count();
        assert_eq!(noted, usize::from(is_noted), "{hint}, {error}: {events:?}");
        assert_eq!(world.sent.borrow().len(), 3, "both are asked for");
    }
}

/// L01, E02
#[test]
fn a_sign_out_ends_everything_in_order() {
    for more in BOTH {
        let world = world();
        let browser = Browser::at(&world, more);
        browser.sign_in("alice");
        let kept = browser.copy();
        let seen = browser.ask("POST", "/auth/logout", &PAGE, r#"{"returnTo":"/bye"}"#);
        // The provider knows the user by the ID token, which is in no answer that a script reads.
        assert!(!seen.body.contains("eyJ"), "{}", seen.body);
        let leave = seen.json().text("location").unwrap();
        assert!(leave.starts_with("/auth/logged-out?leave="), "{leave}");
        let left = browser.ask("GET", &leave, &NAVIGATION, "");
        assert_eq!(left.status, 303);
        let query = left.header("location").unwrap().strip_prefix("https://op.example/end?").unwrap();
        assert_eq!(values(query, "client_id"), ["app"]);
        assert_eq!(values(query, "post_logout_redirect_uri"), ["https://app.example/auth/logged-out"]);
        assert!(values(query, "id_token_hint")[0].starts_with("eyJ"));
        let sent: Vec<String> = world
            .sent
            .borrow()
            .iter()
            .skip(1)
            .map(|one| values(one.form.as_ref().unwrap().secret(), "token").join(""))
            .collect();
        assert_eq!(sent, ["rt-alice-1", "at-alice-1"]);
        // A cookie that somebody kept is worth nothing.
        assert!(!kept.is_signed_in() && !browser.is_signed_in());
        assert_eq!(kept.call(&[(200, "")]), (Vec::new(), 401));
        // The way back.
        let path = format!("/auth/logged-out?state={}", values(query, "state")[0]);
        let back = browser.ask("GET", &path, &NAVIGATION, "");
        assert_eq!((back.status, back.header("location")), (303, Some("/bye")));
        assert!(browser.jar.borrow().names().is_empty());
    }
}

/// L01; a page gives up after a while, and the browser then keeps the cookie.
#[test]
fn who_signs_out_does_not_wait_for_a_provider_that_says_nothing() {
    for more in BOTH {
        let world = world();
        let browser = Browser::at(&world, more);
        browser.sign_in("alice");
        let kept = browser.copy();
        let browser = browser.goes_to(&world.isolate(more));
        world.provider.is_mute.set(true);
        let began_ms = world.sim.now_ms();
        let seen = browser.ask("POST", "/auth/logout", &PAGE, "");
        assert!(world.sim.now_ms() - began_ms < 5_000, "{} ms", world.sim.now_ms() - began_ms);
        assert_eq!((seen.status, seen.body.as_str()), (200, r#"{"location":null}"#));
        assert!(browser.jar.borrow().names().is_empty());
        assert!(!kept.is_signed_in());
        let noted = world.events.borrow().contains(&"revocationFailed timed_out".to_owned());
        assert!(noted, "tokens go on that nobody revoked: {:?}", world.events.borrow());
    }
}

/// L02
#[test]
fn coming_back_from_a_sign_out_ends_well_whatever_its_state() {
    let world = world();
    let browser = Browser::at(&world, "");
    for path in ["/auth/logged-out", "/auth/logged-out?state=other", "/auth/logged-out?state=a&state=b"] {
        let back = browser.ask("GET", path, &NAVIGATION, "");
        assert_eq!((back.status, back.header("location")), (303, Some("/")), "{path}");
    }
}

#[test]
fn only_the_browser_that_signed_out_is_led_to_the_provider() {
    let world = world();
    let browser = Browser::at(&world, "");
    browser.sign_in("alice");
    let leave = browser.ask("POST", "/auth/logout", &PAGE, "").json().text("location").unwrap();
    let (path, state) = leave.split_once('=').unwrap();
    let elsewhere = Browser::at(&world, "").ask("GET", &leave, &NAVIGATION, "");
    assert_eq!((elsewhere.status, elsewhere.header("location")), (303, Some("/")));
    let other = ["", "other", "https://evil.example/", &format!("{}~", &state[..state.len() - 1])]
        .map(|other| format!("{path}={other}"));
    for path in other.iter().chain([&format!("{leave}&leave={state}")]) {
        let led = browser.ask("GET", path, &NAVIGATION, "");
        assert_eq!((led.status, led.header("location")), (303, Some("/")), "{path}");
    }
}

#[test]
fn a_sign_out_here_only_leaves_the_provider_alone() {
    let world = world();
    let browser = Browser::at(&world, "");
    browser.sign_in("alice");
    let seen = browser.ask("POST", "/auth/logout", &PAGE, r#"{"scope":"local"}"#);
    assert_eq!(seen.body, r#"{"location":null}"#);
    assert!(!browser.is_signed_in());
    // Nobody is signed in: that is fine as well.
    assert_eq!(browser.ask("POST", "/auth/logout", &PAGE, "").body, r#"{"location":null}"#);
    assert_eq!(browser.ask("POST", "/auth/logout", &PAGE, r#"{"returnTo":"//evil"}"#).status, 400);
}

/// A sign-out that could not be written down is not one: the page may try again.
#[test]
fn a_sign_out_that_the_store_does_not_take_is_said() {
    let world = world();
    let browser = Browser::at(&world, "");
    browser.sign_in("alice");
    world.store_fails.set(true);
    let seen = browser.ask("POST", "/auth/logout", &PAGE, "");
    assert_eq!((seen.status, seen.cookies().len()), (503, 0));
    assert!(seen.json().is("error", "store_failed"));
    world.store_fails.set(false);
    assert_eq!(browser.ask("POST", "/auth/logout", &PAGE, "").status, 200);
}

fn tell(browser: &Browser, token: &str) -> (u16, String) {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let seen = browser.ask("POST", "/auth/backchannel-logout", &form, &format!("logout_token={token}"));
    assert_eq!(seen.header("cache-control"), Some("no-store"));
    (seen.status, seen.body)
}

const EVENTS: &str = r#""events":{"http://schemas.openid.net/event/backchannel-logout":{}}"#;

/// L04, L05
#[test]
fn the_provider_ends_the_session_that_it_names() {
    for more in BOTH {
        let world = world();
        let alice = Browser::at(&world, more);
        alice.sign_in("alice");
        let bob = Browser::before(&world, &alice.bff);
        bob.sign_in("bob");
        // The provider has no cookies.
        let provider = Browser::before(&world, &alice.bff);
        let token = world.logout_token(&format!(r#""jti":"1","sid":"sid-alice","sub":"user-of-alice",{EVENTS}"#));
        assert_eq!(tell(&provider, &token), (200, String::new()));
        assert!(!alice.is_signed_in() && bob.is_signed_in());
        // What begins later goes on, whatever ended before.
        alice.sleep(1);
        alice.sign_in("alice");
        assert!(alice.is_signed_in());
        // The second time it says nothing.
        assert_eq!(tell(&provider, &token).0, 400);
        assert!(alice.is_signed_in());
    }
}

/// L05
#[test]
fn the_provider_ends_all_sessions_of_a_user() {
    for more in BOTH {
        let world = world();
        let one = Browser::at(&world, more);
        one.sign_in("alice");
        let other = Browser::before(&world, &one.bff);
        other.sign_in("alice");
        let bob = Browser::before(&world, &one.bff);
        bob.sign_in("bob");
        let token = world.logout_token(&format!(r#""jti":"1","sub":"user-of-alice",{EVENTS}"#));
        assert_eq!(tell(&Browser::before(&world, &one.bff), &token).0, 200);
        assert!(!one.is_signed_in() && !other.is_signed_in() && bob.is_signed_in());
    }
}

/// L03, L04, L06
#[test]
fn whoever_is_not_the_provider_ends_nothing() {
    let world = world();
    let alice = Browser::at(&world, "");
    alice.sign_in("alice");
    let provider = Browser::before(&world, &alice.bff);
    let good = world.logout_token(&format!(r#""jti":"1","sid":"sid-alice",{EVENTS}"#));
    let forged = format!("{}AAAA", good.rsplit_once('.').unwrap().0.to_owned() + ".");
    let now_s = world.wall_ms() / 1000;
    let id_token = super::world::sign(
        r#"{"alg":"EdDSA","kid":"k"}"#,
        &format!(
            r#"{{"iss":"{ISSUER}","aud":"app","iat":{now_s},"exp":{},"sub":"user-of-alice","sid":"sid-alice"}}"#,
            now_s + 60
        ),
    );
    for token in [
        forged,
        id_token,
        world.logout_token(r#""jti":"1","sid":"sid-alice""#),
        world.logout_token(&format!(r#""jti":"1",{EVENTS}"#)),
        world.logout_token(&format!(r#""sid":"sid-alice",{EVENTS}"#)),
        world.logout_token(&format!(r#""jti":"1","sid":"sid-alice","nonce":"n",{EVENTS}"#)),
        good.replace('.', "%2E%2E"),
        String::new(),
    ] {
        let (status, body) = tell(&provider, &token);
        assert_eq!(status, 400, "{token}");
        assert!(body.starts_with(r#"{"error":"invalid_request""#), "{body}");
    }
    assert_eq!(provider.ask("GET", "/auth/backchannel-logout", &[], "").status, 405);
    let json = [("content-type", "application/json")];
    assert_eq!(provider.ask("POST", "/auth/backchannel-logout", &json, &format!("logout_token={good}")).status, 400);
    assert!(alice.is_signed_in());
    assert_eq!(tell(&provider, &good).0, 200);
}

/// A provider that tries again after the store failed must not be told that it was here before.
#[test]
fn a_logout_that_could_not_be_written_down_can_come_again() {
    let world = world();
    let alice = Browser::at(&world, "");
    alice.sign_in("alice");
    let provider = Browser::before(&world, &alice.bff);
    let token = world.logout_token(&format!(r#""jti":"1","sid":"sid-alice",{EVENTS}"#));
    world.store_fails.set(true);
    assert_eq!(tell(&provider, &token).0, 503);
    world.store_fails.set(false);
    assert_eq!(tell(&provider, &token).0, 200);
    assert!(!alice.is_signed_in());
}

#[test]
fn what_is_not_ours_is_the_apps() {
    let world = world();
    let browser = Browser::at(&world, "");
    for (method, path, status) in [
        ("POST", "/auth/login", 405),
        ("GET", "/auth/logout", 405),
        ("GET", "/api/../x", 400),
        ("TRACE", "/api/x", 405),
    ] {
        let seen = browser.ask(method, path, &PAGE, "");
        assert_eq!(seen.status, status, "{method} {path}");
        assert!(seen.status != 405 || seen.header("allow").is_some());
    }
    let fetched = [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), ("origin", ORIGIN)];
    assert_eq!(browser.ask("GET", "/auth/login", &fetched, "").status, 403);
    assert_eq!(browser.ask("GET", "/auth/session", &NAVIGATION, "").status, 403);
}

/// A provider that puts a lot into its tokens.
#[test]
fn a_session_that_no_cookie_can_hold_is_said() {
    let world = world();
    world.provider.claims.replace(format!(r#","groups":"{}""#, "x".repeat(14_000)));
    let browser = Browser::at(&world, "");
    let back = browser.sign_in("alice");
    assert_eq!(back.status, 500);
    assert!(back.body.contains("<code>session_too_large</code>"));
    let with_store = Browser::at(&world, r#","hasStore":true"#);
    assert_eq!(with_store.sign_in("bob").status, 200);
}

#[test]
fn a_session_that_no_store_takes_is_said() {
    let world = world();
    world.provider.claims.replace(format!(r#","groups":"{}""#, "x".repeat(20_000)));
    let browser = Browser::at(&world, r#","hasStore":true"#);
    let back = browser.sign_in("alice");
    assert!(back.body.contains("<code>session_too_large</code>"), "{}", back.body);
    assert_eq!(back.status, 500);
}

#[test]
fn nothing_that_is_noted_has_a_secret() {
    let world = world();
    let browser = Browser::at(&world, "");
    browser.sign_in("alice");
    browser.sleep(299_999);
    browser.session();
    browser.ask("POST", "/auth/logout", &PAGE, "");
    browser.ask("GET", "/auth/callback?code=secret&state=secret", &NAVIGATION, "");
    assert_eq!(
        *world.events.borrow(),
        ["signedIn", "tokenRefreshed", "signedOut", "signInFailed callback_state_unknown"]
    );
}

#[test]
fn what_is_disposed_answers_nothing_more() {
    let world = world();
    let browser = Browser::at(&world, "");
    browser.sign_in("alice");
    browser.bff.dispose();
    assert_eq!(browser.ask("GET", "/auth/session", &PAGE, "").status, 503);
    assert!(
        world
            .sim
            .wait_for({
                let bff = Rc::clone(&browser.bff);
                async move { bff.person(&super::world::asked("GET", "/", &[], "", "").headers).await }
            })
            .is_err()
    );
}
