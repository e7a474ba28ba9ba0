//! Words of pip: requirements, URLs and paths.
//!
//! A requirement is read only up to its version: `pep508_rs` reads all of it, brings a dozen crates,
//! and does not say where its parts stand, which is what replacing a word needs.
//!
//! Source: <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>, and for
//! paths `pip/_internal/req/constructors.py` of pip 25.

use super::name::{is_python_name, normalized};
use super::word::{Version, Word};

/// The endings of files that pip installs, and of lists of requirements that are often taken for
/// packages.
const FILES: &[&str] = &[
    ".whl",
    ".zip",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
    ".txt",
];

/// The parts of a requirement.
pub(super) struct Requirement<'a> {
    /// The name as written.
    pub(super) name: &'a str,
    /// The extras as written, between the brackets.
    pub(super) extras: Option<&'a str>,
    /// Where the name and the extras end.
    pub(super) end: usize,
    /// What follows, without space around it: a version, a marker, a URL.
    pub(super) rest: &'a str,
}

/// Takes a requirement apart; `None` for a path or a URL.
pub(super) fn parts(word: &str) -> Option<Requirement<'_>> {
    let start = word.len() - word.trim_start().len();
    let text = &word[start..];
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let length = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let name = &text[..length];
    let after = &text[length..];
    let mut end = start + length;
    let mut extras = None;
    let mut rest = after;
    let gap = after.len() - after.trim_start().len();
    if let Some(inner) = after.trim_start().strip_prefix('[') {
        let close = inner.find(']')?;
        extras = Some(&inner[..close]);
        rest = &inner[close + 1..];
        end += gap + close + 2;
    }
    let lower = name.to_ascii_lowercase();
    let is_file = FILES.iter().any(|ending| lower.ends_with(ending));
    let names_extras = |extras: &str| extras.split(',').all(|it| is_extra(it.trim()));
    let is_requirement = is_python_name(name) && !is_file && extras.is_none_or(names_extras);
    is_requirement.then_some(Requirement { name, extras, end, rest: rest.trim() })
}

fn is_extra(extra: &str) -> bool {
    extra.is_empty() || is_python_name(extra)
}

pub(super) fn read(word: &str) -> Word {
    let Some(parts) = parts(word) else { return Word::elsewhere() };
    let version = match parts.rest.chars().next() {
        None | Some(';') => Version::Newest(parts.end..parts.end),
        Some('=' | '<' | '>' | '!' | '~' | '(') if is_exact(parts.rest) => Version::Exact,
        Some('=' | '<' | '>' | '!' | '~' | '(') => Version::Range,
        Some(_) => Version::Elsewhere,
    };
    Word { name: normalized(parts.name), version }
}

/// Whether a clause such as `==1.2` admits one version.
fn is_exact(rest: &str) -> bool {
    let clause = rest.split(';').next().unwrap_or_default().trim();
    let clause = clause.trim_start_matches('(').trim_end_matches(')');
    let Some(version) = clause.strip_prefix("==") else { return false };
    !version.contains(['*', ','])
}

/// The word with its name and extras as indexes spell them.
pub(super) fn spelled(word: &str) -> String {
    let Some(parts) = parts(word) else { return word.trim().to_owned() };
    let mut text = normalized(parts.name);
    let extras = parts.extras.unwrap_or_default().split(',').map(|it| normalized(it.trim()));
    let mut extras: Vec<_> = extras.filter(|extra| !extra.is_empty()).collect();
    extras.sort_unstable();
    extras.dedup();
    if !extras.is_empty() {
        text.extend(["[", &extras.join(","), "]"]);
    }
    match parts.rest.strip_prefix(';') {
        Some(marker) => text.extend(["; ", marker.trim()]),
        None if parts.rest.starts_with('@') => text.extend([" ", parts.rest]),
        None => text.push_str(parts.rest),
    }
    text
}
