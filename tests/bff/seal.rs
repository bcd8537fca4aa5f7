//! Sealed texts: for their purpose, until their end, under a key of the ring, and to the byte as they were written.

use super::keys::{Keys, SECRETS, at_once};
use proptest::prelude::*;
use proptest::test_runner::{Config as Runner, RngSeed};
use tokenward::core::base::base64url::{decode, encode};
use tokenward::core::base::error::{Kind, Result};
use tokenward::core::base::time::Now;
use tokenward::core::bff::seal::{KeyRing, MAX_SEALED_CHARS, Opened, Sealed, build_sealed, check_opened};
use tokenward::edge::sealing;

const COOKIE: &str = "__Host-tokenward";
const TEXT: &str = r#"{"access_token":"an access token","é":"😀"}"#;
const END_S: u64 = 1_800_000_000;

fn at(wall_ms: u64) -> Now {
    Now { wall_ms, monotonic_ms: 0 }
}

fn ring(keys: &Keys) -> KeyRing {
    at_once(sealing::key_ring(keys)).unwrap()
}

fn try_seal(keys: &Keys, purpose: &str, text: &str) -> Result<String> {
    at_once(sealing::seal(keys, &ring(keys), purpose, text, END_S))
}

fn seal(keys: &Keys, purpose: &str, text: &str) -> String {
    try_seal(keys, purpose, text).unwrap()
}

fn open_at(keys: &Keys, purpose: &str, sealed: &str, now: Now) -> Option<Opened> {
    at_once(sealing::open(keys, &ring(keys), purpose, sealed, now))
}

fn open(keys: &Keys, purpose: &str, sealed: &str) -> Option<String> {
    open_at(keys, purpose, sealed, at(0)).map(|opened| opened.text.secret().to_owned())
}

/// C03
#[test]
fn what_was_sealed_is_opened() {
    let keys = Keys::of(&SECRETS);
    for text in [TEXT, "", "\0", "a"] {
        assert_eq!(open(&keys, COOKIE, &seal(&keys, COOKIE, text)).as_deref(), Some(text));
    }
}

/// C03; by `src/web/sealing.js`, whose test in tests/web opens what is sealed here.
#[test]
fn a_text_that_was_sealed_elsewhere_is_opened() {
    let keys = Keys::of(&SECRETS[..1]);
    assert_eq!(seal(&keys, COOKIE, "hello"), VECTOR);
    assert_eq!(open(&keys, COOKIE, VECTOR).as_deref(), Some("hello"));
}

const VECTOR: &str = "5RbZ9S43.AAAAAAAAAAAAAAAAg8lRRMBaIww_GA0uNEEc37SWsAplEoi9Aref8c0";

/// C03
#[test]
fn the_form_is_the_key_s_id_and_base64url() {
    let keys = Keys::of(&SECRETS);
    let sealed = seal(&keys, COOKIE, TEXT);
    let (id, rest) = sealed.split_once('.').unwrap();
    assert_eq!(id, ring(&keys).first());
    assert_eq!(id.len(), 8);
    assert_eq!(decode(rest).unwrap().len(), 12 + 8 + TEXT.len() + 16);
    assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
}

/// C03
#[test]
fn each_sealing_has_a_nonce_of_its_own() {
    let keys = Keys::of(&SECRETS);
    let [one, other] = [seal(&keys, COOKIE, TEXT), seal(&keys, COOKIE, TEXT)];
    let [one, other] = [Sealed::parse(&one).unwrap(), Sealed::parse(&other).unwrap()];
    assert_eq!((one.nonce, other.nonce), (vec![0; 12], vec![1; 12]));
    assert_ne!(one.sealed, other.sealed);
}

/// C03
#[test]
fn one_other_character_anywhere_makes_it_nothing() {
    let keys = Keys::of(&SECRETS);
    let sealed = seal(&keys, COOKIE, TEXT);
    let others = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_', '.', '=', '+', '/', ' ', '%']);
    for at in 0..sealed.len() {
        for other in others.clone().filter(|other| !sealed[at..].starts_with(*other)) {
            let changed = format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]);
            assert_eq!(open(&keys, COOKIE, &changed), None, "{other} at {at}");
        }
    }
}

/// C03
#[test]
fn one_other_bit_anywhere_makes_it_nothing() {
    let keys = Keys::of(&SECRETS);
    let sealed = seal(&keys, COOKIE, TEXT);
    let (id, rest) = sealed.split_once('.').unwrap();
    let bytes = decode(rest).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&keys, COOKIE, &format!("{id}.{}", encode(&changed))), None, "bit {bit}");
    }
}

/// C03
#[test]
fn more_or_less_than_was_sealed_is_nothing() {
    let keys = Keys::of(&SECRETS);
    let sealed = seal(&keys, COOKIE, TEXT);
    for end in 0..sealed.len() {
        assert_eq!(open(&keys, COOKIE, &sealed[..end]), None, "{end}");
        assert_eq!(open(&keys, COOKIE, &sealed[sealed.len() - end..]), None, "{end}");
    }
    for changed in [
        format!("{sealed}A"),
        format!("{sealed}AAAA"),
        format!("{sealed}="),
        format!("{sealed} "),
        format!(" {sealed}"),
        format!("{sealed}\n"),
        format!("{sealed}."),
        format!(".{sealed}"),
        sealed.replace('.', ".."),
        format!("{sealed}{sealed}"),
    ] {
        assert_eq!(open(&keys, COOKIE, &changed), None, "{changed}");
    }
}

/// C03
#[test]
fn a_text_is_for_its_purpose_only() {
    let keys = Keys::of(&SECRETS);
    let sealed = seal(&keys, COOKIE, TEXT);
    for other in
        ["__Host-tokenward-login-abcdefgh", "__Host-tokenwar", "__Host-tokenward.", "__host-tokenward", "s:1", ""]
    {
        assert_eq!(open(&keys, other, &sealed), None, "{other}");
    }
}

/// C03
#[test]
fn a_text_ends_when_it_was_to() {
    let keys = Keys::of(&SECRETS);
    let sealed = seal(&keys, COOKIE, TEXT);
    let is_open = |wall_ms| open_at(&keys, COOKIE, &sealed, at(wall_ms)).is_some();
    assert!(is_open(END_S * 1000 - 1));
    assert!(!is_open(END_S * 1000));
    assert!(!is_open(u64::MAX));
}

/// C03; nor is its end anywhere that somebody could change it.
#[test]
fn the_same_text_with_another_end_is_another() {
    let keys = Keys::of(&SECRETS);
    let until = |end_s| {
        let sealed = at_once(sealing::seal(&keys, &ring(&keys), COOKIE, TEXT, end_s)).unwrap();
        (open_at(&keys, COOKIE, &sealed, at(1_000)).is_some(), sealed.len())
    };
    let (is_open, length) = until(1);
    assert!(!is_open);
    assert_eq!([until(2), until(u64::MAX)], [(true, length); 2]);
}

/// C03
#[test]
fn a_key_that_is_not_in_the_ring_opens_nothing() {
    let before = Keys::of(&SECRETS[..1]);
    let sealed = seal(&before, COOKIE, TEXT);
    let after = Keys::of(&SECRETS[1..]);
    assert_eq!(open(&after, COOKIE, &sealed), None);
    // Nor is the platform asked, which may have more keys than the ring.
    let small = ring(&after);
    assert!(at_once(sealing::open(&before, &small, COOKIE, &sealed, at(0))).is_none());
    assert!(before.opened.borrow().is_empty() && after.opened.borrow().is_empty());
}

/// C03
#[test]
fn an_older_key_opens_and_the_first_one_seals() {
    let old = Keys::of(&SECRETS[..1]);
    let both = Keys::of(&[SECRETS[1], SECRETS[0]]);
    let [before, after] = [seal(&old, COOKIE, TEXT), seal(&both, COOKIE, TEXT)];
    let is_older = |keys, sealed: &str| open_at(keys, COOKIE, sealed, at(0)).map(|opened| opened.is_under_older_key);
    assert_eq!(is_older(&both, &before), Some(true));
    assert_eq!(is_older(&both, &after), Some(false));
    assert_eq!(is_older(&old, &before), Some(false));
    assert_eq!(is_older(&old, &after), None);
}

/// C03; the id of another key of the ring does not help.
#[test]
fn a_text_is_under_the_key_that_it_names() {
    let keys = Keys::of(&SECRETS);
    let sealed = seal(&keys, COOKIE, TEXT);
    let (_, rest) = sealed.split_once('.').unwrap();
    for other in at_once(tokenward::ports::Aead::key_ids(&keys)).unwrap().into_iter().skip(1) {
        assert_eq!(open(&keys, COOKIE, &format!("{other}.{rest}")), None, "{other}");
    }
}

#[test]
fn a_ring_is_of_ids_and_of_each_once() {
    let of = |ids: &[&str]| KeyRing::new(ids.iter().map(|id| (*id).to_owned()).collect());
    assert_eq!(of(&["abcdefg_", "ABCDEF-8"]).unwrap().first(), "abcdefg_");
    for ids in [
        &[][..],
        &["abcdefgh", "abcdefgh"],
        &["abcdefg"],
        &["abcdefghi"],
        &["abcdefg."],
        &["abcdefgé"],
        &["abcdefgh", ""],
    ] {
        assert!(of(ids).is_none(), "{ids:?}");
    }
}

#[test]
fn what_no_store_takes_is_not_sealed_and_not_read() {
    let keys = Keys::of(&SECRETS);
    let most = (MAX_SEALED_CHARS - 9) / 4 * 3 - 36;
    let sealed = seal(&keys, COOKIE, &"x".repeat(most));
    assert!(sealed.len() <= MAX_SEALED_CHARS);
    assert!(open(&keys, COOKIE, &sealed).is_some());
    assert_eq!(try_seal(&keys, COOKIE, &"x".repeat(most + 3)).unwrap_err().kind, Kind::SessionTooLarge);
    assert!(Sealed::parse(&format!("abcdefgh.{}", "A".repeat(MAX_SEALED_CHARS))).is_none());
}

/// What is sealed can be kept: what a store says of its values holds for both.
#[test]
fn a_sealed_text_is_as_long_as_a_store_takes() {
    let store = include_str!("../../pkg-template/src/edge/stores/store.ts");
    let longest = store.split_once("const LONGEST_VALUE = ").unwrap().1.split_once(';').unwrap().0.replace('_', "");
    assert_eq!(longest.parse(), Ok(MAX_SEALED_CHARS));
}

#[test]
fn a_platform_that_refuses_seals_and_opens_nothing() {
    let keys = Keys::of(&SECRETS);
    let (ring, sealed) = (ring(&keys), seal(&keys, COOKIE, TEXT));
    keys.fails.set(true);
    assert_eq!(at_once(sealing::key_ring(&keys)).unwrap_err().kind, Kind::Internal);
    assert_eq!(at_once(sealing::seal(&keys, &ring, COOKIE, TEXT, END_S)).unwrap_err().kind, Kind::Internal);
    assert!(at_once(sealing::open(&keys, &ring, COOKIE, &sealed, at(0))).is_none());
}

#[test]
fn what_was_opened_and_is_none_of_ours_is_nothing() {
    for plain in [&[][..], &[255; 7], &[255, 255, 255, 255, 255, 255, 255, 255, 0xc3, 0x28]] {
        assert!(check_opened(plain.to_vec(), at(0)).is_none(), "{plain:?}");
    }
    assert_eq!(check_opened(vec![255; 8], at(0)).unwrap().secret(), "");
}

#[test]
fn the_debug_form_has_no_text() {
    let keys = Keys::of(&SECRETS);
    let opened = open_at(&keys, COOKIE, &seal(&keys, COOKIE, TEXT), at(0)).unwrap();
    assert_eq!(format!("{opened:?}"), "Opened { text: Unsealed(redacted), is_under_older_key: false }");
}

proptest! {
    #![proptest_config(Runner { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Runner::default() })]

    /// C03
    #[test]
    fn whatever_is_sealed_is_opened(text in any::<String>(), purpose in any::<String>(), end_s in 1..u64::MAX) {
        let keys = Keys::of(&SECRETS[..1]);
        let sealed = at_once(sealing::seal(&keys, &ring(&keys), &purpose, &text, end_s)).unwrap();
        prop_assert_eq!(open(&keys, &purpose, &sealed), Some(text));
    }

    /// C03
    #[test]
    fn what_can_be_read_has_one_way_to_write_it(text in "[A-Za-z0-9_-]{7,8}[.]{1,2}[A-Za-z0-9_-]{47,60}=?") {
        if let Some(Sealed { key_id, nonce, sealed }) = Sealed::parse(&text) {
            prop_assert_eq!(build_sealed(key_id, &nonce, &sealed).unwrap(), text);
        }
    }

    #[test]
    fn whatever_comes_is_nothing(
        text in any::<String>(),
        id in "[A-Za-z0-9_-]{8}",
        bytes in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let keys = Keys::of(&SECRETS);
        let first = ring(&keys).first().to_owned();
        for text in [text, format!("{id}.{}", encode(&bytes)), format!("{first}.{}", encode(&bytes))] {
            prop_assert_eq!(open(&keys, COOKIE, &text), None);
        }
    }
}
