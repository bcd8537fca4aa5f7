//! Sign-in on another device: the codes, and when to ask.

use super::given::{
    Members, answer, at, confidential_client, credential, fault, json_answer, kind, object, public_client, test,
};
use tokenward::core::base::error::{Error, Kind, OAuthError, Phase, Result};
use tokenward::core::base::secret::DeviceCode;
use tokenward::core::base::time::Now;
use tokenward::core::oauth::device::{
    DeviceAuthorization, Polling, build_device_request, build_device_token_request, check_device_response,
};
use tokenward::core::oauth::token::{TokenResponse, check_token_response};

const ANSWER: Members<'_> = &[
    ("device_code", "\"the-device-code\""),
    ("user_code", "\"WDJB-MJHT\""),
    ("verification_uri", "\"https://op.example/device\""),
    ("verification_uri_complete", "\"https://op.example/device?user_code=WDJB-MJHT\""),
    ("expires_in", "600"),
    ("interval", "7"),
];

fn check(changes: Members<'_>) -> Result<DeviceAuthorization> {
    check_device_response(&json_answer(&object(ANSWER, changes)))
}

/// E05
#[test]
fn the_codes_are_asked_for_with_what_is_wanted() {
    let client = public_client();
    let resource = ["urn:a".to_owned(), "urn:b".to_owned()];
    let url = "https://op.example/device_authorization";
    let request = build_device_request(credential(&client), url, Some("openid x"), &resource);
    assert_eq!(request.url, url);
    let form = "scope=openid+x&resource=urn%3Aa&resource=urn%3Ab&client_id=web";
    assert_eq!(request.form.unwrap().secret(), form);
    let bare = build_device_request(credential(&client), url, None, &[]);
    assert_eq!(bare.form.unwrap().secret(), "client_id=web");
}

/// E05, T11
#[test]
fn the_question_names_the_code_and_authenticates() {
    let code = DeviceCode::new("d+c".to_owned());
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d%2Bc";
    let public = public_client();
    let request = build_device_token_request(credential(&public), "https://op.example/token", &code);
    assert_eq!(request.form.unwrap().secret(), format!("{grant}&client_id=web"));
    let confidential = confidential_client();
    let request = build_device_token_request(credential(&confidential), "https://op.example/token", &code);
    assert_eq!((request.form.unwrap().secret(), request.headers.len()), (grant, 1));
}

/// E05
#[test]
fn a_whole_answer_is_read() {
    let device = check(&[]).unwrap();
    assert_eq!(device.device_code.secret(), "the-device-code");
    assert_eq!(device.user_code, "WDJB-MJHT");
    assert_eq!(device.verification_uri, "https://op.example/device");
    assert_eq!(device.verification_uri_complete.as_deref(), Some("https://op.example/device?user_code=WDJB-MJHT"));
    assert_eq!((device.lifetime_s, device.interval_s), (600, 7));
    assert!(!format!("{device:?}").contains("the-device-code"));
}

/// E05; RFC 8628, section 3.2.
#[test]
fn the_interval_is_five_seconds_where_none_is_given() {
    for (interval, seconds) in [("", 5), ("null", 5), ("1", 1), ("0", 1), ("0.5", 1), ("30", 30), ("2.9", 2)] {
        assert_eq!(check(&[("interval", interval)]).unwrap().interval_s, seconds, "{interval}");
    }
    for interval in ["\"5\"", "true", "[]", "{}", "-1", "\"\""] {
        let checked = check(&[("interval", interval)]);
        assert_eq!(fault(&checked), Some((Kind::DeviceResponseInvalid, "interval")), "{interval}");
    }
}

/// E05
#[test]
fn what_must_be_there_must_be_there() {
    for name in ["device_code", "user_code", "verification_uri"] {
        for value in ["", "null", "\"\"", "5", "true", "[]", "{}"] {
            let checked = check(&[(name, value)]);
            assert_eq!(fault(&checked), Some((Kind::DeviceResponseInvalid, name)), "{name}: {value}");
        }
    }
    for value in ["", "null", "0", "-1", "true", "[]", "{}", "\"\"", "\"x\""] {
        let checked = check(&[("expires_in", value)]);
        assert_eq!(fault(&checked), Some((Kind::DeviceResponseInvalid, "expires_in")), "{value}");
    }
    assert!(check(&[("verification_uri_complete", "")]).unwrap().verification_uri_complete.is_none());
    assert!(check(&[("verification_uri_complete", "null")]).unwrap().verification_uri_complete.is_none());
}

/// A21, E05; people type passwords there.
#[test]
fn people_are_sent_to_safe_pages_only() {
    for name in ["verification_uri", "verification_uri_complete"] {
        for uri in ["http://127.0.0.1:3000/device", "http://localhost/d?x=1#y"] {
            assert!(check(&[(name, &format!("\"{uri}\""))]).is_ok(), "{uri}");
        }
        for uri in [
            "http://op.example/device",
            "javascript:alert(1)",
            "data:text/html,x",
            "/device",
            "op.example/device",
            "https://u:p@op.example/",
            "x",
        ] {
            let checked = check(&[(name, &format!("\"{uri}\""))]);
            assert_eq!(fault(&checked), Some((Kind::DeviceResponseInvalid, name)), "{uri}");
        }
    }
}

/// E05; it is printed to terminals.
#[test]
fn a_user_code_shows_as_it_is() {
    for code in ["\"ABC\\u001b[2J\"", "\"A\\nB\"", "\"\\u0000\"", &format!("\"{}\"", "A".repeat(256))] {
        let checked = check(&[("user_code", code)]);
        assert_eq!(fault(&checked), Some((Kind::DeviceResponseInvalid, "user_code")), "{code}");
    }
    for code in ["\"123-456 7\"", "\"äöü\"", &format!("\"{}\"", "A".repeat(255))] {
        assert!(check(&[("user_code", code)]).is_ok(), "{code}");
    }
}

/// E05
#[test]
fn what_is_no_answer_is_refused() {
    for (status, body, kind_of_failure) in [
        (400, r#"{"error":"invalid_scope"}"#, Kind::OauthError),
        (400, "{}", Kind::ResponseUnusable),
        (500, "", Kind::ServerError),
        (200, "[]", Kind::ResponseUnusable),
    ] {
        let error = check_device_response(&answer(status, "application/json", body)).unwrap_err();
        assert_eq!((error.kind, error.phase), (kind_of_failure, Phase::Authorize), "{body}");
    }
}

/// A clock that starts at 0.
fn second(seconds: u64) -> Now {
    at(1_000_000 + seconds)
}

fn polling(interval: &str, expires_in: &str) -> Polling {
    Polling::new(&check(&[("interval", interval), ("expires_in", expires_in)]).unwrap(), second(0))
}

fn oauth(name: &str) -> Result<TokenResponse> {
    let body = format!("{{\"error\":\"{name}\"}}");
    check_token_response(&answer(400, "application/json", &body), false, None)
}

fn goes_on(polling: &mut Polling, answer: Result<TokenResponse>, seconds: u64) {
    assert!(matches!(polling.take(answer, second(seconds)), Ok(None)));
}

/// E05
#[test]
fn the_first_question_waits_an_interval() {
    let polling = polling("7", "600");
    for (seconds, wait_ms) in [(0, 7000), (1, 6000), (6, 1000), (7, 0), (8, 0), (599, 0)] {
        assert_eq!(polling.wait_ms(second(seconds)).unwrap(), wait_ms, "{seconds}");
    }
}

/// E05
#[test]
fn a_pending_answer_is_asked_again_after_the_interval() {
    let mut polling = polling("5", "600");
    for round in 1..=20 {
        goes_on(&mut polling, oauth("authorization_pending"), round * 6);
        assert_eq!(polling.wait_ms(second(round * 6)).unwrap(), 5000);
        assert_eq!(polling.wait_ms(second(round * 6 + 5)).unwrap(), 0);
    }
}

/// E05
#[test]
fn slowing_down_adds_five_seconds_for_good() {
    let mut polling = polling("5", "600");
    goes_on(&mut polling, oauth("slow_down"), 5);
    assert_eq!(polling.wait_ms(second(5)).unwrap(), 10_000);
    goes_on(&mut polling, oauth("authorization_pending"), 15);
    assert_eq!(polling.wait_ms(second(15)).unwrap(), 10_000, "and for all that follow");
    goes_on(&mut polling, oauth("slow_down"), 25);
    assert_eq!(polling.wait_ms(second(25)).unwrap(), 15_000);
}

/// E05
#[test]
fn a_question_without_an_answer_doubles_the_interval() {
    let mut polling = polling("5", "600");
    let mut seconds = 0;
    for expected_ms in [10_000, 20_000, 40_000, 60_000, 60_000] {
        seconds += 1;
        goes_on(&mut polling, Err(Error::new(Kind::TimedOut)), seconds);
        assert_eq!(polling.wait_ms(second(seconds)).unwrap(), expected_ms);
    }
    let mut slow = self::polling("90", "600");
    goes_on(&mut slow, Err(Error::new(Kind::NetworkFailed)), 1);
    assert_eq!(slow.wait_ms(second(1)).unwrap(), 90_000, "but never below what the provider wants");
}

/// E05
#[test]
fn a_busy_provider_is_left_alone_as_long_as_it_asks() {
    let mut polling = polling("5", "600");
    let busy = Error::new(Kind::RateLimited).with_status(429, Some(120));
    goes_on(&mut polling, Err(busy), 5);
    assert_eq!(polling.wait_ms(second(5)).unwrap(), 120_000);
    goes_on(&mut polling, oauth("authorization_pending"), 125);
    assert_eq!(polling.wait_ms(second(125)).unwrap(), 10_000);
    for retryable in [oauth("temporarily_unavailable"), oauth("server_error")] {
        goes_on(&mut polling, retryable, 130);
    }
}

/// E05
#[test]
fn what_the_user_or_the_provider_decided_ends_it() {
    for (name, kind_of_failure) in [
        ("access_denied", Kind::AccessDenied),
        // A build without the edge has no word of its own for it.
        ("expired_token", OAuthError { error: "expired_token".to_owned(), ..OAuthError::default() }.kind()),
        ("invalid_grant", Kind::InvalidGrant),
        ("invalid_client", Kind::OauthError),
        ("Slow_Down", Kind::OauthError),
    ] {
        assert_eq!(kind(&polling("5", "600").take(oauth(name), second(5))), Some(kind_of_failure), "{name}");
    }
    let broken = Err(Error::about(Kind::TokenResponseInvalid, "access_token"));
    assert_eq!(kind(&polling("5", "600").take(broken, second(5))), Some(Kind::TokenResponseInvalid));
}

/// E05
#[test]
fn tokens_end_it_well() {
    let tokens = check_token_response(&json_answer(r#"{"access_token":"at","token_type":"Bearer"}"#), false, None);
    let taken = polling("5", "600").take(tokens, second(5)).unwrap().unwrap();
    assert_eq!(taken.access_token.secret(), "at");
}

/// E05
#[test]
fn nothing_is_asked_after_the_codes_have_expired() {
    let mut polling = polling("5", "10");
    goes_on(&mut polling, oauth("slow_down"), 5);
    assert_eq!(polling.wait_ms(second(5)).unwrap(), 5000, "no longer than there is something to ask for");
    assert_eq!(polling.wait_ms(second(9)).unwrap(), 1000);
    for seconds in [10, 11, 10_000] {
        let late = polling.wait_ms(second(seconds));
        assert_eq!(kind(&late), Some(Kind::ExpiredToken), "{seconds}");
        assert_eq!(late.unwrap_err().phase, Phase::Token);
    }
}

/// E05; a device that slept, or whose clock was set back.
#[test]
fn whichever_clock_says_more_is_believed() {
    let start = Now { wall_ms: 1_000_000, monotonic_ms: 5_000 };
    let polling = Polling::new(&check(&[]).unwrap(), start);
    assert_eq!(kind(&polling.wait_ms(Now { wall_ms: 1_600_000, monotonic_ms: 5_000 })), Some(Kind::ExpiredToken));
    assert_eq!(polling.wait_ms(Now { wall_ms: 0, monotonic_ms: 12_000 }).unwrap(), 0);
    assert_eq!(polling.wait_ms(Now { wall_ms: 0, monotonic_ms: 0 }).unwrap(), 7_000);
}
