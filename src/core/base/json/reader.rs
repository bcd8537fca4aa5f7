//! JSON in Rust, wherever there is no page: natively, and at the edge, where tokens are read by the thousand and each step
//! into JavaScript would cost as much as the member it brings.

use std::rc::Rc;

/// No deeper may JSON be nested; the same in a page.
const MAX_NESTING: u32 = 64;

/// As many members are compared with each other as they come.
const FEW_MEMBERS: usize = 16;

/// A JSON value.
#[derive(Clone)]
pub struct Json {
    source: Rc<str>,
    node: Rc<Node>,
    /// The JavaScript value, once somebody asked for it.
    #[cfg(target_arch = "wasm32")]
    js: core::cell::OnceCell<wasm_bindgen::JsValue>,
}

/// A value, and where its text is.
struct Node {
    start: usize,
    end: usize,
    value: Value,
}

enum Value {
    Null,
    Truth(bool),
    Number(f64),
    Text(String),
    Array(Vec<Rc<Node>>),
    Object(Vec<(String, Rc<Node>)>),
}

impl Json {
    /// Reads JSON text; `None` when it is not JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        let node = reader.value(0)?;
        reader.space();
        if reader.at == text.len() { Some(Self::of(text.into(), node)) } else { None }
    }

    fn of(source: Rc<str>, node: Rc<Node>) -> Self {
        Self {
            source,
            node,
            #[cfg(target_arch = "wasm32")]
            js: core::cell::OnceCell::new(),
        }
    }

    /// The text of it, as it was read.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.source.get(self.node.start..self.node.end).unwrap_or_default().to_owned()
    }

    /// The member of this name, where this is an object that has it and it is not null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Self> {
        self.there(name).map(|node| Self::of(Rc::clone(&self.source), Rc::clone(node)))
    }

    /// The string, where this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<String> {
        text_of(&self.node).map(str::to_owned)
    }

    /// The string member of this name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.there(name).and_then(|node| text_of(node)).map(str::to_owned)
    }

    /// The number member of this name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.there(name)?.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The member of this name that is true or false.
    #[must_use]
    pub fn truth(&self, name: &str) -> Option<bool> {
        match self.there(name)?.value {
            Value::Truth(truth) => Some(truth),
            _ => None,
        }
    }

    /// Whether this is an object, and not an array.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self.node.value, Value::Object(_))
    }

    /// The items, where this is an array.
    #[must_use]
    pub fn items(&self) -> Option<Vec<Self>> {
        let Value::Array(items) = &self.node.value else { return None };
        Some(items.iter().map(|node| Self::of(Rc::clone(&self.source), Rc::clone(node))).collect())
    }

    /// The strings of a member that is a string or an array of strings; `None` for anything else.
    #[must_use]
    pub fn one_or_many(&self, name: &str) -> Option<Vec<String>> {
        let node = self.there(name)?;
        match &node.value {
            Value::Array(items) => items.iter().map(|item| text_of(item).map(str::to_owned)).collect(),
            _ => Some(vec![text_of(node)?.to_owned()]),
        }
    }

    /// Whether there is a member of this name, even if it is null.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// Whether every member's name is one of these, which are separated by spaces.
    #[must_use]
    pub fn has_only(&self, names: &str) -> bool {
        let Value::Object(members) = &self.node.value else { return true };
        members.iter().all(|(name, _)| names.split(' ').any(|known| known == name))
    }

    fn member(&self, name: &str) -> Option<&Rc<Node>> {
        let Value::Object(members) = &self.node.value else { return None };
        members.iter().find(|(own, _)| own == name).map(|(_, node)| node)
    }

    fn there(&self, name: &str) -> Option<&Rc<Node>> {
        self.member(name).filter(|node| !matches!(node.value, Value::Null))
    }
}

#[cfg(target_arch = "wasm32")]
mod engine {
    use super::Json;
    use core::cell::OnceCell;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen(module = "/src/core/base/engine.js")]
    extern "C" {
        fn parse(text: &str) -> JsValue;
        fn written(value: &JsValue) -> Option<String>;
        #[wasm_bindgen(js_name = toNumber)]
        pub(super) fn to_number(text: &str) -> f64;
    }

    impl Json {
        /// Looks at a JavaScript value as if it came from JSON; `None` where it is undefined.
        #[must_use]
        pub fn from_js(value: JsValue) -> Option<Self> {
            let json = Self::parse(&written(&value)?)?;
            Some(Self { js: OnceCell::from(value), ..json })
        }

        /// The JavaScript value itself.
        #[must_use]
        pub fn as_js(&self) -> &JsValue {
            self.js.get_or_init(|| parse(&self.to_text()))
        }
    }
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        if is_it {
            self.step();
        }
        is_it
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.step();
        }
    }

    fn value(&mut self, nesting: u32) -> Option<Rc<Node>> {
        self.space();
        let start = self.at;
        let value = match self.peek()? {
            b'{' => self.object(nesting)?,
            b'[' => self.array(nesting)?,
            b'"' => Value::Text(self.string()?),
            b't' => self.word("true", Value::Truth(true))?,
            b'f' => self.word("false", Value::Truth(false))?,
            b'n' => self.word("null", Value::Null)?,
            _ => Value::Number(self.number()?),
        };
        Some(Rc::new(Node { start, end: self.at, value }))
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        let end = self.at.saturating_add(word.len());
        let is_it = self.text.get(self.at..end) == Some(word);
        self.at = end;
        is_it.then_some(value)
    }

    fn array(&mut self, nesting: u32) -> Option<Value> {
        let deeper = deeper(nesting)?;
        self.step();
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Some(Value::Array(items));
        }
        loop {
            items.push(self.value(deeper)?);
            self.space();
            if self.take(b']') {
                return Some(Value::Array(items));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn object(&mut self, nesting: u32) -> Option<Value> {
        let deeper = deeper(nesting)?;
        self.step();
        let mut members: Vec<(String, Rc<Node>)> = Vec::new();
        self.space();
        if self.take(b'}') {
            return Some(Value::Object(members));
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            if !self.take(b':') || members.len() < FEW_MEMBERS && members.iter().any(|(known, _)| *known == name) {
                return None;
            }
            members.push((name, self.value(deeper)?));
            self.space();
            if self.take(b'}') {
                let is_plain = members.len() <= FEW_MEMBERS || are_distinct(&members);
                return is_plain.then_some(Value::Object(members));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        if !self.take(b'"') {
            return None;
        }
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=0x1f) {
                self.step();
            }
            text.push_str(self.text.get(start..self.at)?);
            if self.take(b'"') {
                return Some(text);
            }
            if !self.take(b'\\') {
                return None;
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.step();
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first);
                }
                let second = if self.take(b'\\') && self.take(b'u') { self.unit()? } else { return None };
                return char::decode_utf16([u16::try_from(first).ok()?, u16::try_from(second).ok()?]).next()?.ok();
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let mut unit: u32 = 0;
        for _ in 0..4 {
            unit = (unit << 4) | char::from(self.peek()?).to_digit(16)?;
            self.step();
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        self.take(b'-');
        let first = self.at;
        if !self.take(b'0') {
            self.digits()?;
        }
        let is_short_whole = self.at.saturating_sub(first) <= 15 && !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if is_short_whole && first == start {
            return super::super::time::from_digits(self.text.get(first..self.at)?).map(super::super::time::number);
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.step();
            if !self.take(b'-') {
                self.take(b'+');
            }
            self.digits()?;
        }
        Some(to_number(self.text.get(start..self.at)?)).filter(|number| number.is_finite())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.step();
        }
        (self.at > start).then_some(())
    }
}

fn deeper(nesting: u32) -> Option<u32> {
    nesting.checked_add(1).filter(|nesting| *nesting <= MAX_NESTING)
}

/// Whether no two of many members have the same name, in a time that nobody can make long.
fn are_distinct(members: &[(String, Rc<Node>)]) -> bool {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.windows(2).all(|two| two.first() != two.last())
}

#[cfg(target_arch = "wasm32")]
use engine::to_number;

/// A number that the grammar allows.
#[cfg(not(target_arch = "wasm32"))]
fn to_number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}
