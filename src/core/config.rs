//! The options of `createAuth`, read strictly: an unknown name or a value out of bounds is an error, not a default.

use super::base::error::{Error, Kind, Result};
use super::base::json::Json;
use super::base::url::Url;
use super::jose::jws::Algorithm;

/// Where tokens live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// With the page.
    Memory,
    /// In sessionStorage of the tab.
    Session,
}

/// A place that may receive the access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    origin: String,
    /// Without a trailing slash; empty for every path.
    path: String,
}

/// The options, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The issuer identifier, exactly as given.
    pub issuer: String,
    /// The client identifier.
    pub client_id: String,
    /// The redirect URI, absolute.
    pub redirect_uri: String,
    /// Where the provider sends the browser after sign-out, absolute.
    pub post_logout_redirect_uri: String,
    /// The scope to ask for.
    pub scope: String,
    /// The `audience` parameter.
    pub audience: Option<String>,
    /// Resource indicators (RFC 8707).
    pub resource: Vec<String>,
    /// Who may receive the access token.
    pub apis: Vec<Api>,
    /// Where tokens live.
    pub storage: Storage,
    /// Seconds before expiry at which to refresh, before the cap at half the lifetime.
    pub before_expiry_s: u64,
    /// The algorithm registered for ID tokens.
    pub id_token_algorithm: Algorithm,
    /// Seconds of clock difference to forgive in ID token times.
    pub clock_tolerance_s: u64,
}

const NAMES: &str = "issuer clientId redirectUri postLogoutRedirectUri scope audience resource apis storage refresh \
    idTokenSignedResponseAlg clockToleranceSeconds";

const MAX_BEFORE_EXPIRY_S: u64 = 86_400;
const DEFAULT_BEFORE_EXPIRY_S: u64 = 300;
const MAX_CLOCK_TOLERANCE_S: u64 = 300;
const DEFAULT_CLOCK_TOLERANCE_S: u64 = 60;

impl Config {
    /// Reads the options of a page at `page_url`.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`, naming the option.
    pub fn read(options: &Json, page_url: &str) -> Result<Self> {
        refuse_unknown(options, NAMES)?;
        let page = Url::parse(page_url).ok_or_else(|| Error::new(Kind::NotInBrowser))?;
        let redirect_uri = uri(options, "redirectUri", page_url)?.unwrap_or_else(|| [&page.origin(), "/"].concat());
        Ok(Self {
            issuer: issuer(options)?,
            client_id: required_text(options, "clientId")?,
            post_logout_redirect_uri: uri(options, "postLogoutRedirectUri", page_url)?
                .unwrap_or_else(|| redirect_uri.clone()),
            redirect_uri,
            scope: scope(options)?,
            audience: optional_text(options, "audience")?,
            resource: resource(options)?,
            apis: apis(options, &page)?,
            storage: storage(options)?,
            before_expiry_s: before_expiry(options)?,
            id_token_algorithm: algorithm(options)?,
            clock_tolerance_s: bounded(options, "clockToleranceSeconds", MAX_CLOCK_TOLERANCE_S)?
                .unwrap_or(DEFAULT_CLOCK_TOLERANCE_S),
        })
    }

    /// Whether a request to this URL may carry the access token: its parsed origin is listed, character for character,
    /// and its path is at or below the listed one.
    #[must_use]
    pub fn may_receive_token(&self, url: &str) -> bool {
        Url::parse(url).is_some_and(|url| {
            url.is_secure()
                && !url.has_userinfo()
                && self.apis.iter().any(|api| api.origin == url.origin() && api.covers(&url.path()))
        })
    }
}

impl Api {
    fn new(url: &Url) -> Self {
        Self { origin: url.origin(), path: url.path().trim_end_matches('/').to_owned() }
    }

    fn covers(&self, path: &str) -> bool {
        if self.path.is_empty() {
            return true;
        }
        // An encoded separator may be a plain one to the server, and lead out of the listed path there.
        let is = |three: &[u8], code: &[u8]| three.eq_ignore_ascii_case(code);
        let ambiguous = path.as_bytes().windows(3).any(|three| is(three, b"%2f") || is(three, b"%5c"));
        let below = path.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        below && !ambiguous
    }
}

/// Refuses members that no option has, so that a typo is an error. The known names are separated by spaces.
///
/// # Errors
/// `invalid_option`.
pub fn refuse_unknown(options: &Json, known: &str) -> Result<()> {
    if options.has_only(known) { Ok(()) } else { Err(Error::about(Kind::InvalidOption, "a name that no option has")) }
}

/// The string option of this name.
///
/// # Errors
/// `invalid_option` where it is something else, or empty.
pub fn optional_text(options: &Json, name: &'static str) -> Result<Option<String>> {
    match options.get(name) {
        Some(value) => match value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => Ok(Some(text)),
            None => Err(Error::about(Kind::InvalidOption, name)),
        },
        None => Ok(None),
    }
}

/// The whole-number option of this name, at most `most`.
///
/// # Errors
/// `invalid_option` where it is something else.
pub fn bounded(options: &Json, name: &'static str, most: u64) -> Result<Option<u64>> {
    match options.get(name) {
        Some(_) => match options.whole(name).filter(|number| *number <= most) {
            Some(number) => Ok(Some(number)),
            None => Err(Error::about(Kind::InvalidOption, name)),
        },
        None => Ok(None),
    }
}

fn required_text(options: &Json, name: &'static str) -> Result<String> {
    optional_text(options, name)?.ok_or_else(|| Error::about(Kind::InvalidOption, name))
}

fn issuer(options: &Json) -> Result<String> {
    let text = required_text(options, "issuer")?;
    let invalid = || Error::about(Kind::InvalidOption, "issuer");
    let url = Url::parse(&text).ok_or_else(invalid)?;
    if !url.is_secure() {
        return Err(Error::about(Kind::EndpointInsecure, "issuer"));
    }
    // No query and no fragment (RFC 8414, section 2), not even an empty one.
    if text.contains(['?', '#']) || url.has_userinfo() {
        return Err(invalid());
    }
    Ok(text)
}

/// An absolute URI is kept as it is written; a path is completed with the page's origin.
fn uri(options: &Json, name: &'static str, page_url: &str) -> Result<Option<String>> {
    let Some(text) = optional_text(options, name)? else { return Ok(None) };
    let invalid = || Error::about(Kind::InvalidOption, name);
    let absolute = if Url::parse(&text).is_some() {
        text
    } else {
        Url::resolve(&text, page_url).ok_or_else(invalid)?.href()
    };
    let url = Url::parse(&absolute).ok_or_else(invalid)?;
    if !url.is_secure() {
        return Err(Error::about(Kind::EndpointInsecure, name));
    }
    if absolute.contains('#') || url.has_userinfo() { Err(invalid()) } else { Ok(Some(absolute)) }
}

fn scope(options: &Json) -> Result<String> {
    let scope = optional_text(options, "scope")?.unwrap_or_else(|| "openid".to_owned());
    let has_openid = scope.split(' ').any(|word| word == "openid");
    if has_openid { Ok(scope) } else { Err(Error::about(Kind::InvalidOption, "scope")) }
}

fn resource(options: &Json) -> Result<Vec<String>> {
    if !options.has("resource") {
        return Ok(Vec::new());
    }
    options
        .one_or_many("resource")
        .filter(|all| all.iter().all(|one| Url::parse(one).is_some() && !one.contains('#')))
        .ok_or_else(|| Error::about(Kind::InvalidOption, "resource"))
}

fn apis(options: &Json, page: &Url) -> Result<Vec<Api>> {
    let invalid = || Error::about(Kind::InvalidOption, "apis");
    let Some(list) = options.get("apis") else {
        return Ok(vec![Api { origin: page.origin(), path: String::new() }]);
    };
    list.items().ok_or_else(invalid)?.iter().map(|rule| api(rule).ok_or_else(invalid)).collect()
}

fn api(rule: &Json) -> Option<Api> {
    let url = match rule.as_str() {
        Some(text) => Url::parse(&text)?,
        None => {
            refuse_unknown(rule, "origin path").ok()?;
            let origin = Url::parse(&rule.text("origin")?).filter(|url| url.path() == "/")?;
            match rule.get("path") {
                Some(path) => Url::resolve(&path.as_str()?, &origin.href()).filter(|url| url.origin() == origin.origin())?,
                None => origin,
            }
        }
    };
    let plain = url.is_secure() && !url.has_userinfo() && url.query().is_empty() && url.fragment().is_empty();
    plain.then(|| Api::new(&url))
}

fn storage(options: &Json) -> Result<Storage> {
    match optional_text(options, "storage")?.as_deref() {
        None | Some("memory") => Ok(Storage::Memory),
        Some("session") => Ok(Storage::Session),
        Some(_) => Err(Error::about(Kind::InvalidOption, "storage")),
    }
}

fn before_expiry(options: &Json) -> Result<u64> {
    let Some(refresh) = options.get("refresh") else { return Ok(DEFAULT_BEFORE_EXPIRY_S) };
    if !refresh.is_object() {
        return Err(Error::about(Kind::InvalidOption, "refresh"));
    }
    refuse_unknown(&refresh, "beforeExpirySeconds")?;
    Ok(bounded(&refresh, "beforeExpirySeconds", MAX_BEFORE_EXPIRY_S)?.unwrap_or(DEFAULT_BEFORE_EXPIRY_S))
}

fn algorithm(options: &Json) -> Result<Algorithm> {
    match optional_text(options, "idTokenSignedResponseAlg")? {
        Some(name) => Algorithm::from_name(&name).ok_or_else(|| Error::about(Kind::InvalidOption, "idTokenSignedResponseAlg")),
        None => Ok(Algorithm::Rs256),
    }
}
