//! JSON through the narrow view, and the writer.

use super::given::{json, test};
use tokenward::core::base::json::{Json, Writer};

#[test]
fn text_that_is_not_json_is_nothing() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "{]",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "undefined",
        "NaN",
        "Infinity",
        "-",
        "01",
        "+1",
        ".5",
        "1.",
        "0x1",
        "nul",
        "True",
        "\"",
        "\"\t\"",
        "\"\\x\"",
        "\"\\u12\"",
        "// x\n1",
        "1 2",
        "\u{feff}{}",
        "\u{a0}1",
    ] {
        assert!(Json::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn space_around_json_is_nothing_to_mind() {
    assert!(Json::parse(" \t\r\n{ \"a\" : 1 } \n").is_some_and(|value| value.has("a")));
}

#[test]
fn a_member_is_seen_only_as_what_it_is() {
    let value = json(r#"{"s":"x","e":"","n":1.5,"t":true,"f":false,"z":null,"a":["x","y"],"m":["x",1],"o":{"s":"y"}}"#);
    assert_eq!(value.text("s").as_deref(), Some("x"));
    assert_eq!(value.text("e").as_deref(), Some(""));
    assert_eq!(value.number("n"), Some(1.5));
    assert_eq!(value.truth("t"), Some(true));
    assert_eq!(value.truth("f"), Some(false));
    assert_eq!(value.one_or_many("s"), Some(vec!["x".to_owned()]));
    assert_eq!(value.one_or_many("a"), Some(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(value.get("o").and_then(|inner| inner.text("s")).as_deref(), Some("y"));
    for name in ["n", "t", "z", "a", "o", "none"] {
        assert!(value.text(name).is_none(), "{name}");
    }
    for name in ["s", "t", "z", "a", "o", "none"] {
        assert!(value.number(name).is_none(), "{name}");
    }
    for name in ["s", "n", "z", "a", "o", "none"] {
        assert!(value.truth(name).is_none(), "{name}");
    }
    for name in ["n", "t", "z", "m", "o", "none"] {
        assert!(value.one_or_many(name).is_none(), "{name}");
    }
}

#[test]
fn null_and_absence_are_the_same() {
    let value = json(r#"{"z":null,"f":false,"n":0,"e":""}"#);
    assert!(!value.has("z") && !value.has("none"));
    assert!(value.has("f") && value.has("n") && value.has("e"));
    assert!(value.is_or_lacks("z", "x") && value.is_or_lacks("none", "x"));
    assert!(!value.is_or_lacks("e", "x") && !value.is_or_lacks("n", "0"));
}

#[test]
fn what_a_prototype_has_is_not_there() {
    let value = json("{}");
    for name in ["toString", "constructor", "__proto__", "hasOwnProperty", "valueOf"] {
        assert!(!value.has(name), "{name}");
    }
    let own = json(r#"{"__proto__":{"iss":"x"},"toString":"mine"}"#);
    assert!(own.has("__proto__") && !own.has("iss"));
    assert_eq!(own.text("toString").as_deref(), Some("mine"));
}

#[test]
fn only_objects_have_members() {
    for text in ["null", "5", "\"length\"", "true"] {
        let value = json(text);
        assert!(!value.is_object(), "{text}");
        assert!(value.get("length").is_none() && value.get("0").is_none(), "{text}");
    }
    assert!(json("{}").is_object());
}

#[test]
fn only_arrays_have_items() {
    assert_eq!(json("[]").items().map(|items| items.len()), Some(0));
    assert_eq!(json("[1,null,\"x\"]").items().map(|items| items.len()), Some(3));
    for text in ["{}", "\"x\"", "null", "5", r#"{"0":1,"length":1}"#] {
        assert!(json(text).items().is_none(), "{text}");
    }
}

#[test]
fn members_are_known_by_whole_names() {
    let value = json(r#"{"a":1,"bc":2}"#);
    assert!(value.has_only("a bc") && value.has_only("x bc a"));
    assert!(!value.has_only("a b c") && !value.has_only("a") && !value.has_only(""));
    assert!(json("{}").has_only(""));
}

/// J14
#[test]
fn whole_numbers_are_finite_and_not_negative() {
    for (text, whole) in [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("1", Some(1)),
        ("1.9", Some(1)),
        ("1e3", Some(1000)),
        ("9007199254740991", Some(9_007_199_254_740_991)),
        ("1e300", Some(u64::MAX)),
        ("-1", None),
        ("-0.5", None),
        ("\"1\"", None),
        ("true", None),
        ("null", None),
    ] {
        assert_eq!(json(&format!("{{\"n\":{text}}}")).whole("n"), whole, "{text}");
    }
}

/// J06
#[test]
fn an_object_that_names_a_member_twice_is_not_read() {
    for text in [
        r#"{"alg":"none","alg":"ES256"}"#,
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"none","\u0061lg":"ES256"}"#,
        r#"{"alg" : "none" , "x" : [ { "y" : 1 } ] , "alg" : "ES256"}"#,
        r#"{"a":{"b":{"c":1,"c":2}}}"#,
        r#"[[{"":1,"":2}]]"#,
        r#"{"a\"":1,"a\"":2}"#,
        r#"{"__proto__":1,"__proto__":2}"#,
    ] {
        assert!(Json::parse(text).is_none(), "{text}");
    }
    for text in [
        r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#,
        r#"{"a":"a","b":"a:","c":"\"a\":1","d":"{\"a\":1,\"a\":2}"}"#,
        r#"["a","a",{"a":"}"},"a"]"#,
        r#"{"\\":1,"\\\\":2,"":3," ":4}"#,
        r#"{"__proto__":1,"constructor":2}"#,
    ] {
        assert!(Json::parse(text).is_some(), "{text}");
    }
}

/// J06
#[test]
fn of_many_members_none_has_the_name_of_another() {
    let object = |names: &[usize]| {
        format!("{{{}}}", names.iter().map(|name| format!("\"{name}\":1")).collect::<Vec<_>>().join(","))
    };
    for count in [15, 16, 17, 18, 40] {
        let mut names: Vec<usize> = (0..count).collect();
        assert!(Json::parse(&object(&names)).is_some(), "{count}");
        for twice in 0..count {
            names.push(twice);
            assert!(Json::parse(&object(&names)).is_none(), "{twice} of {count}");
            names.pop();
        }
    }
}

/// J06
#[test]
fn what_two_readers_may_understand_differently_is_not_read() {
    let deep = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
    assert!(Json::parse(&deep(64)).is_some());
    assert!(Json::parse(&deep(65)).is_none());
    assert!(Json::parse(&format!("{{\"a\":{}}}", deep(64))).is_none());
    for text in
        ["1e400", "-1e400", "[1E+999]", r#"{"a":1e309}"#, r#""\ud800""#, r#"{"\udc00":1}"#, r#"["\udc00\ud800"]"#]
    {
        assert!(Json::parse(text).is_none(), "{text}");
    }
    for text in ["1e308", "-0.5e-400", "123456789012345678901234567890", r#""\ud83d\ude00""#, r#"{"1e400":"1e400"}"#] {
        assert!(Json::parse(text).is_some(), "{text}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let awkward = "\"\\/\0\u{1}\t\r\n\u{1f}\u{7f}\u{80}é\u{2028}\u{2029}\u{feff}😀</script>";
    let text = Writer::default()
        .text("a", awkward)
        .text(awkward, "b")
        .optional("c", Some("d"))
        .optional("e", None)
        .whole("f", 9_007_199_254_740_991)
        .whole_or_null("g", Some(0))
        .whole_or_null("h", None)
        .truth("i", true)
        .truth("j", false)
        .json("k", "[1,{}]")
        .finish();
    let value = json(&text);
    assert_eq!(value.text("a").as_deref(), Some(awkward));
    assert_eq!(value.text(awkward).as_deref(), Some("b"));
    assert_eq!(value.text("c").as_deref(), Some("d"));
    assert!(!value.has("e") && !value.has("h"));
    assert_eq!(value.whole("f"), Some(9_007_199_254_740_991));
    assert_eq!(value.whole("g"), Some(0));
    assert_eq!((value.truth("i"), value.truth("j")), (Some(true), Some(false)));
    assert_eq!(value.get("k").and_then(|items| items.items()).map(|items| items.len()), Some(2));
}

#[test]
fn nothing_written_is_an_empty_object() {
    assert_eq!(Writer::default().finish(), "{}");
    assert_eq!(Writer::default().optional("a", None).finish(), "{}");
}

#[test]
fn an_array_has_no_members() {
    for text in ["[1,2]", r#"["length"]"#] {
        let value = json(text);
        assert!(!value.is_object(), "{text}");
        assert!(value.get("length").is_none() && value.get("0").is_none(), "{text}");
    }
}
