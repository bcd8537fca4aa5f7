//! What a resource server asks for (RFC 9110, section 11.6.1; RFC 6750, section 3; RFC 9449, section 9; RFC 9470, section 3).

#[cfg_attr(target_arch = "wasm32", path = "challenge/engine.rs")]
mod lexer;

use crate::core::base::error::{Error, Kind};
use crate::core::base::json::Writer;
use crate::core::base::text::concat;
use crate::core::base::time::from_digits;

/// The most characters of a `WWW-Authenticate` value that are looked at.
const MAX_CHARS: usize = 8 * 1024;

/// The most seconds that a `max_age` can be: ten years.
const MAX_AGE_S: u64 = 10 * 365 * 24 * 60 * 60;

/// One challenge: a scheme, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme as written; compared without regard to case.
    pub scheme: String,
    /// Names in lower case, and values. A token68 has an empty name.
    pub parameters: Vec<(String, String)>,
}

/// What an answer means for the request that it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the app's.
    Keep,
    /// The token is refused: another one may do.
    Refresh,
    /// The proof lacks the nonce that came with the answer.
    Again,
    /// The token will do only after another sign-in, which asks for this.
    StepUp(StepUp),
}

/// What another sign-in has to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// The scope that the API names; `None` where it asks for a stronger or more recent sign-in instead.
    pub scope: Option<String>,
    /// The classes of authentication, separated by spaces.
    pub acr_values: Option<String>,
    /// The most seconds since the user authenticated.
    pub max_age_s: Option<u64>,
}

impl StepUp {
    /// The same, where a scope is asked for with what was granted so far before it: a sign-in replaces the token. Without
    /// `openid`, which a provider may leave out of what it grants, there is no sign-in.
    #[must_use]
    pub fn widened(mut self, granted: &str) -> Self {
        if let Some(asked) = &mut self.scope {
            let mut wide = "openid".to_owned();
            for word in concat(&[granted, " ", asked]).split(' ') {
                if !word.is_empty() && !wide.split(' ').any(|there| there == word) {
                    wide.push(' ');
                    wide.push_str(word);
                }
            }
            *asked = wide;
        }
        self
    }

    /// The options of the sign-in that asks for it, as JSON.
    #[must_use]
    pub fn sign_in(&self) -> String {
        let asked = Writer::default()
            .optional("scope", self.scope.as_deref())
            .optional("acrValues", self.acr_values.as_deref());
        match self.max_age_s {
            Some(seconds) => asked.whole("maxAge", seconds),
            None => asked,
        }
        .finish()
    }

    /// The error that says so.
    #[must_use]
    pub fn error(&self) -> Error {
        let stronger = Kind::InsufficientUserAuthentication;
        Error::new(if self.scope.is_some() { Kind::InsufficientScope } else { stronger })
    }
}

impl Challenge {
    /// The value of this parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the value of one or more `WWW-Authenticate` headers, joined by commas. A value that is not well formed, or
/// repeats a parameter within a challenge, says nothing at all.
#[must_use]
pub fn read_challenges(header: &str) -> Vec<Challenge> {
    if header.len() <= MAX_CHARS { lexer::challenges(header) } else { Vec::new() }
}

/// What to do about an answer with this status and these challenges; `has_nonce` where it brings a nonce for the proof of
/// a request that had one.
#[must_use]
pub fn judge(status: u16, header: Option<&str>, has_nonce: bool) -> Verdict {
    let challenges = header.map(read_challenges).unwrap_or_default();
    let is_ours = |scheme: &str| ["bearer", "dpop"].iter().any(|ours| scheme.eq_ignore_ascii_case(ours));
    let ours = || challenges.iter().filter(|challenge| is_ours(&challenge.scheme));
    let with_error = ours().find(|challenge| challenge.get("error").is_some());
    let said = |name| with_error.and_then(|challenge| challenge.get(name)).unwrap_or_default();
    match (status, said("error")) {
        (401 | 403, "insufficient_user_authentication") => Verdict::StepUp(StepUp {
            scope: None,
            acr_values: Some(said("acr_values").to_owned()).filter(|values| !values.is_empty()),
            max_age_s: from_digits(said("max_age")).map(|seconds| seconds.min(MAX_AGE_S)),
        }),
        (401 | 403, "insufficient_scope") => {
            Verdict::StepUp(StepUp { scope: Some(said("scope").to_owned()), ..StepUp::default() })
        }
        (401, "use_dpop_nonce") if has_nonce => Verdict::Again,
        (401, "" | "invalid_token") => Verdict::Refresh,
        _ => Verdict::Keep,
    }
}
