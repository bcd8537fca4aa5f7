//! The hybrid flow: an ID token beside the code, and another one for it.

use super::code::{FORM, SignIn};
use super::crypto::now;
use super::provider::Provider;
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::AuthorizationCode;
use tokenward::core::jose::jws::Algorithm;
use tokenward::core::oidc::hybrid::{Hashes, check_second_id_token, read_hybrid_form_post, with_id_token};

const CALLBACK: &str = "https://page.example/callback";

/// The code and the claims of the ID token beside it, where `code` is taken to be the code.
fn front(sign_in: &SignIn<'_>, body: &str, code: Option<&str>) -> Result<(AuthorizationCode, Json)> {
    let untrusted = read_hybrid_form_post(FORM, body)?.check(&sign_in.transaction, Algorithm::Rs256, now())?;
    let valid = sign_in.provider.signed(untrusted.id_token().jwt());
    let hashes = Hashes {
        code: &sign_in.half_hash(code.unwrap_or_else(|| untrusted.code().secret())),
        state: &sign_in.half_hash(sign_in.transaction.state.secret()),
        access_token: None,
    };
    untrusted.check(valid, sign_in.expected(sign_in.asked(), ""), &hashes, now())
}

/// I14, I15, A15
#[test]
fn both_id_tokens_are_believed_and_of_the_same_user() {
    let provider = Provider::start();
    let sign_in = SignIn::at(&provider, provider.basic("bff-hybrid"), Algorithm::Rs256, CALLBACK);
    let body = sign_in.walk(&with_id_token(sign_in.parameters())).form();
    assert_eq!(front(&sign_in, &body, Some("another code")).unwrap_err().kind, Kind::IdTokenHashMismatch);
    let (code, first) = front(&sign_in, &body, None).unwrap();
    assert!(first.has("c_hash"));
    let tokens = sign_in.exchange(&code).unwrap();
    let (untrusted, valid) = sign_in.untrusted(tokens.id_token.as_ref().unwrap());
    let access_token_hash = sign_in.half_hash(tokens.access_token.secret());
    let expected = sign_in.expected(sign_in.asked(), &access_token_hash);
    let second = check_second_id_token(untrusted, valid, &expected, &first, now()).unwrap();
    assert_eq!(second.text("sub").as_deref(), Some("alice"));
}
