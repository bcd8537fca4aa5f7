//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0, section 2).

use crate::core::base::http::with_query;
use crate::core::base::secret::RawIdToken;
use crate::core::config::Config;

/// The URL that ends the session at the provider.
#[must_use]
pub fn build_end_session_url(config: &Config, endpoint: &str, id_token: &RawIdToken) -> String {
    let parameters = [
        ("id_token_hint", id_token.secret()),
        ("client_id", &config.client_id),
        ("post_logout_redirect_uri", &config.post_logout_redirect_uri),
    ];
    with_query(endpoint, &parameters)
}
