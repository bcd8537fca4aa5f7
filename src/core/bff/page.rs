//! The two pages that a sign-in can end on: one leads on by itself, the other says why there is no session. Neither has a
//! script, and nothing in them comes from anywhere else.

use super::answer::{Answer, status_of};
use crate::core::base::error::{Class, Error, Kind};
use crate::core::base::text::concat;

/// Quiet colours, light or dark as the user has it.
const STYLE: &str = "body{display:grid;min-height:100vh;place-items:center;margin:0;padding:1.25rem;box-sizing:border-box;background:#f5f3ec;color:#1b2320;font:1rem/1.55 ui-sans-serif,system-ui,sans-serif}main{width:100%;max-width:25rem;padding:2rem;box-sizing:border-box;border:1px solid #dcd7c9;border-top:3px solid #175c48;border-radius:10px;background:#fffefa}h1{margin:0;font:600 1.6rem/1.2 Palatino,Georgia,serif}p{margin:.6rem 0 0;color:#57605b}a{color:#175c48;font-weight:600}code{overflow-wrap:anywhere}@media(prefers-color-scheme:dark){body{background:#101513;color:#e6ebe6}main{border-color:#2d3732;border-top-color:#84d3b3;background:#181f1c}p{color:#a3afa8}a{color:#84d3b3}}";

/// Its SHA-256 digest, by which alone the page takes it.
const STYLE_HASH: &str = "sha256-N+oog6utmpjO59GIS1jG06JDoh93DHkrEICUq8MeZz4=";

/// Leads on to a path of the app. A browser that comes from the provider's site shows the app no cookie that is strict about
/// sites; from this page, which is the app's own, it does.
#[must_use]
pub fn onward(path: &str) -> Answer {
    let path = escape(path);
    let head = concat(&["<meta http-equiv=\"refresh\" content=\"0;url=", &path, "\">"]);
    let body = concat(&["<h1>You are signed in</h1><p><a href=\"", &path, "\">Go on to the app</a></p>"]);
    page(200, "Signed in", &head, &body)
}

/// Says why there is no session, and offers to try again at this path of the app.
#[must_use]
pub fn failed(error: &Error, again: &str) -> Answer {
    let body = concat(&[
        "<h1>The sign-in did not work</h1><p>",
        for_people(error),
        "</p><p><a href=\"",
        &escape(again),
        "\">Try again</a></p><p>Code: <code>",
        error.kind.entry().code,
        "</code></p>",
    ]);
    page(status_of(error), "The sign-in did not work", "", &body).retrying(error)
}

/// What an error means for the person who wanted to sign in. What it means for whoever mends it is in the log.
fn for_people(error: &Error) -> &'static str {
    match (error.kind, error.kind.entry().class) {
        (Kind::AccessDenied, _) => "It was declined, by you or by the service that you sign in with.",
        (Kind::CallbackStateMissing | Kind::CallbackStateUnknown | Kind::CallbackExpired, _) => {
            "It is not open any more: it took too long, or was begun in another browser."
        }
        (Kind::InvalidOption, _) => "The link that led here is not one of this app's.",
        (_, Class::Storage) => "This app cannot keep you signed in at the moment. It may work again soon.",
        (_, Class::Network) => "The service that you sign in with did not answer. It may work again soon.",
        _ => {
            "Something is not set up as it should be. If it stays so, tell whoever runs this app, with the code below."
        }
    }
}

fn page(status: u16, title: &str, head: &str, body: &str) -> Answer {
    let policy = concat(&[
        "default-src 'none'; style-src '",
        STYLE_HASH,
        "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]);
    let html = concat(&[
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        head,
        "<title>",
        title,
        "</title><style>",
        STYLE,
        "</style></head><body><main>",
        body,
        "</main></body></html>\n",
    ]);
    Answer::new(status, "text/html; charset=utf-8", html)
        .with("content-security-policy", policy)
        .with("x-frame-options", "DENY".to_owned())
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
