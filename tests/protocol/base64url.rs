//! base64url without padding: one spelling for each sequence of bytes, in both builds.

use super::given::test;
use tokenward::core::base::base64url::{decode, decode_text, encode, encode_standard};

/// RFC 4648, section 10, in the other alphabet and without padding.
#[test]
fn vectors_of_the_specification_hold() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg"),
        ("fo", "Zm8"),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg"),
        ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(encode(bytes.as_bytes()), text);
        assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        assert_eq!(decode_text(text).as_deref(), Some(bytes));
    }
    // RFC 7515, appendix C.
    assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
}

#[test]
fn every_byte_comes_back() {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(decode(&encode(&bytes)), Some(bytes));
}

/// J05
#[test]
fn any_other_spelling_is_nothing() {
    for text in [
        "Zg=",
        "Zg==",
        "Zm8=",
        "=",
        "====",
        "Zm9v=",
        " Zm9v",
        "Zm9v ",
        "Zm\n9v",
        "Zm 9v",
        "Zm9v\t",
        "Zm9v\0",
        "A+z/4ME",
        "A+z_",
        "A-z/",
        "A",
        "Zm9vA",
        "Zh",
        "Zm9",
        "Z.g",
        "Zg%3D",
        "Zm9v\u{e9}",
        "é",
        "😀",
        "\u{ff21}AAA",
    ] {
        assert!(decode(text).is_none(), "{text:?}");
        assert!(decode_text(text).is_none(), "{text:?}");
    }
}

/// J06
#[test]
fn bytes_that_are_no_utf_8_are_no_text() {
    let invalid: [&[u8]; 5] = [&[0xff], &[0xc3], &[0xc0, 0xaf], &[0xed, 0xa0, 0x80], &[0xf4, 0x90, 0x80, 0x80]];
    for bytes in invalid {
        assert!(decode(&encode(bytes)).is_some());
        assert!(decode_text(&encode(bytes)).is_none(), "{bytes:?}");
    }
    assert_eq!(decode_text(&encode("é😀\0".as_bytes())).as_deref(), Some("é😀\0"));
}

/// Neither build may lose a byte order mark: what was signed is what is read.
#[test]
fn a_byte_order_mark_is_kept() {
    assert_eq!(decode_text("77u_e30").as_deref(), Some("\u{feff}{}"));
}

/// T10; RFC 4648, section 10, as HTTP Basic has it.
#[test]
fn the_standard_alphabet_has_padding() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
        // RFC 7617, section 2.
        ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ] {
        assert_eq!(encode_standard(bytes.as_bytes()), text);
    }
    assert_eq!(encode_standard(&[3, 236, 255, 224, 193]), "A+z/4ME=");
}
