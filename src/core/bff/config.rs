//! The options of `createBff`.

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::json::Json;
use crate::core::base::text::concat;
use crate::core::base::time::SECOND_MS;
use crate::core::base::url::Url;
use crate::core::bff::places::Places;
use crate::core::bff::route::is_endpoint;
use crate::core::bff::session::Terms;
use crate::core::config::{Apis, Config, algorithm, before_expiry, issuer, read_resource, read_scope};
use crate::core::jose::jws::Algorithm;
use crate::core::machine::config::{Proof, proof};
use crate::core::oauth::authorize::check_return_to;
use crate::core::oauth::client_auth::{Client, Offered};
use crate::core::options::Options;

/// The options, checked.
#[derive(Clone, Debug)]
pub struct BffConfig {
    /// What this client has in common with one in a page.
    pub client: Config,
    /// What it shows who it is with: it is always confidential.
    pub proof: Proof,
    /// The public origin of the app, as a browser writes it.
    pub origin: String,
    /// Where the endpoints are, and what may be called through the proxy.
    pub places: Places,
    /// How long sessions live, and where.
    pub terms: Terms,
    /// Where a sign-in or sign-out ends that does not say.
    pub return_to: String,
}

const NAMES: &str = "issuer clientId clientSecret privateKey auth scope audience resource origin basePath apis hasStore \
    sessionIn session refresh replayWindowSeconds returnTo clockToleranceSeconds idTokenSignedResponseAlg par";

const DEFAULT_IDLE_S: u64 = 8 * 60 * 60;
const DEFAULT_ABSOLUTE_S: u64 = 7 * 24 * 60 * 60;

/// The longest that a browser keeps a cookie, in seconds (RFC 6265bis, section 5.5).
const MAX_SESSION_S: u64 = 400 * 24 * 60 * 60;

const DEFAULT_REPLAY_WINDOW_S: u64 = 30;
const MAX_CLOCK_TOLERANCE_S: u64 = 300;
const DEFAULT_CLOCK_TOLERANCE_S: u64 = 60;

impl BffConfig {
    /// Reads the options. Of a private key they have what can be said of it, `{ alg, kid }`; of a store that there is one,
    /// `hasStore`.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`, naming the option.
    pub fn read(object: &Json) -> Result<Self> {
        let mut options = Options::new(object, NAMES);
        let origin = origin(&mut options);
        let places = Places::read(&mut options);
        let at = |endpoint: &str| concat(&[&origin, places.base(), endpoint]);
        let client = Config {
            issuer: issuer(&mut options),
            client_id: options.required_text("clientId"),
            redirect_uri: at("/callback"),
            post_logout_redirect_uri: at("/logged-out"),
            scope: read_scope(&mut options),
            audience: options.text("audience"),
            resource: read_resource(&mut options),
            apis: Apis::default(),
            silent: false,
            before_expiry_s: before_expiry(&mut options),
            id_token_algorithm: algorithm(&mut options, "idTokenSignedResponseAlg").unwrap_or(Algorithm::Rs256),
            userinfo_algorithm: None,
            par: options.truth_or_auto("par", None),
            dpop: Some(false),
            authorization_details: None,
            clock_tolerance_s: options
                .whole("clockToleranceSeconds", MAX_CLOCK_TOLERANCE_S)
                .unwrap_or(DEFAULT_CLOCK_TOLERANCE_S),
        };
        let config = Self {
            proof: proof(&mut options, false, false),
            terms: terms(&mut options, client.before_expiry_s),
            return_to: return_to(&mut options, &origin, &places),
            client,
            origin,
            places,
        };
        options.finish(config)
    }

    /// The client as its provider knows it, which takes this.
    ///
    /// # Errors
    /// `client_authentication_unsupported`.
    pub fn at_provider(&self, offered: &Offered) -> Result<Client> {
        let authentication = self.proof.authentication(offered)?;
        authentication.check_offered(offered)?;
        Ok(Client { issuer: self.client.issuer.clone(), client_id: self.client.client_id.clone(), authentication })
    }

    /// Where to be after a sign-in or sign-out: a path of the app, and none of the endpoints here, which would send the browser
    /// round in circles.
    ///
    /// # Errors
    /// `invalid_option`, naming `returnTo`.
    pub fn check_return_to(&self, given: Option<&str>) -> Result<String> {
        match given {
            Some(given) => checked_return_to(given, &self.origin, &self.places),
            None => Ok(self.return_to.clone()),
        }
    }
}

fn checked_return_to(given: &str, origin: &str, places: &Places) -> Result<String> {
    let path = check_return_to(given, &concat(&[origin, "/"]))?;
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let (plain, _) = path.split_at_checked(end).unwrap_or((&path, ""));
    if is_endpoint(plain, places) { Err(Error::about(Kind::InvalidOption, "returnTo")) } else { Ok(path) }
}

fn return_to(options: &mut Options<'_>, origin: &str, places: &Places) -> String {
    let given = options.text("returnTo").unwrap_or_else(|| "/".to_owned());
    checked_return_to(&given, origin, places).unwrap_or_else(|_| {
        options.refuse("returnTo");
        given
    })
}

/// An origin is nothing but that, as a browser writes it: what is compared with `Origin` later, and what cookies belong to.
fn origin(options: &mut Options<'_>) -> String {
    const NAME: &str = "origin";
    let text = options.required_text(NAME);
    match Url::parse(&text) {
        Some(url) if url.origin() != text => options.refuse(NAME),
        Some(url) if !url.is_secure() => options.fail(Kind::EndpointInsecure, NAME),
        Some(_) => {}
        None => options.refuse(NAME),
    }
    text
}

fn terms(options: &mut Options<'_>, before_expiry_s: u64) -> Terms {
    let in_store = options.truth("hasStore").unwrap_or(false);
    let named = options.one_of("sessionIn", &["cookie", "store"]);
    let session = options.object().get("session");
    let (idle_s, absolute_s) =
        session.as_ref().map_or(Some((DEFAULT_IDLE_S, DEFAULT_ABSOLUTE_S)), lifetimes).unwrap_or_else(|| {
            options.refuse("session");
            (1, 1)
        });
    let window_s = options.whole("replayWindowSeconds", MAX_SESSION_S).unwrap_or(DEFAULT_REPLAY_WINDOW_S);
    Terms {
        before_expiry_s,
        idle_ms: idle_s.saturating_mul(SECOND_MS),
        absolute_ms: absolute_s.saturating_mul(SECOND_MS),
        replay_window_ms: window_s.saturating_mul(SECOND_MS),
        is_in_store: named.map_or(in_store, |named| named == "store"),
    }
}

fn lifetimes(session: &Json) -> Option<(u64, u64)> {
    let mut own = Options::new(session, "idleSeconds absoluteSeconds");
    let absolute_s = own.whole("absoluteSeconds", MAX_SESSION_S).unwrap_or(DEFAULT_ABSOLUTE_S);
    let idle_s = own.whole("idleSeconds", MAX_SESSION_S).unwrap_or_else(|| DEFAULT_IDLE_S.min(absolute_s));
    let fits = session.is_object() && idle_s > 0 && idle_s <= absolute_s;
    own.finish(()).ok().filter(|()| fits).map(|()| (idle_s, absolute_s))
}
