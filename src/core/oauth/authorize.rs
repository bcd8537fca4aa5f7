//! The authorization request (RFC 6749, section 4.1.1; OpenID Connect Core 1.0, section 3.1.2.1).

use super::discovery::Metadata;
use super::transaction::Transaction;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::base::text::concat;
use crate::core::base::time::digits;
use crate::core::base::url::Url;
use crate::core::config::{Config, read_scope};
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
    /// The scope to ask for instead of the configured one.
    pub scope: Option<String>,
    /// The `acr_values` parameter.
    pub acr_values: Option<String>,
    /// Whether one of `acr_values` must be met.
    pub acr_essential: bool,
    /// The `max_age` parameter, in seconds.
    pub max_age_s: Option<u64>,
    /// The `ui_locales` parameter.
    pub ui_locales: Option<String>,
    /// Whether a window beside the page goes to the provider.
    pub popup: bool,
}

impl SignInOptions {
    /// Reads the options of `signIn`.
    ///
    /// # Errors
    /// `invalid_option`, naming the option.
    pub fn read(object: &Json) -> Result<Self> {
        let mut options =
            Options::new(object, "mode returnTo prompt loginHint scope acrValues acrEssential maxAge uiLocales");
        let read = Self {
            return_to: options.text("returnTo"),
            prompt: options.one_of("prompt", &["none", "login", "consent", "select_account"]),
            login_hint: options.text("loginHint"),
            scope: options.object().has("scope").then(|| read_scope(&mut options)),
            acr_values: options.text("acrValues"),
            acr_essential: options.truth("acrEssential").unwrap_or(true),
            max_age_s: options.whole("maxAge", MAX_MAX_AGE_S),
            ui_locales: options.text("uiLocales"),
            popup: options.one_of("mode", &["redirect", "popup"]).is_some_and(|mode| mode == "popup"),
        };
        options.finish(read)
    }
}

/// How the answer is to come back (OAuth 2.0 Multiple Response Type Encoding Practices, section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// As a form that is posted there (OAuth 2.0 Form Post Response Mode).
    FormPost,
    /// As a JWT in the query (JARM, section 2.3.1).
    QueryJwt,
    /// As a JWT in a form that is posted there (JARM, section 2.3.3).
    FormPostJwt,
}

impl ResponseMode {
    /// The value of `response_mode`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
            Self::QueryJwt => "query.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }
}

/// Whether the tokens are to be bound to a key.
///
/// # Errors
/// `dpop_unsupported`, where that was asked for and cannot be had.
pub fn is_dpop_wanted(config: &Config, metadata: &Metadata) -> Result<bool> {
    if !cfg!(feature = "dpop") {
        return Ok(false);
    }
    match (config.dpop, metadata.dpop) {
        (Some(true), Some(false)) => Err(Error::new(Kind::DpopUnsupported)),
        (Some(asked), _) => Ok(asked),
        (None, offered) => Ok(offered == Some(true)),
    }
}

/// Where the request is to be pushed, if it is.
///
/// # Errors
/// `par_unsupported`, where it must be and cannot.
pub fn par_endpoint<'a>(config: &Config, metadata: &'a Metadata) -> Result<Option<&'a str>> {
    if !config.par.unwrap_or(metadata.par_required) {
        return Ok(None);
    }
    metadata.par_endpoint.as_deref().map(Some).ok_or_else(|| Error::new(Kind::ParUnsupported))
}

/// The parameters of the request. `key_thumbprint` is that of the key that the code will be bound to (RFC 9449, section
/// 10).
#[must_use]
pub fn build_authorization_parameters(
    config: &Config,
    transaction: &Transaction,
    challenge: String,
    key_thumbprint: Option<String>,
    options: &SignInOptions,
) -> Vec<(&'static str, String)> {
    let mut parameters = vec![
        ("response_type", "code".to_owned()),
        ("client_id", transaction.client_id.clone()),
        ("redirect_uri", transaction.redirect_uri.clone()),
        ("scope", transaction.scope.clone()),
        ("state", transaction.state.secret().to_owned()),
        ("nonce", transaction.nonce.secret().to_owned()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
    ];
    let optional = [
        ("prompt", options.prompt.clone()),
        ("login_hint", options.login_hint.clone()),
        ("acr_values", options.acr_values.clone()),
        ("max_age", transaction.max_age_s.map(digits)),
        ("ui_locales", options.ui_locales.clone()),
        ("audience", config.audience.clone()),
        ("dpop_jkt", key_thumbprint),
        ("authorization_details", config.authorization_details.as_ref().map(Json::to_text)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            parameters.push((name, value));
        }
    }
    for resource in &config.resource {
        parameters.push(("resource", resource.clone()));
    }
    // What a token may be restricted to later is granted now (RFC 8707, section 2.1).
    for resource in config.apis.resources() {
        let parameter = ("resource", resource.clone());
        if !parameters.contains(&parameter) {
            parameters.push(parameter);
        }
    }
    parameters
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
    let path = concat(&[target.path().as_str(), &target.query(), &target.fragment()]);
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
