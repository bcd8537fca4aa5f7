//! Options from JavaScript, read strictly: an unknown name, a value of another type or out of bounds is an error.

use super::base::error::{Error, Kind, Result};
use super::base::json::Json;
use super::base::time;

/// Reads the members of one object. The first fault is kept and ends the reading in [`Options::finish`]; until then every
/// member reads as something, which is less code than leaving at each of them.
#[derive(Debug)]
pub struct Options<'a> {
    object: &'a Json,
    fault: Option<Error>,
}

impl<'a> Options<'a> {
    /// Starts to read an object that may have these members, which are separated by spaces.
    #[must_use]
    pub fn new(object: &'a Json, names: &str) -> Self {
        let mut options = Self { object, fault: None };
        if !object.has_only(names) {
            options.refuse("a name that no option has");
        }
        options
    }

    /// The object itself.
    #[must_use]
    pub const fn object(&self) -> &'a Json {
        self.object
    }

    /// Says that this option is not as it should be.
    pub fn refuse(&mut self, name: &'static str) {
        self.fail(Kind::InvalidOption, name);
    }

    /// Says what is wrong with this option.
    #[inline(never)]
    pub fn fail(&mut self, kind: Kind, name: &'static str) {
        if self.fault.is_none() {
            self.fault = Some(Error::about(kind, name));
        }
    }

    /// The string of this name, which is not empty.
    #[inline(never)]
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.object.text(name).filter(|text| !text.is_empty());
        if text.is_none() && self.object.has(name) {
            self.refuse(name);
        }
        text
    }

    /// The string of this name, which must be there.
    pub fn required_text(&mut self, name: &'static str) -> String {
        if !self.object.has(name) {
            self.refuse(name);
        }
        self.text(name).unwrap_or_default()
    }

    /// The string of this name, which is one of these.
    pub fn one_of(&mut self, name: &'static str, values: &[&str]) -> Option<String> {
        let text = self.text(name);
        if text.as_deref().is_some_and(|text| !values.contains(&text)) {
            self.refuse(name);
        }
        text
    }

    /// The whole number of this name, at most `most`.
    pub fn whole(&mut self, name: &'static str, most: u64) -> Option<u64> {
        let whole = self.object.whole(name).filter(|whole| *whole <= most);
        let number = whole.filter(|whole| self.object.number(name) == Some(time::number(*whole)));
        if number.is_none() && self.object.has(name) {
            self.refuse(name);
        }
        number
    }

    /// The truth value of this name.
    pub fn truth(&mut self, name: &'static str) -> Option<bool> {
        let truth = self.object.truth(name);
        if truth.is_none() && self.object.has(name) {
            self.refuse(name);
        }
        truth
    }

    /// The truth value of this name; `None` for `"auto"`.
    pub fn truth_or_auto(&mut self, name: &'static str, default: Option<bool>) -> Option<bool> {
        if self.object.is(name, "auto") {
            return None;
        }
        self.truth(name).or(default)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`: the first fault, naming the option.
    pub fn finish<T>(self, value: T) -> Result<T> {
        match self.fault {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }
}
