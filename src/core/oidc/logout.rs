//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0, sections 2 and 3).

use crate::core::base::form;
use crate::core::base::http::with_query;
use crate::core::base::secret::RawIdToken;
use crate::core::base::url::Url;
use crate::core::config::Config;

/// The name that the state of a sign-out under way is stored under. The facade looks there as well.
pub const STATE_KEY: &str = "tokenward.logout";

/// The URL that ends the session at the provider.
#[must_use]
pub fn build_end_session_url(config: &Config, endpoint: &str, id_token: &RawIdToken, state: &str) -> String {
    let parameters = [
        ("id_token_hint", id_token.secret()),
        ("client_id", &config.client_id),
        ("post_logout_redirect_uri", &config.post_logout_redirect_uri),
        ("state", state),
    ];
    with_query(endpoint, &parameters)
}

/// Whether a page's URL is the way back from the sign-out with this state. One without it, or with another, says nothing:
/// the session here was over before the page left.
#[must_use]
pub fn is_return(page_url: &str, post_logout_redirect_uri: &str, state: &str) -> bool {
    let urls = Url::parse(page_url).zip(Url::parse(post_logout_redirect_uri));
    urls.is_some_and(|(page, target)| {
        page.origin() == target.origin()
            && page.path() == target.path()
            && form::values(&page.query(), "state") == [state]
    })
}
