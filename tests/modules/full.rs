//! What `oidcc-client-test-plan` and the plans for discovery, keys, form posts and hybrid flows have beyond the basic
//! one.

use super::basic::{UNTIL_THE_TOKENS, UNTIL_THE_USER, does_not_sign_in, refuses, refuses_signed, signs_in};
use super::confidential::Server;
use super::harness::test;
use super::provider::{Authentication, ISSUER, Members, Mode, Part, Provider, Quirk, Signature};
use super::relying_party::Browser;
use tokenward::core::base::json::Json;
use tokenward::core::config::Config;
use tokenward::core::oauth::authorize::SignInOptions;

modules! {
    /// I02
    #[test]
    async fn oidcc_client_test_missing_aud() {
        refuses(&[("aud", "")], "id_token_audience_mismatch").await;
    }

    /// I13, I14; of the token that comes beside the code, which is never used, and of the one that comes for the code.
    #[test]
    async fn oidcc_client_test_invalid_athash() {
        let claims: Members = &[("at_hash", r#""of_another_token""#)];
        refuses_beside_the_code(Quirk::SendsTokenToo(claims), "").await;
        refuses(claims, "id_token_hash_mismatch").await;
    }

    /// I14
    #[test]
    async fn oidcc_client_test_missing_athash() {
        refuses_beside_the_code(Quirk::SendsTokenToo(&[("at_hash", "")]), "at_hash").await;
    }

    /// I14
    #[test]
    async fn oidcc_client_test_invalid_chash() {
        refuses_beside_the_code(Quirk::Says(Part::FrontIdToken, &[("c_hash", r#""of_another_code""#)]), "c_hash").await;
    }

    /// I14
    #[test]
    async fn oidcc_client_test_missing_chash() {
        refuses_beside_the_code(Quirk::Says(Part::FrontIdToken, &[("c_hash", "")]), "c_hash").await;
    }

    /// I09, I15
    #[test]
    async fn oidcc_client_test_nonce_unless_code_flow() {
        sends_a_nonce_in_every_flow().await;
    }

    /// I17, X09
    #[test]
    async fn oidcc_client_test_form_post_error() {
        shows_the_error_that_is_posted().await;
    }

    /// I04, I05
    #[test]
    async fn oidcc_client_test_invalid_sig_es256() {
        refuses_a_broken_signature_on_a_curve().await;
    }

    /// I06, J04
    #[test]
    async fn oidcc_client_test_invalid_sig_hs256() {
        refuses_what_is_signed_with_no_secret().await;
    }

    /// B01
    #[test]
    async fn oidcc_client_test_userinfo_bearer_header() {
        signs_in(Provider::new(), &[]).await;
    }

    /// U02, U03
    #[test]
    async fn oidcc_client_test_userinfo_signed() {
        takes_signed_claims_only().await;
    }

    /// U04
    #[test]
    async fn oidcc_client_test_aggregated_claims() {
        shows_claims_of_others(AGGREGATED).await;
    }

    /// U04; the module waits for the client to fetch them. This one shows where they are, and leaves that to the app:
    /// who names such a place could have it ask anybody.
    #[test]
    async fn oidcc_client_test_distributed_claims() {
        shows_claims_of_others(DISTRIBUTED).await;
    }

    /// D01, D06
    #[test]
    async fn oidcc_client_test_discovery_openid_config() {
        finds_the_endpoints_in_the_metadata().await;
    }

    /// A14
    #[test]
    async fn oidcc_client_test_discovery_jwks_uri_keys() {
        finds_the_keys_where_the_metadata_says().await;
    }

    /// D03
    #[test]
    async fn oidcc_client_test_discovery_issuer_mismatch() {
        refuses_the_metadata_of_another_issuer().await;
    }

    /// J12
    #[test]
    async fn oidcc_client_test_signing_key_rotation() {
        fetches_the_keys_again_when_they_changed().await;
    }

    /// J12
    #[test]
    async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
        fetches_keys_that_changed_meanwhile().await;
    }

    /// A17; the app's part is to compare the issuer and to call `signIn`.
    #[test]
    async fn oidcc_client_test_3rd_party_init_login() {
        begins_a_sign_in_that_somebody_else_asks_for().await;
    }
}

const AGGREGATED: Members = &[
    ("_claim_names", r#"{ "eye_color": "src1" }"#),
    ("_claim_sources", r#"{ "src1": { "JWT": "eyJhbGciOiJub25lIn0.eyJleWVfY29sb3IiOiJibHVlIn0." } }"#),
];
const DISTRIBUTED: Members = &[
    ("_claim_names", r#"{ "credit_score": "src1" }"#),
    ("_claim_sources", r#"{ "src1": { "endpoint": "https://claims.example/score", "access_token": "of claims" } }"#),
];

/// A client with a secret, whose users' browsers bring back the answer so.
fn with_secret(mode: Mode) -> Provider {
    Provider::new().authenticating(Authentication::Basic("secret")).answering(mode)
}

/// Refuses the ID token beside a code, over this hash, and sends the code nowhere.
async fn refuses_beside_the_code(quirk: Quirk, hash: &str) {
    let server = Server::new(with_secret(Mode::Hybrid).with(quirk)).await;
    server.does_not_sign_in(("id_token_hash_mismatch", hash), &UNTIL_THE_USER).await;
}

/// The provider takes no request without one.
async fn sends_a_nonce_in_every_flow() {
    signs_in(Provider::new(), &[]).await;
    for quirk in [Quirk::None, Quirk::SendsTokenToo(&[])] {
        let server = Server::new(with_secret(Mode::Hybrid).with(quirk)).await;
        server.sign_in(SignInOptions::default()).await.unwrap();
        assert!(server.is_signed_in());
        server.tab.provider.assert_asked_but_for_keys(&UNTIL_THE_TOKENS[..3]);
    }
    for part in [Part::FrontIdToken, Part::IdToken] {
        let quirk = Quirk::Says(part, &[("nonce", r#""of another sign-in""#)]);
        let server = Server::new(with_secret(Mode::Hybrid).with(quirk)).await;
        let requests = if part == Part::IdToken { 3 } else { 2 };
        server.does_not_sign_in(("id_token_nonce_mismatch", ""), &UNTIL_THE_TOKENS[..requests]).await;
    }
}

async fn shows_the_error_that_is_posted() {
    let server = Server::new(with_secret(Mode::FormPost)).await;
    server.sign_in(SignInOptions::default()).await.unwrap();
    assert!(server.is_signed_in());

    let server = Server::new(with_secret(Mode::FormPost)).await;
    let silent = SignInOptions { prompt: Some("none".to_owned()), max_age_s: Some(0), ..SignInOptions::default() };
    let error = server.sign_in(silent).await.unwrap_err();
    assert_eq!(error.kind.entry().code, "login_required");
    assert_eq!(error.oauth.as_ref().unwrap().error, "login_required");
    assert!(!server.is_signed_in());
    server.tab.provider.assert_asked(&UNTIL_THE_USER);
}

async fn refuses_a_broken_signature_on_a_curve() {
    let options: Members = &[("idTokenSignedResponseAlg", r#""ES256""#)];
    signs_in(Provider::new().signing("ES256"), options).await;
    let provider = Provider::new().signing("ES256").with(Quirk::Signs(Part::IdToken, Signature::Broken));
    does_not_sign_in(provider, options, "id_token_signature_invalid", &UNTIL_THE_TOKENS).await;
}

/// There is no way to register it either: a client in a page has no secret.
async fn refuses_what_is_signed_with_no_secret() {
    refuses_signed(Signature::Hmac, "id_token_algorithm_unexpected").await;
    let options = format!(r#"{{ "issuer": "{ISSUER}", "clientId": "c", "idTokenSignedResponseAlg": "HS256" }}"#);
    let error = Config::read(&Json::parse(&options).unwrap(), "https://app.example/").unwrap_err();
    assert_eq!((error.kind.entry().code, error.detail), ("invalid_option", "idTokenSignedResponseAlg"));
}

async fn takes_signed_claims_only() {
    let options: Members = &[("userinfo", r#""RS256""#)];
    let signing = || {
        let mut provider = Provider::new();
        provider.registration.userinfo_algorithm = Some("RS256");
        provider
    };
    signs_in(signing(), options).await;
    for provider in [
        Provider::new(),
        signing().with(Quirk::Signs(Part::Userinfo, Signature::Broken)),
        signing().with(Quirk::Signs(Part::Userinfo, Signature::Unsigned)),
        signing().with(Quirk::Says(Part::Userinfo, &[("aud", r#""client-2""#)])),
    ] {
        let mut browser = Browser::with(provider, options);
        browser.sign_in().await;
        let error = browser.userinfo().await.unwrap_err();
        assert_eq!(error.kind.entry().code, "userinfo_invalid");
        browser.assert_signed_in();
    }
}

async fn shows_claims_of_others(claims: Members) {
    let mut browser = Browser::new(Provider::new().with(Quirk::Says(Part::Userinfo, claims)));
    browser.sign_in().await;
    let user = browser.userinfo().await.unwrap();
    for (name, json) in claims {
        let shown: serde_json::Value = serde_json::from_str(&user.get(name).unwrap().to_text()).unwrap();
        assert_eq!(shown, serde_json::from_str::<serde_json::Value>(json).unwrap());
    }
    browser.assert_asked(&[&UNTIL_THE_TOKENS[..], &["GET /userinfo"]].concat());
}

async fn finds_the_endpoints_in_the_metadata() {
    let metadata: Members = &[
        ("authorization_endpoint", r#""https://op.example/elsewhere/a""#),
        ("token_endpoint", r#""https://op.example/elsewhere/t""#),
        ("userinfo_endpoint", r#""https://op.example/elsewhere/u""#),
    ];
    let mut browser = Browser::new(Provider::new().with(Quirk::Says(Part::Metadata, metadata)));
    browser.sign_in().await;
    browser.userinfo().await.unwrap();
    browser.assert_asked(&[
        "GET /.well-known/openid-configuration",
        "GET /elsewhere/a",
        "POST /elsewhere/t",
        "GET /jwks",
        "GET /elsewhere/u",
    ]);
}

async fn finds_the_keys_where_the_metadata_says() {
    let metadata: Members = &[("jwks_uri", r#""https://op.example/jwksPdrIvzUyBx""#)];
    let mut browser = Browser::new(Provider::new().with(Quirk::Says(Part::Metadata, metadata)));
    browser.sign_in().await;
    browser.assert_signed_in();
    browser.assert_asked(&[&UNTIL_THE_USER[..], &["POST /token", "GET /jwksPdrIvzUyBx"]].concat());
}

async fn refuses_the_metadata_of_another_issuer() {
    for issuer in [r#""https://evil.example""#, r#""https://op.example/""#] {
        let metadata = Vec::leak(vec![("issuer", issuer)]);
        let browser = Browser::new(Provider::new().with(Quirk::Says(Part::Metadata, metadata)));
        let error = browser.leave(SignInOptions::default()).await.unwrap_err();
        assert_eq!(error.kind.entry().code, "metadata_issuer_mismatch");
        assert_eq!(*browser.tab.left_for.borrow(), None);
        assert_eq!(browser.stored(), [""; 0]);
        browser.assert_asked(&UNTIL_THE_USER[..1]);
    }
}

/// At a refresh in the page that holds the old keys, and at another sign-in, which is another page.
async fn fetches_the_keys_again_when_they_changed() {
    let mut browser = Browser::new(Provider::new());
    browser.sign_in().await;
    browser.userinfo().await.unwrap();
    browser.tab.provider.change_keys();
    browser.tab.provider.forget_requests();
    browser.refresh().await.unwrap();
    browser.assert_asked(&["POST /token", "GET /jwks"]);
    browser.sign_in().await;
    browser.userinfo().await.unwrap();
    browser.assert_signed_in();
}

async fn fetches_keys_that_changed_meanwhile() {
    let mut browser = Browser::new(Provider::new().with(Quirk::ChangesKeysBeforeSigning));
    browser.sign_in().await;
    browser.assert_signed_in();
    browser.assert_asked(&[&UNTIL_THE_TOKENS[..], &["GET /jwks"]].concat());
}

async fn begins_a_sign_in_that_somebody_else_asks_for() {
    let url = "https://app.example/login?iss=https%3A%2F%2Fop.example&login_hint=ada&target_link_uri=";
    let asked = |target: &str| SignInOptions {
        login_hint: Some("ada".to_owned()),
        return_to: Some(target.to_owned()),
        ..SignInOptions::default()
    };
    let mut browser = Browser::new(Provider::new());
    browser.tab.url.replace([url, "https://app.example/offers"].concat());
    let away = browser.leave(asked("https://app.example/offers")).await.unwrap();
    assert!(away.contains("&login_hint=ada"));
    let back = browser.tab.provider.authorize(&away);
    browser.load(&back.url).await;
    browser.assert_signed_in();
    assert_eq!(*browser.tab.url.borrow(), "https://app.example/offers");

    let browser = Browser::new(Provider::new());
    browser.tab.url.replace([url, "https://evil.example/"].concat());
    let error = browser.leave(asked("https://evil.example/")).await.unwrap_err();
    assert_eq!((error.kind.entry().code, error.detail), ("invalid_option", "returnTo"));
    assert_eq!(*browser.tab.left_for.borrow(), None);
}
