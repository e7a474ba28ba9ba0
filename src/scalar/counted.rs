//! Numbers of things as people read them.

/// A number of things, such as `1 step` or `2 steps`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
