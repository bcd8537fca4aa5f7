//! The authorization response: whose it is, who sent it, and what it says.

use super::given::{CALLBACK, NOW_S, at, fault, kind, now, test, transaction};
use tokenward::core::base::error::{Class, Error, Kind, Phase, Result};
use tokenward::core::oauth::callback::{check_callback, is_callback, read_callback, read_form_post};
use tokenward::core::oauth::transaction::Transaction;

/// The code, or why there is none, for a page at the redirect URI with this query.
fn code_for(query: &str, transaction: &Transaction) -> Result<String> {
    let parameters = read_callback(&[CALLBACK, "?", query].concat())?;
    check_callback(parameters, transaction, now()).map(|code| code.secret().to_owned())
}

fn code(query: &str) -> Result<String> {
    code_for(query, &transaction(&[]))
}

fn promising_iss() -> Transaction {
    transaction(&[("authorization_response_iss_parameter_supported", "true")])
}

#[test]
fn a_fitting_answer_gives_its_code() {
    assert_eq!(code("code=a%2Bb+c&state=the-state").unwrap(), "a+b c");
    assert_eq!(code_for("state=the-state&iss=https%3A%2F%2Fop.example&code=c", &promising_iss()).unwrap(), "c");
}

/// A08
#[test]
fn unknown_parameters_are_ignored_even_when_repeated() {
    assert_eq!(code("foo=bar&foo=baz&session_state=x.y&code=c&state=the-state&=&&authuser=0").unwrap(), "c");
}

/// A06
#[test]
fn an_answer_without_state_is_refused() {
    for query in ["code=c", "code=c&state=", "code=c&State=the-state", "error=access_denied", ""] {
        assert_eq!(kind(&code(query)), Some(Kind::CallbackStateMissing), "{query}");
    }
}

/// A06
#[test]
fn an_answer_with_another_state_is_refused_before_anything_else() {
    for state in ["x", "the-stat", "the-state1", "The-state", "the-state%00", "%20the-state"] {
        for rest in ["code=c", "error=access_denied", "code=c&iss=https://evil.example", "code=c&error=x"] {
            let query = format!("state={state}&{rest}");
            assert_eq!(kind(&code(&query)), Some(Kind::CallbackStateUnknown), "{query}");
        }
    }
}

/// A07
#[test]
fn a_repeated_parameter_is_refused() {
    for name in ["state", "code", "iss", "error", "error_description", "error_uri"] {
        for (first, second) in [("a", "b"), ("a", "a"), ("", ""), ("a", "")] {
            let query = format!("code=c&state=the-state&{name}={first}&{name}={second}");
            let refused = Some((Kind::CallbackParameterDuplicate, name));
            assert_eq!(fault(&code(&query)), refused, "{query}");
        }
    }
}

/// A07; a name is what it decodes to.
#[test]
fn an_encoded_name_repeats_the_plain_one() {
    assert_eq!(kind(&code("code=a&%63ode=b&state=the-state")), Some(Kind::CallbackParameterDuplicate));
    assert_eq!(kind(&code("code=a&state=the-state&s%74ate=x")), Some(Kind::CallbackParameterDuplicate));
}

/// A11, A13
#[test]
fn an_answer_of_another_issuer_is_refused() {
    for iss in [
        "",
        "https://op.example/",
        "https://OP.example",
        "https://op.example:443",
        "http://op.example",
        "https://evil.example",
        "https://op.example.evil.example",
        "https://op.example%00",
    ] {
        // A13: also where the provider did not promise to send it.
        for transaction in [transaction(&[]), promising_iss()] {
            let query = format!("code=c&state=the-state&iss={iss}");
            assert_eq!(kind(&code_for(&query, &transaction)), Some(Kind::CallbackIssMismatch), "{iss}");
        }
    }
}

/// A11; the issuer's own slash is part of its name.
#[test]
fn an_issuer_with_a_slash_is_only_itself() {
    let mut transaction = transaction(&[]);
    let mut metadata = (*transaction.metadata).clone();
    "https://op.example/".clone_into(&mut metadata.issuer);
    transaction.metadata = metadata.into();
    assert_eq!(code_for("code=c&state=the-state&iss=https://op.example/", &transaction).unwrap(), "c");
    let without = code_for("code=c&state=the-state&iss=https://op.example", &transaction);
    assert_eq!(kind(&without), Some(Kind::CallbackIssMismatch));
}

/// A12
#[test]
fn a_promised_issuer_must_be_named() {
    assert_eq!(kind(&code_for("code=c&state=the-state", &promising_iss())), Some(Kind::CallbackIssMissing));
    let error = code_for("error=access_denied&state=the-state", &promising_iss());
    assert_eq!(kind(&error), Some(Kind::CallbackIssMissing));
}

/// A09; an error of somebody else is not the provider's error.
#[test]
fn errors_are_checked_like_codes() {
    let error = code("error=access_denied&state=the-state&iss=https://evil.example");
    assert_eq!(kind(&error), Some(Kind::CallbackIssMismatch));
}

/// A09
#[test]
fn the_provider_s_error_is_surfaced_as_itself() {
    let query =
        "error=invalid_scope&error_description=No+%22x%22%21&error_uri=https%3A%2F%2Fop.example%2Fe&state=the-state";
    let error = code(query).unwrap_err();
    assert_eq!((error.kind, error.phase), (Kind::OauthError, Phase::Callback));
    let oauth = error.oauth.clone().unwrap();
    assert_eq!(oauth.error, "invalid_scope");
    assert_eq!(oauth.description.as_deref(), Some("No \"x\"!"));
    assert_eq!(oauth.uri.as_deref(), Some("https://op.example/e"));
    assert!(!error.message().contains("\"x\""), "the provider's words stay out of the message");
}

/// A09, I17
#[test]
fn well_known_errors_have_kinds_of_their_own() {
    for (name, kind_of_error) in [
        ("access_denied", Kind::AccessDenied),
        ("login_required", Kind::LoginRequired),
        ("consent_required", Kind::ConsentRequired),
        ("account_selection_required", Kind::AccountSelectionRequired),
        ("interaction_required", Kind::InteractionRequired),
        ("server_error", Kind::ServerError),
        ("temporarily_unavailable", Kind::ServerError),
        ("invalid_request", Kind::OauthError),
        ("callback_expired", Kind::OauthError),
        ("internal", Kind::OauthError),
        ("", Kind::OauthError),
        ("<script>", Kind::OauthError),
    ] {
        let error: Error = code(&format!("state=the-state&error={name}")).unwrap_err();
        assert_eq!(error.kind, kind_of_error, "{name}");
        assert_eq!(error.phase, Phase::Callback, "{name}");
        assert_eq!(error.oauth.as_ref().map(|oauth| oauth.error.as_str()), Some(name));
        assert!(matches!(error.kind.entry().class, Class::OAuth | Class::Network), "{name}");
    }
}

/// A10
#[test]
fn a_code_with_an_error_is_refused() {
    for query in ["code=c&error=access_denied&state=the-state", "code=c&error=&state=the-state"] {
        assert_eq!(kind(&code(query)), Some(Kind::CallbackMalformed), "{query}");
    }
}

#[test]
fn neither_code_nor_error_is_refused() {
    for query in ["state=the-state", "code=&state=the-state", "state=the-state&access_token=t&token_type=Bearer"] {
        assert_eq!(kind(&code(query)), Some(Kind::CallbackMalformed), "{query}");
    }
}

/// A01; an implicit answer in the fragment is nothing to us.
#[test]
fn the_fragment_is_not_read() {
    let read = read_callback(&[CALLBACK, "?x=1#code=c&state=the-state"].concat());
    assert_eq!(kind(&read), Some(Kind::CallbackStateMissing));
}

#[test]
fn a_late_answer_is_refused() {
    let read = || read_callback(&[CALLBACK, "?code=c&state=the-state"].concat()).unwrap();
    let transaction = transaction(&[]);
    assert!(check_callback(read(), &transaction, at(NOW_S + 3600)).is_ok());
    for seconds in [NOW_S + 3601, NOW_S - 1] {
        let late = check_callback(read(), &transaction, at(seconds));
        assert_eq!(kind(&late), Some(Kind::CallbackExpired));
    }
}

#[test]
fn what_is_no_url_or_too_long_is_malformed() {
    let long = [CALLBACK, "?code=", &"c".repeat(64 * 1024), "&state=the-state"].concat();
    for url in ["", "/callback?code=c&state=the-state", "not a url", &long] {
        assert_eq!(kind(&read_callback(url)), Some(Kind::CallbackMalformed));
    }
    assert!(read_callback(&[CALLBACK, "?code=", &"c".repeat(32 * 1024), "&state=s"].concat()).is_ok());
}

#[test]
fn an_answer_at_the_redirect_uri_is_ours() {
    let state = "s".repeat(43);
    for page in [
        format!("https://app.example/callback?code=c&state={state}"),
        format!("https://app.example/callback?state={state}&error=x#top"),
        format!("https://APP.example:443/callback?x=1&code=c&state={state}"),
        format!("https://app.example/./callback?code=&state={state}.w"),
    ] {
        assert!(is_callback(&page, CALLBACK, false), "{page}");
        assert!(is_callback(&page, CALLBACK, true), "{page}");
    }
}

#[test]
fn a_redirect_uri_with_a_query_is_found_again() {
    assert!(is_callback("https://app.example/callback?a=1&code=c&state=s", "https://app.example/callback?a=1", true));
}

/// The app may use `?code=` and `?state=` for itself: a coupon, a country.
#[test]
fn a_foreign_code_is_not_an_answer() {
    for page in [
        "https://app.example/callback?code=SPRING",
        "https://app.example/callback?error=404",
        "https://app.example/callback?code=SPRING&state=CA",
        "https://app.example/callback?error=404&state=",
        "https://app.example/callback?code=SPRING&state=sssssssssssssssssssssssssssssssssssssssssss"
            .strip_suffix('s')
            .unwrap(),
    ] {
        assert!(!is_callback(page, CALLBACK, false), "{page}");
        assert!(is_callback(page, CALLBACK, true), "{page}");
    }
}

/// L02; the way back from a sign-out carries a state at most.
#[test]
fn a_page_that_is_elsewhere_or_says_nothing_is_not_an_answer() {
    for page in [
        "https://app.example/?code=c&state=s",
        "https://app.example/callback/?code=c&state=s",
        "https://app.example/Callback?code=c&state=s",
        "https://app.example/callback2?code=c&state=s",
        "https://evil.example/callback?code=c&state=s",
        "https://app.example:8443/callback?code=c&state=s",
        "http://app.example/callback?code=c&state=s",
        "https://app.example/callback?state=s",
        "https://app.example/callback#code=c&state=s",
        "https://app.example/callback?xcode=c&state=s",
        "https://app.example/callback",
        "",
        "not a url",
    ] {
        assert!(!is_callback(page, CALLBACK, true), "{page}");
    }
}

/// X09
#[test]
fn an_answer_may_be_posted() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let posted = |content_type, body| {
        let parameters = read_form_post(content_type, body)?;
        check_callback(parameters, &transaction(&[]), now()).map(|code| code.secret().to_owned())
    };
    for content_type in [FORM, "APPLICATION/x-www-form-urlencoded;charset=utf-8"] {
        assert_eq!(posted(content_type, "code=a%2Bb+c&state=the-state&foo=1&foo=2").unwrap(), "a+b c");
    }
    for content_type in ["", "text/plain", "multipart/form-data; boundary=x", "application/json"] {
        let refused = posted(content_type, "code=c&state=the-state");
        assert_eq!(kind(&refused), Some(Kind::CallbackMalformed), "{content_type}");
    }
    // One way in: whatever a query is refused for, a form is.
    for (body, kind_of_failure) in [
        ("", Kind::CallbackStateMissing),
        ("code=c", Kind::CallbackStateMissing),
        ("code=c&state=other", Kind::CallbackStateUnknown),
        ("code=c&state=the-state&state=the-state", Kind::CallbackParameterDuplicate),
        ("code=c&state=the-state&iss=https://evil.example", Kind::CallbackIssMismatch),
        ("code=c&error=x&state=the-state", Kind::CallbackMalformed),
        ("state=the-state", Kind::CallbackMalformed),
        ("error=login_required&state=the-state", Kind::LoginRequired),
    ] {
        assert_eq!(kind(&posted(FORM, body)), Some(kind_of_failure), "{body}");
    }
    let long = ["code=c&state=the-state&x=", &"x".repeat(64 * 1024)].concat();
    assert_eq!(kind(&posted(FORM, &long)), Some(Kind::CallbackMalformed));
}
