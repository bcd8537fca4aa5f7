//! Tokens that are bound to a key: what proves it, where, how often, and when the key ends.

use super::support::{Answer, DPOP, ISSUER, PAR, Proof, START_MS, Tab, json, with_nonce};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use std::collections::BTreeSet;
use tokenward::core::base::http::Response;
use tokenward::core::oauth::authorize::SignInOptions;
use tokenward::core::oauth::challenge::Verdict;
use tokenward::core::session::effect::{Event, Need};
use tokenward::driver::session::Snapshot;

const BOUND: &str = r#""dpop":true,"apis":["https://api.example","https://op.example/api"]"#;
const API: &str = "https://api.example/notes";

/// A page that is signed in with a bound token of an hour.
fn bound(storage: &str) -> Tab {
    let tab = Tab::with(storage, BOUND).go(SignInOptions::default());
    assert!(tab.is_signed_in(), "{:?}", tab.session.snapshot());
    tab
}

/// Comes back from the provider with a code, to a token endpoint that answers so.
fn redeem(answers: impl IntoIterator<Item = Response>) -> Tab {
    let before = Tab::with("session", BOUND);
    for answer in answers {
        before.world.reply("/token", answer);
    }
    before.go(SignInOptions::default())
}

fn nonce_wanted() -> Response {
    json(400, r#"{"error":"use_dpop_nonce","error_description":"Authorization server requires nonce in DPoP proof"}"#)
}

fn proof_refused(date_ms: Option<u64>) -> Response {
    Response { date_ms, ..json(400, r#"{"error":"invalid_dpop_proof"}"#) }
}

/// What the fake digest makes of a text.
fn digest(text: &str) -> String {
    Base64UrlUnpadded::encode_string(format!("sha256-of-{text}").repeat(2).as_bytes())
}

fn force(tab: &Tab) -> Option<&'static str> {
    let answer = tab.want(Need { force: true, ..Need::default() }).take().expect("it ends");
    answer.err().map(|error| error.kind.entry().code)
}

/// Nothing of a session is left: no record, no key, no timer.
fn assert_nothing_is_left(tab: &Tab) {
    assert!(!tab.is_signed_in());
    assert!(tab.world.stored.borrow().is_empty(), "{:?}", tab.world.stored.borrow().keys());
    assert!(tab.world.keys.borrow().is_empty(), "{:?}", tab.world.keys.borrow());
    assert!(tab.world.timer.borrow().is_none());
}

fn nonces(proofs: &[Proof]) -> Vec<Option<String>> {
    proofs.iter().map(|proof| proof.claim("nonce")).collect()
}

/// P01, P03, P10
#[test]
fn the_code_is_bound_to_the_key_that_the_token_request_proves() {
    let before = Tab::with("session", BOUND);
    let asked = before.leave();
    let key = before.world.keys.borrow().first().unwrap().clone();
    assert_eq!(asked["dpop_jkt"], digest(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{key}","y":"y"}}"#)));
    let tab = before.reloaded();
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    assert!(tab.is_signed_in());
    let proofs = tab.world.proofs_to("/token");
    let [proof] = &proofs[..] else { panic!("one proof") };
    assert_eq!(proof.key, key);
    assert!(
        proof.header.has_only("typ alg jwk") && proof.header.is("typ", "dpop+jwt") && proof.header.is("alg", "ES256")
    );
    let public = proof.header.get("jwk").unwrap();
    assert!(public.has_only("crv kty x y") && public.is("x", &key), "the public half only");
    assert!(proof.claims.has_only("jti htm htu iat"), "no token goes along, so none is hashed");
    assert!(proof.claims.is("htm", "POST") && proof.claims.is("htu", "https://op.example/token"));
    assert_eq!(proof.claims.whole("iat"), Some(START_MS / 1000));
    assert!(proof.claim("jti").unwrap().len() >= 16, "96 bits at least");
    let bare: Vec<_> =
        ["/jwks", "/.well-known/openid-configuration"].map(|path| tab.world.proofs_to(path).len()).into();
    assert_eq!(bare, [0, 0], "and nobody else gets one");
}

/// P08
#[test]
fn tokens_are_bound_where_that_is_asked_for_and_offered() {
    for (option, offered, is_bound) in [
        ("", Some(DPOP), false),
        (r#""dpop":false"#, Some(DPOP), false),
        (r#""dpop":"auto""#, Some(DPOP), true),
        (r#""dpop":"auto""#, None, false),
        (r#""dpop":true"#, Some(DPOP), true),
        (r#""dpop":true"#, None, true),
    ] {
        let before = Tab::with("session", option);
        before.world.announce(offered.as_slice());
        let tab = before.go(SignInOptions::default());
        assert!(tab.is_signed_in(), "{option}");
        assert_eq!(tab.world.proofs_to("/token").len(), usize::from(is_bound), "{option} {offered:?}");
        assert_eq!(tab.world.keys.borrow().len(), usize::from(is_bound), "no key is made for nothing");
        assert!(matches!(tab.session.snapshot(), Some(Snapshot::SignedIn { bound, .. }) if bound == is_bound));
        assert_eq!(tab.token_for("GET", API).unwrap().1.is_some(), is_bound);
    }
    let tab = Tab::with("session", r#""dpop":true"#);
    tab.world.announce(&[(DPOP.0, r#"["RS256"]"#)]);
    let error = tab.try_to_leave(SignInOptions::default()).unwrap_err();
    assert_eq!(error.kind.entry().code, "dpop_unsupported");
    assert_nothing_is_left(&tab);
}

/// P02, P05
#[test]
fn a_nonce_that_the_token_endpoint_wants_is_used_in_one_more_try_with_the_same_code() {
    for status in [400, 401] {
        let tab = redeem([Response { status, ..with_nonce("n1", nonce_wanted()) }]);
        assert!(tab.is_signed_in());
        let forms = tab.world.forms_to("/token");
        assert_eq!(forms.len(), 2);
        assert_eq!(forms[0], forms[1], "code, verifier and all");
        assert_eq!(forms[0]["code"], "c1");
        let proofs = tab.world.proofs_to("/token");
        assert_eq!(nonces(&proofs), [None, Some("n1".to_owned())]);
        assert_ne!(proofs[0].claim("jti"), proofs[1].claim("jti"));
        assert_eq!(proofs[0].key, proofs[1].key);
        assert_eq!(tab.world.requests_to("/jwks"), 1);
    }
}

/// P05
#[test]
fn a_second_wish_for_a_nonce_is_shown() {
    let tab = redeem([with_nonce("n1", nonce_wanted()), with_nonce("n2", nonce_wanted())]);
    assert_eq!(tab.error_code(), Some("oauth_error"));
    assert!(matches!(
        tab.session.snapshot(),
        Some(Snapshot::SignedOut { error: Some(error), .. })
            if error.oauth.as_ref().is_some_and(|oauth| oauth.error == "use_dpop_nonce")
    ));
    assert_eq!(tab.world.requests_to("/token"), 2, "no loop");
    assert_nothing_is_left(&tab);
}

/// P05
#[test]
fn a_nonce_that_is_none_is_not_tried_forever() {
    let tab = redeem([with_nonce("not a nonce", nonce_wanted()), with_nonce("nor \"this\"", nonce_wanted())]);
    assert_eq!(tab.world.requests_to("/token"), 2);
    assert_eq!(nonces(&tab.world.proofs_to("/token")), [None, None]);
    assert_nothing_is_left(&tab);
}

/// P14
#[test]
fn a_nonce_that_the_page_may_not_read_is_an_error_that_says_so() {
    let tab = redeem([nonce_wanted()]);
    assert_eq!(tab.error_code(), Some("dpop_nonce_unreadable"));
    assert_eq!(tab.world.requests_to("/token"), 1);
    assert_nothing_is_left(&tab);
}

/// P05; a refusal with a nonce is a refusal all the same.
#[test]
fn other_refusals_are_not_tried_again() {
    for (response, code) in [
        (json(400, r#"{"error":"invalid_grant"}"#), "invalid_grant"),
        (json(400, r#"{"error":"invalid_client"}"#), "oauth_error"),
        (json(500, r#"{"error":"use_dpop_nonce"}"#), "server_error"),
        (json(403, r#"{"error":"use_dpop_nonce"}"#), "oauth_error"),
        (json(200, r#"{"error":"use_dpop_nonce"}"#), "token_response_invalid"),
    ] {
        let tab = redeem([with_nonce("n1", response)]);
        assert_eq!(tab.error_code(), Some(code));
        assert_eq!(tab.world.requests_to("/token"), 1, "{code}");
        assert_nothing_is_left(&tab);
    }
}

/// P12; RFC 9449, section 11.1.
#[test]
fn a_wrong_clock_is_corrected_once_by_the_servers() {
    for server_ms in [START_MS + 600_000, START_MS - 600_000, START_MS + 1_000] {
        let tab = redeem([proof_refused(Some(server_ms))]);
        assert!(tab.is_signed_in());
        let forms = tab.world.forms_to("/token");
        assert!(forms.len() == 2 && forms[0] == forms[1]);
        let times =
            |proofs: &[Proof]| proofs.iter().map(|proof| proof.claims.whole("iat").unwrap()).collect::<Vec<_>>();
        assert_eq!(times(&tab.world.proofs_to("/token")), [START_MS / 1000, server_ms / 1000]);
        tab.pass(60_000);
        assert_eq!(force(&tab), None);
        let later = tab.token_for("GET", API).unwrap().1.unwrap();
        assert_eq!(later.claims.whole("iat"), Some((server_ms + 60_000) / 1000), "and so are those that follow");
        assert_eq!(times(&tab.world.proofs_to("/token")).len(), 3);
    }
}

/// P12
#[test]
fn a_proof_that_is_refused_for_another_reason_is_refused() {
    for answers in [
        vec![proof_refused(None)],
        vec![proof_refused(Some(START_MS))],
        vec![proof_refused(Some(START_MS - 999))],
        vec![proof_refused(Some(START_MS + 600_000)), proof_refused(Some(START_MS + 600_000))],
    ] {
        let tried = answers.len();
        let tab = redeem(answers);
        assert_eq!(tab.error_code(), Some("invalid_dpop_proof"));
        assert_eq!(tab.world.requests_to("/token"), tried);
        assert_nothing_is_left(&tab);
    }
}

/// P07; RFC 9449, section 8.2.
#[test]
fn the_newest_nonce_counts_whatever_answer_it_came_with() {
    let before = Tab::with("session", BOUND);
    before.world.reply("/token", with_nonce("n1", nonce_wanted()));
    let asked = before.leave();
    before.world.reply("/token", with_nonce("n2", before.world.tokens(3600, true)));
    let tab = before.reloaded();
    tab.come_back(&format!("code=c1&state={}&iss={ISSUER}", asked["state"]));
    tab.world.reply("/token", with_nonce("n3", json(503, "")));
    assert_eq!(force(&tab), Some("server_error"));
    tab.pass(2_000);
    tab.world.reply("/token", with_nonce("n4", nonce_wanted()));
    assert_eq!(force(&tab), None);
    let used = ["", "n1", "n2", "n3", "n3", "n4"].map(|nonce| Some(nonce.to_owned()).filter(|nonce| !nonce.is_empty()));
    assert_eq!(nonces(&tab.world.proofs_to("/token")), used);
}

/// P07; RFC 9449, sections 8 and 9: not even where both are one server.
#[test]
fn a_nonce_goes_to_the_server_and_the_role_that_it_is_from_only() {
    const OWN_API: &str = "https://op.example/api/notes";
    let tab = redeem([with_nonce("of-the-provider", nonce_wanted())]);
    let nonce_for = |url| tab.token_for("GET", url).unwrap().1.unwrap().claim("nonce");
    assert_eq!([nonce_for(OWN_API), nonce_for(API)], [None, None]);
    assert_eq!(tab.session.heed(API, 200, None, Some("of-the-api")), Verdict::Keep);
    assert_eq!([nonce_for(OWN_API), nonce_for(API)], [None, Some("of-the-api".to_owned())]);
    assert_eq!(tab.session.heed(OWN_API, 404, None, Some("of-the-own-api")), Verdict::Keep);
    assert_eq!(nonce_for(OWN_API).as_deref(), Some("of-the-own-api"));
    assert_eq!(nonce_for("https://api.example:443/other?x").as_deref(), Some("of-the-api"));
    assert_eq!(tab.session.heed(API, 200, None, Some("no nonce")), Verdict::Keep);
    assert_eq!(nonce_for(API).as_deref(), Some("of-the-api"), "what is none replaces none");
    assert_eq!(force(&tab), None);
    let proofs = tab.world.proofs_to("/token");
    assert_eq!(proofs.last().unwrap().claim("nonce").as_deref(), Some("of-the-provider"));
}

/// P07, B04; what is said elsewhere, by whoever a redirect led to, is not for this session.
#[test]
fn a_nonce_from_where_no_token_goes_is_left() {
    let tab = bound("session");
    for url in ["https://evil.example/notes", "https://op.example/token", "http://api.example/notes", ""] {
        let challenge = Some(r#"DPoP error="use_dpop_nonce""#);
        assert_eq!(tab.session.heed(url, 401, challenge, Some("n1")), Verdict::Keep, "{url}");
    }
    assert_eq!(tab.token_for("GET", API).unwrap().1.unwrap().claim("nonce"), None);
    assert_eq!(force(&tab), None);
    assert_eq!(nonces(&tab.world.proofs_to("/token")), [None, None]);
}

/// P06
#[test]
fn an_api_that_wants_a_nonce_gets_it_in_the_next_proof() {
    let tab = bound("memory");
    for scheme in ["DPoP", "dpop", "DPOP", "dPoP"] {
        let challenge = format!(r#"{scheme} error="use_dpop_nonce", error_description="x""#);
        let nonce = format!("n-{scheme}");
        assert_eq!(tab.session.heed(API, 401, Some(&challenge), Some(&nonce)), Verdict::Again);
        let (token, proof) = tab.token_for("GET", API).unwrap();
        assert_eq!(proof.unwrap().claim("nonce"), Some(nonce));
        assert_eq!(token, "access-1", "with the same token");
        assert_eq!(tab.session.heed(API, 401, Some(&challenge), None), Verdict::Keep, "no nonce can be read");
    }
    let unbound = Tab::with("memory", r#""apis":["https://api.example"]"#).go(SignInOptions::default());
    let challenge = Some(r#"DPoP error="use_dpop_nonce""#);
    assert_eq!(unbound.session.heed(API, 401, challenge, Some("n1")), Verdict::Keep, "there is no proof to put it in");
}

/// P01, P03, P04
#[test]
fn each_request_to_an_api_has_a_proof_of_its_own() {
    let tab = bound("memory");
    let mut seen = BTreeSet::new();
    for (method, url, target) in [
        ("GET", "https://api.example/notes?page=2#end", "https://api.example/notes"),
        ("GET", "https://API.example:443/a/../notes", "https://api.example/notes"),
        ("POST", "https://api.example/notes", "https://api.example/notes"),
        ("PATCH", "https://api.example", "https://api.example/"),
    ] {
        for _ in 0..5 {
            let (token, proof) = tab.token_for(method, url).unwrap();
            let proof = proof.unwrap();
            assert_eq!(token, "access-1");
            assert!(proof.claims.has_only("jti htm htu iat ath"));
            assert!(proof.claims.is("htm", method) && proof.claims.is("htu", target), "{url}");
            assert_eq!(proof.claim("ath"), Some(digest("access-1")));
            assert!(seen.insert(proof.claim("jti")), "a new id each time");
        }
    }
    seen.extend(tab.world.proofs_to("/token").iter().map(|proof| proof.claim("jti")));
    assert_eq!(seen.len(), 21, "and not that of the token request");
    assert_eq!(force(&tab), None);
    let renewed = tab.token_for("GET", API).unwrap();
    assert_eq!((renewed.0.as_str(), renewed.1.unwrap().claim("ath")), ("access-2", Some(digest("access-2"))));
}

/// P09
#[test]
fn a_token_without_a_request_has_no_proof_and_an_unbound_one_none_at_all() {
    let tab = bound("memory");
    let session = std::rc::Rc::clone(&tab.session);
    let (_, _, proof) = tab.wait(async move { session.token(Need::default(), None).await }).unwrap();
    assert!(proof.is_none());
    assert!(Tab::signed_in("memory", 3600).token_for("GET", API).unwrap().1.is_none());
}

/// R07, P03
#[test]
fn a_refresh_proves_the_same_key() {
    let tab = bound("session");
    for _ in 0..3 {
        assert_eq!(force(&tab), None);
    }
    let proofs = tab.world.proofs_to("/token");
    assert_eq!(proofs.len(), 4);
    for proof in &proofs {
        assert_eq!(proof.key, proofs[0].key);
        assert!(proof.claims.has_only("jti htm htu iat") && proof.claims.is("htu", "https://op.example/token"));
    }
    assert_eq!(proofs.iter().map(|proof| proof.claim("jti")).collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(tab.world.keys.borrow().len(), 1);
}

/// P08; RFC 9449, section 5.
#[test]
fn a_token_for_anybodys_use_is_not_what_was_asked_for() {
    for token_type in ["Bearer", "bearer", "N_A"] {
        let before = Tab::with("session", BOUND);
        before.world.token_changes.borrow_mut().push(("token_type".to_owned(), format!("\"{token_type}\"")));
        let tab = before.go(SignInOptions::default());
        assert_eq!(tab.error_code(), Some("token_type_unsupported"));
        assert_nothing_is_left(&tab);
        assert_eq!(tab.world.requests_to("/token"), 1);
    }
}

/// P08
#[test]
fn a_bound_token_is_not_what_was_asked_for_without_a_key() {
    let before = Tab::new("session");
    before.world.token_changes.borrow_mut().push(("token_type".to_owned(), "\"DPoP\"".to_owned()));
    let tab = before.go(SignInOptions::default());
    assert_eq!(tab.error_code(), Some("token_type_unsupported"));
    assert_nothing_is_left(&tab);
}

/// P08, P11
#[test]
fn a_refresh_that_gives_a_token_for_anybodys_use_ends_the_session_and_its_key() {
    let tab = bound("session");
    tab.world.token_changes.borrow_mut().push(("token_type".to_owned(), "\"Bearer\"".to_owned()));
    assert_eq!(force(&tab), Some("token_type_unsupported"));
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedOut refused");
    assert_nothing_is_left(&tab);
}

/// T03, P08
#[test]
fn the_type_of_a_bound_token_counts_in_any_case() {
    for token_type in ["dpop", "DPOP", "dPoP"] {
        let before = Tab::with("memory", BOUND);
        before.world.token_changes.borrow_mut().push(("token_type".to_owned(), format!("\"{token_type}\"")));
        assert!(before.go(SignInOptions::default()).is_signed_in(), "{token_type}");
    }
}

/// P11
#[test]
fn the_key_ends_with_the_session() {
    for storage in ["memory", "session"] {
        let tab = bound(storage);
        tab.sign_out(false, true);
        assert_nothing_is_left(&tab);
        let tab = bound(storage);
        tab.world.answer_with(&[Answer::Raw(400, r#"{"error":"invalid_grant"}"#.to_owned())]);
        assert_eq!(force(&tab), Some("invalid_grant"));
        assert_nothing_is_left(&tab);
    }
    let first = bound("session");
    let key = first.world.keys.borrow().first().unwrap().clone();
    first.sign_out(false, false);
    let second = first.go(SignInOptions::default());
    assert!(second.is_signed_in() && !second.world.keys.borrow().contains(&key), "the next session has its own");
}

/// R07, P11
#[test]
fn a_reload_finds_the_key_again() {
    let tab = bound("session");
    let again = tab.reloaded();
    again.world.url.replace("https://app.example/".to_owned());
    again.start();
    assert!(matches!(again.session.snapshot(), Some(Snapshot::SignedIn { bound: true, .. })));
    let proof = again.token_for("GET", API).unwrap().1.unwrap();
    assert_eq!(proof.key, *again.world.keys.borrow().first().unwrap());
    assert_eq!(force(&again), None);
    assert_eq!(again.world.proofs_to("/token").last().unwrap().key, proof.key);
}

/// P11
#[test]
fn a_key_that_cannot_be_looked_for_now_does_not_end_the_session() {
    let tab = bound("memory");
    tab.world.store_is_broken.set(true);
    assert_eq!(force(&tab), Some("storage_failed"));
    assert!(
        matches!(tab.session.snapshot(), Some(Snapshot::SignedIn { stale: true, .. })),
        "{:?}",
        tab.session.snapshot()
    );
    tab.world.store_is_broken.set(false);
    tab.pass(600_000);
    assert_eq!(force(&tab), None);
    assert!(matches!(tab.session.snapshot(), Some(Snapshot::SignedIn { stale: false, .. })));
}

/// P11
#[test]
fn without_its_key_a_session_is_over() {
    let tab = bound("session");
    tab.world.keys.borrow_mut().clear();
    let lost = tab.token_for("GET", API).err().unwrap();
    assert_eq!(lost.kind.entry().code, "dpop_key_lost");
    let asked = tab.world.requests_to("/token");
    assert_eq!(force(&tab), Some("dpop_key_lost"));
    assert_eq!(tab.world.statuses.borrow().last().unwrap(), "signedOut refused");
    assert_eq!(tab.error_code(), Some("dpop_key_lost"));
    assert_eq!(tab.world.requests_to("/token"), asked, "the refresh token is not sent without a proof");
    assert_nothing_is_left(&tab);
}

/// P11
#[test]
fn a_sign_in_that_fails_leaves_no_key() {
    for query in [
        "error=access_denied&state=STATE&iss=https://op.example",
        "code=c&state=STATE&iss=https://evil.example",
        "code=c&state=STATE",
        "code=c&error=x&state=STATE&iss=https://op.example",
    ] {
        let before = Tab::with("session", BOUND);
        let asked = before.leave();
        let tab = before.reloaded();
        tab.come_back(&query.replace("STATE", &asked["state"]));
        assert!(tab.error_code().is_some());
        assert_eq!(tab.world.requests_to("/token"), 0);
        assert_nothing_is_left(&tab);
    }
    for (name, value) in [("nonce", "\"other\""), ("iss", "\"https://evil.example\""), ("exp", "1")] {
        let before = Tab::with("session", BOUND);
        before.world.id_token_changes.borrow_mut().push((name.to_owned(), value.to_owned()));
        assert_nothing_is_left(&before.go(SignInOptions::default()));
    }
}

/// P11
#[test]
fn a_page_that_cannot_leave_leaves_no_key() {
    let tab = Tab::with("session", BOUND);
    tab.world.store_is_broken.set(true);
    assert_eq!(tab.try_to_leave(SignInOptions::default()).unwrap_err().kind.entry().code, "storage_failed");
    assert_nothing_is_left(&tab);

    let tab = Tab::with("session", BOUND);
    let elsewhere = SignInOptions { return_to: Some("https://evil.example/".to_owned()), ..SignInOptions::default() };
    assert_eq!(tab.try_to_leave(elsewhere).unwrap_err().kind.entry().code, "invalid_option");
    assert_nothing_is_left(&tab);

    let tab = Tab::with("session", r#""dpop":true,"par":true"#);
    tab.world.announce(&[PAR]);
    tab.world.reply("/par", json(400, r#"{"error":"invalid_request"}"#));
    assert_eq!(tab.try_to_leave(SignInOptions::default()).unwrap_err().kind.entry().code, "oauth_error");
    assert_nothing_is_left(&tab);
}

/// P11; a step-up, say: the tokens of before are gone, and so must be their key.
#[test]
fn a_session_that_replaces_another_leaves_its_own_key_only() {
    let first = bound("session");
    let second = first.go(SignInOptions::default());
    assert!(second.is_signed_in());
    let own = second.token_for("GET", API).unwrap().1.unwrap().key;
    assert_eq!(*second.world.keys.borrow(), BTreeSet::from([own]));
}

/// P11; but a sign-in that failed takes nothing from the session that was there.
#[test]
fn a_sign_in_that_fails_leaves_the_key_of_the_session_before() {
    let tab = bound("session");
    tab.world.answer_with(&[Answer::Raw(400, r#"{"error":"invalid_grant"}"#.to_owned())]);
    let again = tab.go(SignInOptions::default());
    assert!(again.is_signed_in(), "as before");
    assert!(again.token_for("GET", API).unwrap().1.is_some());
    assert_eq!(again.world.keys.borrow().len(), 1);
}

/// P11
#[test]
fn keys_of_sign_ins_that_never_came_back_do_not_pile_up() {
    let tab = Tab::with("session", BOUND);
    for _ in 0..5 {
        tab.leave();
        tab.pass(3_600_001);
    }
    tab.leave();
    assert_eq!(tab.world.keys.borrow().len(), 1);
    assert_eq!(tab.world.stored.borrow().len(), 1);
}

/// T16
#[test]
fn nothing_that_can_be_printed_shows_a_bound_token() {
    let tab = bound("session");
    tab.world.answer_with(&[Answer::Silence]);
    assert!(force(&tab).is_some());
    let printed = format!("{:?} {:?} {:?}", tab.session, tab.session.snapshot(), tab.world.events.borrow());
    assert!(!printed.contains("access-1") && !printed.contains("refresh-1"), "{printed}");
    assert!(tab.world.events.borrow().iter().any(|event| matches!(event, Event::RefreshFailed { .. })));
}
