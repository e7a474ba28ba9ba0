//! The spelling of names.

/// The name of a Python package as indexes spell it: lower case, with each run of `-`, `_` and `.`
/// as one `-`.
///
/// Source: <https://packaging.python.org/en/latest/specifications/name-normalization/>.
#[must_use]
pub fn normalized(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if !matches!(c, '-' | '_' | '.') {
            text.push(c.to_ascii_lowercase());
        } else if !text.ends_with('-') {
            text.push('-');
        }
    }
    text
}

/// Whether a text is the name of a Python package.
pub(super) fn is_python_name(name: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut characters = name.chars();
    is_edge(name.chars().next())
        && is_edge(name.chars().next_back())
        && characters.all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Whether a text is the name of an npm package, with or without a scope. Names of old packages with
/// other characters are left out: they cannot be in a path as they are.
pub(super) fn is_npm_name(name: &str) -> bool {
    match name.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| is_npm_part(scope) && is_npm_part(name)),
        None => is_npm_part(name),
    }
}

fn is_npm_part(part: &str) -> bool {
    !part.starts_with(['.', '_'])
        && !part.is_empty()
        && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
}
