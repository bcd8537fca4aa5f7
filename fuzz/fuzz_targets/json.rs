//! JSON: what the narrow view shows is what `serde_json` sees, and what is written is read back.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use tokenward::core::base::json::{Json, Writer};

fuzz_target!(|text: &str| {
    let quoted = Writer::default().text(text, text).finish();
    assert!(quoted.bytes().all(|byte| byte >= b' '));
    assert!(Json::parse(&quoted).unwrap().is(text, text));

    let Some(json) = Json::parse(text) else { return };
    let Some(members) = object(text) else {
        assert!(!json.is_object());
        return;
    };
    assert!(json.is_object());
    for (name, value) in &members {
        assert!(json.mentions(name));
        assert_eq!(json.has(name), !value.is_null());
        assert_eq!(json.text(name).as_deref(), value.as_str());
        assert_eq!(json.truth(name), value.as_bool());
        assert_eq!(json.number(name), value.as_f64());
        let items = json.get(name).and_then(|value| value.items());
        assert_eq!(items.map(|items| items.len()), value.as_array().map(Vec::len));
    }

    let written = members.iter().fold(Writer::default(), |object, (name, value)| match value {
        Value::String(text) => object.text(name, text),
        Value::Bool(truth) => object.truth(name, *truth),
        Value::Number(number) if number.is_u64() => object.whole(name, number.as_u64().unwrap()),
        other => object.json(name, &other.to_string()),
    });
    assert_eq!(object(&written.finish()), Some(members));
});

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}
