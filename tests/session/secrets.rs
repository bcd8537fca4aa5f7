//! No secret in what is printed.

use super::support::{Answer, Tab};
use tokenward::core::session::effect::Need;

/// T16
#[test]
fn nothing_that_can_be_printed_shows_a_secret() {
    let tab = Tab::signed_in("session", 3600);
    tab.world.answer_with(&[Answer::Silence]);
    let failed = tab.want(Need { force: true, ..Need::default() }).take().unwrap().unwrap_err();
    let printed = format!(
        "{:?} {:?} {:?} {:?} {failed:?} {failed} {:?}",
        tab.session,
        tab.session.snapshot(),
        tab.session.inspect(),
        tab.world.events.borrow(),
        tab.world.statuses.borrow(),
    );
    let id_token = tab.world.id_token();
    for secret in ["access-1", "refresh-1", "code=c1", id_token.split('.').nth(1).unwrap()] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    assert!(printed.contains("AccessToken(redacted)"), "the session is really in it");
}
