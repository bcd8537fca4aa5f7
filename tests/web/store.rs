//! Strings in sessionStorage.

use super::fakes::web;
use tokenward::ports::Store as _;
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn what_is_saved_is_loaded_until_it_is_removed() {
    let web = web();
    for value in ["x", "", "null", "undefined", "{\"a\":\"\\\"\"}", "é😀\0\n"] {
        web.save("test.one", value).unwrap();
        assert_eq!(web.load("test.one").unwrap().as_deref(), Some(value));
    }
    web.remove("test.one").unwrap();
    assert_eq!(web.load("test.one").unwrap(), None);
    web.remove("test.one").unwrap();
}

#[test]
fn the_later_value_counts() {
    let web = web();
    web.save("test.later", "1").unwrap();
    web.save("test.later", "2").unwrap();
    assert_eq!(web.load("test.later").unwrap().as_deref(), Some("2"));
    web.remove("test.later").unwrap();
}

#[test]
fn what_a_prototype_has_is_not_stored() {
    for name in ["getItem", "length", "__proto__", "toString"] {
        assert_eq!(web().load(name).unwrap(), None, "{name}");
    }
}

#[test]
fn names_are_those_that_begin_so() {
    let web = web();
    for name in ["test.names.b", "test.names.a", "test.names.", "test.name", "other.test.names.c"] {
        web.save(name, "x").unwrap();
    }
    let mut names = web.names("test.names.").unwrap();
    names.sort_unstable();
    assert_eq!(names, ["test.names.", "test.names.a", "test.names.b"]);
    assert!(web.names("test.none.").unwrap().is_empty());
    for name in web.names("test.").unwrap() {
        web.remove(&name).unwrap();
    }
    web.remove("other.test.names.c").unwrap();
    assert!(web.names("test.").unwrap().is_empty());
}

#[test]
fn a_full_store_is_an_error_that_keeps_what_was_there() {
    let web = web();
    web.save("test.full", "before").unwrap();
    let error = web.save("test.full", &"x".repeat(20 << 20)).unwrap_err();
    assert_eq!(error.kind.entry().code, "storage_failed");
    assert_eq!(web.load("test.full").unwrap().as_deref(), Some("before"));
    web.remove("test.full").unwrap();
}
