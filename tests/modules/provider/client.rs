//! What a client sends: the request taken apart, and who sent it.

use super::{CLIENT, Checked, Provider, insist};
use tokenward::core::base::http::Request;

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
        let form = request.form.as_ref().map(|form| form.secret()).unwrap_or_default();
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
    /// Who sends this to an endpoint of the provider's own: the client, as it registered.
    pub(super) fn insist_on_client(&self, incoming: &Incoming<'_>) -> Checked<()> {
        insist_on_single(&incoming.fields)?;
        insist(!incoming.url.contains('?'), "parameters in the URL of an endpoint")?;
        insist(incoming.field("client_secret").is_none(), "a secret of a public client")?;
        insist(incoming.header("authorization")?.is_none(), "a secret of a public client in a header")?;
        insist(incoming.says("client_id", CLIENT), "another client, or nobody")
    }
}
