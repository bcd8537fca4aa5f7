//! Cookies: what is read of a request, what is written, and values in as many parts as it takes.

use super::jar::Jar;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runner, RngSeed};
use tokenward::core::base::base64url::encode;
use tokenward::core::base::error::{Class, Kind};
use tokenward::core::bff::cookie::{Cookies, MAX_COOKIE_BYTES, MAX_VALUE_BYTES, SameSite, clear_cookies, set_cookies};

const NAME: &str = "__Host-tokenward";
const WEEK_S: u64 = 604_800;

/// So many characters of a sealed text; those of different seeds differ from the first on.
fn text(characters: usize, seed: usize) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_', '.']).collect();
    (0..characters).map(|at| alphabet[(at * 7 + at / 64 + seed) % alphabet.len()]).collect()
}

fn set(value: &str, before: &Cookies) -> Vec<String> {
    set_cookies(NAME, value, SameSite::Strict, WEEK_S, before).unwrap()
}

/// A value of which `set` makes so many cookies.
fn value_in(parts: usize, seed: usize) -> String {
    let value = text(MAX_COOKIE_BYTES * (parts - 1) + 1_000, seed);
    assert_eq!(set(&value, &Cookies::default()).len(), parts);
    value
}

/// C01, C02
#[test]
fn a_cookie_is_for_its_own_host_over_https_and_for_no_script() {
    let strict = set_cookies(NAME, "k.v-_", SameSite::Strict, WEEK_S, &Cookies::default()).unwrap();
    assert_eq!(strict, ["__Host-tokenward=k.v-_; Max-Age=604800; Path=/; Secure; HttpOnly; SameSite=Strict"]);
    let lax = set_cookies("__Host-tokenward-login-s", "v", SameSite::Lax, 600, &Cookies::default()).unwrap();
    assert_eq!(lax, ["__Host-tokenward-login-s=v; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"]);
    assert_eq!(
        clear_cookies(NAME, &Cookies::default()),
        ["__Host-tokenward=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"]
    );
}

/// C01, C02, C16
#[test]
fn each_part_has_the_same_attributes() {
    let jar = Jar::with(&[&set(&value_in(3, 0), &Cookies::default())]);
    let written = set(&value_in(2, 1), &jar.sent());
    assert_eq!(written.len(), 4, "two parts, and two left");
    for header in written.iter().chain(&clear_cookies(NAME, &jar.sent())) {
        let (_, attributes) = header.split_once("; Max-Age=").unwrap();
        let (_, attributes) = attributes.split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict");
    }
}

#[test]
fn a_request_may_have_more_cookies_than_ours() {
    let header =
        "a=1; __Host-tokenward=v.1; flag; theme=\"dark, or \\ not\"; =; __Host-x=a=b==;  __Host-y=\t; ;__Host-z=";
    let cookies = Cookies::parse(header);
    assert_eq!(cookies.get(NAME), Some("v.1"));
    assert_eq!(cookies.get("__Host-x"), Some("a=b=="));
    assert_eq!((cookies.get("__Host-y"), cookies.get("__Host-z")), (Some(""), Some("")));
    assert_eq!(cookies.names("").collect::<Vec<_>>(), [NAME, "__Host-x", "__Host-y", "__Host-z"]);
    assert_eq!(cookies.names("__Host-t").collect::<Vec<_>>(), [NAME]);
    assert!(Cookies::parse("").names("").next().is_none());
}

/// C02; a subdomain, or a page on plain http, can set any other name.
#[test]
fn a_cookie_that_another_host_can_set_is_not_read() {
    for name in [
        "tokenward",
        "__Secure-tokenward",
        "__host-tokenward",
        "__HOST-tokenward",
        "x__Host-tokenward",
        "\"__Host-tokenward",
    ] {
        let cookies = Cookies::parse(&format!("{name}=v"));
        assert_eq!((cookies.get(name), cookies.names("").count()), (None, 0), "{name}");
        assert_eq!(cookies.get(NAME), None, "{name}");
    }
    // A cookie without a name.
    assert_eq!(Cookies::parse("=__Host-tokenward=v").get(NAME), None);
}

/// C02
#[test]
fn a_cookie_that_comes_twice_is_none() {
    for header in [
        "__Host-tokenward=a; __Host-tokenward=b",
        "__Host-tokenward=a; __Host-tokenward=a",
        "__Host-tokenward=a; x=1; __Host-tokenward=",
        "__Host-tokenward=a;__Host-tokenward=b,c",
        "__Host-tokenward=a,b; __Host-tokenward=c",
        "__Host-tokenward=a; __Host-tokenward=b; __Host-tokenward=c",
    ] {
        let cookies = Cookies::parse(header);
        assert_eq!((cookies.get(NAME), cookies.chunked(NAME)), (None, None), "{header}");
        assert_eq!(cookies.names("").collect::<Vec<_>>(), [NAME], "it is there to be deleted: {header}");
    }
}

#[test]
fn a_value_of_other_characters_is_none() {
    for value in ["a b", "a\tb", "a,b", "\"a\"", "a\\b", "a\u{7f}", "é", "a\0", "a\r\nb", "a\u{a0}b"] {
        let cookies = Cookies::parse(&format!("__Host-tokenward={value}; __Host-other=v"));
        assert_eq!((cookies.get(NAME), cookies.get("__Host-other")), (None, Some("v")), "{value:?}");
    }
}

/// Nor could what deletes it be a header.
#[test]
fn a_name_of_other_characters_is_none() {
    for name in [
        "__Host-tokenward.a b",
        "__Host-tokenward.a,b",
        "__Host-\"a\"",
        "__Host-tokenward.\r\nx",
        "__Host-é",
        "__Host-a:b",
    ] {
        let cookies = Cookies::parse(&format!("{name}=v; __Host-other=v"));
        assert_eq!(cookies.names("").collect::<Vec<_>>(), ["__Host-other"], "{name:?}");
        assert_eq!(clear_cookies(NAME, &cookies).len(), 1, "{name:?}");
    }
}

/// Two headers that a runtime joined to one.
#[test]
fn headers_that_were_joined_with_a_comma_are_not_mixed() {
    let cookies = Cookies::parse("__Host-x=1, __Host-tokenward=v");
    assert_eq!((cookies.get(NAME), cookies.get("__Host-x")), (None, None));
}

#[test]
fn more_cookies_than_a_browser_keeps_are_none() {
    let of = |count: usize| {
        let pairs: Vec<String> = (0..count).map(|at| format!("__Host-{at}=v")).collect();
        Cookies::parse(&pairs.join("; ")).names("").count()
    };
    assert_eq!((of(200), of(201)), (200, 0));
}

/// C16
#[test]
fn a_value_comes_back_whole_at_every_size() {
    let edges = (1..=4).flat_map(|parts| (MAX_COOKIE_BYTES * parts - 80 * parts)..=(MAX_COOKIE_BYTES * parts + 4));
    for size in (0..=MAX_VALUE_BYTES).step_by(97).chain(edges).chain([MAX_VALUE_BYTES]) {
        let value = text(size, size);
        let written = set(&value, &Cookies::default());
        let pair_of = |header: &String| header.split_once("; ").unwrap().0.len();
        assert!(written.iter().map(pair_of).all(|bytes| bytes <= MAX_COOKIE_BYTES), "{size}");
        assert_eq!(written.len() == 1, size + NAME.len() < MAX_COOKIE_BYTES, "{size}");
        assert_eq!(Jar::with(&[&written]).sent().chunked(NAME), Some(value), "{size}");
    }
}

/// C16
#[test]
fn a_value_that_no_server_would_take_back_is_refused() {
    let error = set_cookies(NAME, &text(MAX_VALUE_BYTES + 1, 0), SameSite::Strict, 1, &Cookies::default()).unwrap_err();
    assert_eq!((error.kind, error.kind.entry().class), (Kind::SessionTooLarge, Class::Config));
}

/// C16; a first part that asks for more than any value has.
#[test]
fn parts_without_end_are_nothing() {
    let part = "x".repeat(3_000);
    let header = (1..150).fold("__Host-tokenward=~150~m~".to_owned(), |all, at| format!("{all}; {NAME}.m.{at}={part}"));
    assert_eq!(Cookies::parse(&header).chunked(NAME), None);
    let most = u64::MAX;
    for count in [format!("{most}"), format!("{most}0"), "-1".to_owned(), String::new(), "x".to_owned(), "0".to_owned()]
    {
        assert_eq!(Cookies::parse(&format!("__Host-tokenward=~{count}~m~v")).chunked(NAME), None, "{count}");
    }
    for first in ["~", "~~", "~~~", "~1", "~1~", "~1~m", "~2~m~v"] {
        assert_eq!(Cookies::parse(&format!("__Host-tokenward={first}")).chunked(NAME), None, "{first}");
    }
}

/// C16; however right its mark is.
#[test]
fn a_value_that_is_too_long_to_be_ours_is_nothing() {
    // FNV-1a of 64 bits, the last 48 of them.
    let mark_of = |value: &str| {
        let hash = value.bytes().fold(14_695_981_039_346_656_037_u128, |hash, byte| {
            (hash ^ u128::from(byte)) * 1_099_511_628_211 % (1 << 64)
        });
        encode(&u64::try_from(hash).unwrap().to_be_bytes()[2..])
    };
    let read = |size: usize| {
        let value = text(size, 0);
        let mark = mark_of(&value);
        let pieces: Vec<&str> = value.as_bytes().chunks(3_500).map(|piece| str::from_utf8(piece).unwrap()).collect();
        let first = format!("{NAME}=~{}~{mark}~{}", pieces.len(), pieces[0]);
        let others = pieces.iter().enumerate().skip(1).map(|(at, piece)| format!("{NAME}.{mark}.{at}={piece}"));
        let header: Vec<String> = core::iter::once(first).chain(others).collect();
        Cookies::parse(&header.join("; ")).chunked(NAME).map(|value| value.len())
    };
    assert_eq!((read(MAX_VALUE_BYTES), read(MAX_VALUE_BYTES + 1)), (Some(MAX_VALUE_BYTES), None));
}

/// C16
#[test]
fn a_value_with_a_part_missing_or_changed_is_nothing() {
    let jar = Jar::with(&[&set(&value_in(4, 0), &Cookies::default())]);
    for name in jar.names() {
        let mut without = jar.clone();
        without.forget(&name);
        assert_eq!(without.sent().chunked(NAME), None, "without {name}");
        let mut other = jar.clone();
        other.take_one(&format!("{name}=other; Path=/; Secure"));
        assert_ne!(other.sent().chunked(NAME), jar.sent().chunked(NAME), "with another {name}");
        assert!(name == NAME || other.sent().chunked(NAME).is_none(), "with another {name}");
    }
    // The same parts in another order.
    let [first, second] = [&jar.names()[0], &jar.names()[1]].map(|name| jar.sent().get(name).unwrap().to_owned());
    let mut other = jar.clone();
    other.take_one(&format!("{}={second}; Path=/; Secure", jar.names()[0]));
    other.take_one(&format!("{}={first}; Path=/; Secure", jar.names()[1]));
    assert_eq!(other.sent().chunked(NAME), None);
}

/// C16; even under the names of the other's parts.
#[test]
fn parts_of_two_writings_never_join() {
    let [old, new] = [0, 1].map(|seed| Jar::with(&[&set(&value_in(3, seed), &Cookies::default())]));
    let pairs = |jar: &Jar| -> Vec<(String, String)> {
        jar.names().into_iter().map(|name| (name.clone(), jar.sent().get(&name).unwrap().to_owned())).collect()
    };
    let (old, new) = (pairs(&old), pairs(&new));
    for mask in 1..(1 << new.len()) - 1_usize {
        let mixed = old.iter().zip(&new).enumerate().map(|(at, (old, new))| {
            // The name is the new one's, whoever the value is from.
            let value = if mask >> at & 1 == 0 { &old.1 } else { &new.1 };
            format!("{}={value}", new.0)
        });
        let header = mixed.collect::<Vec<_>>().join("; ");
        assert_eq!(Cookies::parse(&header).chunked(NAME), None, "{mask:b}");
    }
}

/// C16
#[test]
fn what_is_left_of_a_longer_value_is_deleted() {
    let mut jar = Jar::default();
    for (seed, parts) in [4, 2, 1, 3, 5, 1, 1, 2].into_iter().enumerate() {
        let value = if parts == 1 { text(50, seed) } else { value_in_room(parts, seed) };
        jar.take(&set(&value, &jar.sent()));
        assert_eq!(jar.names().len(), parts);
        assert_eq!(jar.sent().chunked(NAME), Some(value));
    }
    jar.take(&clear_cookies(NAME, &jar.sent()));
    assert_eq!(jar, Jar::default());
}

/// As `value_in`, up to the longest.
fn value_in_room(parts: usize, seed: usize) -> String {
    if parts < 5 { value_in(parts, seed) } else { text(MAX_VALUE_BYTES, seed) }
}

/// C16; the same value again, as after nothing changed.
#[test]
fn writing_a_value_again_deletes_nothing_of_it() {
    let value = value_in(3, 0);
    let mut jar = Jar::with(&[&set(&value, &Cookies::default())]);
    jar.take(&set(&value, &jar.sent()));
    assert_eq!(jar.sent().chunked(NAME), Some(value));
}

/// C16
#[test]
fn deleting_takes_every_part_and_nothing_else() {
    let mut jar = Jar::with(&[&set(&value_in(3, 0), &Cookies::default())]);
    for other in ["__Host-tokenward-login-abc", "__Host-tokenwarden", "__Host-token", "__Host-x"] {
        jar.take_one(&format!("{other}=v; Path=/; Secure"));
    }
    // Left by two answers at once, and broken by whoever.
    jar.take_one("__Host-tokenward.old.1=v; Path=/; Secure");
    jar.take_one("__Host-tokenward.old.2=a,b; Path=/; Secure");
    jar.take(&clear_cookies(NAME, &jar.sent()));
    assert_eq!(jar.names(), ["__Host-tokenward-login-abc", "__Host-tokenwarden", "__Host-token", "__Host-x"]);
}

/// C16; however the browser takes two answers, and whenever it asks in between, it has one of the values, and the last is whole.
#[test]
fn two_answers_at_once_leave_one_whole_value() {
    let values = [value_in(2, 0), value_in(3, 1), value_in(3, 2), text(60, 3)];
    for [before, one, other] in [[0, 1, 2], [1, 0, 2], [0, 3, 1], [3, 1, 2], [1, 3, 0], [2, 3, 3]] {
        let jar = Jar::with(&[&set(&values[before], &Cookies::default())]);
        let [ones, others] = [one, other].map(|at| set(&values[at], &jar.sent()));
        let steps = ones.len() + others.len();
        for order in (0..1_u32 << steps).filter(|order| usize::try_from(order.count_ones()) == Ok(ones.len())) {
            let (mut jar, mut ones, mut others) = (jar.clone(), ones.iter(), others.iter());
            for step in 0..steps {
                let next = if order >> step & 1 == 1 { ones.next() } else { others.next() };
                jar.take_one(next.unwrap());
                let has = jar.sent().chunked(NAME);
                // What was before is deleted as soon as one answer is through, and nothing refers to it any more.
                assert!(
                    [before, one, other].iter().any(|at| has.as_deref() == Some(&*values[*at])),
                    "{order:b} {step}"
                );
            }
            assert_ne!(jar.sent().chunked(NAME).as_deref(), Some(&*values[before]));
            // The next answer takes away what the other one left.
            jar.take(&set("last", &jar.sent()));
            assert_eq!(jar.names(), [NAME]);
        }
    }
}

/// C03; nothing but a sealed text is ever written, and what could be another header is not.
#[test]
fn a_value_that_no_cookie_can_have_is_refused() {
    for value in ["a b", "a;b", "a; Domain=example", "a\r\nb", "a,b", "\"a\"", "é", "a\\b", "a\0"] {
        let error = set_cookies(NAME, value, SameSite::Strict, 1, &Cookies::default()).unwrap_err();
        assert_eq!(error.kind, Kind::Internal, "{value:?}");
    }
}

#[test]
fn the_debug_form_has_names_only() {
    assert_eq!(
        format!("{:?}", Cookies::parse("__Host-tokenward=secret; __Host-x=s")),
        r#"["__Host-tokenward", "__Host-x"]"#
    );
}

fn runner() -> Runner {
    Runner { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Runner::default() }
}

/// What a value may be made of, the mark of a first part at its start among it.
fn value() -> impl Strategy<Value = String> {
    let short =
        prop::collection::vec(prop::sample::select(vec!["~", "1", "2", "a", ".", "=", "-", "!", "~1~", "~2~"]), 0..9);
    let short = short.prop_map(|parts| parts.concat());
    (short, 0..MAX_VALUE_BYTES - 30, any::<u8>()).prop_map(|(start, size, seed)| start + &text(size, seed.into()))
}

proptest! {
    #![proptest_config(runner())]

    /// C16
    #[test]
    fn whatever_is_written_is_read(values in prop::collection::vec(value(), 1..4)) {
        let mut jar = Jar::default();
        for value in values {
            jar.take(&set(&value, &jar.sent()));
            prop_assert_eq!(jar.sent().chunked(NAME), Some(value));
        }
    }

    #[test]
    fn whatever_comes_is_read(
        header in any::<String>(),
        pairs in prop::collection::vec("(__Host-tokenward(\\.m\\.[0-9])?|(__Host-)?[ -~]{0,9})=[!-~]{0,20}", 0..6),
    ) {
        for header in [header, pairs.join("; ")] {
            let cookies = Cookies::parse(&header);
            let _ = cookies.chunked(NAME);
            prop_assert!(cookies.names("").all(|name| name.starts_with("__Host-")));
            let is_plain = |line: &String| line.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
            prop_assert!(clear_cookies(NAME, &cookies).iter().all(is_plain));
        }
    }
}
