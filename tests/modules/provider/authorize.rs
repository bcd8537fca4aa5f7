//! The authorization endpoint, where browsers come by, and the endpoint that requests are pushed to.

use super::client::{Incoming, insist_on_single};
use super::token::Code;
use super::{Answer, Binding, CLIENT, Checked, ISSUER, Part, Provider, REDIRECT_URI, Refusal, insist, json_answer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

type Parameters = BTreeMap<String, String>;

impl Provider {
    /// Takes in a request that is pushed (RFC 9126, section 2).
    pub(super) fn push(&self, incoming: &Incoming<'_>) -> Answer {
        self.insist_on_client(incoming)?;
        insist(incoming.field("request_uri").is_none(), "a request_uri that is pushed")?;
        let name = self.next("urn:ietf:params:oauth:request_uri");
        self.pushed.borrow_mut().insert(name.clone(), incoming.fields.clone());
        Ok(json_answer(201, &json!({ "request_uri": name, "expires_in": 60 })))
    }

    /// The browser arrives with this URL, and is sent back to the one that this gives.
    pub(crate) fn authorize(&self, url: &str) -> String {
        let answer = self.try_to_authorize(url).map_err(|refusal| match refusal {
            Refusal::Complaint(about) => about,
            Refusal::Answer(_) => "an answer".to_owned(),
        });
        let mut parameters = answer.unwrap_or_else(|about| panic!("the provider shows an error: {about}"));
        self.quirk.change(Part::AuthorizationResponse, &mut parameters);
        let mut back = Url::parse(REDIRECT_URI).unwrap();
        for (name, value) in parameters.as_object().unwrap() {
            back.query_pairs_mut().append_pair(name, value.as_str().unwrap());
        }
        back.into()
    }

    fn try_to_authorize(&self, url: &str) -> Checked<Value> {
        let metadata = self.metadata();
        let endpoint = metadata["authorization_endpoint"].as_str().unwrap();
        self.log("GET", url);
        insist(url.starts_with(&format!("{endpoint}?")), "not the authorization endpoint")?;
        let given: Vec<_> = Url::parse(url).unwrap().query_pairs().into_owned().collect();
        let asked = self.parameters(given)?;
        let is = |name: &str, value: &str| asked.get(name).is_some_and(|found| found == value);
        insist(is("response_type", "code"), "another response type")?;
        insist(is("client_id", CLIENT), "another client")?;
        insist(is("redirect_uri", REDIRECT_URI), "another redirect URI than registered")?;
        insist(is("code_challenge_method", "S256"), "another challenge method")?;
        let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
        insist(text("code_challenge").len() == 43, "a challenge that is no digest")?;
        insist(text("scope").split(' ').any(|word| word == "openid"), "no openid in the scope")?;
        insist(text("nonce").len() >= 22, "no nonce of 128 bits")?;
        insist(text("state").len() >= 22, "no state of 128 bits")?;
        insist(
            self.registration.binding == Binding::None || text("dpop_jkt").len() == 43,
            "no thumbprint to bind the code to",
        )?;
        let code = self.next("code");
        let made = Code {
            challenge: text("code_challenge"),
            nonce: text("nonce"),
            scope: text("scope"),
            thumbprint: asked.get("dpop_jkt").cloned(),
        };
        self.codes.borrow_mut().insert(code.clone(), made);
        Ok(json!({ "code": code, "state": text("state"), "iss": ISSUER }))
    }

    /// The parameters of the request, pushed before or brought along.
    fn parameters(&self, given: Vec<(String, String)>) -> Checked<Parameters> {
        insist_on_single(&given)?;
        let brought: Parameters = given.into_iter().collect();
        let Some(name) = brought.get("request_uri") else {
            insist(!self.registration.must_push, "a request that was not pushed")?;
            return Ok(brought);
        };
        insist(brought.len() == 2 && brought.contains_key("client_id"), "more than the name of a pushed request")?;
        let pushed = self.pushed.borrow_mut().remove(name);
        insist(pushed.is_some(), "a pushed request that nobody knows, or a second time")?;
        let pushed: Parameters = pushed.unwrap_or_default().into_iter().collect();
        insist(pushed.get("client_id") == brought.get("client_id"), "another client than pushed the request")?;
        Ok(pushed)
    }
}
