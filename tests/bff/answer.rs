//! What an endpoint says of a failure.

use tokenward::core::base::error::{Error, Kind};
use tokenward::core::bff::answer::Answer;

#[test]
fn a_failure_has_the_mend_that_is_one_for_a_backend() {
    let says = |kind: Kind| Answer::failure(&Error::new(kind)).body;
    assert!(says(Kind::Csrf).contains(r#""error":"csrf""#) && says(Kind::Csrf).contains("X-Tokenward: 1"));
    let unanswered = says(Kind::NetworkFailed);
    assert!(unanswered.contains(r#""error":"network_failed""#), "{unanswered}");
    assert!(!unanswered.contains("suggestion"), "CORS is a page's: {unanswered}");
}
