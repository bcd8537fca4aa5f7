//! The pages that a sign-in ends on.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};
use tokenward::core::base::error::{Error, Kind, OAuthError};
use tokenward::core::bff::answer::Answer;
use tokenward::core::bff::page::{failed, onward};

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value.as_str())
}

fn pages() -> [Answer; 2] {
    [onward("/inbox?a=1&b=2"), failed(&Error::new(Kind::CallbackExpired), "/auth/login?returnTo=%2F")]
}

#[test]
fn a_page_has_its_own_style_and_nothing_else() {
    for page in pages() {
        let style = page.body.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let digest = Base64::encode_string(&Sha256::digest(style));
        let policy = header(&page, "content-security-policy");
        assert!(policy.starts_with(&format!("default-src 'none'; style-src 'sha256-{digest}'; ")), "{policy} {digest}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(!page.body.contains("<script") && !page.body.contains("style=") && !page.body.contains("src="));
        assert_eq!((header(&page, "cache-control"), header(&page, "referrer-policy")), ("no-store", "no-referrer"));
    }
}

#[test]
fn a_page_can_be_read_by_everybody() {
    for page in pages() {
        assert!(page.body.starts_with("<!doctype html><html lang=\"en\">"));
        for once in ["<title>", "<h1>", "<main>", "charset=\"utf-8\"", "name=\"viewport\""] {
            assert_eq!(page.body.matches(once).count(), 1, "{once}");
        }
        assert_eq!(page.body.matches("<a href=\"/").count(), 1, "a way on");
        assert!(page.body.contains("prefers-color-scheme"));
    }
}

#[test]
fn what_others_say_stays_text() {
    let page = onward("/a?\"><script>alert('1')</script>&b");
    assert!(page.body.contains("content=\"0;url=/a?&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;b\""));
    let said = OAuthError { error: "<b>".to_owned(), description: Some("<i>".to_owned()), uri: None };
    let page = failed(&Error::from_oauth(said), "/auth/login");
    assert!(!page.body.contains("<b>") && !page.body.contains("<i>"));
    assert_eq!(page.status, 403);
}

#[test]
fn a_page_says_how_bad_it_is() {
    let status = |error: Error| failed(&error, "/").status;
    assert_eq!(status(Error::new(Kind::CallbackStateUnknown)), 400);
    assert_eq!(status(Error::new(Kind::AccessDenied)), 403);
    assert_eq!(status(Error::new(Kind::IdTokenSignatureInvalid)), 502);
    assert_eq!(status(Error::new(Kind::ServerError)), 502);
    let busy = failed(&Error::new(Kind::RateLimited).with_status(429, Some(7)), "/");
    assert_eq!((busy.status, header(&busy, "retry-after")), (503, "7"));
}

#[test]
fn a_page_speaks_to_the_person_who_wanted_to_sign_in() {
    let says = |kind: Kind, words: &str| {
        let page = failed(&Error::new(kind), "/").body;
        assert!(page.contains(words), "{kind:?}: {page}");
        assert!(page.contains(&format!("<code>{}</code>", kind.entry().code)));
    };
    says(Kind::AccessDenied, "declined");
    for kind in [Kind::CallbackStateMissing, Kind::CallbackStateUnknown, Kind::CallbackExpired] {
        says(kind, "not open any more");
    }
    says(Kind::InvalidOption, "not one of this app's");
    says(Kind::StoreFailed, "cannot keep you signed in");
    says(Kind::NetworkFailed, "did not answer");
    says(Kind::IdTokenSignatureInvalid, "tell whoever runs this app");
    // What a developer would be told to mend is no business of theirs.
    for &kind in Kind::ALL {
        let Some(advice) = Some(kind.entry().suggestion).filter(|advice| !advice.is_empty()) else { continue };
        assert!(!failed(&Error::new(kind), "/").body.contains(advice), "{kind:?}");
    }
}
