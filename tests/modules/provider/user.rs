//! What a token is good for: claims about the user, and an API. And the end of the provider's session.

use super::client::Incoming;
use super::proof::Server;
use super::token::Grant;
use super::{
    AFTER_SIGN_OUT, Answer, Binding, CLIENT, Checked, ISSUER, Part, Provider, Quirk, Refusal, SESSION, SUBJECT,
    complaint, insist, json_answer,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokenward::core::base::http::Response;
use url::Url;

impl Provider {
    /// What the token of this request stands for, which is in the header and nowhere else (RFC 6750, section 2).
    fn insist_on_token(&self, incoming: &Incoming<'_>) -> Checked<Grant> {
        insist(!incoming.url.contains("access_token"), "a token in a URL")?;
        insist(incoming.field("access_token").is_none(), "a token in a body")?;
        let scheme = if self.registration.binding == Binding::None { "Bearer " } else { "DPoP " };
        let token = incoming.header("authorization")?.and_then(|value| value.strip_prefix(scheme));
        let token = token.ok_or_else(|| complaint("no token"))?;
        let thumbprint = self.insist_on_proof(incoming, Some(token))?;
        let grant = self.access_tokens.borrow().get(token).cloned();
        let grant = grant.ok_or_else(|| refused(scheme))?;
        insist(grant.thumbprint == thumbprint, "another key than the token is bound to")?;
        Ok(grant)
    }

    /// The `UserInfo` endpoint (OpenID Connect Core 1.0, section 5.3).
    pub(super) fn userinfo(&self, incoming: &Incoming<'_>) -> Answer {
        let grant = self.insist_on_token(incoming)?;
        let mut claims = claims_of(&grant.scope);
        let answer = if let Some(algorithm) = self.registration.userinfo_algorithm {
            claims["iss"] = ISSUER.into();
            claims["aud"] = CLIENT.into();
            Response::new(200, "application/jwt", self.signed(Part::Userinfo, None, algorithm, claims))
        } else {
            self.quirk.change(Part::Userinfo, &mut claims);
            json_answer(200, &claims)
        };
        Ok(self.with_next_nonce(Server::Api, answer))
    }

    /// The API.
    pub(super) fn api(&self, incoming: &Incoming<'_>) -> Answer {
        self.insist_on_token(incoming)?;
        if let Quirk::RefusesUntilRefreshed(times) = self.quirk
            && self.refreshed() < times
        {
            return Err(refused("DPoP "));
        }
        Ok(self.with_next_nonce(Server::Api, json_answer(200, &json!({ "accounts": [] }))))
    }

    /// Tells that the user's session is over (OpenID Connect Back-Channel Logout 1.0, section 2.4).
    pub(crate) fn logout_token(&self) -> String {
        let now_s = self.now_s.get();
        let claims = json!({
            "iss": ISSUER,
            "sub": SUBJECT,
            "aud": CLIENT,
            "iat": now_s,
            "exp": now_s + 120,
            "jti": self.next("logout"),
            "sid": SESSION,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        self.signed(Part::LogoutToken, Some("logout+jwt"), self.registration.id_token_algorithm, claims)
    }

    /// The browser arrives with this URL to end the provider's session, and is sent to the one that this gives (OpenID
    /// Connect RP-Initiated Logout 1.0, section 2).
    pub(crate) fn end_session(&self, url: &str) -> String {
        self.log("GET", url);
        let arrived = Url::parse(url).unwrap();
        let given: BTreeMap<String, String> = arrived.query_pairs().into_owned().collect();
        let text = |name: &str| given.get(name).cloned().unwrap_or_default();
        assert_eq!([ISSUER, arrived.path()].concat(), self.metadata()["end_session_endpoint"]);
        let hint = self.has_signed(&text("id_token_hint")).expect("an ID token from here");
        assert_eq!(hint["aud"], CLIENT);
        assert_eq!(text("client_id"), CLIENT);
        assert_eq!(text("post_logout_redirect_uri"), AFTER_SIGN_OUT);
        let mut answer = json!({ "state": text("state") });
        self.quirk.change(Part::LogoutResponse, &mut answer);
        let mut back = Url::parse(AFTER_SIGN_OUT).unwrap();
        for (name, value) in answer.as_object().unwrap() {
            back.query_pairs_mut().append_pair(name, value.as_str().unwrap());
        }
        back.into()
    }
}

fn refused(scheme: &str) -> Refusal {
    let challenge = Some(format!("{scheme}error=\"invalid_token\", error_description=\"Get another one\""));
    Refusal::Answer(Box::new(Response { challenge, ..json_answer(401, &json!({})) }))
}

/// The claims that the words of a scope ask for (OpenID Connect Core 1.0, section 5.4).
fn claims_of(scope: &str) -> Value {
    let mut claims = json!({ "sub": SUBJECT });
    for word in scope.split(' ') {
        match word {
            "profile" => claims["name"] = "Ada Lovelace".into(),
            "email" => {
                claims["email"] = "ada@example.com".into();
                claims["email_verified"] = true.into();
            }
            "address" => claims["address"] = json!({ "country": "GB" }),
            "phone" => claims["phone_number"] = "+44 20 7946 0000".into(),
            _ => {}
        }
    }
    claims
}
