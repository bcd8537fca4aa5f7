//! An answer of the token endpoint: its status and media type on the first line, then its body. What is accepted has a
//! token of the type that was asked for and a lifetime that can be planned with.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::base::http::{Response, media_type};
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{RawIdToken, RefreshToken};
use tokenward::core::oauth::token::{MAX_LIFETIME_S, check_token_response};

fuzz_target!(|input: &str| {
    let (head, body) = input.split_once('\n').unwrap_or_default();
    let (status, content_type) = head.split_once(' ').unwrap_or_default();
    let Ok(status) = status.parse() else { return };
    let media_type = media_type(content_type);
    let answer = Response::new(status, content_type, body.to_owned());
    let object = Json::parse(body).filter(Json::is_object);

    match check_token_response(&answer, false, None) {
        Ok(tokens) => {
            let object = object.unwrap();
            assert_eq!((status, media_type.as_str()), (200, "application/json"));
            assert!(object.text("token_type").is_some_and(|kind| kind.to_lowercase() == "bearer"));
            let token = tokens.access_token.secret();
            assert!(!token.is_empty() && object.is("access_token", token));
            let of = |name| object.text(name);
            assert_eq!(tokens.refresh_token.as_ref().map(RefreshToken::secret), of("refresh_token").as_deref());
            assert_eq!(tokens.id_token.as_ref().map(RawIdToken::secret), of("id_token").as_deref());
            assert_eq!(tokens.scope, of("scope"));
            assert_eq!(tokens.lifetime_s.is_some(), object.has("expires_in"), "no lifetime is made up");
            assert!(!object.has("authorization_details"), "nobody asked for any");
            assert!(tokens.lifetime_s.is_none_or(|seconds| (1..=MAX_LIFETIME_S).contains(&seconds)));
        }
        Err(error) => {
            let own_words = error.oauth.as_ref().map(|oauth| oauth.error.clone());
            let may_speak = (400..500).contains(&status) && status != 429;
            assert!(own_words.is_none() || may_speak && own_words == object.unwrap().text("error"));
        }
    }
});
