//! The token endpoint, the ID tokens that come from there, and the revocation endpoint.

use super::client::Incoming;
use super::proof::Server;
use super::{
    Answer, Binding, CLIENT, ISSUER, Part, Provider, Quirk, REDIRECT_URI, SESSION, SUBJECT, error, insist, json_answer,
};
use crate::modules::signing::{NEXT_RSA, digest, encode, half_hash};
use serde_json::{Value, json};
use tokenward::core::base::http::Response;

/// Seconds that an access token lives.
pub(super) const LIFETIME_S: u64 = 3600;

/// What a code stands for.
pub(super) struct Code {
    pub challenge: String,
    pub grant: Grant,
}

/// What a token stands for.
#[derive(Clone)]
pub(super) struct Grant {
    pub scope: String,
    pub nonce: String,
    pub authenticated_s: u64,
    /// The key that it is bound to.
    pub thumbprint: Option<String>,
}

impl Provider {
    /// The token endpoint (RFC 6749, sections 4.1.3 and 6).
    pub(super) fn token(&self, incoming: &Incoming<'_>) -> Answer {
        self.insist_on_client(incoming)?;
        let thumbprint = self.insist_on_proof(incoming, None)?;
        let answer = match incoming.field("grant_type") {
            Some("authorization_code") => self.redeem(incoming, thumbprint),
            Some("refresh_token") => self.refresh(incoming, thumbprint.as_deref()),
            _ => Ok(error(400, "unsupported_grant_type")),
        };
        Ok(self.with_next_nonce(Server::Provider, answer?))
    }

    fn redeem(&self, incoming: &Incoming<'_>, thumbprint: Option<String>) -> Answer {
        // A code is good for one try, whatever comes of it.
        let code = self.codes.borrow_mut().remove(incoming.field("code").unwrap_or_default());
        let Some(code) = code else { return Ok(error(400, "invalid_grant")) };
        insist(incoming.says("redirect_uri", REDIRECT_URI), "another redirect URI than before")?;
        let verifier = incoming.field("code_verifier").unwrap_or_default();
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        insist((43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved), "a verifier that is none")?;
        insist(encode(&digest(256, verifier)) == code.challenge, "a verifier of another challenge")?;
        let bound_to = code.grant.thumbprint.clone();
        insist(bound_to.is_none() || bound_to == thumbprint, "another key than the code is bound to")?;
        Ok(self.tokens(Part::IdToken, &Grant { thumbprint, ..code.grant }))
    }

    fn refresh(&self, incoming: &Incoming<'_>, thumbprint: Option<&str>) -> Answer {
        let grant = self.refresh_tokens.borrow_mut().remove(incoming.field("refresh_token").unwrap_or_default());
        let Some(grant) = grant else { return Ok(error(400, "invalid_grant")) };
        insist(grant.thumbprint.as_deref() == thumbprint, "another key than the tokens are bound to")?;
        insist(incoming.field("scope").is_none_or(|scope| scope == grant.scope), "another scope than granted")?;
        self.refreshed.set(self.refreshed.get() + 1);
        Ok(self.tokens(Part::RefreshedIdToken, &grant))
    }

    /// How often the client refreshed.
    pub(super) fn refreshed(&self) -> u32 {
        self.refreshed.get()
    }

    fn tokens(&self, part: Part, grant: &Grant) -> Response {
        let (access_token, refresh_token) = (self.next("access"), self.next("refresh"));
        self.access_tokens.borrow_mut().insert(access_token.clone(), grant.clone());
        self.refresh_tokens.borrow_mut().insert(refresh_token.clone(), grant.clone());
        let mut answer = json!({
            "access_token": access_token,
            "token_type": if self.registration.binding == Binding::None { "Bearer" } else { "DPoP" },
            "expires_in": LIFETIME_S,
            "refresh_token": refresh_token,
            "scope": grant.scope,
            "id_token": self.id_token(part, grant, &[("at_hash", &access_token)]),
        });
        self.quirk.change(Part::TokenResponse, &mut answer);
        json_answer(200, &answer)
    }

    /// An ID token that names by their hashes what comes with it.
    pub(super) fn id_token(&self, part: Part, grant: &Grant, with: &[(&str, &str)]) -> String {
        if matches!(self.quirk, Quirk::ChangesKeysBeforeSigning) {
            self.change_keys();
        }
        let algorithm = self.registration.id_token_algorithm;
        let mut claims = self.id_token_claims(grant);
        for (name, text) in with {
            claims[*name] = half_hash(algorithm, text).into();
        }
        self.signed(part, None, algorithm, claims)
    }

    fn id_token_claims(&self, grant: &Grant) -> Value {
        let now_s = self.now_s.get();
        json!({
            "iss": ISSUER,
            "sub": SUBJECT,
            "aud": CLIENT,
            "iat": now_s,
            "exp": now_s + 300,
            "auth_time": grant.authenticated_s,
            "nonce": grant.nonce,
            "sid": SESSION,
        })
    }

    /// From now on it signs with other keys, and publishes them only.
    pub(crate) fn change_keys(&self) {
        self.keys.replace(vec![&NEXT_RSA]);
    }

    /// The revocation endpoint (RFC 7009, section 2).
    pub(super) fn revoke(&self, incoming: &Incoming<'_>) -> Answer {
        self.insist_on_client(incoming)?;
        let token = incoming.field("token").unwrap_or_default();
        self.access_tokens.borrow_mut().remove(token);
        self.refresh_tokens.borrow_mut().remove(token);
        Ok(Response::new(200, "", String::new()))
    }
}
