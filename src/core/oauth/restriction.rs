//! What one access token of the grant is restricted to: fewer scopes (RFC 6749, section 6), one audience, one resource
//! (RFC 8707). A restricted token is asked for with the refresh token, and kept beside the session's own.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::config::{Config, read_resource};
use crate::core::options::Options;
use std::rc::Rc;

/// How many restricted tokens are kept; the one that was asked for first goes first.
const MOST_HELD: usize = 32;

/// What an access token is asked to be restricted to.
#[derive(Clone, Debug)]
pub struct Restriction(Rc<Parameters>);

#[derive(Debug)]
struct Parameters {
    scope: Option<String>,
    audience: Option<String>,
    resource: Vec<String>,
}

impl Restriction {
    /// Reads the options that name one; `None` where none does.
    #[must_use]
    pub fn read(options: &mut Options<'_>) -> Option<Self> {
        Self::new(options.text("scope"), options.text("audience"), read_resource(options))
    }

    fn new(scope: Option<String>, audience: Option<String>, resource: Vec<String>) -> Option<Self> {
        let restricts = scope.is_some() || audience.is_some() || !resource.is_empty();
        restricts.then(|| Self(Rc::new(Parameters { scope, audience, resource })))
    }

    /// The resources that it names.
    #[must_use]
    pub fn resource(&self) -> &[String] {
        &self.0.resource
    }

    /// What is left of it beside what every token of this client is asked to be for.
    ///
    /// # Errors
    /// `invalid_option`, where it is for a resource that was not asked for at the sign-in: some providers spend the refresh
    /// token before they refuse that, and the session with it.
    pub fn beside(&self, config: &Config) -> Result<Option<Self>> {
        let Parameters { scope, audience, resource } = self.0.as_ref();
        let is_granted = |one| config.resource.contains(one) || config.apis.resources().any(|known| known == one);
        if !resource.iter().all(is_granted) {
            return Err(Error::about(Kind::InvalidOption, "resource"));
        }
        let audience = audience.clone().filter(|audience| config.audience.as_ref() != Some(audience));
        let resource = if *resource == config.resource { Vec::new() } else { resource.clone() };
        Ok(Self::new(scope.clone(), audience, resource))
    }

    /// Whether a token of this scope, and of no other restriction, is exactly what is asked for.
    #[must_use]
    pub fn is_met_by(&self, granted: &str) -> bool {
        let Parameters { scope, audience, resource } = self.0.as_ref();
        audience.is_none() && resource.is_empty() && scope.as_ref().is_some_and(|scope| are_same(scope, granted))
    }

    /// Adds the parameters of the token request, and gives the resources to ask for, where `resource` is what is asked for
    /// otherwise.
    pub fn ask<'a>(&'a self, parameters: &mut Vec<(&'static str, &'a str)>, resource: &'a [String]) -> &'a [String] {
        let own = &self.0;
        for (name, text) in [("scope", &own.scope), ("audience", &own.audience)] {
            if let Some(text) = text {
                parameters.push((name, text));
            }
        }
        if own.resource.is_empty() { resource } else { &own.resource }
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
        if is_within(&told, asked) {
            return Ok(Some(told));
        }
        Err(Error::about(Kind::TokenResponseInvalid, "scope"))
    }
}

impl PartialEq for Restriction {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        let same_scope = are_same(one.scope.as_deref().unwrap_or_default(), other.scope.as_deref().unwrap_or_default());
        same_scope && one.audience == other.audience && one.resource == other.resource
    }
}

/// Whether two scopes have the same words, in any order and number (RFC 6749, section 3.3).
fn are_same(one: &str, other: &str) -> bool {
    is_within(one, other) && is_within(other, one)
}

fn is_within(one: &str, other: &str) -> bool {
    one.split(' ').all(|word| word.is_empty() || other.split(' ').any(|known| known == word))
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
        if let Some((_, held)) = self.0.iter_mut().find(|(held, _)| *held == restriction) {
            *held = value;
            return;
        }
        if self.0.len() >= MOST_HELD {
            self.0.remove(0);
        }
        self.0.push((restriction, value));
    }
}
