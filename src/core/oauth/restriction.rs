//! What one access token of the grant is restricted to: fewer scopes (RFC 6749, section 6), one audience, one resource
//! (RFC 8707). A restricted token is asked for with the refresh token, and kept beside the session's own.

use super::token::resources;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::config::{Config, read_resource};
use crate::core::options::Options;
use std::rc::Rc;

/// How many restricted tokens are kept; the oldest goes first.
const MOST_HELD: usize = 32;

/// What an access token is asked to be restricted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction(Rc<Parameters>);

#[derive(Debug, PartialEq, Eq)]
struct Parameters {
    /// Each word once, in order, so that the same scope is the same restriction however it is written.
    scope: Option<String>,
    audience: Option<String>,
    resource: Vec<String>,
}

impl Restriction {
    /// Reads the options that name one; `None` where none does.
    #[must_use]
    pub fn read(options: &mut Options<'_>) -> Option<Self> {
        let scope = options.text("scope").map(|scope| sorted(&scope));
        let (audience, resource) = (options.text("audience"), read_resource(options));
        let restricts = scope.is_some() || audience.is_some() || !resource.is_empty();
        restricts.then(|| Self(Rc::new(Parameters { scope, audience, resource })))
    }

    /// What is left of it beside what every token of this client is asked to be for.
    #[must_use]
    pub fn beside(&self, config: &Config) -> Option<Self> {
        let Parameters { scope, audience, resource } = self.0.as_ref();
        let audience = audience.clone().filter(|audience| config.audience.as_ref() != Some(audience));
        let resource = if *resource == config.resource { Vec::new() } else { resource.clone() };
        let restricts = scope.is_some() || audience.is_some() || !resource.is_empty();
        restricts.then(|| Self(Rc::new(Parameters { scope: scope.clone(), audience, resource })))
    }

    /// Whether a token of this scope, and of no other restriction, is exactly what is asked for.
    #[must_use]
    pub fn is_met_by(&self, granted: &str) -> bool {
        let Parameters { scope, audience, resource } = self.0.as_ref();
        audience.is_none() && resource.is_empty() && scope.as_ref().is_some_and(|scope| *scope == sorted(granted))
    }

    /// The parameters of the token request, `resource` being what is asked for otherwise.
    pub fn parameters<'a>(&'a self, resource: &'a [String]) -> impl Iterator<Item = (&'static str, &'a str)> {
        let own = &self.0;
        let texts = [("scope", &own.scope), ("audience", &own.audience)];
        let texts = texts.into_iter().filter_map(|(name, text)| text.as_deref().map(|text| (name, text)));
        texts.chain(resources(if own.resource.is_empty() { resource } else { &own.resource }))
    }

    /// The scope of the token that came: what the provider told, or what was asked for (RFC 6749, section 5.1).
    ///
    /// # Errors
    /// `token_response_invalid`, where it is for more than was asked for.
    pub fn check_scope(&self, told: Option<String>) -> Result<Option<String>> {
        let Some(asked) = &self.0.scope else {
            return Ok(told);
        };
        let told = told.unwrap_or_else(|| asked.clone());
        if told.split(' ').all(|word| asked.split(' ').any(|one| one == word)) {
            return Ok(Some(told));
        }
        Err(Error::about(Kind::TokenResponseInvalid, "scope"))
    }
}

fn sorted(scope: &str) -> String {
    let mut words: Vec<&str> = scope.split_ascii_whitespace().collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// What is held for each restriction.
#[derive(Clone, Debug)]
pub struct Held<T>(Vec<(Restriction, T)>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Held<T> {
    /// What is held for this one.
    #[must_use]
    pub fn get(&self, restriction: &Restriction) -> Option<&T> {
        self.0.iter().find(|(held, _)| held == restriction).map(|(_, value)| value)
    }

    /// Holds this for it from now on.
    pub fn put(&mut self, restriction: Restriction, value: T) {
        self.0.retain(|(held, _)| *held != restriction);
        if self.0.len() >= MOST_HELD {
            self.0.remove(0);
        }
        self.0.push((restriction, value));
    }
}
