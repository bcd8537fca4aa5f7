//! The cookies of one browser: what it takes, keeps and sends (RFC 6265, sections 5.3 and 5.4).

use tokenward::core::bff::cookie::Cookies;

/// What browsers take of one cookie, with its attributes too: the least of them.
const MOST_BYTES: usize = 4_096;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Jar(Vec<(String, String)>);

impl Jar {
    /// A browser that took these answers.
    pub(super) fn with(answers: &[&[String]]) -> Self {
        let mut jar = Self::default();
        for answer in answers {
            jar.take(answer);
        }
        jar
    }

    pub(super) fn take(&mut self, headers: &[String]) {
        for header in headers {
            self.take_one(header);
        }
    }

    /// Takes a cookie as one that begins with `__Host-` is taken.
    pub(super) fn take_one(&mut self, header: &str) {
        assert!(header.len() <= MOST_BYTES, "a cookie of {} bytes", header.len());
        let (pair, attributes) = header.split_once("; ").unwrap();
        let attributes: Vec<&str> = attributes.split("; ").collect();
        assert!(attributes.contains(&"Secure") && attributes.contains(&"Path=/"), "{header}");
        assert!(attributes.iter().all(|attribute| !attribute.starts_with("Domain")), "{header}");
        let (name, value) = pair.split_once('=').unwrap();
        self.0.retain(|(known, _)| known != name);
        if !attributes.contains(&"Max-Age=0") {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The header of the next request.
    pub(super) fn header(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// What the server reads of the next request.
    pub(super) fn sent(&self) -> Cookies {
        Cookies::parse(&self.header())
    }
}
