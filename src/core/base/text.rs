//! Putting texts together.

/// The parts in one. `[…].concat()` does the same in four times the code.
#[must_use]
pub fn concat(parts: &[&str]) -> String {
    let mut whole = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        whole.push_str(part);
    }
    whole
}
