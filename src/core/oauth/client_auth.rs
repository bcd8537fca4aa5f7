//! How a client shows who it is (RFC 6749, section 2.3; OpenID Connect Core 1.0, section 9; RFC 7523, section 2.2): in one
//! way at most, and only to the provider that knows it.

use crate::core::base::base64url::encode_standard;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::form;
use crate::core::base::http::Request;
use crate::core::base::json::{Json, Writer};
use crate::core::base::secret::{ClientAssertion, ClientSecret};
use crate::core::base::text::concat;
use crate::core::base::time::{Now, SECOND_MS};
use crate::core::jose::jws::SigningKey;

/// How long an assertion is good, in seconds. Five minutes is the most that profiles allow.
const ASSERTION_LIFETIME_S: u64 = 60;

/// The method of a provider whose metadata names none (RFC 8414, section 2).
const DEFAULT_METHOD: &str = "client_secret_basic";

const METHODS: &str = "token_endpoint_auth_methods_supported";
const ALGORITHMS: &str = "token_endpoint_auth_signing_alg_values_supported";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Parameters that say who sends a request. Only a [`Credential`] writes them.
const OWN: [&str; 4] = ["client_id", "client_secret", "client_assertion_type", "client_assertion"];

/// How a client authenticates. A secret never signs: a JWT under a shared secret proves nothing that the secret does not.
#[derive(Clone, Debug)]
pub enum ClientAuthentication {
    /// Not at all: it has nothing to keep secret.
    Public,
    /// With its secret in the header `Authorization`.
    Basic {
        /// The secret.
        secret: ClientSecret,
    },
    /// With its secret in the body.
    Post {
        /// The secret.
        secret: ClientSecret,
    },
    /// With a JWT that it signs for each request.
    PrivateKeyJwt {
        /// The key it signs with.
        key: SigningKey,
        /// Whether the JWT says of what kind it is, `client-authentication+jwt`.
        typed: bool,
    },
}

impl ClientAuthentication {
    /// The method of a client that has a secret and does not say how it is to be sent.
    ///
    /// # Errors
    /// `client_authentication_unsupported`, where the provider takes no secret.
    pub fn with_secret(secret: ClientSecret, offered: &Offered) -> Result<Self> {
        if offered.has("client_secret_basic") {
            return Ok(Self::Basic { secret });
        }
        let post = Self::Post { secret };
        post.check_offered(offered)?;
        Ok(post)
    }

    /// The name that metadata and registrations have for it.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Public => "none",
            Self::Basic { .. } => DEFAULT_METHOD,
            Self::Post { .. } => "client_secret_post",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
        }
    }

    /// Holds that the provider takes this method. For clients that do not authenticate few providers say so, and there is
    /// nothing to give away.
    ///
    /// # Errors
    /// `client_authentication_unsupported`, naming the member of the metadata.
    pub fn check_offered(&self, offered: &Offered) -> Result<()> {
        let unsupported = |member| Err(Error::about(Kind::ClientAuthenticationUnsupported, member));
        match self {
            Self::Public => Ok(()),
            _ if !offered.has(self.method()) => unsupported(METHODS),
            Self::PrivateKeyJwt { key, .. } if !offered.takes(key) => unsupported(ALGORITHMS),
            _ => Ok(()),
        }
    }
}

/// What the provider takes at its token endpoint, and wherever else a client authenticates.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    methods: Option<Vec<String>>,
    algorithms: Option<Vec<String>>,
}

impl Offered {
    /// Reads a metadata document (RFC 8414, section 2).
    ///
    /// # Errors
    /// `metadata_invalid`, naming the member.
    pub fn read(document: &Json) -> Result<Self> {
        let list = |member: &'static str| match document.get(member) {
            None => Ok(None),
            Some(list) => {
                let names = list.items().and_then(|items| items.iter().map(Json::as_str).collect());
                names.map(Some).ok_or_else(|| Error::about(Kind::MetadataInvalid, member))
            }
        };
        Ok(Self { methods: list(METHODS)?, algorithms: list(ALGORITHMS)? })
    }

    fn has(&self, method: &str) -> bool {
        match &self.methods {
            Some(methods) => methods.iter().any(|one| one == method),
            None => method == DEFAULT_METHOD,
        }
    }

    fn takes(&self, key: &SigningKey) -> bool {
        self.algorithms.as_ref().is_none_or(|names| names.iter().any(|name| name == key.algorithm.name()))
    }
}

/// A client as one provider knows it.
#[derive(Clone, Debug)]
pub struct Client {
    /// The provider, exactly. Nobody else gets to see the secret or an assertion (RFC 9700, section 4.4).
    pub issuer: String,
    /// The client identifier.
    pub client_id: String,
    /// How it authenticates there.
    pub authentication: ClientAuthentication,
}

impl Client {
    /// Whether it has something to authenticate with.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        !matches!(self.authentication, ClientAuthentication::Public)
    }

    /// What has to be signed before a request can be sent, and the key for it; `None` where nothing has to. `id` is what no
    /// other assertion has. The provider alone is the audience, so that nobody else can use what it was given (RFC 7523,
    /// section 3, as its security update has it).
    #[must_use]
    pub fn build_assertion(&self, id: &str, now: Now) -> Option<(&SigningKey, String)> {
        let ClientAuthentication::PrivateKeyJwt { key, typed } = &self.authentication else {
            return None;
        };
        let now_s = now.wall_ms / SECOND_MS;
        let claims = Writer::default()
            .text("iss", &self.client_id)
            .text("sub", &self.client_id)
            .text("aud", &self.issuer)
            .text("jti", id)
            .whole("iat", now_s)
            .whole("exp", now_s.saturating_add(ASSERTION_LIFETIME_S));
        Some((key, key.signing_input(typed.then_some("client-authentication+jwt"), claims)))
    }

    /// What one request to this issuer shows. A request that is sent again needs another assertion.
    ///
    /// # Errors
    /// `metadata_issuer_mismatch` where the client is not known there, `internal` where the assertion it needs is missing.
    pub fn credential(&self, issuer: &str, assertion: Option<ClientAssertion>) -> Result<Credential<'_>> {
        if issuer != self.issuer {
            return Err(Error::new(Kind::MetadataIssuerMismatch));
        }
        let shown = match (&self.authentication, assertion) {
            (ClientAuthentication::Public, _) => Shown::Nothing,
            (ClientAuthentication::Basic { secret }, _) => Shown::Header(secret),
            (ClientAuthentication::Post { secret }, _) => Shown::Secret(secret),
            (ClientAuthentication::PrivateKeyJwt { .. }, Some(assertion)) => Shown::Assertion(assertion),
            (ClientAuthentication::PrivateKeyJwt { .. }, None) => return Err(Error::new(Kind::Internal)),
        };
        Ok(Credential { client_id: &self.client_id, shown, is_json: false })
    }
}

/// What one request shows of who sends it: a request takes it.
#[derive(Debug)]
pub struct Credential<'a> {
    client_id: &'a str,
    shown: Shown<'a>,
    is_json: bool,
}

#[derive(Debug)]
enum Shown<'a> {
    Nothing,
    Header(&'a ClientSecret),
    Secret(&'a ClientSecret),
    Assertion(ClientAssertion),
}

impl Credential<'_> {
    /// Whether it proves anything.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        !matches!(self.shown, Shown::Nothing)
    }

    /// The same for a server that reads a JSON object in the place of a form.
    #[must_use]
    pub const fn as_json(mut self) -> Self {
        self.is_json = true;
        self
    }

    /// A POST of these parameters. What they say of who sends them is left out, but for a `client_id` that belongs to what
    /// is asked for: that one is ours.
    #[must_use]
    pub fn post(self, endpoint: &str, parameters: &[(&str, &str)]) -> Request {
        let Self { client_id, shown, is_json } = self;
        let named = parameters.iter().any(|(name, _)| *name == "client_id");
        let mut all: Vec<_> = parameters.iter().copied().filter(|(name, _)| !OWN.contains(name)).collect();
        if named || !matches!(shown, Shown::Header(_)) {
            all.push(("client_id", client_id));
        }
        match &shown {
            Shown::Secret(secret) => all.push(("client_secret", secret.secret())),
            Shown::Assertion(assertion) => {
                all.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.secret())]);
            }
            Shown::Nothing | Shown::Header(_) => {}
        }
        let request = if is_json {
            let object = all.iter().fold(Writer::default(), |object, (name, value)| object.text(name, value));
            Request::post_json(endpoint, object.finish())
        } else {
            Request::post(endpoint, &all)
        };
        match shown {
            Shown::Header(secret) => request.with_header("authorization", basic(client_id, secret)),
            _ => request,
        }
    }
}

/// Both are written as in a form first, so that a colon in the one cannot reach into the other (RFC 6749, section 2.3.1).
fn basic(client_id: &str, secret: &ClientSecret) -> String {
    let pair = concat(&[&form::encode(client_id), ":", &form::encode(secret.secret())]);
    concat(&["Basic ", &encode_standard(pair.as_bytes())])
}
