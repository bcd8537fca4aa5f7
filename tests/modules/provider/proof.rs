//! Proofs of possession (RFC 9449, section 4.3), and the nonces that they have to have in them.

use super::client::Incoming;
use super::{Binding, Checked, Provider, Quirk, Refusal, complaint, error, insist, json_answer};
use crate::modules::signing::{digest, encode, is_signed, parts, thumbprint};
use serde_json::{Value, json};
use tokenward::core::base::http::Response;

/// Most seconds between a proof and its arrival.
const MOST_AGE_S: u64 = 60;

/// Whose nonce: the first of the pair is the provider's own, the second the API's.
#[derive(Clone, Copy)]
pub(super) enum Server {
    Provider,
    Api,
}

impl Provider {
    /// The thumbprint of the key that the sender of this proves to hold; `None` where tokens are not bound.
    pub(super) fn insist_on_proof(&self, incoming: &Incoming<'_>, token: Option<&str>) -> Checked<Option<String>> {
        let proof = incoming.header("dpop")?;
        if self.registration.binding == Binding::None {
            insist(proof.is_none(), "a proof that nobody asked for")?;
            return Ok(None);
        }
        let proof = parts(proof.unwrap_or_default()).ok_or_else(|| complaint("no proof"))?;
        let (header, claims) = (&proof.header, &proof.claims);
        insist(header["typ"] == "dpop+jwt" && header["alg"] == "ES256", "a proof of another kind")?;
        let key = &header["jwk"];
        insist(key["crv"] == "P-256" && key["d"].is_null(), "a proof without a public key")?;
        insist(is_signed("ES256", key, &proof.text, &proof.signature), "a proof with a wrong signature")?;
        insist(claims["htm"] == incoming.method && claims["htu"] == incoming.url, "a proof for another request")?;
        let made_s = claims["iat"].as_u64().unwrap_or_default();
        insist(made_s.abs_diff(self.now_s.get()) <= MOST_AGE_S, "a proof of another time")?;
        insist(self.is_new(&claims["jti"]), "a proof twice")?;
        let hash = token.map_or(Value::Null, |token| encode(&digest(256, token)).into());
        insist(claims["ath"] == hash, "a proof for another token")?;
        let server = if token.is_some() { Server::Api } else { Server::Provider };
        if self.registration.binding == Binding::KeyAndNonce && claims["nonce"] != self.nonce(server) {
            return Err(Refusal::Answer(Box::new(self.ask_for_nonce(server))));
        }
        Ok(Some(thumbprint(key)))
    }

    fn nonce(&self, server: Server) -> String {
        self.nonces.borrow()[usize::from(matches!(server, Server::Api))].clone()
    }

    fn ask_for_nonce(&self, server: Server) -> Response {
        let nonce = Some(self.nonce(server));
        match server {
            Server::Provider => Response { dpop_nonce: nonce, ..error(400, "use_dpop_nonce") },
            Server::Api => {
                let scheme = if let Quirk::ChallengesWith(scheme) = self.quirk { scheme } else { "DPoP" };
                let challenge = format!("{scheme} error=\"use_dpop_nonce\", error_description=\"A nonce is needed\"");
                Response { dpop_nonce: nonce, challenge: Some(challenge), ..json_answer(401, &json!({})) }
            }
        }
    }

    /// The answer, with a new nonce where proofs need one: the last one is good no more.
    pub(super) fn with_next_nonce(&self, server: Server, answer: Response) -> Response {
        if self.registration.binding != Binding::KeyAndNonce {
            return answer;
        }
        let nonce = self.next("nonce");
        self.nonces.borrow_mut()[usize::from(matches!(server, Server::Api))].clone_from(&nonce);
        Response { dpop_nonce: Some(nonce), ..answer }
    }
}
