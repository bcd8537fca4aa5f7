//! A build that asks for no access token but the session's own: what `restriction.rs` is there, for nothing.

use crate::core::base::error::Result;
use crate::core::config::Config;
use crate::core::options::Options;
use core::marker::PhantomData;

/// There is none. That is kept private, as code for what can not be would otherwise be reported everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Restriction(Never);

#[derive(Clone, Debug, PartialEq)]
enum Never {}

impl Restriction {
    /// Reads nothing.
    #[must_use]
    pub const fn read(_: &mut Options<'_>) -> Option<Self> {
        None
    }

    /// Never called.
    #[must_use]
    pub const fn resource(&self) -> &[String] {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    /// None.
    pub const fn beside(&self, _: &Config) -> Result<Option<Self>> {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub const fn is_met_by(&self, _: &str) -> bool {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub const fn ask<'a>(&'a self, _: &mut Vec<(&'static str, &'a str)>, _: &'a [String]) -> &'a [String] {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    /// None.
    pub fn check_scope(&self, _: Option<String>) -> Result<Option<String>> {
        match self.0 {}
    }
}

/// Holds nothing.
#[derive(Clone, Debug)]
pub struct Held<T>(PhantomData<T>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T> Held<T> {
    /// Never called.
    #[must_use]
    pub const fn get(&self, restriction: &Restriction) -> Option<&T> {
        match restriction.0 {}
    }

    /// Never called.
    #[expect(clippy::needless_pass_by_value, reason = "the signature that `restriction.rs` has")]
    pub fn put(&mut self, restriction: Restriction, _: T) {
        match restriction.0 {}
    }
}
