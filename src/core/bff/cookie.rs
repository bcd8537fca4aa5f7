//! Cookies (RFC 6265), such as no other host and no script can set or read: all names begin with `__Host-`.
//!
//! A value that is too long for one cookie is written in parts. The first has the plain name, and says how many parts there
//! are and the mark of this writing, `~3~mark~...`; the others are `name.mark.1`, `name.mark.2`. So two answers that are on
//! their way at once write parts beside each other's, never over them; and whichever first part the browser took last has
//! all its own parts, as it comes after them.

use crate::core::base::base64url::encode;
use crate::core::base::error::{Error, Kind, Result};
use crate::core::base::text::concat;
use crate::core::base::time::{digits, from_digits};

/// How the names of all cookies begin. A browser takes such a cookie only over https, from its own host, for all its paths.
const PREFIX: &str = "__Host-";

/// The most bytes of one cookie, its name and its value. Browsers take 4,096, some of them together with the attributes.
pub const MAX_COOKIE_BYTES: usize = 3_900;

/// The most bytes of a value, in however many parts. The header that brings them all back is within what servers read: 16 KiB
/// of all headers in Node.js, and half of that behind some proxies.
pub const MAX_VALUE_BYTES: usize = 16_384;

/// The most cookies of ours that a request may have. No browser keeps so many for one host.
const MAX_COOKIES: usize = 200;

/// What separates the count and the mark of a first part. No value of ours begins so.
const SEPARATOR: char = '~';

/// What is deleted is deleted by a cookie with the same attributes.
const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=";

/// Which requests of other sites a cookie goes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Those that lead the user here.
    Lax,
}

impl SameSite {
    const fn name(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
        }
    }
}

/// The cookies of a request whose names begin with `__Host-`.
#[derive(Default)]
pub struct Cookies(Vec<(String, Option<String>)>);

/// A value may be all that it takes to be somebody.
impl core::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.names("")).finish()
    }
}

impl Cookies {
    /// Reads the header `Cookie` (RFC 6265, section 4.2.1). A cookie that comes twice has no value, and neither has one whose
    /// value has other characters than a value may have.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        let mut cookies = Vec::new();
        for pair in header.split(';') {
            let Some((name, value)) = pair.trim_matches([' ', '\t']).split_once('=') else {
                continue;
            };
            if !name.starts_with(PREFIX) || !name.bytes().all(is_name_byte) {
                continue;
            }
            if let Some((_, twice)) = cookies.iter_mut().find(|(known, _)| known == name) {
                *twice = None;
            } else if cookies.len() < MAX_COOKIES {
                cookies.push((name.to_owned(), Some(value.to_owned()).filter(|value| is_value(value))));
            } else {
                return Self::default();
            }
        }
        Self(cookies)
    }

    /// The value of the cookie.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name)?.1.as_deref()
    }

    /// The whole value that [`set_cookies`] wrote, in however many parts; `None` where a part is missing or another's.
    #[must_use]
    pub fn chunked(&self, name: &str) -> Option<String> {
        let first = self.get(name)?;
        let Some(marked) = first.strip_prefix(SEPARATOR) else {
            return Some(first.to_owned());
        };
        let (count, rest) = marked.split_once(SEPARATOR)?;
        let (mark, start) = rest.split_once(SEPARATOR)?;
        let mut value = start.to_owned();
        for number in 1..from_digits(count)? {
            value.push_str(self.get(&part_name(name, mark, number))?);
            if value.len() > MAX_VALUE_BYTES {
                return None;
            }
        }
        (mark_of(&value) == mark).then_some(value)
    }

    /// The names that begin so, those without a value too.
    pub fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| name.as_str()).filter(move |name| name.starts_with(prefix))
    }
}

/// The `Set-Cookie` headers that write the value under the name, in order, and that delete what is left of the value `before`.
///
/// # Errors
/// `session_too_large`, and `internal` where the value is none that a cookie can have.
pub fn set_cookies(
    name: &str,
    value: &str,
    same_site: SameSite,
    max_age_s: u64,
    before: &Cookies,
) -> Result<Vec<String>> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(Error::new(Kind::SessionTooLarge));
    }
    if !is_value(value) {
        return Err(Error::new(Kind::Internal));
    }
    let parts = parts_of(name, value);
    let write = |(name, value): &(String, String)| set_cookie(name, value, same_site, max_age_s);
    let left = part_names(before, name).filter(|old| parts.iter().all(|(new, _)| new != old));
    // The first part makes the others count, and comes after them; what it replaces is deleted when it is there.
    Ok(parts.iter().rev().map(write).chain(left.map(delete_cookie)).collect())
}

/// The `Set-Cookie` headers that delete the value under the name.
#[must_use]
pub fn clear_cookies(name: &str, before: &Cookies) -> Vec<String> {
    core::iter::once(name).chain(part_names(before, name)).map(delete_cookie).collect()
}

/// The cookies that hold the value, the first part first.
fn parts_of(name: &str, value: &str) -> Vec<(String, String)> {
    let room = |name: &str| MAX_COOKIE_BYTES.saturating_sub(name.len().saturating_add(1));
    if value.len() <= room(name) && !value.starts_with(SEPARATOR) {
        return vec![(name.to_owned(), value.to_owned())];
    }
    let mark = mark_of(value);
    let head = concat(&["~0~", &mark, "~"]);
    let (start, mut rest) = split(value, room(name).saturating_sub(head.len()));
    let mut parts = vec![(name.to_owned(), String::new())];
    while !rest.is_empty() {
        let part = part_name(name, &mark, u64::try_from(parts.len()).unwrap_or_default());
        let (piece, after) = split(rest, room(&part));
        parts.push((part, piece.to_owned()));
        rest = after;
    }
    let count = digits(u64::try_from(parts.len()).unwrap_or_default());
    if let Some((_, first)) = parts.first_mut() {
        *first = concat(&["~", &count, "~", &mark, "~", start]);
    }
    parts
}

/// At most so many bytes, and what is left. Every byte is a character.
fn split(text: &str, bytes: usize) -> (&str, &str) {
    text.split_at_checked(bytes).unwrap_or((text, ""))
}

fn part_name(name: &str, mark: &str, number: u64) -> String {
    concat(&[name, ".", mark, ".", &digits(number)])
}

/// The parts of a value but for the first, whenever they were written.
fn part_names<'a>(cookies: &'a Cookies, name: &'a str) -> impl Iterator<Item = &'a str> {
    cookies.names(name).filter(|part| part.as_bytes().get(name.len()) == Some(&b'.'))
}

fn set_cookie(name: &str, value: &str, same_site: SameSite, max_age_s: u64) -> String {
    concat(&[name, "=", value, "; Max-Age=", &digits(max_age_s), ATTRIBUTES, same_site.name()])
}

fn delete_cookie(name: &str) -> String {
    set_cookie(name, "", SameSite::Strict, 0)
}

/// Tells writings apart (FNV-1a, 48 bits of it). Nobody is kept from making two alike: what is written is sealed.
fn mark_of(value: &str) -> String {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = value.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    encode(&hash.to_be_bytes()[2..])
}

/// Whether a name may have the byte (RFC 9110, section 5.6.2).
const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

/// Whether a cookie can have the value (RFC 6265, section 4.1.1, `cookie-octet`).
fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\'))
}
