//! Forms, as RFC 6749, appendix B and the URL standard write them.

use super::given::test;
use tokenward::core::base::form::{encode, values, write};

/// T01
#[test]
fn what_is_written_is_a_form() {
    assert_eq!(write(&[]), "");
    assert_eq!(write(&[("a", ""), ("b c", "d+e&f=g%h")]), "a=&b+c=d%2Be%26f%3Dg%25h");
    assert_eq!(write(&[("é", "😀"), ("x", "*-._~!'()")]), "%C3%A9=%F0%9F%98%80&x=*-._%7E%21%27%28%29");
    assert_eq!(write(&[("a", "\r\n\0")]), "a=%0D%0A%00");
}

#[test]
fn the_same_name_twice_stays_twice() {
    assert_eq!(write(&[("a", "1"), ("a", "2")]), "a=1&a=2");
    assert_eq!(values("a=1&b=3&a=2", "a"), ["1", "2"]);
}

#[test]
fn what_is_written_is_read_back() {
    let awkward = " +&=%;#?é😀\u{1}";
    assert_eq!(values(&write(&[(awkward, awkward)]), awkward), [awkward]);
}

#[test]
fn values_are_decoded_as_the_standard_says() {
    for (query, found) in [
        ("?a=x", &["x"][..]),
        ("a=x", &["x"]),
        ("??a=x", &[]),
        ("a", &[""]),
        ("a=", &[""]),
        ("=x", &[]),
        ("&&a=x&&", &["x"]),
        ("a=x;b=y", &["x;b=y"]),
        ("a=x=y", &["x=y"]),
        ("%61=x", &["x"]),
        ("a=x%20y+z%2B", &["x y z+"]),
        ("a=%", &["%"]),
        ("a=%zz", &["%zz"]),
        ("a=%ff", &["\u{fffd}"]),
        ("A=x", &[]),
        ("", &[]),
        ("?", &[]),
    ] {
        assert_eq!(values(query, "a"), found, "{query}");
    }
}

/// T10
#[test]
fn one_name_or_value_is_written_as_in_a_form() {
    for (text, encoded) in [
        ("", ""),
        ("plain", "plain"),
        ("=", "%3D"),
        ("==a", "%3D%3Da"),
        ("a:b c", "a%3Ab+c"),
        ("p@ss:w%rd+/=&~*", "p%40ss%3Aw%25rd%2B%2F%3D%26%7E*"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
    ] {
        assert_eq!(encode(text), encoded);
    }
}
