//! The options of `clientCredentials`.

use crate::core::base::error::Result;
use crate::core::base::json::Json;
use crate::core::base::secret::ClientSecret;
use crate::core::base::url::{Url, has_fragment};
use crate::core::config::{Apis, before_expiry, checked, issuer, read_resource};
use crate::core::jose::jws::{Algorithm, SigningKey};
use crate::core::oauth::client_auth::{Client, ClientAuthentication, Offered};
use crate::core::oauth::client_credentials::ClientCredentials;
use crate::core::options::Options;

/// What the client shows who it is with.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A secret, in the header or in the body; `None` for what the provider takes.
    Secret(ClientSecret, Option<bool>),
    /// A private key, which the ports keep.
    Key(SigningKey),
}

impl Proof {
    /// How a provider that takes this is shown it.
    ///
    /// # Errors
    /// `client_authentication_unsupported`.
    pub fn authentication(&self, offered: &Offered) -> Result<ClientAuthentication> {
        Ok(match self.clone() {
            Self::Secret(secret, Some(true)) => ClientAuthentication::Post { secret },
            Self::Secret(secret, Some(false)) => ClientAuthentication::Basic { secret },
            Self::Secret(secret, None) => ClientAuthentication::with_secret(secret, offered)?,
            Self::Key(key) => ClientAuthentication::PrivateKeyJwt { key, typed: false },
        })
    }
}

/// The options, checked.
#[derive(Clone, Debug)]
pub struct MachineConfig {
    /// Where tokens are given; `None` to ask the issuer.
    pub token_endpoint: Option<String>,
    /// Who gives them: the issuer, or its token endpoint where only that is known.
    pub issuer: String,
    /// The client identifier.
    pub client_id: String,
    /// What it shows who it is with.
    pub proof: Proof,
    /// Whether the token endpoint reads JSON in the place of a form.
    pub is_json: bool,
    /// What a token is to be good for.
    pub wanted: ClientCredentials,
    /// Whether a refresh token that came along is used.
    pub uses_refresh_token: bool,
    /// Who may receive the token.
    pub apis: Apis,
    /// Seconds before expiry at which to renew, before the cap at half the lifetime.
    pub before_expiry_s: u64,
}

const NAMES: &str = "tokenUrl issuer clientId clientSecret privateKey auth body audience scope resource apis refresh \
    useRefreshToken";

impl MachineConfig {
    /// Reads the options. Of a private key they have what can be said of it: `{ alg, kid }`.
    ///
    /// # Errors
    /// `invalid_option` or `endpoint_insecure`, naming the option.
    pub fn read(object: &Json) -> Result<Self> {
        let mut options = Options::new(object, NAMES);
        let token_endpoint = token_url(&mut options);
        let issuer = match &token_endpoint {
            Some(url) if !object.has("issuer") => url.clone(),
            _ => issuer(&mut options),
        };
        let is_json = options.one_of("body", &["form", "json"]).is_some_and(|body| body == "json");
        let resource = read_resource(&mut options);
        if is_json && resource.len() > 1 {
            options.refuse("resource");
        }
        let default = Url::parse(token_endpoint.as_ref().unwrap_or(&issuer));
        let config = Self {
            proof: proof(&mut options, is_json, token_endpoint.is_some()),
            token_endpoint,
            issuer,
            client_id: options.required_text("clientId"),
            is_json,
            wanted: ClientCredentials { scope: options.text("scope"), audience: options.text("audience"), resource },
            uses_refresh_token: options.truth("useRefreshToken").unwrap_or(false),
            // Whoever gave the token knows it anyway.
            apis: default.map_or_else(Apis::default, |url| Apis::read(&mut options, &url)),
            before_expiry_s: before_expiry(&mut options),
        };
        options.finish(config)
    }

    /// The client as its provider knows it, which takes this.
    ///
    /// # Errors
    /// `client_authentication_unsupported`.
    pub fn client(&self, offered: &Offered) -> Result<Client> {
        let authentication = self.proof.authentication(offered)?;
        if self.token_endpoint.is_none() {
            authentication.check_offered(offered)?;
        }
        Ok(Client { issuer: self.issuer.clone(), client_id: self.client_id.clone(), authentication })
    }
}

fn token_url(options: &mut Options<'_>) -> Option<String> {
    const NAME: &str = "tokenUrl";
    if !options.object().has(NAME) && options.object().has("issuer") {
        return None;
    }
    let text = options.required_text(NAME);
    checked(options, NAME, &text);
    if has_fragment(&text) {
        options.refuse(NAME);
    }
    Some(text)
}

/// Without a word on it a secret is where the metadata wants it; without metadata in the header, as every server must take it
/// there (RFC 6749, section 2.3.1), or in the JSON body.
pub(in crate::core) fn proof(options: &mut Options<'_>, is_json: bool, is_without_metadata: bool) -> Proof {
    const KEY: &str = "privateKey";
    let auth = options.one_of("auth", &["basic", "post", "private_key_jwt"]);
    let signs = auth.as_deref().is_some_and(|auth| auth == "private_key_jwt");
    let key = options.object().get(KEY);
    if let Some(key) = key.as_ref().filter(|_| !options.object().has("clientSecret")) {
        let algorithm = key.text("alg").and_then(|name| Algorithm::from_name(&name));
        if algorithm.is_none() {
            options.refuse(KEY);
        }
        if auth.is_some() && !signs {
            options.refuse("auth");
        }
        return Proof::Key(SigningKey {
            name: KEY.to_owned(),
            algorithm: algorithm.unwrap_or(Algorithm::Es256),
            key_id: key.text("kid"),
        });
    }
    if key.is_some() || signs {
        options.refuse(KEY);
    }
    let in_body = match auth.as_deref() {
        Some(auth) => Some(auth == "post"),
        None if is_json => Some(true),
        None => is_without_metadata.then_some(false),
    };
    Proof::Secret(ClientSecret::new(options.required_text("clientSecret")), in_body)
}

/// Reads who may be sent an API key: nobody gave it out who could be the default.
///
/// # Errors
/// `invalid_option`, naming `apis`.
pub fn read_key_apis(object: &Json) -> Result<Apis> {
    let mut options = Options::new(object, "apis");
    let apis = Apis::listed(&mut options);
    if apis.is_empty() {
        options.refuse("apis");
    }
    options.finish(apis)
}
