//! The options of `createAuth`.

use super::base::error::{Error, Kind, Result};
use super::base::json::Json;
use super::base::place::Place;
use super::base::url::{Url, has_fragment};
use super::jose::jws::Algorithm;
use super::oauth::restriction::Restriction;
use super::options::Options;

/// A place that may receive the access token.
#[derive(Clone, Debug)]
pub struct Api {
    place: Place,
    /// Of its token.
    restriction: Option<Restriction>,
}

/// The places that may receive the access token.
#[derive(Clone, Debug, Default)]
pub struct Apis(Vec<Api>);

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
    pub apis: Apis,
    /// Whether the provider may be asked for a session without the user.
    pub silent: bool,
    /// Seconds before expiry at which to refresh, before the cap at half the lifetime.
    pub before_expiry_s: u64,
    /// The algorithm registered for ID tokens.
    pub id_token_algorithm: Algorithm,
    /// The algorithm registered for answers of the UserInfo endpoint; `None` where they are not signed.
    pub userinfo_algorithm: Option<Algorithm>,
    /// Whether to push authorization requests (RFC 9126); `None` to do so where the provider requires it.
    pub par: Option<bool>,
    /// Whether to bind tokens to a key (RFC 9449); `None` to do so where the provider offers it.
    pub dpop: Option<bool>,
    /// The authorization details to ask for (RFC 9396, section 2): an array of objects with a `type`.
    pub authorization_details: Option<Json>,
    /// Seconds of clock difference to forgive in ID token times.
    pub clock_tolerance_s: u64,
}

const NAMES: &str = "issuer clientId redirectUri postLogoutRedirectUri scope audience resource apis storage silent refresh \
    idTokenSignedResponseAlg userinfo clockToleranceSeconds par dpop authorizationDetails";

const RULE_NAMES: &str =
    if cfg!(feature = "restriction") { "origin path scope audience resource" } else { "origin path" };

const MAX_BEFORE_EXPIRY_S: u64 = 86_400;
const DEFAULT_BEFORE_EXPIRY_S: u64 = 300;
const MAX_CLOCK_TOLERANCE_S: u64 = 300;
const DEFAULT_CLOCK_TOLERANCE_S: u64 = 60;

impl Config {
    /// Reads the options of a page at `page_url`.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`, naming the option; `not_in_browser` where the page has no URL.
    pub fn read(object: &Json, page_url: &str) -> Result<Self> {
        let page = Url::parse(page_url).ok_or_else(|| Error::new(Kind::NotInBrowser))?;
        let mut options = Options::new(object, NAMES);
        let redirect_uri = uri(&mut options, "redirectUri", page_url, "/");
        let config = Self {
            issuer: issuer(&mut options),
            client_id: options.required_text("clientId"),
            post_logout_redirect_uri: uri(&mut options, "postLogoutRedirectUri", page_url, &redirect_uri),
            redirect_uri,
            scope: read_scope(&mut options),
            audience: options.text("audience"),
            resource: read_resource(&mut options),
            apis: Apis::read(&mut options, &page),
            silent: options.truth("silent").unwrap_or(true),
            before_expiry_s: before_expiry(&mut options),
            id_token_algorithm: algorithm(&mut options, "idTokenSignedResponseAlg").unwrap_or(Algorithm::Rs256),
            userinfo_algorithm: userinfo(&mut options),
            par: options.truth_or_auto("par", None),
            dpop: options.truth_or_auto("dpop", Some(false)),
            authorization_details: authorization_details(&mut options),
            clock_tolerance_s: options
                .whole("clockToleranceSeconds", MAX_CLOCK_TOLERANCE_S)
                .unwrap_or(DEFAULT_CLOCK_TOLERANCE_S),
        };
        // Where records go is the facade's matter. Never to where every script of the origin reads them for ever.
        options.one_of("storage", &["memory", "session", "worker", "own"]);
        options.finish(config)
    }
}

impl Apis {
    /// Whether a request to this URL may carry an access token.
    #[must_use]
    pub fn may_receive_token(&self, url: &str) -> bool {
        self.of(url).is_some()
    }

    /// The one whom a request to this URL is for, where it may carry an access token: its parsed origin is listed, character
    /// for character, and its path is at or below the listed one, of which the longest counts.
    #[must_use]
    pub fn of(&self, url: &str) -> Option<&Api> {
        let url = Url::parse(url).filter(|url| url.is_secure() && !url.has_userinfo())?;
        let fitting = self.0.iter().filter(|api| api.place.covers(&url));
        fitting.reduce(|best, api| if api.place.path().len() > best.place.path().len() { api } else { best })
    }

    /// The resources that tokens for these places are restricted to (RFC 8707).
    pub fn resources(&self) -> impl Iterator<Item = &String> {
        let restricted: &[Api] = if cfg!(feature = "restriction") { &self.0 } else { &[] };
        restricted.iter().flat_map(Api::resource)
    }

    /// Whether no place is listed at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the option; without it, all of the origin of this page or server.
    pub(super) fn read(options: &mut Options<'_>, default: &Url) -> Self {
        if !options.object().has("apis") {
            return Self(vec![Api { place: Place::whole(default.origin()), restriction: None }]);
        }
        Self::listed(options)
    }

    /// Reads the option.
    pub(super) fn listed(options: &mut Options<'_>) -> Self {
        let rules = options.object().get("apis").and_then(|list| list.items());
        let mut apis = Vec::new();
        // A loop: each adapter of an iterator is code of its own.
        for rule in rules.as_deref().unwrap_or_default() {
            apis.extend(api(rule));
        }
        if rules.is_none_or(|rules| rules.len() != apis.len()) {
            options.refuse("apis");
        }
        Self(apis)
    }
}

impl Api {
    /// The resources that its token is for, where they are named here.
    #[must_use]
    pub fn resource(&self) -> &[String] {
        self.restriction.as_ref().map_or(&[], Restriction::resource)
    }

    /// What its token is restricted to; `None` where it is the session's own.
    #[must_use]
    pub fn restriction(&self, config: &Config) -> Option<Restriction> {
        // Every resource of a rule is asked for at the sign-in.
        self.restriction.as_ref()?.beside(config).ok()?
    }
}

pub(super) fn issuer(options: &mut Options<'_>) -> String {
    let text = options.required_text("issuer");
    let url = checked(options, "issuer", &text);
    // No query and no fragment (RFC 8414, section 2), not even an empty one.
    if url.is_none() || text.bytes().any(|b| b == b'?' || b == b'#') {
        options.refuse("issuer");
    }
    text
}

/// The URL, where a secret may travel to it; says what is wrong where not.
pub(super) fn checked(options: &mut Options<'_>, name: &'static str, text: &str) -> Option<Url> {
    let url = Url::parse(text).filter(|url| !url.has_userinfo());
    match &url {
        None => options.refuse(name),
        Some(url) if !url.is_secure() => options.fail(Kind::EndpointInsecure, name),
        Some(_) => {}
    }
    url
}

/// An absolute URI is kept as it is written; a path is completed with the page's origin.
pub(super) fn uri(options: &mut Options<'_>, name: &'static str, page_url: &str, default: &str) -> String {
    let text = options.text(name).unwrap_or_else(|| default.to_owned());
    let absolute = match Url::parse(&text) {
        Some(_) => text,
        None => Url::resolve(&text, page_url).map(|url| url.href()).unwrap_or_default(),
    };
    checked(options, name, &absolute);
    if has_fragment(&absolute) {
        options.refuse(name);
    }
    absolute
}

/// The scope to ask for: `openid` at least.
pub fn read_scope(options: &mut Options<'_>) -> String {
    let scope = options.text("scope").unwrap_or_else(|| "openid".to_owned());
    if !scope.split(' ').any(|word| word == "openid") {
        options.refuse("scope");
    }
    scope
}

/// The resources to ask for: absolute URIs without a fragment (RFC 8707, section 2).
pub fn read_resource(options: &mut Options<'_>) -> Vec<String> {
    let resource = options.object().one_or_many("resource").unwrap_or_default();
    let valid = resource.iter().all(|one| Url::parse(one).is_some() && !has_fragment(one));
    if !valid || resource.is_empty() && options.object().has("resource") {
        options.refuse("resource");
    }
    resource
}

fn api(rule: &Json) -> Option<Api> {
    let (url, restriction) = if let Some(text) = rule.as_str() {
        (Url::parse(&text)?, None)
    } else {
        let origin = Url::parse(&rule.text("origin")?)?;
        let path = if rule.has("path") { rule.text("path")? } else { String::new() };
        let url = Url::resolve(&path, &origin.href())?;
        let mut options = Options::new(rule, RULE_NAMES);
        let restriction = Restriction::read(&mut options);
        let plain = options.finish(()).is_ok() && origin.path() == "/";
        (plain && url.origin() == origin.origin()).then_some((url, restriction))?
    };
    Some(Api { place: Place::named(&url)?, restriction })
}

pub(super) fn before_expiry(options: &mut Options<'_>) -> u64 {
    let Some(refresh) = options.object().get("refresh") else {
        return DEFAULT_BEFORE_EXPIRY_S;
    };
    let mut own = Options::new(&refresh, "beforeExpirySeconds");
    let seconds = own.whole("beforeExpirySeconds", MAX_BEFORE_EXPIRY_S).unwrap_or(DEFAULT_BEFORE_EXPIRY_S);
    if !refresh.is_object() || own.finish(()).is_err() {
        options.refuse("refresh");
    }
    seconds
}

pub(super) fn algorithm(options: &mut Options<'_>, name: &'static str) -> Option<Algorithm> {
    let named = options.text(name).map(|text| Algorithm::from_name(&text));
    if named == Some(None) {
        options.refuse(name);
    }
    named.flatten()
}

/// Whether to ask for claims is the facade's own matter.
fn userinfo(options: &mut Options<'_>) -> Option<Algorithm> {
    const NAME: &str = "userinfo";
    if options.object().truth(NAME).is_some() { None } else { algorithm(options, NAME) }
}

fn authorization_details(options: &mut Options<'_>) -> Option<Json> {
    const NAME: &str = "authorizationDetails";
    let details = options.object().get(NAME).filter(|_| cfg!(feature = "details"))?;
    let typed = |items: Vec<Json>| !items.is_empty() && items.iter().all(|item| item.text("type").is_some());
    if !details.items().is_some_and(typed) {
        options.refuse(NAME);
    }
    Some(details)
}
