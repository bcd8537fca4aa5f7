//! The authorization request (RFC 6749, section 4.1.1; OpenID Connect Core 1.0, section 3.1.2.1).

use super::transaction::Transaction;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::with_query;
use crate::core::base::json::Json;
use crate::core::base::url::Url;
use crate::core::config::Config;
use crate::core::options::Options;

/// The most seconds that `max_age` can be: ten years.
const MAX_MAX_AGE_S: u64 = 10 * 365 * 24 * 60 * 60;

/// What one sign-in asks for beyond the configuration.
#[derive(Clone, Debug, Default)]
pub struct SignInOptions {
    /// Where the page wants to be afterwards.
    pub return_to: Option<String>,
    /// The `prompt` parameter.
    pub prompt: Option<String>,
    /// The `login_hint` parameter.
    pub login_hint: Option<String>,
    /// The `acr_values` parameter.
    pub acr_values: Option<String>,
    /// The `max_age` parameter, in seconds.
    pub max_age_s: Option<u64>,
    /// The `ui_locales` parameter.
    pub ui_locales: Option<String>,
}

impl SignInOptions {
    /// Reads the options of `signIn`.
    ///
    /// # Errors
    /// `invalid_option`, naming the option.
    pub fn read(object: &Json) -> Result<Self> {
        let mut options = Options::new(object, "returnTo prompt loginHint acrValues maxAge uiLocales");
        let read = Self {
            return_to: options.text("returnTo"),
            prompt: options.one_of("prompt", &["none", "login", "consent", "select_account"]),
            login_hint: options.text("loginHint"),
            acr_values: options.text("acrValues"),
            max_age_s: options.whole("maxAge", MAX_MAX_AGE_S),
            ui_locales: options.text("uiLocales"),
        };
        options.finish(read)
    }
}

/// The URL that the browser is sent to.
#[must_use]
pub fn build_authorization_url(
    config: &Config,
    transaction: &Transaction,
    challenge: &str,
    options: &SignInOptions,
) -> String {
    let max_age = transaction.max_age_s.map(|seconds| seconds.to_string());
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", &transaction.client_id),
        ("redirect_uri", &transaction.redirect_uri),
        ("scope", &transaction.scope),
        ("state", transaction.state.secret()),
        ("nonce", transaction.nonce.secret()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    let optional = [
        ("prompt", &options.prompt),
        ("login_hint", &options.login_hint),
        ("acr_values", &options.acr_values),
        ("max_age", &max_age),
        ("ui_locales", &options.ui_locales),
        ("audience", &config.audience),
    ];
    parameters.extend(optional.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
    parameters.extend(config.resource.iter().map(|resource| ("resource", resource.as_str())));
    with_query(&transaction.metadata.authorization_endpoint, &parameters)
}

/// Where to be after sign-in, as a path on this origin. Anything that leads elsewhere is refused, so that nobody can make
/// the app send its users away (RFC 9700, section 4.11.1).
///
/// # Errors
/// `invalid_option`, naming `returnTo`.
pub fn check_return_to(return_to: &str, page_url: &str) -> Result<String> {
    let refused = || Error::about(Kind::InvalidOption, "returnTo");
    let page = Url::parse(page_url).ok_or_else(refused)?;
    let target = Url::resolve(return_to, page_url).ok_or_else(refused)?;
    let path = [target.path(), target.query(), target.fragment()].concat();
    // A blob: has the origin of its maker, and `//host/` as a path would be read as a host by whoever resolves it next.
    if target.scheme() != page.scheme()
        || target.origin() != page.origin()
        || target.has_userinfo()
        || path.starts_with("//")
    {
        return Err(refused());
    }
    Ok(path)
}
