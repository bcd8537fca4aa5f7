//! What goes up to an API, and what comes down to the page (RFC 9110, section 7.6).

mod down;
mod step_up;
mod up;

pub use down::downstream_headers;
pub use step_up::step_up_header;
pub use up::upstream_headers;

use super::headers::Headers;

/// About one connection, not about the message (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
];

/// Whether a header stays at this hop: it is about the connection, or says so itself.
fn is_of_the_hop(name: &str, headers: &Headers) -> bool {
    HOP_BY_HOP.contains(&name) || headers.list("connection").any(|named| named == name)
}
