//! Strings that must not be seen: no Display, no comparison, no copy left behind.
//!
//! Each secret has its own type, so that a refresh token cannot be sent where an access token belongs. What is handed to
//! JavaScript becomes a JavaScript string, which nobody can wipe: that is the limit of the zeroizing here.

use zeroize::Zeroize as _;

/// One piece of code wipes them all: inlined at every drop it would be most of a drop.
#[derive(Clone)]
pub(super) struct Wiped(String);

impl Drop for Wiped {
    #[inline(never)]
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Wiped {
    pub(super) const fn new(secret: String) -> Self {
        Self(secret)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Wiped);

        impl $name {
            /// Takes the secret over; its memory is wiped when it is dropped.
            #[must_use]
            pub fn new(secret: String) -> Self {
                Self(Wiped::new(secret))
            }

            /// The secret itself. Security warning: for the request it belongs to, never for a log or a message.
            #[must_use]
            pub fn secret(&self) -> &str {
                self.0.as_str()
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret! {
    /// What an API accepts (RFC 6749, section 1.4).
    AccessToken
}
secret! {
    /// What gets the next access token (RFC 6749, section 1.5).
    RefreshToken
}
secret! {
    /// A signed ID token in compact form, kept for `id_token_hint`.
    RawIdToken
}
secret! {
    /// The single-use authorization code (RFC 6749, section 4.1.2).
    AuthorizationCode
}
secret! {
    /// The PKCE code verifier (RFC 7636, section 4.1).
    CodeVerifier
}
secret! {
    /// The state of one sign-in (RFC 6749, section 10.12).
    State
}
secret! {
    /// The nonce of one sign-in (OpenID Connect Core 1.0, section 15.5.2).
    Nonce
}

secret! {
    /// What a client and its provider share (RFC 6749, section 2.3.1).
    ClientSecret
}
secret! {
    /// A JWT that shows who sends one request (RFC 7523, section 2.2).
    ClientAssertion
}
secret! {
    /// What stands for a device that waits for its user (RFC 8628, section 3.2).
    DeviceCode
}
secret! {
    /// A token of whatever type, given or taken in an exchange (RFC 8693).
    ExchangedToken
}

secret! {
    /// What shows that a request comes from a page of the app, and not from another site's.
    CsrfToken
}
secret! {
    /// What a sealed text holds: a session, or a sign-in on its way.
    Unsealed
}
secret! {
    /// A request or response body that may hold any of the others.
    Body
}

/// Whether two strings are equal, in a time that depends on their lengths only.
#[must_use]
pub fn equal_in_constant_time(a: &str, b: &str) -> bool {
    let difference = a.bytes().zip(b.bytes()).fold(0_u8, |seen, (x, y)| seen | (x ^ y));
    a.len() == b.len() && difference == 0
}
