//! The headers of a request or an answer, as a runtime gives them.

/// Headers in order, their names in lower case.
#[derive(Clone, Default)]
pub struct Headers(Vec<(String, String)>);

/// The values of a request's headers are secrets more often than not.
impl core::fmt::Debug for Headers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Headers {
    /// Takes pairs of name and value over. A runtime that joins values of one name by commas may give them joined.
    #[must_use]
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        Self(pairs.into_iter().map(lower).collect())
    }

    /// The value of this name, in lower case; `None` where it is missing or comes twice.
    #[must_use]
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.values(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// All values of this name, in lower case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Whether this name, in lower case, is there at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// Names, in lower case, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What a header that is a list says, in lower case and without the white space around it.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let items = self.values(name).flat_map(|value| value.split(','));
        items.map(|item| item.trim_ascii().to_ascii_lowercase()).filter(|item| !item.is_empty())
    }
}
