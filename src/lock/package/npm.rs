//! Words of npm and Bun: names with a version, a range or a tag, aliases, URLs and paths.
//!
//! Source: `npm-package-arg` 13, which npm reads them with; Bun follows it.

use super::name::is_npm_name;
use super::word::{Version, Word};

/// The endings that make a word a file.
const FILES: &[&str] = &[".tgz", ".tar.gz", ".tar"];

/// What leads from an alias to its package.
const ALIAS: &str = "npm:";

pub(super) fn read(word: &str) -> Word {
    let start = word.len() - word.trim_start().len();
    read_at(word.trim(), start, true)
}

/// Reads a text that begins at `start` of the word.
fn read_at(text: &str, start: usize, may_be_alias: bool) -> Word {
    // The `@` of a scope names no version.
    let at = text.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
    let (name, wanted) = match at {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    if !is_npm_name(name) || (wanted.is_none() && is_file(name)) {
        return Word::elsewhere();
    }
    let end = start + name.len();
    let Some(wanted) = wanted else {
        return Word { name: name.to_owned(), version: Version::Newest(end..end) };
    };
    if let Some(package) = wanted.strip_prefix(ALIAS).filter(|_| may_be_alias) {
        return read_at(package, end + 1 + ALIAS.len(), false);
    }
    let version = match kind(wanted) {
        Kind::Tag => Version::Tag(wanted.to_owned(), end..start + text.len()),
        Kind::Exact => Version::Exact,
        Kind::Range => Version::Range,
        Kind::Elsewhere => return Word::elsewhere(),
    };
    Word { name: name.to_owned(), version }
}

fn is_file(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    !name.starts_with('@') && FILES.iter().any(|ending| lower.ends_with(ending))
}

enum Kind {
    Exact,
    Range,
    Tag,
    Elsewhere,
}

fn kind(wanted: &str) -> Kind {
    let wanted = wanted.trim();
    if wanted.contains([':', '/']) {
        return Kind::Elsewhere;
    }
    let number = wanted.trim_start_matches(['=', 'v']);
    let release = number.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<_> = release.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    if parts.len() == 3 && parts.iter().all(is_number) && !wanted.contains([' ', '|']) {
        return Kind::Exact;
    }
    if is_tag(wanted) { Kind::Tag } else { Kind::Range }
}

/// Whether it is the name of a tag, and no range: `x` and `v1` are ranges.
fn is_tag(wanted: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let version =
        wanted.strip_prefix(['v', 'V']).is_some_and(|it| it.starts_with(char::is_numeric));
    let any = wanted.eq_ignore_ascii_case("x") || wanted.to_ascii_lowercase().starts_with("x.");
    wanted.starts_with(|c: char| c.is_ascii_alphabetic())
        && wanted.chars().all(is_name)
        && !version
        && !any
}
