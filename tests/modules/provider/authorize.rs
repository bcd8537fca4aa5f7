//! The authorization endpoint, where browsers come by, and the endpoint that requests are pushed to.

use super::client::{Incoming, insist_on_single};
use super::token::{Code, Grant};
use super::{
    Answer, Binding, CLIENT, Checked, ISSUER, Mode, Part, Provider, Quirk, REDIRECT_URI, Refusal, insist, json_answer,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

type Parameters = BTreeMap<String, String>;

/// The seconds until an authorization response that is signed is good no more.
const LIFETIME_S: u64 = 600;

/// The way back to the client.
pub(crate) struct Back {
    pub url: String,
    /// The form that is posted there; `None` where the browser merely goes there.
    pub form: Option<String>,
}

fn form(parameters: &Value) -> String {
    let pairs = parameters.as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap()));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Provider {
    /// Takes in a request that is pushed (RFC 9126, section 2).
    pub(super) fn push(&self, incoming: &Incoming<'_>) -> Answer {
        self.insist_on_client(incoming)?;
        insist(incoming.field("request_uri").is_none(), "a request_uri that is pushed")?;
        let asked = self.insist_on_signed_request(incoming.fields.iter().cloned().collect())?;
        let name = self.next("urn:ietf:params:oauth:request_uri");
        self.pushed.borrow_mut().insert(name.clone(), asked);
        Ok(json_answer(201, &json!({ "request_uri": name, "expires_in": 60 })))
    }

    /// The browser arrives with this URL, and is sent back.
    pub(crate) fn authorize(&self, url: &str) -> Back {
        let answer = self.try_to_authorize(url).map_err(|refusal| match refusal {
            Refusal::Complaint(about) => about,
            Refusal::Answer(_) => "an answer".to_owned(),
        });
        let mut parameters = answer.unwrap_or_else(|about| panic!("the provider shows an error: {about}"));
        self.quirk.change(Part::AuthorizationResponse, &mut parameters);
        let query = |parameters| Back { url: format!("{REDIRECT_URI}?{}", form(parameters)), form: None };
        match self.registration.mode {
            Mode::Query => query(&parameters),
            Mode::FormPost | Mode::Hybrid => Back { url: REDIRECT_URI.to_owned(), form: Some(form(&parameters)) },
            Mode::Jwt => {
                parameters["aud"] = CLIENT.into();
                parameters["exp"] = (self.now_s.get() + LIFETIME_S).into();
                let algorithm = self.registration.id_token_algorithm;
                query(&json!({ "response": self.signed(Part::SignedResponse, None, algorithm, parameters) }))
            }
        }
    }

    fn try_to_authorize(&self, url: &str) -> Checked<Value> {
        let metadata = self.metadata();
        let endpoint = metadata["authorization_endpoint"].as_str().unwrap();
        self.log("GET", url);
        insist(url.starts_with(&format!("{endpoint}?")), "not the authorization endpoint")?;
        let given: Vec<_> = Url::parse(url).unwrap().query_pairs().into_owned().collect();
        let asked = self.parameters(given)?;
        let is = |name: &str, value: &str| asked.get(name).is_some_and(|found| found == value);
        let mode = self.registration.mode;
        insist(is("response_type", mode.response_type()), "another response type")?;
        insist(asked.get("response_mode").map(String::as_str) == mode.name(), "another response mode")?;
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
        if is("prompt", "none") {
            // Nobody is signed in here who would not have to be asked.
            return Ok(json!({ "error": "login_required", "state": text("state"), "iss": ISSUER }));
        }
        let grant = Grant {
            scope: text("scope"),
            nonce: text("nonce"),
            authenticated_s: self.now_s.get(),
            thumbprint: asked.get("dpop_jkt").cloned(),
        };
        let code = self.next("code");
        let mut answer = json!({ "code": code, "state": text("state"), "iss": ISSUER });
        if mode == Mode::Hybrid {
            let mut with = vec![("c_hash", code.as_str()), ("s_hash", asked["state"].as_str())];
            if matches!(self.quirk, Quirk::SendsTokenToo(_)) {
                answer["access_token"] = "in the browser".into();
                answer["token_type"] = "Bearer".into();
                with.push(("at_hash", "in the browser"));
            }
            answer["id_token"] = self.id_token(Part::FrontIdToken, &grant, &with).into();
        }
        self.codes.borrow_mut().insert(code, Code { challenge: text("code_challenge"), grant });
        Ok(answer)
    }

    /// The parameters of the request, pushed before or brought along.
    fn parameters(&self, given: Vec<(String, String)>) -> Checked<Parameters> {
        insist_on_single(&given)?;
        let brought: Parameters = given.into_iter().collect();
        let Some(name) = brought.get("request_uri") else {
            insist(!self.registration.must_push, "a request that was not pushed")?;
            return self.insist_on_signed_request(brought);
        };
        insist(brought.len() == 2 && brought.contains_key("client_id"), "more than the name of a pushed request")?;
        let pushed = self.pushed.borrow_mut().remove(name);
        insist(pushed.is_some(), "a pushed request that nobody knows, or a second time")?;
        let pushed = pushed.unwrap_or_default();
        insist(pushed.get("client_id") == brought.get("client_id"), "another client than pushed the request")?;
        Ok(pushed)
    }

    /// The parameters that the signed object among these stands for (RFC 9101, section 5), where requests are signed.
    fn insist_on_signed_request(&self, given: Parameters) -> Checked<Parameters> {
        let object = given.get("request");
        if !self.registration.must_sign_requests {
            insist(object.is_none(), "a request object that nobody asked for")?;
            return Ok(given);
        }
        let claims = self.insist_on_own(object.map_or("", String::as_str), "oauth-authz-req+jwt")?;
        insist(claims["client_id"] == CLIENT && given["client_id"] == CLIENT, "another client than signed")?;
        insist(claims["request"].is_null() && claims["request_uri"].is_null(), "a request within a request")?;
        insist(!given.contains_key("state") && !given.contains_key("redirect_uri"), "what is not signed")?;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(claims.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect())
    }
}
