//! A sign-in between leaving for the provider and coming back, and a sign-out likewise: what is asked for, and what the browser
//! keeps meanwhile, sealed in a cookie of its own for each.

use super::config::BffConfig;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::form;
use crate::core::base::json::{Json, Writer};
use crate::core::base::text::concat;
use crate::core::base::time::from_digits;
use crate::core::oauth::authorize::SignInOptions;
use crate::core::oauth::transaction::Transaction;

/// Before the first characters of its state, the name of a sign-in's cookie.
pub const LOGIN_COOKIE: &str = "__Host-tokenward-login-";

/// Before the first characters of its state, the name of a sign-out's cookie.
pub const LOGOUT_COOKIE: &str = "__Host-tokenward-logout-";

/// How long either may take, in seconds.
pub const LOGIN_LIFETIME_S: u64 = 10 * 60;

/// The most sign-ins that one browser has under way: more, and the header with their cookies would be too long for servers.
pub const MAX_LOGINS: usize = 5;

/// The most bytes that their cookies may have together before another is begun, for the same reason.
pub const MAX_LOGIN_BYTES: usize = 4_000;

/// Characters of the state that tell cookies apart.
const STATE_CHARS: usize = 8;

/// The most characters of a parameter.
const MAX_CHARS: usize = 2_000;

/// The most characters of `acr_values`, which the browser keeps as well.
const MAX_ACR_CHARS: usize = 500;

/// The most seconds that `max_age` can be: ten years.
const MAX_MAX_AGE_S: u64 = 10 * 365 * 24 * 60 * 60;

/// The cookie of the sign-in or sign-out with this state.
#[must_use]
pub fn cookie_name(prefix: &str, state: &str) -> String {
    // A name has only characters that a state of ours has.
    let start: String =
        state.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').take(STATE_CHARS).collect();
    concat(&[prefix, &start])
}

/// Reads what a navigation to the login endpoint asks for. `returnTo` is checked, and always there afterwards.
///
/// # Errors
/// `invalid_option`, naming the parameter.
pub fn read_login(query: &str, config: &BffConfig) -> Result<SignInOptions> {
    let one = |name: &'static str| one(query, name);
    let prompt = one("prompt")?;
    if prompt.as_deref().is_some_and(|prompt| !["none", "login", "consent", "select_account"].contains(&prompt)) {
        return Err(Error::about(Kind::InvalidOption, "prompt"));
    }
    let max_age = one("max_age")?;
    let max_age_s = max_age.as_deref().and_then(from_digits).filter(|seconds| *seconds <= MAX_MAX_AGE_S);
    if max_age.is_some() != max_age_s.is_some() {
        return Err(Error::about(Kind::InvalidOption, "max_age"));
    }
    let acr_values = one("acr_values")?;
    if acr_values.as_ref().is_some_and(|values| values.len() > MAX_ACR_CHARS) {
        return Err(Error::about(Kind::InvalidOption, "acr_values"));
    }
    Ok(SignInOptions {
        return_to: Some(config.check_return_to(one("returnTo")?.as_deref())?),
        prompt,
        login_hint: one("login_hint")?,
        scope: None,
        acr_values,
        acr_essential: true,
        max_age_s,
        ui_locales: one("ui_locales")?,
        popup: false,
    })
}

/// A parameter that may come once, and is as if it were not there where it is empty.
fn one(query: &str, name: &'static str) -> Result<Option<String>> {
    let mut values = form::values(query, name);
    let value = values.pop();
    let fits = values.is_empty() && value.as_ref().is_none_or(|value| value.len() <= MAX_CHARS);
    if fits { Ok(value.filter(|value| !value.is_empty())) } else { Err(Error::about(Kind::InvalidOption, name)) }
}

/// Where to try a sign-in again: it asks for nothing but to be back at the same place, so that what the provider refused is not
/// asked for again.
#[must_use]
pub fn again(config: &BffConfig, return_to: Option<&str>) -> String {
    let return_to = form::write(&[("returnTo", return_to.unwrap_or(&config.return_to))]);
    concat(&[config.places.base(), "/login?", &return_to])
}

/// A sign-in on its way.
#[derive(Clone, Debug)]
pub struct Login {
    /// What its answer is checked against.
    pub transaction: Transaction,
    /// The session whose place it takes. A browser does not show it on the way back from another site.
    pub before: Option<String>,
}

impl Login {
    /// The text to seal.
    #[must_use]
    pub fn write(&self) -> String {
        let login = Writer::default().json("transaction", &self.transaction.write());
        login.optional("before", self.before.as_deref()).finish()
    }

    /// Reads what was sealed; `None` where it is not one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let login = Json::parse(text)?;
        let transaction = Transaction::read(&login.get("transaction")?.to_text())?;
        Some(Self { transaction, before: login.text("before") })
    }
}

/// A sign-out on its way.
#[derive(Clone, Debug)]
pub struct Logout {
    /// The random value that ties the way back to the way there.
    pub state: String,
    /// Where the provider's session ends. It names the user by the ID token, so no page may read it.
    pub url: String,
    /// Where the browser wants to be afterwards.
    pub return_to: String,
}

impl Logout {
    /// The text to seal.
    #[must_use]
    pub fn write(&self) -> String {
        let logout = Writer::default().text("state", &self.state).text("url", &self.url);
        logout.text("return_to", &self.return_to).finish()
    }

    /// Reads what was sealed; `None` where it is not one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let logout = Json::parse(text)?;
        Some(Self { state: logout.text("state")?, url: logout.text("url")?, return_to: logout.text("return_to")? })
    }
}

/// The parameter by which a page goes to the provider to sign out there too.
pub const LEAVE: &str = "leave";

/// Where a page goes for that: no script reads where a navigation is sent on to.
#[must_use]
pub fn leave_path(config: &BffConfig, state: &str) -> String {
    concat(&[config.places.base(), "/logged-out?", &form::write(&[(LEAVE, state)])])
}

/// What a sign-out asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutOptions {
    /// Where to be afterwards: a path of the app.
    pub return_to: String,
    /// Whether the provider's own session goes on.
    pub is_local: bool,
}

impl LogoutOptions {
    /// Reads the JSON object that came with the request; nothing asks for nothing.
    ///
    /// # Errors
    /// `invalid_option`, naming the member.
    pub fn read(body: &str, config: &BffConfig) -> Result<Self> {
        let body = if body.is_empty() { "{}" } else { body };
        let object =
            Json::parse(body).filter(Json::is_object).ok_or_else(|| Error::about(Kind::InvalidOption, "body"))?;
        let mut options = crate::core::options::Options::new(&object, "returnTo scope");
        let return_to = options.text("returnTo");
        let is_local = options.one_of("scope", &["local", "provider"]).is_some_and(|scope| scope == "local");
        options.finish(())?;
        Ok(Self { return_to: config.check_return_to(return_to.as_deref())?, is_local })
    }
}
