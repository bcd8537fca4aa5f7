//! The UserInfo endpoint (OpenID Connect Core 1.0, section 5.3).

use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::http::{Request, Response};
use crate::core::base::json::Json;
use crate::core::base::time::Now;
use crate::core::jose::jws::Algorithm;
use crate::core::jose::jwt::{Addressed, Flaw, UntrustedJwt};

/// An answer that has been read and not yet believed.
#[derive(Debug)]
pub enum UntrustedUserinfo {
    /// Claims, vouched for by the connection alone.
    Plain(Json),
    /// Claims, signed.
    Signed(UntrustedJwt),
}

/// Asks for claims. The access token is added by whoever sends it.
#[must_use]
pub fn build_userinfo_request(endpoint: &str) -> Request {
    Request::get(endpoint.to_owned()).with_header("accept", "application/json, application/jwt".to_owned())
}

/// Reads an answer: signed where `algorithm` is registered for it, plain where none is, and never the other.
///
/// # Errors
/// `userinfo_invalid`, or what the status says.
pub fn check_userinfo_response(response: &Response, algorithm: Option<Algorithm>) -> Result<UntrustedUserinfo> {
    if response.status != 200 {
        return Err(response.failure());
    }
    let Some(algorithm) = algorithm else {
        let plain = response.any_json_object().filter(|_| response.media_type == "application/json");
        return plain.map(UntrustedUserinfo::Plain).ok_or_else(|| Error::new(Kind::UserinfoInvalid));
    };
    if response.media_type != "application/jwt" {
        return Err(Error::new(Kind::UserinfoInvalid));
    }
    UntrustedJwt::read(response.body.secret(), algorithm, &["", "JWT"]).map(UntrustedUserinfo::Signed).map_err(refused)
}

/// Believes an answer about the user of the ID token; a signed one was found `valid`, and must name issuer and client. It
/// need not say when it is good, but where it does, that counts (RFC 7519, section 4.1).
///
/// # Errors
/// `userinfo_invalid` or `userinfo_subject_mismatch`.
pub fn check_userinfo(
    untrusted: UntrustedUserinfo,
    valid: bool,
    expected: &Addressed<'_>,
    id_token_claims: &Json,
    now: Now,
) -> Result<Json> {
    let claims = match untrusted {
        UntrustedUserinfo::Plain(claims) => claims,
        UntrustedUserinfo::Signed(jwt) => {
            let claims = jwt.believe(valid).map_err(refused)?;
            expected.check(&claims, &[], now).map_err(|claim| Error::about(Kind::UserinfoInvalid, claim))?;
            // These are of ID tokens and of logout tokens, which may look alike otherwise (RFC 8725, section 3.12).
            if let Some(foreign) = ["nonce", "events"].into_iter().find(|name| claims.mentions(name)) {
                return Err(Error::about(Kind::UserinfoInvalid, foreign));
            }
            claims
        }
    };
    let subject = id_token_claims.text("sub").unwrap_or_default();
    if claims.is("sub", &subject) { Ok(claims) } else { Err(Error::new(Kind::UserinfoSubjectMismatch)) }
}

fn refused(flaw: Flaw) -> Error {
    Error::about(Kind::UserinfoInvalid, flaw.name())
}
