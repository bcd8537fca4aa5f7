//! The modules that ask for what this client does not have, with the reason.

/// By the name that a test would have.
pub(super) const REASONS: &[(&str, &str)] = &[];
