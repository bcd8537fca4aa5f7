//! An API's answer: its status and the value of `WWW-Authenticate`. What is read is what is there, and no answer leads to
//! more than its status allows.

#![cfg_attr(not(test), no_main)]

#[cfg(not(test))]
use libfuzzer_sys::fuzz_target;
use tokenward::core::oauth::challenge::{Verdict, judge, read_challenges};

fuzz_target!(|input: &str| {
    let (status, header) = input.split_once(' ').unwrap_or_default();
    let Ok(status) = status.parse() else { return };

    let challenges = read_challenges(header);
    for challenge in &challenges {
        assert!(!challenge.scheme.is_empty() && header.contains(&challenge.scheme));
        for (at, (name, value)) in challenge.parameters.iter().enumerate() {
            assert!(*name == name.to_ascii_lowercase(), "names are compared in lower case");
            assert!(challenge.parameters.iter().skip(at + 1).all(|(other, _)| other != name), "a parameter twice");
            assert!(value.len() <= header.len());
        }
    }
    let written: Vec<String> = challenges
        .iter()
        .map(|challenge| {
            let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
            let parameters = challenge.parameters.iter().map(|(name, value)| match name.as_str() {
                "" => value.clone(),
                name => format!("{name}=\"{}\"", quoted(value)),
            });
            format!("{} {}", challenge.scheme, parameters.collect::<Vec<_>>().join(", "))
        })
        .collect();
    assert_eq!(read_challenges(&written.join(", ")), challenges, "what is written anew reads the same");

    for has_nonce in [false, true] {
        match judge(status, Some(header), has_nonce) {
            Verdict::Keep => {}
            Verdict::Refresh => assert_eq!(status, 401),
            Verdict::Again => assert!(status == 401 && has_nonce && header.contains("use_dpop_nonce")),
            Verdict::StepUp(step_up) => {
                assert!(matches!(status, 401 | 403));
                assert!(step_up.scope.is_none() || step_up.acr_values.is_none() && step_up.max_age_s.is_none());
            }
        }
    }
    assert_eq!(judge(status, None, true), if status == 401 { Verdict::Refresh } else { Verdict::Keep });
});
