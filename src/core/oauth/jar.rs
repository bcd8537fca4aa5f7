//! Signed authorization requests (RFC 9101): what a request object says. It is always signed, since [`SigningKey`] knows no
//! other way.

use super::client_auth::Client;
use crate::core::base::json::Writer;
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jws::SigningKey;

/// How long a request object is good, in seconds: it goes to the provider at once, if by way of the browser.
const LIFETIME_S: u64 = 300;

/// Claims of the object itself, and what may not be in one (RFC 9101, sections 4 and 10.8); no parameter is written there.
const OWN: [&str; 10] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "client_id", "request", "request_uri"];

/// What has to be signed to ask for this. `id` is what no other request object has.
#[must_use]
pub fn build_request_object(
    client: &Client,
    key: &SigningKey,
    parameters: &[(&str, String)],
    id: &str,
    now: Now,
) -> String {
    let now_s = now.wall_ms / SECOND_MS;
    let mut claims = Writer::default()
        .text("iss", &client.client_id)
        .text("aud", &client.issuer)
        .text("client_id", &client.client_id)
        .text("jti", id)
        .whole("iat", now_s)
        .whole("nbf", now_s)
        .whole("exp", now_s.saturating_add(LIFETIME_S));
    let mut written = OWN.to_vec();
    for (name, value) in parameters {
        if written.contains(name) {
            continue;
        }
        written.push(name);
        let values = || parameters.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        claims = match *name {
            // What is JSON or a number as a parameter is so as a claim (RFC 9101, section 4; RFC 9396, section 3).
            "authorization_details" | "claims" | "max_age" => claims.json(name, value),
            _ if values().count() > 1 => claims.texts(name, values()),
            _ => claims.text(name, value),
        };
    }
    key.signing_input(Some("oauth-authz-req+jwt"), claims)
}

/// What is sent in place of the parameters: who asks, as the object says it too, and the object (RFC 9101, section 5).
#[must_use]
pub fn build_signed_parameters(client: &Client, request_object: String) -> Vec<(&'static str, String)> {
    vec![("client_id", client.client_id.clone()), ("request", request_object)]
}
