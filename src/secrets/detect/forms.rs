//! Secrets by their form, by the text around them, and by the name that they are given to.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::marks::Marks;
use super::shape::{is_made_of_words, is_placeholder, is_random, is_weak};
use super::{Hit, services};

/// A regular expression that is compiled on first use.
type Expression = LazyLock<Option<Regex>>;

/// A URL with a user and a password.
static URL: Expression = LazyLock::new(|| {
    Regex::new(
        r#"(?-u:\b)[a-z][a-z0-9+.-]{1,20}://([^\s/:@"'<>$`{}*]*):([^\s/@"'<>$`{}*]{3,})@([A-Za-z0-9.-]+)"#,
    )
    .ok()
});

/// An HTTP header that carries credentials.
static HEADER: Expression = LazyLock::new(|| {
    Regex::new(
        r#"(?i)authorization["']?\s*[:=]\s*["']?(?:bearer|token|basic)\s+([a-z0-9._~+/=-]{16,})"#,
    )
    .ok()
});

/// `NAME=value`, `"name": "value"` and `--name value`.
static ASSIGNED: Expression = LazyLock::new(|| {
    let value = r#"["']?([^\s"'`;|&<>(),$]{8,})"#;
    Regex::new(&format!(
        r#"(?:--([a-z][a-z-]+)[=\s]|([A-Za-z_][A-Za-z0-9_-]{{3,}})["']?\s*[=:]\s*){value}"#
    ))
    .ok()
});

/// The matches of an expression. It is not even compiled if the marks exclude a match.
fn captures<'a>(
    expression: &'static Expression,
    may_hold: bool,
    text: &'a str,
) -> impl Iterator<Item = Captures<'a>> {
    let made = if may_hold { expression.as_ref() } else { None };
    made.into_iter().flat_map(|expression| expression.captures_iter(text))
}

/// Secrets that are recognized by their own form.
pub(super) fn hits(text: &str, marks: &Marks) -> Vec<Hit> {
    let mut hits = services::keys(text, &marks.prefixes);
    for found in captures(&URL, marks.url, text) {
        let (Some(user), Some(password), Some(host)) = (found.get(1), found.get(2), found.get(3))
        else {
            continue;
        };
        let is_known = hits.iter().any(|hit| hit.range.contains(&password.start()));
        if !is_known && is_password(user.as_str(), password.as_str(), host.as_str()) {
            hits.push(Hit { range: password.range(), what: "a URL with a password" });
        }
    }
    for found in captures(&HEADER, marks.header, text) {
        let Some(value) = found.get(1) else { continue };
        let is_known = hits.iter().any(|hit| hit.range.contains(&value.start()));
        if !is_known && is_random(value.as_str()) && !is_placeholder(value.as_str()) {
            hits.push(Hit { range: value.range(), what: "a header with credentials" });
        }
    }
    hits.sort_by_key(|hit| hit.range.start);
    hits
}

/// Secrets that a command assigns to a name that suggests one.
pub(super) fn assigned(text: &str, marks: &Marks) -> Vec<Hit> {
    let found = captures(&ASSIGNED, marks.name, text);
    let hits = found.filter_map(|found| {
        let (name, value) = (found.get(1).or(found.get(2))?, found.get(3)?);
        named(name.as_str(), value.as_str()).then(|| Hit { range: value.range(), what: "a secret" })
    });
    hits.collect()
}

/// Whether `password` signs `user` in on a host that others can reach, and is hard to guess.
#[must_use]
pub fn is_password(user: &str, password: &str, host: &str) -> bool {
    is_elsewhere(host) && password != user && !is_weak(password)
}

/// Whether a host is one that others can reach: a password for a service that runs in the sandbox
/// itself protects nothing.
pub(super) fn is_elsewhere(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_example = ["example.com", "example.org", "example.net"];
    let reserved = [".local", ".localhost", ".internal", ".example", ".test", ".invalid"];
    let is_address = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    host.contains('.')
        && !is_address
        && !is_example.iter().any(|name| host == *name || host.ends_with(&format!(".{name}")))
        && !reserved.iter().any(|ending| host.ends_with(ending))
}

/// Endings of names that suggest a secret, in upper case. The flag marks passwords, which people
/// choose themselves.
pub(super) const NAMES: &[(&str, bool)] = &[
    ("PASSWORD", true),
    ("PASSWD", true),
    ("PASSPHRASE", true),
    ("_PASS", true),
    ("_PWD", true),
    ("TOKEN", false),
    ("SECRET", false),
    ("APIKEY", false),
    ("API_KEY", false),
    ("ACCESS_KEY", false),
    ("SECRET_KEY", false),
    ("SECRET_KEY_BASE", false),
    ("PRIVATE_KEY", false),
    ("APP_KEY", false),
    ("AUTH_KEY", false),
    ("FERNET_KEY", false),
    ("ACCOUNT_KEY", false),
    ("ENCRYPTION_KEY", false),
    ("MASTER_KEY", false),
    ("SIGNING_KEY", false),
    ("SERVICE_KEY", false),
    ("SERVICE_ROLE_KEY", false),
    ("CREDENTIALS", false),
    ("_PAT", false),
];

/// Parts of names that mark a public value.
const OPEN: &[&str] =
    &["PUBLIC", "PUBLISHABLE", "ANON", "SITE_KEY", "CLIENT_TOKEN", "GPG", "SHA", "MD5", "HASH"];

/// Whether a name promises a secret, or a file with one. Parts that mark a public value count for
/// nothing here: `TOKEN_HASH_SECRET` is a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let name = name.strip_suffix("_FILE").unwrap_or(&name);
    NAMES.iter().any(|(ending, _)| name.ends_with(ending))
}

/// Whether a variable of this name and value contains a secret.
pub(super) fn named(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let ending = NAMES.iter().find(|(ending, _)| name.ends_with(ending));
    let Some((_, made_up)) = ending.filter(|_| !OPEN.iter().any(|open| name.contains(open))) else {
        return false;
    };
    let is_text = value.chars().all(|c| c.is_ascii_graphic());
    let elsewhere = value.contains("://")
        || value.starts_with(['/', '.', '~', '<', '{', '[', '$', '%', '@'])
        || value.contains("${")
        || value.contains("{{");
    if !is_text || elsewhere || is_placeholder(value) {
        return false;
    }
    is_random(value) || (*made_up && !is_weak(value) && is_mixed(value))
}

/// Whether a password mixes kinds of characters, as one that is hard to guess does.
fn is_mixed(value: &str) -> bool {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| c.is_ascii_punctuation(),
    ];
    value.len() >= 8
        && !is_made_of_words(value)
        && kinds.iter().filter(|kind| value.chars().any(**kind)).count() >= 3
}
