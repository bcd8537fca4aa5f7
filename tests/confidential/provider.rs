//! The provider that all tests share, and its clients.

use super::crypto::{PrivateKey, now, random, verify};
use super::wire::send;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::LazyLock;
use tokenward::core::base::json::Json;
use tokenward::core::base::secret::{ClientAssertion, ClientSecret};
use tokenward::core::jose::jwks::{Jwks, build_jwks_request, check_jwks_response};
use tokenward::core::jose::jws::{Algorithm, SigningKey};
use tokenward::core::jose::jwt::{Addressed, UntrustedJwt};
use tokenward::core::oauth::client_auth::{Client, ClientAuthentication, Credential};
use tokenward::core::oauth::discovery::{
    EdgeMetadata, Metadata, build_discovery_request, check_edge_discovery_response,
};

/// The process, which ends when its standard input does: when this one ends, however that happens.
struct Running {
    line: String,
    _child: Child,
}

static RUNNING: LazyLock<Result<Running, String>> = LazyLock::new(|| {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/confidential/provider.mjs");
    let mut child = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("node cannot be started ({error}): install Node.js 20 or newer"))?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).map_err(|error| error.to_string())?;
    if line.is_empty() {
        return Err("the provider ended before it listened: run node tests/confidential/provider.mjs".to_owned());
    }
    Ok(Running { line, _child: child })
});

/// The provider as its clients know it.
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) metadata: Rc<Metadata>,
    pub(super) edge: EdgeMetadata,
    pub(super) keys: Jwks,
    pub(super) key: PrivateKey,
    secret: String,
}

impl Provider {
    /// The provider, started where no test has started it yet.
    pub(super) fn start() -> Self {
        let running = RUNNING.as_ref().unwrap_or_else(|why| panic!("{why}"));
        let told = Json::parse(&running.line).unwrap();
        if let Some(missing) = told.text("missing") {
            panic!("{missing}");
        }
        let issuer = told.text("issuer").unwrap();
        let edge = check_edge_discovery_response(&send(&build_discovery_request(&issuer)), &issuer).unwrap();
        let keys = check_jwks_response(&send(&build_jwks_request(&edge.metadata.jwks_uri))).unwrap();
        Self {
            metadata: Rc::new(edge.metadata.clone()),
            edge,
            keys,
            key: PrivateKey::read(&told.get("clientKey").unwrap()),
            secret: told.text("clientSecret").unwrap(),
            issuer,
        }
    }

    pub(super) fn secret(&self) -> ClientSecret {
        ClientSecret::new(self.secret.clone())
    }

    /// A client that authenticates so, which the provider offers.
    pub(super) fn client(&self, client_id: &str, authentication: ClientAuthentication) -> Client {
        authentication.check_offered(&self.edge.offered).unwrap();
        Client { issuer: self.issuer.clone(), client_id: client_id.to_owned(), authentication }
    }

    pub(super) fn basic(&self, client_id: &str) -> Client {
        self.client(client_id, ClientAuthentication::Basic { secret: self.secret() })
    }

    pub(super) fn signing(&self, client_id: &str, typed: bool) -> Client {
        self.client(client_id, ClientAuthentication::PrivateKeyJwt { key: signing_key(), typed })
    }

    /// A new assertion, where the client needs one.
    pub(super) fn assertion(&self, client: &Client) -> Option<ClientAssertion> {
        let (key, signing_input) = client.build_assertion(&random(), now())?;
        assert_eq!(key, &signing_key());
        Some(ClientAssertion::new(self.key.sign(&signing_input)))
    }

    /// What one request of this client shows.
    pub(super) fn credential<'a>(&self, client: &'a Client) -> Credential<'a> {
        client.credential(&self.issuer, self.assertion(client)).unwrap()
    }

    /// Whether a JWT is signed by this provider.
    pub(super) fn signed(&self, jwt: &UntrustedJwt) -> bool {
        let key = jwt.key(&self.keys).expect("a key that fits");
        verify(jwt.algorithm(), key, jwt.signing_input(), jwt.signature())
    }

    /// What a JWT of this provider for this client is held to.
    pub(super) fn addressed<'a>(&'a self, client: &'a Client) -> Addressed<'a> {
        Addressed { issuer: &self.issuer, client_id: &client.client_id, tolerance_s: 5 }
    }
}

/// The key that all clients share that have one.
pub(super) fn signing_key() -> SigningKey {
    SigningKey { name: "client-key".to_owned(), algorithm: Algorithm::Es256, key_id: Some("client-key".to_owned()) }
}
