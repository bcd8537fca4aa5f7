//! Requests that two servers would not take for the same: where one ends, or what it is for (RFC 9112, sections 3.2 and 11.2).
//!
//! The runtime has read the request already, and most of them refuse these themselves. Not all do.

use super::headers::Headers;
use crate::core::base::error::{Error, Kind, Result};

/// What must not be there in two ways.
const SINGLE: [&str; 5] = ["content-length", "content-type", "host", "transfer-encoding", "upgrade"];

/// Refuses what could be read in two ways.
///
/// # Errors
/// `request_refused` with the status 400, naming the header.
pub fn check(headers: &Headers) -> Result<()> {
    fault_of(headers).map_or(Ok(()), |detail| Err(refused(detail)))
}

/// The error that says which part of a request could be read in two ways.
#[must_use]
pub fn refused(detail: &'static str) -> Error {
    Error::about(Kind::RequestRefused, detail).with_status(400, None)
}

/// Whether a header can be passed on at all: a name (RFC 9110, section 5.6.2), and a value of which no character ends it.
#[must_use]
pub fn is_sound(name: &str, value: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let is_value = |c: char| c == '\t' || ('\u{20}'..='\u{ff}').contains(&c) && c != '\u{7f}';
    !name.is_empty() && name.bytes().all(is_name) && value.chars().all(is_value)
}

/// Whether a host can be part of a URL without being more than its host.
#[must_use]
pub fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

/// Whether it is a number of bytes to everybody.
#[must_use]
pub fn is_length(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn fault_of(headers: &Headers) -> Option<&'static str> {
    if !headers.iter().all(|(name, value)| is_sound(name, value)) {
        return Some("a header with a character that none has");
    }
    if let Some(name) = SINGLE.into_iter().find(|name| headers.values(name).count() > 1) {
        return Some(name);
    }
    // Some runtimes put the URL together from it.
    if headers.get("host").is_some_and(|host| !is_host(host)) {
        return Some("host");
    }
    let length = headers.get("content-length");
    if length.is_some_and(|length| !is_length(length)) {
        return Some("content-length");
    }
    let coding = headers.get("transfer-encoding");
    let is_framed_twice = coding.is_some_and(|coding| length.is_some() || !coding.eq_ignore_ascii_case("chunked"));
    is_framed_twice.then_some("transfer-encoding")
}
