//! Paths that every server reads in the same way.
//!
//! Between a browser and an API there are a runtime, this proxy, often another proxy and a framework. Each may decode a path
//! once more, or merge and resolve segments that the one before it left alone; that is how a request gets out of the path that
//! was allowed. Nothing is normalized here: a path that two of them could read differently is refused.

use crate::core::base::text::concat;

/// How many layers of percent encoding a name may have: that of the URL, and one of the app's own.
const MAX_LAYERS: usize = 2;

/// What is wrong with a path as it is written in a URL; `None` where everybody reads it as it stands.
#[must_use]
pub fn fault_of(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') || !path.bytes().all(is_of_a_path) {
        return Some("a character that no path has");
    }
    let inner = path.strip_suffix('/').unwrap_or(path);
    if inner.split('/').skip(1).any(str::is_empty) {
        return Some("an empty segment");
    }
    let mut read = path.to_owned();
    for layer in 0..=MAX_LAYERS {
        if read.split('/').any(is_of_dots) {
            return Some("a dot segment");
        }
        let decoded = match decode(&read, layer == 0) {
            Ok(decoded) => decoded,
            Err(fault) => return Some(fault),
        };
        if decoded == read {
            return None;
        }
        read = decoded;
    }
    Some("percent encoding in layers")
}

/// The path as the most careless server could read it. Security warning: good for recognizing what is meant to be one of
/// ours, not for going there.
#[must_use]
pub fn read_loosely(path: &str) -> String {
    let mut read = path.as_bytes().to_vec();
    for _ in 0..=MAX_LAYERS {
        read = decode_all(&read);
    }
    let text = String::from_utf8_lossy(&read).replace('\\', "/").replace(|c: char| c.is_ascii_control(), "");
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match name_of(segment) {
            "" | "." => {}
            name if is_of_dots(name) => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    concat(&["/", &segments.join("/")])
}

/// What a URL parser leaves as it is, but for the backslash (RFC 3986, section 3.3; WHATWG URL, section 4.4).
const fn is_of_a_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-'..=b'/' | b'_' | b'~' | b'!' | b'$'..=b'*' | b'+' | b',')
        || matches!(byte, b':' | b';' | b'=' | b'@' | b'[' | b']' | b'^' | b'|')
}

/// A segment without its parameters, which some servers take off before they look at its dots, and without the spaces that
/// others take off its end.
fn name_of(segment: &str) -> &str {
    segment.split(';').next().unwrap_or_default().trim_matches(' ')
}

/// Whether a segment is one, and some server would find nothing in it, or a way up.
fn is_of_dots(segment: &str) -> bool {
    !segment.is_empty() && name_of(segment).bytes().all(|b| b == b'.' || b == b' ')
}

/// One layer of percent encoding less. What structures a path may not come from it, and neither may what no name has.
fn decode(text: &str, is_outermost: bool) -> Result<String, &'static str> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, encoded(after)) {
            (b'%', Some((byte, after))) => {
                if matches!(byte, b'.' | b'/' | b'\\') || byte.is_ascii_control() {
                    return Err("an encoded dot, separator or control character");
                }
                decoded.push(byte);
                rest = after;
            }
            (b'%', None) if is_outermost => return Err("percent encoding"),
            _ => decoded.push(first),
        }
    }
    // Overlong forms of a dot or a slash are no UTF-8.
    String::from_utf8(decoded).map_err(|_| "percent encoding")
}

/// One layer of percent encoding less, whatever comes out of it.
fn decode_all(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let code = if first == b'%' { encoded(after) } else { None };
        let (byte, after) = code.unwrap_or((first, after));
        decoded.push(byte);
        rest = after;
    }
    decoded
}

/// The byte that two hexadecimal digits stand for, and what comes after them.
fn encoded(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = text.split_first_chunk::<2>()?;
    let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u8::from_str_radix(digits, 16).ok()?, after))
}
