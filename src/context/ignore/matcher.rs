//! Matches paths with one ignore pattern.
//!
//! Compiling a regular expression takes tens of microseconds, and an ignore file may have a hundred
//! thousand patterns. So a pattern is compiled when a path first agrees with its literal beginning
//! and end, which few do.

use std::sync::OnceLock;

use regex::Regex;

use crate::context::pattern::{BAD_PATTERN, Dialect, push_class};

/// The characters that have a meaning in a pattern.
const SPECIAL: [char; 4] = ['*', '?', '[', '\\'];

/// A pattern longer than this is compiled at once, since it may be too large to compile.
const LONG: usize = 200;

/// One pattern.
#[derive(Debug)]
pub(super) struct Matcher {
    /// What every matching path begins with.
    prefix: String,
    /// What every matching path ends with.
    suffix: String,
    expression: String,
    /// The compiled expression; `None` if it cannot be compiled, which `new` rules out.
    regex: OnceLock<Option<Regex>>,
}

impl Matcher {
    /// A matcher for a cleaned pattern.
    ///
    /// # Errors
    /// The fault of the pattern.
    pub(super) fn new(pattern: &str) -> Result<Self, &'static str> {
        let expression = to_regex(pattern)?;
        let regex = OnceLock::new();
        if pattern.contains('[') || pattern.len() > LONG {
            let compiled = Regex::new(&expression).map_err(|_| BAD_PATTERN)?;
            let _ = regex.set(Some(compiled));
        }
        let (prefix, suffix) = literal_ends(pattern);
        Ok(Self { prefix: prefix.to_owned(), suffix: suffix.to_owned(), expression, regex })
    }

    /// Whether the whole path matches.
    pub(super) fn is_match(&self, path: &str) -> bool {
        path.starts_with(&self.prefix)
            && path.ends_with(&self.suffix)
            && self.regex().is_some_and(|regex| regex.is_match(path))
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(&self.expression).ok()).as_ref()
    }
}

/// The text before the first special character, and the text after the last one.
///
/// A `/` next to a `**` is left out, because the two together may match nothing. What follows a
/// class or an escape is left out, because its end is not known here.
fn literal_ends(pattern: &str) -> (&str, &str) {
    let Some(first) = pattern.find(SPECIAL) else { return (pattern, pattern) };
    let suffix = match pattern.rfind(['*', '?']) {
        Some(last) if !pattern.contains(['[', '\\']) => &pattern[last + 1..],
        _ => "",
    };
    (pattern[..first].trim_end_matches('/'), suffix.trim_start_matches('/'))
}

/// The regular expression of a cleaned pattern.
fn to_regex(pattern: &str) -> Result<String, &'static str> {
    if let Some(rest) = pattern.strip_prefix("**")
        && !rest.contains(['*', '?', '[', '\\'])
    {
        // A `**` in front of plain text is any beginning at all, even within a name.
        let (any, rest) = match rest.strip_prefix('/') {
            Some(rest) if rest.is_empty() => (".*", rest),
            Some(rest) => ("(?:.*/)?", rest),
            None => (".*", rest),
        };
        return Ok(format!("^{any}{}$", regex::escape(rest)));
    }
    let mut regex = String::from("^");
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                regex.push_str(if chars.peek().is_none() { ".*" } else { "(?:.*/)?" });
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => push_class(&mut regex, &mut chars, Dialect::Ignore)?,
            '\\' => {
                let escaped = chars.next().ok_or(BAD_PATTERN)?;
                regex.push_str(&regex::escape(&escaped.to_string()));
            }
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex.push('$');
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literal_ends_rule_out_nothing_that_matches() {
        let paths = ["a", "a/b", "a/x/b", "a/x/y/b", "b", "xb", "a/xb", "ab", "a/b.py", "a[b]"];
        let patterns = [
            "a",
            "a/b",
            "a/*",
            "a/**",
            "**/b",
            "**b",
            "a/**/b",
            "a/**b",
            "*b",
            "a*",
            "a?b",
            "?",
            "a/*.py",
            "**",
            "**/*",
            "*/**",
            "[ab]",
            "a[b]",
            r"a\[b]",
            "a/[^x]",
            "a/x*/**/b",
        ];
        for pattern in patterns {
            let matcher = Matcher::new(pattern).expect("valid");
            let regex = Regex::new(&to_regex(pattern).expect("valid")).expect("valid");
            for path in paths {
                assert_eq!(matcher.is_match(path), regex.is_match(path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn a_pattern_that_is_too_large_to_compile_is_refused() {
        assert!(Matcher::new(&"?".repeat(1_000_000)).is_err());
    }
}
