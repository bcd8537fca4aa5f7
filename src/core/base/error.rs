//! Every way to fail, in one table: variant, code, class, whether it may pass, message, mend.
//!
//! The table is the only place that knows codes and texts; the JavaScript side copies what it is given. No text holds a
//! token, code, verifier or claim: the only variable parts are [`Fault::detail`], which names an option, member or
//! parameter, and [`OAuthError`], which is the provider's own words.

use crate::core::base::text::concat;

/// Which kind of thing went wrong; the `name` of the JavaScript error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The options or the page's surroundings are wrong.
    Config,
    /// The call does not fit the state.
    Usage,
    /// The provider, or who pretends to be it, broke a rule.
    Protocol,
    /// The provider answered with an OAuth error.
    OAuth,
    /// No usable answer came.
    Network,
    /// The browser's storage failed.
    Storage,
    /// A fault of this library.
    Internal,
}

impl Class {
    /// The `name` of the JavaScript error.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Config => "ConfigError",
            Self::Usage => "UsageError",
            Self::Protocol => "ProtocolError",
            Self::OAuth => "OAuthError",
            Self::Network => "NetworkError",
            Self::Storage => "StorageError",
            Self::Internal => "InternalError",
        }
    }
}

/// During which step it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading the options.
    Config,
    /// Reading the provider's metadata.
    Discovery,
    /// Building the authorization request.
    Authorize,
    /// Checking the authorization response.
    Callback,
    /// Exchanging the code.
    Token,
    /// Checking the ID token.
    IdToken,
    /// Asking the UserInfo endpoint.
    Userinfo,
    /// Refreshing.
    Refresh,
    /// Calling an API.
    Fetch,
    /// Signing out.
    SignOut,
    /// Reading or writing the store.
    Storage,
    /// Checking a token at the edge.
    Verify,
}

impl Phase {
    /// The `phase` of the JavaScript error.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Discovery => "discovery",
            Self::Authorize => "authorize",
            Self::Callback => "callback",
            Self::Token => "token",
            Self::IdToken => "id_token",
            Self::Userinfo => "userinfo",
            Self::Refresh => "refresh",
            Self::Fetch => "fetch",
            Self::SignOut => "sign_out",
            Self::Storage => "storage",
            Self::Verify => "verify",
        }
    }
}

/// What one row of the table says.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The stable name; the `code` of the JavaScript error.
    pub code: &'static str,
    /// The kind of failure.
    pub class: Class,
    /// The step it belongs to unless the caller says otherwise.
    pub phase: Phase,
    /// The same call may succeed later without anybody changing anything.
    pub retryable: bool,
    /// What happened. [`Error::message`] appends the detail.
    pub message: &'static str,
    /// What to do about it; empty where nothing certain can be said.
    pub suggestion: &'static str,
}

/// Whether this build can fail in the ways of the edge. One that cannot does not ship their rows.
const IS_EDGE: bool = cfg!(any(feature = "edge", not(target_arch = "wasm32")));

/// The same of an app's own login.
const IS_LOGIN: bool = cfg!(any(feature = "login", not(target_arch = "wasm32")));

macro_rules! table {
    (@again) => { false };
    (@again retryable) => { true };
    (
        $($kind:ident $code:literal $class:ident $phase:ident $retryable:literal $message:literal $suggestion:literal)*
        ; edge: $($own:ident $own_code:literal $own_class:ident $own_phase:ident $($own_again:ident)? $own_message:literal $own_suggestion:literal)*
        ; login: $($of_login:ident $login_code:literal $login_class:ident $login_phase:ident $login_message:literal $login_suggestion:literal)*
    ) => {
        /// Every failure the core can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[doc = $message] $kind,)*
            $(#[doc = $own_message] $own,)*
            $(#[doc = $login_message] $of_login,)*
        }

        impl Kind {
            /// Every kind that this build has, in the order of the table.
            pub const ALL: &'static [Self] = match (IS_EDGE, IS_LOGIN) {
                (false, false) => &[$(Self::$kind,)*],
                (true, false) => &[$(Self::$kind,)* $(Self::$own,)*],
                (false, true) => &[$(Self::$kind,)* $(Self::$of_login,)*],
                (true, true) => &[$(Self::$kind,)* $(Self::$own,)* $(Self::$of_login,)*],
            };

            /// The row of this kind.
            #[must_use]
            pub const fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$kind => &Entry {
                        code: $code,
                        class: Class::$class,
                        phase: Phase::$phase,
                        retryable: $retryable,
                        message: $message,
                        suggestion: $suggestion,
                    },)*
                    $(Self::$own => if IS_EDGE {
                        &Entry {
                            code: $own_code,
                            class: Class::$own_class,
                            phase: Phase::$own_phase,
                            retryable: table!(@again $($own_again)?),
                            message: $own_message,
                            suggestion: $own_suggestion,
                        }
                    } else {
                        Self::Internal.entry()
                    },)*
                    $(Self::$of_login => if IS_LOGIN {
                        &Entry {
                            code: $login_code,
                            class: Class::$login_class,
                            phase: Phase::$login_phase,
                            retryable: false,
                            message: $login_message,
                            suggestion: $login_suggestion,
                        }
                    } else {
                        Self::Internal.entry()
                    },)*
                }
            }
        }
    };
}

table! {
    InvalidOption "invalid_option" Config Config false
        "An option is missing, unknown or out of bounds" "See the types for the names and bounds."
    EndpointInsecure "endpoint_insecure" Config Discovery false
        "A URL is not https" "Serve it over https; http is accepted on a loopback host only."
    NotInBrowser "not_in_browser" Usage Authorize false
        "Signing in and out needs a page" "Call it in the browser, not while rendering on a server."
    PopupBlocked "popup_blocked" Usage Authorize false
        "The browser opened no window" "Call signIn() directly in the handler of a click."
    PopupClosed "popup_closed" Usage Authorize false
        "The window was closed before the sign-in was done" ""
    NotSignedIn "not_signed_in" Usage Fetch false
        "Nobody is signed in" "Call signIn() first, or use the global fetch for what is public."
    Disposed "disposed" Usage Fetch false
        "This Auth was disposed" "Create a new one with createAuth()."
    MetadataIssuerMismatch "metadata_issuer_mismatch" Protocol Discovery false
        "The provider's metadata names another issuer" "Write the issuer option exactly as the metadata does, trailing slash included."
    MetadataInvalid "metadata_invalid" Protocol Discovery false
        "The provider's metadata cannot be used" "Check that the issuer option points at an OpenID provider."
    PkceUnsupported "pkce_unsupported" Protocol Discovery false
        "The provider does not offer PKCE with S256" "Enable S256 for this client at the provider."
    ParUnsupported "par_unsupported" Protocol Discovery false
        "The provider takes no pushed authorization requests" "Leave the option par at \"auto\"."
    DpopUnsupported "dpop_unsupported" Protocol Discovery false
        "The provider does not offer DPoP with ES256" "Leave the option dpop out, or set it to \"auto\"."
    ParResponseInvalid "par_response_invalid" Protocol Authorize false
        "The answer to the pushed authorization request breaks a rule" ""
    CallbackStateMissing "callback_state_missing" Protocol Callback false
        "The sign-in answer carries no state" "Start the sign-in again."
    CallbackStateUnknown "callback_state_unknown" Protocol Callback false
        "The sign-in answer belongs to no open sign-in of this tab" "Start the sign-in again in this tab."
    CallbackExpired "callback_expired" Protocol Callback false
        "The sign-in took too long" "Start the sign-in again."
    CallbackParameterDuplicate "callback_parameter_duplicate" Protocol Callback false
        "The sign-in answer repeats a parameter" ""
    CallbackMalformed "callback_malformed" Protocol Callback false
        "The sign-in answer is neither a code nor an error" ""
    CallbackIssMissing "callback_iss_missing" Protocol Callback false
        "The sign-in answer does not name its issuer although the provider promises to" ""
    CallbackIssMismatch "callback_iss_mismatch" Protocol Callback false
        "The sign-in answer comes from another issuer" ""
    AccessDenied "access_denied" OAuth Callback false
        "The user or the provider denied access" ""
    LoginRequired "login_required" OAuth Callback false
        "The provider wants the user to sign in" "Call signIn() without prompt: \"none\"."
    ConsentRequired "consent_required" OAuth Callback false
        "The provider wants the user's consent" "Call signIn() without prompt: \"none\"."
    AccountSelectionRequired "account_selection_required" OAuth Callback false
        "The provider wants the user to choose an account" "Call signIn() without prompt: \"none\"."
    InteractionRequired "interaction_required" OAuth Callback false
        "Only the user can go on" "Offer a sign-in."
    InvalidGrant "invalid_grant" OAuth Token false
        "The provider refused the code or the refresh token" "Sign in again."
    InvalidTarget "invalid_target" OAuth Token false
        "The provider gives this client no token for the resource" "Check the option resource."
    InvalidAuthorizationDetails "invalid_authorization_details" OAuth Token false
        "The provider does not take these authorization details" "Check the option authorizationDetails."
    InvalidDpopProof "invalid_dpop_proof" OAuth Token false
        "The provider refused the proof of possession" "Check this device's clock."
    InsufficientScope "insufficient_scope" OAuth Fetch false
        "The API asks for more scope than the token has" "Pass the event's signIn to signIn()."
    InsufficientUserAuthentication "insufficient_user_authentication" OAuth Fetch false
        "The API asks for a stronger or more recent sign-in" "Pass the event's signIn to signIn()."
    OauthError "oauth_error" OAuth Token false
        "The provider answered with an error" ""
    TokenResponseInvalid "token_response_invalid" Protocol Token false
        "The token response breaks a rule" ""
    TokenTypeUnsupported "token_type_unsupported" Protocol Token false
        "The token is of a type that was not asked for" ""
    TokenRedirectRefused "token_redirect_refused" Protocol Token false
        "The provider answered with a redirect, which is never followed" "Use the issuer's final URL."
    DpopNonceUnreadable "dpop_nonce_unreadable" Config Token false
        "The server asks for a DPoP nonce that this page may not read"
        "Have it list DPoP-Nonce and WWW-Authenticate in Access-Control-Expose-Headers."
    DpopKeyLost "dpop_key_lost" Storage Token false
        "The key that the tokens are bound to is gone" "Sign in again."
    IdTokenMissing "id_token_missing" Protocol IdToken false
        "The token response has no ID token" "Check that the provider knows the scope openid."
    IdTokenMalformed "id_token_malformed" Protocol IdToken false
        "The ID token is not a signed token in compact form" ""
    IdTokenAlgorithmUnexpected "id_token_algorithm_unexpected" Protocol IdToken false
        "The ID token is signed with another algorithm than registered"
        "Set idTokenSignedResponseAlg to what is registered for this client."
    IdTokenKeyUnknown "id_token_key_unknown" Protocol IdToken false
        "No key of the provider fits the ID token" ""
    IdTokenSignatureInvalid "id_token_signature_invalid" Protocol IdToken false
        "The ID token's signature is wrong" ""
    IdTokenIssuerMismatch "id_token_issuer_mismatch" Protocol IdToken false
        "The ID token is from another issuer" ""
    IdTokenAudienceMismatch "id_token_audience_mismatch" Protocol IdToken false
        "The ID token is for another client" ""
    IdTokenExpired "id_token_expired" Protocol IdToken false
        "The ID token has expired" "Check this device's clock."
    IdTokenTimeInvalid "id_token_time_invalid" Protocol IdToken false
        "A time in the ID token is missing or wrong" "Check this device's clock."
    IdTokenNonceMismatch "id_token_nonce_mismatch" Protocol IdToken false
        "The ID token was not made for this sign-in" ""
    IdTokenSubjectInvalid "id_token_subject_invalid" Protocol IdToken false
        "The ID token names no valid user" ""
    IdTokenSubjectChanged "id_token_subject_changed" Protocol IdToken false
        "The ID token names another user than before" ""
    IdTokenHashMismatch "id_token_hash_mismatch" Protocol IdToken false
        "The ID token does not belong to what came with it" ""
    IdTokenAcrUnmet "id_token_acr_unmet" Protocol IdToken false
        "The user was not authenticated in a way that was asked for"
        "Set acrEssential: false to accept what the provider can do."
    JwksInvalid "jwks_invalid" Protocol IdToken false
        "The provider's key set cannot be used" ""
    UserinfoInvalid "userinfo_invalid" Protocol Userinfo false
        "The UserInfo answer breaks a rule" ""
    UserinfoSubjectMismatch "userinfo_subject_mismatch" Protocol Userinfo false
        "The UserInfo answer is about another user" ""
    NetworkFailed "network_failed" Network Fetch true
        "The request got no answer" "Check the connection, and that the provider allows this origin (CORS)."
    TimedOut "timed_out" Network Fetch true
        "The request got no answer in time" ""
    ServerError "server_error" Network Fetch true
        "The provider had a fault" ""
    RateLimited "rate_limited" Network Fetch true
        "The provider asks for fewer requests" ""
    TokensElsewhere "tokens_elsewhere" Network Refresh true
        "Another tab has the newer tokens, and does not answer" ""
    ResponseUnusable "response_unusable" Network Fetch true
        "The answer is not one of the provider's kind" ""
    ResponseTooLarge "response_too_large" Network Fetch false
        "The answer is larger than any real one" ""
    StorageFailed "storage_failed" Storage Storage true
        "The browser refused to store or read" "Allow site data for this origin, or use storage: \"memory\"."
    Internal "internal" Internal Fetch false
        "tokenward met a fault of its own" "Please report it with the steps that lead to it."
    ; edge:
    JwsMalformed "jws_malformed" Protocol Verify
        "The token is not a signed token in compact form" "Refuse whoever sent it. Encrypted tokens and the JSON serialization are not read."
    JwsAlgorithmUnexpected "jws_algorithm_unexpected" Protocol Verify
        "The token is signed with an algorithm that is not allowed" "Refuse whoever sent it, or name what the issuer signs with in the option algorithms."
    JwsKeyUnknown "jws_key_unknown" Protocol Verify
        "No key fits the token" "Refuse whoever sent it, or check that the keys are the issuer's, and current."
    JwsSignatureInvalid "jws_signature_invalid" Protocol Verify
        "The token's signature is wrong" "Refuse whoever sent it. If no token passes, check that the keys are the issuer's."
    AccessTokenMissing "access_token_missing" Protocol Verify
        "The request has no access token" "Return the error's toResponse(): it asks for one."
    AuthorizationMalformed "authorization_malformed" Protocol Verify
        "The request's credentials cannot be read" "Refuse whoever sent it: one access token, in the header Authorization."
    AccessTokenInvalid "access_token_invalid" Protocol Verify
        "The access token breaks a rule" "Refuse whoever sent it. If no token passes, compare what is named with the verifier's options."
    AccessTokenExpired "access_token_expired" Protocol Verify
        "The access token has expired" "Return the error's toResponse(): the client fetches another token."
    DpopProofInvalid "dpop_proof_invalid" Protocol Verify
        "The proof of possession breaks a rule" "Refuse whoever sent it. If no proof passes, check the option dpop.origin and this machine's clock."
    DpopProofReplayed "dpop_proof_replayed" Protocol Verify
        "The proof of possession was used before" "Refuse whoever sent it."
    DpopNonceRequired "dpop_nonce_required" Protocol Verify
        "The proof of possession needs a nonce of this server" "Return the error's toResponse(): it brings the nonce."
    ReplayStoreFailed "replay_store_failed" Storage Verify
        "Whether the proof was used before cannot be known" "Check the store given as dpop.replays, or give one that holds more."
    ClientAuthenticationUnsupported "client_authentication_unsupported" Protocol Discovery
        "The provider does not take this client's way to authenticate"
        "Register the client with a method that the provider's metadata lists."
    AuthorizationResponseInvalid "authorization_response_invalid" Protocol Callback
        "The signed sign-in answer breaks a rule" ""
    LogoutTokenInvalid "logout_token_invalid" Protocol SignOut
        "The logout token breaks a rule" ""
    IntrospectionInvalid "introspection_invalid" Protocol Fetch
        "The introspection answer breaks a rule, or is about a token for somebody else" ""
    DeviceResponseInvalid "device_response_invalid" Protocol Authorize
        "The answer to the device authorization request breaks a rule" ""
    ExpiredToken "expired_token" OAuth Token
        "The user did not finish on the other device in time" "Start the sign-in again."
    SecretInPage "secret_in_page" Usage Config
        "A client with a secret cannot run in a page, whose user can read it"
        "Run it on a server or in an edge worker (Node.js, Deno, Bun, Cloudflare Workers), and have the page call that."
    TokenRefused "token_refused" Config Fetch
        "The API refuses a token that was just fetched" "Check that the audience, scope and tokenUrl are those of this API and environment."
    ApiKeyResponseInvalid "api_key_response_invalid" Protocol Fetch
        "The answer about an API key breaks a rule" ""
    Csrf "csrf" Usage Fetch
        "The request is not known to come from the app's own page"
        "Call it with fetch() from a page of the option origin, with the header X-Tokenward: 1, and begin a sign-in by a link or a navigation."
    RequestRefused "request_refused" Usage Fetch
        "The request could be read in more than one way"
        "Write the path plainly, in whole segments, and leave the framing of the body to the HTTP client."
    ApiKeyShown "api_key_shown" Usage Fetch
        "The API key was shown before" "Keep it when it is first shown, in a secret store, or create another one."
    SessionTooLarge "session_too_large" Config Storage
        "The session is larger than what may hold it" "Give createBff() a store, or have the provider put less into its tokens."
    StoreFailed "store_failed" Storage Storage retryable
        "The session store failed" "Try again. If it stays so, check that the store is there and that its client can reach it."
    RefreshFailed "refresh_failed" Network Refresh retryable
        "The session's token has ended and could not be renewed yet" "Try again after Retry-After. The session goes on."
    WebSocketUnsupported "web_socket_unsupported" Usage Fetch
        "This runtime cannot pass a WebSocket on" "Run the backend-for-frontend on Cloudflare Workers, or connect to the API another way."
    ; login:
    InvalidCredentials "invalid_credentials" OAuth Authorize
        "The login was refused" "Ask the user again. What the server says is in oauth.description."
    CsrfTokenMissing "csrf_token_missing" Protocol Fetch
        "The server gave no CSRF token" "Have csrf.url answer an object with csrf_token."
    NoToken "no_token" Usage Token
        "A session with a cookie has no token" "Call the API with auth.fetch()."
}

/// What the provider said, as it said it (RFC 6749, sections 4.1.2.1 and 5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OAuthError {
    /// The `error` code.
    pub error: String,
    /// The `error_description`.
    pub description: Option<String>,
    /// The `error_uri`.
    pub uri: Option<String>,
}

impl OAuthError {
    /// The kind that stands for this error code.
    #[must_use]
    pub fn kind(&self) -> Kind {
        // These say of themselves that they may pass (RFC 6749, section 4.1.2.1).
        if ["temporarily_unavailable", "server_error"].contains(&self.error.as_str()) {
            return Kind::ServerError;
        }
        let named = |kind: &&Kind| kind.entry().class == Class::OAuth && kind.entry().code == self.error;
        Kind::ALL.iter().find(named).copied().unwrap_or(Kind::OauthError)
    }
}

/// One failure. Boxed: results are passed around far more often than they fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Fault>);

/// The parts of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which row of the table.
    pub kind: Kind,
    /// During which step.
    pub phase: Phase,
    /// Which option, member or parameter; never a value that could be secret.
    pub detail: &'static str,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// Seconds the provider asks to wait (`Retry-After`, RFC 9110, section 10.2.3).
    pub retry_after_s: Option<u32>,
    /// The provider's own words.
    pub oauth: Option<OAuthError>,
}

impl core::ops::Deref for Error {
    type Target = Fault;

    fn deref(&self) -> &Fault {
        &self.0
    }
}

impl Error {
    /// A failure of this kind, in the step the table names.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self::about(kind, "")
    }

    /// The same, naming the option, member or parameter at fault.
    #[must_use]
    #[inline(never)]
    pub fn about(kind: Kind, detail: &'static str) -> Self {
        let phase = kind.entry().phase;
        Self(Box::new(Fault { kind, phase, detail, status: None, retry_after_s: None, oauth: None }))
    }

    /// The provider answered with an OAuth error.
    #[must_use]
    pub fn from_oauth(oauth: OAuthError) -> Self {
        Self::new(oauth.kind()).saying(Some(oauth))
    }

    /// The same failure in the provider's own words.
    #[must_use]
    pub fn saying(mut self, oauth: Option<OAuthError>) -> Self {
        self.0.oauth = oauth;
        self
    }

    /// What an answer's status alone speaks for; 0 where no answer came.
    #[must_use]
    pub fn from_status(status: u16, retry_after_s: Option<u32>) -> Self {
        let kind = match status {
            0 => Kind::NetworkFailed,
            300..=399 => Kind::TokenRedirectRefused,
            429 => Kind::RateLimited,
            500.. => Kind::ServerError,
            _ => Kind::ResponseUnusable,
        };
        let error = Self::new(kind);
        if status == 0 { error } else { error.with_status(status, retry_after_s) }
    }

    /// The same failure, met during another step than the table's.
    #[must_use]
    pub fn during(mut self, phase: Phase) -> Self {
        self.0.phase = phase;
        self
    }

    /// The same failure with the HTTP status it came with, and what the provider asks to wait.
    #[must_use]
    pub fn with_status(mut self, status: u16, retry_after_s: Option<u32>) -> Self {
        self.0.status = Some(status);
        self.0.retry_after_s = retry_after_s;
        self
    }

    /// The same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind.entry().retryable
    }

    /// What happened, with the detail.
    #[must_use]
    pub fn message(&self) -> String {
        let message = self.kind.entry().message;
        if self.detail.is_empty() { message.to_owned() } else { concat(&[message, ": ", self.detail]) }
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for Error {}

/// A result of this crate.
pub type Result<T> = core::result::Result<T, Error>;
