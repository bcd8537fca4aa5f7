//! Challenges as HTTP writes them (RFC 9110, sections 5.6 and 11.6.1). In wasm the engine's regular expressions read them.

use super::Challenge;

/// The challenges of a header; none where it is not well formed.
pub(super) fn challenges(header: &str) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    let mut rest = Cursor(header);
    while rest.skip(|b| matches!(b, b' ' | b'\t' | b',')) {
        if read_item(&mut rest, &mut challenges).is_none() {
            return Vec::new();
        }
    }
    challenges
}

/// Reads a scheme, with its first parameter or token68 where it has one, or one more parameter of the last challenge.
fn read_item(rest: &mut Cursor<'_>, challenges: &mut Vec<Challenge>) -> Option<()> {
    let word = rest.word(is_token)?;
    let spaced = rest.0.starts_with([' ', '\t']);
    rest.skip(is_blank);
    if let Some(after) = rest.0.strip_prefix('=') {
        rest.0 = after;
        return add(challenges, word, rest);
    }
    challenges.push(Challenge { scheme: word.to_owned(), parameters: Vec::new() });
    let before = rest.0;
    if !spaced || rest.is_at_end() {
        return rest.is_at_end().then_some(());
    }
    // A token68 reaches to the end of the item, padding included; a parameter goes on with its value.
    rest.word(|b| is_token(b) || b == b'/')?;
    rest.skip(|b| b == b'=');
    let token68 = before.get(..before.len().saturating_sub(rest.0.len())).unwrap_or_default();
    rest.skip(is_blank);
    if rest.is_at_end() {
        challenges.last_mut()?.parameters.push((String::new(), token68.to_owned()));
        return Some(());
    }
    rest.0 = before;
    let name = rest.word(is_token)?;
    rest.skip(is_blank);
    rest.0 = rest.0.strip_prefix('=')?;
    add(challenges, name, rest)
}

fn add(challenges: &mut [Challenge], name: &str, rest: &mut Cursor<'_>) -> Option<()> {
    let parameters = &mut challenges.last_mut()?.parameters;
    rest.skip(is_blank);
    let value = rest.value()?;
    rest.skip(is_blank);
    let name = name.to_ascii_lowercase();
    let fresh = !parameters.iter().any(|(known, _)| *known == name);
    parameters.push((name, value));
    (fresh && rest.is_at_end()).then_some(())
}

/// What is left to read.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    /// Passes over such bytes; whether anything is left then.
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        self.take(wanted);
        !self.0.is_empty()
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let end = self.0.bytes().position(|b| !wanted(b)).unwrap_or(self.0.len());
        // Only ASCII is ever wanted, so the end is between two characters.
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or_default();
        self.0 = rest;
        taken
    }

    fn word(&mut self, wanted: impl Fn(u8) -> bool) -> Option<&'a str> {
        Some(self.take(wanted)).filter(|word| !word.is_empty())
    }

    fn is_at_end(&self) -> bool {
        self.0.is_empty() || self.0.starts_with(',')
    }

    /// A token, or a quoted string without its quotes and backslashes.
    fn value(&mut self) -> Option<String> {
        let Some(quoted) = self.0.strip_prefix('"') else {
            return self.word(is_token).map(str::to_owned);
        };
        let mut value = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                character => value.push(character),
            }
        }
        self.0 = characters.as_str();
        Some(value)
    }
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

/// RFC 9110, section 5.6.2.
fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}
