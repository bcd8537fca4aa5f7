//! RP-initiated logout.

use super::given::{config, read_config, test};
use tokenward::core::base::form::values;
use tokenward::core::base::secret::RawIdToken;
use tokenward::core::base::url::Url;
use tokenward::core::oidc::logout::build_end_session_url;

/// L01
#[test]
fn the_provider_is_told_whose_session_ends_and_where_to_go() {
    let config = read_config(&[("postLogoutRedirectUri", "\"https://app.example/bye?x=%7e\"")]).unwrap();
    let url = build_end_session_url(&config, "https://op.example/logout", &RawIdToken::new("a.b.c".to_owned()), "s&1");
    assert!(url.starts_with("https://op.example/logout?"), "{url}");
    let query = Url::parse(&url).unwrap().query();
    for (name, value) in [
        ("id_token_hint", "a.b.c"),
        ("client_id", "web"),
        ("post_logout_redirect_uri", "https://app.example/bye?x=%7e"),
        ("state", "s&1"),
    ] {
        assert_eq!(values(&query, name), [value], "{name}");
    }
    assert_eq!(query.split('&').count(), 4, "and nothing else");
}

/// L01
#[test]
fn an_endpoint_with_a_query_keeps_it() {
    let token = RawIdToken::new("a.b.c".to_owned());
    let url = build_end_session_url(&config(), "https://op.example/logout?tenant=1", &token, "s");
    let query = Url::parse(&url).unwrap().query();
    assert_eq!(values(&query, "tenant"), ["1"]);
    assert_eq!(values(&query, "client_id"), ["web"]);
}
