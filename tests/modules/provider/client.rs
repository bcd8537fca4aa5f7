//! What a client sends: the request taken apart, and who sent it.

use super::{Authentication, CLIENT, Checked, ISSUER, Provider, complaint, insist};
use crate::modules::signing::{is_signed, parts};
use base64ct::{Base64, Encoding as _};
use serde_json::Value;
use tokenward::core::base::http::Request;
use tokenward::core::base::secret::Body;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The most seconds that a token of the client may be good.
const MOST_LIFETIME_S: u64 = 300;

/// A request that arrived.
pub(super) struct Incoming<'a> {
    pub method: &'static str,
    pub url: &'a str,
    /// The form, by name and value.
    pub fields: Vec<(String, String)>,
    headers: Vec<(&'static str, &'a str)>,
}

impl<'a> Incoming<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        let form = request.form.as_ref().map(Body::secret).unwrap_or_default();
        Self {
            method: request.method(),
            url: &request.url,
            fields: form_urlencoded::parse(form.as_bytes()).into_owned().collect(),
            headers: request.headers.iter().map(|(name, value)| (*name, value.secret())).collect(),
        }
    }

    /// The value of this field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether the value of this field is this one.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.field(name) == Some(value)
    }

    /// The header of this name, which there may be once.
    pub(super) fn header(&self, name: &str) -> Checked<Option<&'a str>> {
        let mut values = self.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| *value);
        insist(values.next().is_none(), "a header twice")?;
        Ok(first)
    }
}

/// No parameter but `resource` may come twice (RFC 6749, section 3.1; RFC 8707, section 2).
pub(super) fn insist_on_single(parameters: &[(String, String)]) -> Checked<()> {
    let mut names: Vec<_> = parameters.iter().map(|(name, _)| name).filter(|name| *name != "resource").collect();
    names.sort_unstable();
    insist(names.windows(2).all(|two| two[0] != two[1]), "a parameter twice")
}

impl Provider {
    /// Who sends this to an endpoint of the provider's own: the client, in the one way that it registered.
    pub(super) fn insist_on_client(&self, incoming: &Incoming<'_>) -> Checked<()> {
        insist_on_single(&incoming.fields)?;
        insist(!incoming.url.contains('?'), "parameters in the URL of an endpoint")?;
        insist(incoming.field("client_secret").is_none(), "a secret in a body")?;
        let header = incoming.header("authorization")?;
        let assertion = incoming.field("client_assertion");
        match self.registration.authentication {
            Authentication::None => {
                insist(header.is_none() && assertion.is_none(), "a public client that authenticates")?;
                insist(incoming.says("client_id", CLIENT), "another client, or nobody")
            }
            Authentication::Basic(secret) => {
                insist(assertion.is_none(), "an assertion beside a secret")?;
                insist(incoming.field("client_id").is_none_or(|id| id == CLIENT), "another client")?;
                let written = |text| form_urlencoded::byte_serialize(text).collect::<String>();
                let pair = format!("{}:{}", written(CLIENT.as_bytes()), written(secret.as_bytes()));
                let expected = format!("Basic {}", Base64::encode_string(pair.as_bytes()));
                insist(header == Some(&expected), "another secret, or none")
            }
            Authentication::PrivateKeyJwt => {
                insist(header.is_none(), "a header beside an assertion")?;
                insist(incoming.says("client_assertion_type", ASSERTION_TYPE), "an assertion of another type")?;
                let claims = self.insist_on_own(assertion.unwrap_or_default(), "client-authentication+jwt")?;
                insist(claims["sub"] == CLIENT, "an assertion about somebody else")?;
                insist(incoming.field("client_id").is_none_or(|id| id == CLIENT), "another client")
            }
        }
    }

    /// What a token says that the client made for this provider, and signed.
    pub(super) fn insist_on_own(&self, token: &str, kind: &str) -> Checked<Value> {
        let token = parts(token).ok_or_else(|| complaint("no token of the client"))?;
        let (header, claims) = (&token.header, &token.claims);
        let key = self.client_key.borrow().clone().expect("the client registered a key");
        insist(header["alg"] == "ES256", "a token of the client under another algorithm")?;
        insist(header["typ"] == kind, "a token of another kind")?;
        insist(is_signed("ES256", &key, &token.text, &token.signature), "a token with a wrong signature")?;
        insist(claims["iss"] == CLIENT && claims["aud"] == ISSUER, "a token from or for somebody else")?;
        let now_s = self.now_s.get();
        let ends_s = claims["exp"].as_u64().unwrap_or_default();
        insist((now_s + 1..=now_s + MOST_LIFETIME_S).contains(&ends_s), "a token that is no longer good, or for ever")?;
        insist(claims["nbf"].is_null() || claims["nbf"].as_u64() <= Some(now_s), "a token for later")?;
        insist(self.is_new(&claims["jti"]), "a token of the client twice")?;
        Ok(token.claims)
    }
}
