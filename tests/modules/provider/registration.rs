//! What the client registered, and how its provider is set up for it.

use super::Provider;

/// Whether tokens are bound to a key of the client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    None,
    Key,
    /// And each proof has to have the last nonce in it.
    KeyAndNonce,
}

/// How the client says who it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// By name: it is a page, and has no secret.
    None,
    /// With this secret, in a header (RFC 6749, section 2.3.1).
    Basic(&'static str),
    /// With a JWT that it signs (RFC 7523, section 2.2).
    PrivateKeyJwt,
}

/// How the browser brings back the answer to an authorization request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Query,
    FormPost,
    /// As a form, with an ID token beside the code.
    Hybrid,
    /// As a signed token in the query.
    Jwt,
}

/// What the client registered, and how its provider is set up.
pub(crate) struct Registration {
    pub authentication: Authentication,
    pub mode: Mode,
    /// The authorization request comes in a signed object.
    pub must_sign_requests: bool,
    pub id_token_algorithm: &'static str,
    pub userinfo_algorithm: Option<&'static str>,
    pub must_push: bool,
    pub binding: Binding,
}

impl Authentication {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic(_) => "client_secret_basic",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

impl Mode {
    pub(super) const fn response_type(self) -> &'static str {
        if matches!(self, Self::Hybrid) { "code id_token" } else { "code" }
    }

    /// The `response_mode` to ask with; where it need not be asked for, it is not.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Query => None,
            Self::FormPost | Self::Hybrid => Some("form_post"),
            Self::Jwt => Some("query.jwt"),
        }
    }
}

/// A page: it names itself, and the rest is as simple as can be.
impl Default for Registration {
    fn default() -> Self {
        Self {
            authentication: Authentication::None,
            mode: Mode::Query,
            must_sign_requests: false,
            id_token_algorithm: "RS256",
            userinfo_algorithm: None,
            must_push: false,
            binding: Binding::None,
        }
    }
}

impl Provider {
    /// The same, for a client that registered this algorithm for its ID tokens.
    pub(crate) fn signing(mut self, algorithm: &'static str) -> Self {
        self.registration.id_token_algorithm = algorithm;
        self
    }

    /// The same, where every request is pushed, and tokens are bound to a key and, so it is told, to nonces.
    pub(crate) fn binding(mut self, binding: Binding) -> Self {
        self.registration.must_push = true;
        self.registration.binding = binding;
        self
    }

    /// The same, for a client that signs its requests, and gets signed answers.
    pub(crate) fn signing_messages(mut self) -> Self {
        self.registration.must_sign_requests = true;
        self.answering(Mode::Jwt)
    }

    /// The same, for a client that authenticates so.
    pub(crate) fn authenticating(mut self, authentication: Authentication) -> Self {
        self.registration.authentication = authentication;
        self
    }

    /// The same, where the browser brings back the answer so.
    pub(crate) fn answering(mut self, mode: Mode) -> Self {
        self.registration.mode = mode;
        self
    }
}
