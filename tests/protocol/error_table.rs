//! The table of errors: total, stable, and the same as what TypeScript is told.

use super::given::test;
use std::collections::HashSet;
use tokenward::core::base::error::{Class, Error, Kind, OAuthError, Phase};

const TYPES: &str = include_str!("../../pkg-template/index.d.ts");

const README: &str = include_str!("../../README.md");
const REFERENCE: &str = include_str!("../../docs/reference.md");
const FACADE_ROWS: &str = include_str!("../../pkg-template/src/error.ts");
const BFF_ROWS: &str = include_str!("../../pkg-template/src/bff/errors.ts");
const EDGE_ROWS: &str = include_str!("../../pkg-template/src/edge/errors.ts");

/// Codes that only the JavaScript side can give: before there is any wasm to ask.
const OF_THE_FACADE: [&str; 9] = [
    "wasm_load_failed",
    "wasm_blocked_by_csp",
    "worker_load_failed",
    "vault_config_mismatch",
    "vault_refused",
    "token_not_readable",
    "bff_load_failed",
    "bff_missing",
    "bff_refused",
];

/// The members of a union of string literals.
fn union(name: &str) -> Vec<&'static str> {
    let start = TYPES.split(&format!("export type {name} =")).nth(1).unwrap_or_else(|| panic!("no type {name}"));
    let union = start.split(";\n").next().unwrap();
    // What is between quotes, at the start of a member: not the quotes of a comment.
    union.split("| \"").skip(1).map(|member| member.split('"').next().unwrap()).collect()
}

fn is_snake_case(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('_').all(word)
}

#[test]
fn codes_are_unique_and_in_snake_case() {
    let codes: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.entry().code).collect();
    assert_eq!(codes.len(), Kind::ALL.len());
    for code in codes {
        assert!(is_snake_case(code), "{code}");
    }
}

/// The types are of all builds, and only a native one knows the codes of all.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn typescript_knows_every_code_and_no_other() {
    let told = union("AuthErrorCode");
    let mut known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.entry().code).chain(OF_THE_FACADE).collect();
    let mut unique: Vec<&str> = told.iter().copied().collect::<HashSet<_>>().into_iter().collect();
    assert_eq!(unique.len(), told.len(), "no code twice");
    known.sort_unstable();
    unique.sort_unstable();
    assert_eq!(unique, known);
}

#[test]
fn typescript_knows_every_name() {
    let told = union("AuthErrorName");
    for kind in Kind::ALL {
        assert!(told.contains(&kind.entry().class.name()), "{kind:?}");
    }
    assert_eq!(told.len(), 7);
}

#[test]
fn typescript_knows_every_phase() {
    let told = union("AuthErrorPhase");
    let phases = [
        Phase::Config,
        Phase::Discovery,
        Phase::Authorize,
        Phase::Callback,
        Phase::Token,
        Phase::IdToken,
        Phase::Userinfo,
        Phase::Refresh,
        Phase::Fetch,
        Phase::SignOut,
        Phase::Storage,
        Phase::Verify,
    ];
    for phase in phases {
        assert!(told.contains(&phase.name()), "{phase:?}");
    }
    assert_eq!(told.len(), phases.len() + 1, "and the facade's own: load");
}

#[test]
fn messages_begin_like_sentences_and_end_without_a_stop() {
    for kind in Kind::ALL {
        let message = kind.entry().message;
        assert!(
            message.starts_with(|first: char| first.is_ascii_uppercase()) || message.starts_with("tokenward "),
            "{message}"
        );
        assert!(!message.ends_with(['.', '!', ':', ' ']), "{message}");
        assert!(!message.contains(['{', '}', '\n']), "{message}");
    }
}

#[test]
fn suggestions_are_sentences() {
    for kind in Kind::ALL {
        let suggestion = kind.entry().suggestion;
        assert!(suggestion.is_empty() || suggestion.ends_with('.'), "{suggestion}");
        assert!(!suggestion.starts_with(|first: char| first.is_ascii_lowercase()), "{suggestion}");
    }
}

#[test]
fn only_what_the_network_or_a_store_did_may_pass() {
    for kind in Kind::ALL {
        let entry = kind.entry();
        let of_the_network = entry.class == Class::Network && *kind != Kind::ResponseTooLarge;
        let passing = of_the_network || matches!(kind, Kind::StoreFailed | Kind::StorageFailed);
        assert_eq!(entry.retryable, passing, "{kind:?}");
        assert_eq!(Error::new(*kind).is_retryable(), passing, "{kind:?}");
    }
}

#[test]
fn an_error_says_what_and_about_what() {
    for kind in Kind::ALL {
        assert_eq!(Error::new(*kind).message(), kind.entry().message);
        assert_eq!(Error::new(*kind).phase, kind.entry().phase);
    }
    let about = Error::about(Kind::InvalidOption, "scope");
    assert_eq!(about.to_string(), "An option is missing, unknown or out of bounds: scope");
}

#[test]
fn an_error_takes_on_step_and_status() {
    let error = Error::new(Kind::ServerError).during(Phase::Refresh).with_status(503, Some(9));
    assert_eq!((error.phase, error.status, error.retry_after_s), (Phase::Refresh, Some(503), Some(9)));
}

/// A09, R03
#[test]
fn the_provider_s_errors_map_to_kinds_of_the_same_name_or_to_one() {
    for kind in Kind::ALL {
        let oauth = OAuthError { error: kind.entry().code.to_owned(), ..OAuthError::default() };
        let own = kind.entry().class == Class::OAuth || *kind == Kind::ServerError;
        assert_eq!(oauth.kind(), if own { *kind } else { Kind::OauthError }, "{kind:?}");
    }
}

/// What the page says under the heading of this code.
fn section(code: &str) -> &'static str {
    let heading = format!("\n### `{code}`\n");
    let mut after = REFERENCE.split(&heading).skip(1);
    let section = after.next().unwrap_or_else(|| panic!("no section for {code}"));
    assert!(after.next().is_none(), "{code} twice");
    section.split("\n#").next().unwrap()
}

#[test]
fn the_reference_has_a_section_for_every_code_that_says_what_the_table_says_and_what_to_do() {
    for kind in Kind::ALL {
        let entry = kind.entry();
        let section = section(entry.code);
        let lasting = if entry.retryable { "retryable" } else { "not retryable" };
        let kind_of_failure = format!("`{}`, phase `{}`, {lasting}.", entry.class.name(), entry.phase.name());
        let message = format!("{}.", entry.message);
        let (said, rest) = section.trim().split_once("\n\nWhat to do: ").unwrap_or_else(|| panic!("{section}"));
        let (mend, last) = rest.split_once("\n\n").unwrap_or_else(|| panic!("{section}"));
        assert_eq!((said, last), (message.as_str(), kind_of_failure.as_str()));
        assert!(mend.ends_with('.'), "{mend}");
    }
    for code in OF_THE_FACADE {
        assert!(section(code).contains("What to do: "), "{code}");
    }
    // A wasm has the rows of its own entry only.
    if cfg!(not(target_arch = "wasm32")) {
        let headings = REFERENCE.matches("\n### `").count();
        assert_eq!(headings, Kind::ALL.len() + OF_THE_FACADE.len(), "and no other");
    }
}

#[test]
fn the_readme_leads_to_the_reference_and_its_own_rows_are_of_the_table() {
    let errors = README.split("\n## Errors\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    assert!(errors.contains("](docs/reference.md#errors)"));
    let rows: Vec<&str> = errors.lines().filter(|line| line.starts_with("| `") && !line.contains("`code`")).collect();
    assert!(rows.len() > 4, "{rows:?}");
    for row in rows {
        let known =
            |kind: &&Kind| row.starts_with(&format!("| `{}` | {}. | ", kind.entry().code, kind.entry().message));
        assert!(Kind::ALL.iter().any(|kind| known(&kind)), "{row}");
    }
}

/// What a build has no word for, it takes for any other error of the provider.
#[test]
fn only_a_build_with_the_edge_in_it_knows_the_failures_of_the_edge() {
    let is_edge = cfg!(any(feature = "edge", not(target_arch = "wasm32")));
    for (kind, code) in [(Kind::ExpiredToken, "expired_token"), (Kind::LogoutTokenInvalid, "logout_token_invalid")] {
        assert_eq!(Kind::ALL.contains(&kind), is_edge);
        assert_eq!(kind.entry().code, if is_edge { code } else { "internal" });
    }
    let expired = OAuthError { error: "expired_token".to_owned(), ..OAuthError::default() };
    assert_eq!(expired.kind(), if is_edge { Kind::ExpiredToken } else { Kind::OauthError });
}

/// A popup that only looks closed is given up by the page, while the core goes on waiting.
#[test]
fn the_page_gives_a_popup_up_in_the_words_of_the_core() {
    let entry = Kind::PopupClosed.entry();
    let members = format!(
        "name: \"{}\", code: \"{}\", phase: \"{}\", retryable: {},\n  message: \"{}\",\n}};",
        entry.class.name(),
        entry.code,
        entry.phase.name(),
        entry.retryable,
        entry.message
    );
    assert!(include_str!("../../src/web/windows.js").contains(&members), "{members}");
    assert_eq!(entry.suggestion, "");
}

/// How many rows of a facade the core has too, word for word.
fn shared_with(rows: &str) -> usize {
    let mut shared = 0;
    for kind in Kind::ALL {
        let entry = kind.entry();
        let Some(row) = rows.split(&format!("\n  {}: [", entry.code)).nth(1) else { continue };
        let row: String = row.split("],").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = format!(
            "\"{}\", \"{}\", {}, \"{}\", \"{}\"",
            entry.class.name(),
            entry.phase.name(),
            entry.retryable,
            entry.message,
            entry.suggestion
        );
        assert_eq!(row.trim().trim_end_matches(','), expected);
        shared += 1;
    }
    shared
}

/// The facade can fail before the core is there: what both can say, both say in the same words.
#[test]
fn the_rows_of_the_facade_are_those_of_the_core() {
    assert_eq!(shared_with(FACADE_ROWS), 4, "invalid_option, not_in_browser, disposed and internal");
}

/// A page whose session a backend has says the same of another server: in other words, but of the same kind.
#[test]
fn the_rows_of_a_page_with_a_backend_are_of_the_kind_that_the_core_has() {
    let mut shared = 0;
    for kind in Kind::ALL {
        let entry = kind.entry();
        let Some(row) = BFF_ROWS.split(&format!("\n  {}: [", entry.code)).nth(1) else { continue };
        let expected = format!("\"{}\", \"{}\", {}, ", entry.class.name(), entry.phase.name(), entry.retryable);
        assert!(row.trim_start().starts_with(&expected), "{kind:?}");
        shared += 1;
    }
    assert_eq!(
        shared, 10,
        "not_signed_in, two of a popup, a sign-in that is not enough, and six ways of getting no answer"
    );
}

#[cfg(any(feature = "edge", not(target_arch = "wasm32")))]
#[test]
fn the_rows_of_the_edge_are_those_of_the_core() {
    assert_eq!(shared_with(EDGE_ROWS), 4, "secret_in_page, api_key_shown, network_failed and store_failed");
}
