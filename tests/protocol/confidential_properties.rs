//! Whatever a confidential client is sent, it answers and never panics; and what it writes, its provider reads.

use super::given::{CLIENT, ISSUER, addressed, answer, client, compact, key, now, part, public_client};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runner, RngSeed};
use tokenward::core::base::base64url::decode_text;
use tokenward::core::base::error::{Error, Kind};
use tokenward::core::base::form::{values, write};
use tokenward::core::base::secret::ClientSecret;
use tokenward::core::base::time::Now;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oauth::callback::read_form_post;
use tokenward::core::oauth::client_auth::ClientAuthentication;
use tokenward::core::oauth::device::{Polling, check_device_response};
use tokenward::core::oauth::introspection::{Wanted, check_introspection, check_introspection_response};
use tokenward::core::oauth::jar::build_request_object;
use tokenward::core::oauth::jarm::read_jwt_form_post;
use tokenward::core::oidc::hybrid::read_hybrid_form_post;
use tokenward::core::oidc::logout_token::UntrustedLogoutToken;

const FORM: &str = "application/x-www-form-urlencoded";

/// Two runs try the same, so that a failure is a failure for everybody.
fn runner() -> Runner {
    Runner { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Runner::default() }
}

/// A JSON object of members that somebody reads, with values that somebody stumbles over.
fn claims() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "iss",
        "aud",
        "exp",
        "iat",
        "nbf",
        "sub",
        "sid",
        "jti",
        "events",
        "nonce",
        "state",
        "code",
        "error",
        "active",
        "scope",
        "cnf",
        "token_type",
        "token_introspection",
        "interval",
        "expires_in",
        "user_code",
        "device_code",
        "verification_uri",
    ]);
    let value = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1",
        "1e308",
        "1800000300",
        "\"\"",
        "\"x\"",
        "\"web\"",
        "[]",
        "{}",
        "[\"web\"]",
        "\"https://op.example\"",
        "{\"active\":true}",
        "{\"jkt\":5}",
        "\"\\u0000\"",
        "[null]",
        "{\"a\":{\"a\":[]}}",
        "{\"http://schemas.openid.net/event/backchannel-logout\":{}}",
    ]);
    vec((name, value), 0..8).prop_map(|mut members| {
        members.sort_unstable();
        members.dedup_by_key(|(name, _)| *name);
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #![proptest_config(runner())]

    /// T10
    #[test]
    fn both_halves_of_basic_come_back(id in ".{1,30}", secret in ".{0,30}") {
        let mut client = client(ClientAuthentication::Basic { secret: ClientSecret::new(secret.clone()) });
        client.client_id.clone_from(&id);
        let request = client.credential(ISSUER, None).unwrap().post("https://op.example/token", &[]);
        let encoded = request.headers[0].1.secret().strip_prefix("Basic ").unwrap().to_owned();
        let pair = decode_text(&encoded.trim_end_matches('=').replace('+', "-").replace('/', "_")).unwrap();
        let (left, right) = pair.split_once(':').unwrap();
        prop_assert!(!right.contains(':'), "one colon, which is nobody's");
        prop_assert_eq!(values(&format!("a={left}"), "a"), [id]);
        prop_assert_eq!(values(&format!("a={right}"), "a"), [secret]);
    }

    /// T11
    #[test]
    fn no_parameter_says_who_sends_it(names in vec("client_(id|secret|assertion|assertion_type)|x", 0..6), value in ".{0,9}") {
        let client = client(ClientAuthentication::Post { secret: ClientSecret::new("the-secret".to_owned()) });
        let parameters: Vec<_> = names.iter().map(|name| (name.as_str(), value.as_str())).collect();
        let request = client.credential(ISSUER, None).unwrap().post("https://op.example/token", &parameters);
        let form = request.form.unwrap();
        prop_assert_eq!(values(form.secret(), "client_id"), [CLIENT]);
        prop_assert_eq!(values(form.secret(), "client_secret"), ["the-secret"]);
        prop_assert!(values(form.secret(), "client_assertion").is_empty());
        prop_assert_eq!(values(form.secret(), "x").len(), names.iter().filter(|name| *name == "x").count());
    }

    /// X05; a request object is JSON whatever was asked for, and says of itself what it must.
    #[test]
    fn a_request_object_says_what_was_asked_for(
        state in any::<String>(),
        resources in vec(any::<String>(), 0..4),
        foreign in prop::sample::select(vec!["iss", "aud", "sub", "exp", "jti", "request", "request_uri", "client_id"]),
    ) {
        let mut parameters = vec![("state", state.clone()), (foreign, "foreign".to_owned())];
        parameters.extend(resources.iter().map(|one| ("resource", one.clone())));
        let claims = part(&build_request_object(&public_client(), &key(), &parameters, "i", now()), 1);
        prop_assert_eq!(claims.text("state"), Some(state));
        prop_assert_eq!(claims.one_or_many("resource").unwrap_or_default(), resources);
        prop_assert!(claims.is("iss", CLIENT) && claims.is("aud", ISSUER) && claims.is("client_id", CLIENT));
        prop_assert!(!claims.has("sub") && !claims.has("request") && !claims.has("request_uri"));
    }

    /// X07, X08, X09, I14; nothing is believed that is not for this client and of this issuer.
    #[test]
    fn a_posted_answer_of_any_text_is_answered(
        body in any::<String>(),
        token in any::<String>(),
        claims in claims(),
    ) {
        let token = if token.len() % 2 == 0 { token } else { compact(r#"{"alg":"RS256"}"#, &claims) };
        for body in [body.clone(), write(&[("response", &token)]), write(&[("state", "s"), ("code", "c"), ("id_token", &token)])] {
            // Whoever reads an ID token and a code reads no less than who reads a code.
            let code = read_form_post(FORM, &body);
            let both = read_hybrid_form_post(FORM, &body);
            prop_assert!(code.is_ok() || both.is_err());
            if let Ok(untrusted) = read_jwt_form_post(FORM, &body, Algorithm::Rs256) {
                let believed = untrusted.check(true, &addressed(0), now()).is_ok();
                prop_assert!(!believed || claims.contains("\"iss\":\"https://op.example\"") && claims.contains("\"state\":"));
            }
        }
    }

    /// L03, E03, E04
    #[test]
    fn tokens_of_any_claims_are_answered(claims in claims(), typed in any::<bool>()) {
        let kind = if typed { r#","typ":"token-introspection+jwt""# } else { "" };
        let token = compact(&format!("{{\"alg\":\"RS256\"{kind}}}"), &claims);
        if let Ok(untrusted) = UntrustedLogoutToken::read(&token, Algorithm::Rs256)
            && let Ok(logout) = untrusted.check(true, &addressed(0), now())
        {
            prop_assert!(logout.subject.is_some() || logout.session_id.is_some());
            prop_assert!(!claims.contains("nonce") && claims.contains("backchannel-logout"));
        }
        let wanted = Wanted { addressed: addressed(0), audience: Some(CLIENT), scope: "" };
        let signed = check_introspection_response(&answer(200, "application/token-introspection+jwt", &token), Some(Algorithm::Rs256));
        let plain = check_introspection_response(&answer(200, "application/json", &claims), None);
        for untrusted in [signed, plain].into_iter().flatten() {
            if let Ok(Some(token)) = check_introspection(untrusted, true, &wanted, now()) {
                prop_assert_eq!(token.claims.truth("active"), Some(true));
                prop_assert_eq!(token.claims.has("cnf"), token.key_thumbprint.is_some());
            }
        }
    }

    /// E05; never sooner than the interval, never after the end, whatever is answered and however the clocks run.
    #[test]
    fn a_device_never_asks_too_soon_or_too_late(
        interval in 1..100_u64,
        lifetime in 1..2000_u64,
        answers in vec((prop::sample::select(vec!["authorization_pending", "slow_down", "lost", "busy"]), 0..100_u64), 0..30),
    ) {
        let body = format!(
            r#"{{"device_code":"d","user_code":"u","verification_uri":"https://op.example/d","expires_in":{lifetime},"interval":{interval}}}"#
        );
        let device = check_device_response(&answer(200, "application/json", &body)).unwrap();
        let at = |ms: u64| Now { wall_ms: 1_000_000 + ms, monotonic_ms: ms };
        let (mut time, mut polling) = (0, Polling::new(&device, at(0)));
        for (name, late) in answers {
            let asked = time;
            // Whatever it says, it is told the same again once that has passed.
            while let Ok(wait) = polling.wait_ms(at(time)) && wait > 0 {
                time += wait;
            }
            if polling.wait_ms(at(time)).is_err() {
                prop_assert!(time >= lifetime * 1000, "{time} of {lifetime}");
                break;
            }
            prop_assert!(time < lifetime * 1000 && time - asked >= interval * 1000, "{asked} {time}");
            let answer = match name {
                "lost" => Err(Error::new(Kind::TimedOut)),
                "busy" => Err(Error::new(Kind::RateLimited).with_status(429, Some(30))),
                oauth => tokenward::core::oauth::token::check_token_response(
                    &answer(400, "application/json", &format!("{{\"error\":\"{oauth}\"}}")),
                    false,
                    None,
                ),
            };
            time += late;
            prop_assert!(matches!(polling.take(answer, at(time)), Ok(None)));
        }
    }
}
