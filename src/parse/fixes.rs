//! Fixes for syntax errors, if the rest of the line is unambiguous.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Fix;
use crate::outline::{LazyOutline, Outline, quoted};
use crate::scalar::Mode;
use crate::source::{Span, Spanned};

/// A version that begins like a number: at least two dots, or a suffix.
static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[0-9]+(\.[0-9]+){2,}$|^[0-9]+(\.[0-9]+)*-[A-Za-z][A-Za-z0-9.+_-]*$").ok()
});

/// A key with its `=` at the end of a text.
static MODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bmode["']?[ \t]*=[ \t]*$"#).ok());

/// A fix for an error of the TOML parser.
pub(super) fn syntax(outline: &LazyOutline<'_>, error: &Spanned<String>) -> Option<Fix> {
    let text = outline.text();
    let Spanned { value: said, span } = error;
    let written = text.get(span.start..span.end)?;
    if let Some(word) = constant(said, written) {
        let fix = Fix::safe(format!("write `{word}`")).replace(*span, word);
        return ends(text, span.end).then_some(fix);
    }
    if is_text(said) && !written.is_empty() {
        return bare(text, *span);
    }
    if said.starts_with("unexpected leading zero") {
        return mode(text, *span);
    }
    if said.starts_with("invalid") && (said.contains("float") || said.contains("date-time")) {
        return version(text, *span);
    }
    if said.starts_with("missing comma") && written.is_empty() {
        let place = behind_last(text, outline.get()?, span.start)?;
        return Some(Fix::safe("put a comma between the values").replace(place, ","));
    }
    if said.starts_with("duplicate key") && written.trim_matches(['"', '\'']) == "steps" {
        let edits = outline.get()?.double_brackets("steps");
        return Some(Fix::safe("make each an element of `steps`").edits(edits));
    }
    None
}

/// Whether the error is about an unquoted string. The parser takes one that begins like a TOML
/// keyword for that keyword.
pub(super) fn is_text(said: &str) -> bool {
    let words = ["`true`", "`false`", "`nan`", "`inf`"];
    said.starts_with("string values must be quoted")
        || (said.starts_with("invalid") && words.iter().any(|word| said.ends_with(word)))
}

/// `true` or `false` in another case, as in other languages.
pub(super) fn constant(said: &str, written: &str) -> Option<&'static str> {
    let known = ["true", "false"].into_iter().find(|word| written.eq_ignore_ascii_case(word));
    known.filter(|_| said.starts_with("invalid boolean"))
}

/// The end of the value before an offset, if there are only comments in between.
fn behind_last(text: &str, outline: &Outline<'_>, at: usize) -> Option<Span> {
    let elements =
        outline.arrays.iter().flat_map(|array| &array.elements).map(|element| element.range.end);
    let values = outline.entries.iter().map(|entry| entry.value.end);
    let end = elements.chain(values).filter(|end| *end <= at).max()?;
    let between = text.get(end..at)?;
    let mut lines = between.lines().map(str::trim_start);
    lines.all(|line| line.is_empty() || line.starts_with('#')).then_some(Span::manifest(end, end))
}

/// Whether a value may end at an offset: nothing or only a comment follows on the line.
fn ends(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default().lines().next().unwrap_or_default().trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// An unquoted string.
fn bare(text: &str, span: Span) -> Option<Fix> {
    let written = text.get(span.start..span.end)?;
    let before = text.get(..span.start)?.trim_end();
    let rest = text.get(span.end..)?.trim_start_matches([' ', '\t']);
    let element = before.ends_with(['[', ',']) && rest.starts_with([',', ']']);
    // Words with a special meaning in other languages are ambiguous.
    let word = matches!(
        written.to_ascii_lowercase().as_str(),
        "yes" | "no" | "on" | "off" | "null" | "nil" | "none" | "undefined" | "~"
    );
    if word || written.contains(['"', '\'', '\\']) || !(element || ends(text, span.end)) {
        return None;
    }
    Some(Fix::safe("put quotes around the text").replace(span, quoted("", written)))
}

/// `mode = 0755`, the octal syntax of most languages.
fn mode(text: &str, zero: Span) -> Option<Fix> {
    let rest = text.get(zero.start..)?;
    let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
    let line = text.get(..zero.start)?.lines().next_back()?;
    let is_mode = MODE.as_ref()?.is_match(line) && Mode::parse(digits).is_some();
    let span = Span { end: zero.start + digits.len(), ..zero };
    let octal = format!("0o{}", digits.trim_start_matches('0'));
    (is_mode && octal.len() > 2).then(|| Fix::safe("write the mode in octal").replace(span, octal))
}

/// `python = 3.12.1` and the like.
fn version(text: &str, span: Span) -> Option<Fix> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || ".-+_".contains(c);
    let before = text.get(..span.start)?;
    let start = before.len() - before.chars().rev().take_while(|c| is_part(*c)).count();
    let rest = text.get(start..)?;
    let end = start + rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let word = &text[start..end];
    let key = before[..start].trim_end().ends_with('=');
    let known = VERSION.as_ref()?.is_match(word) && key && ends(text, end);
    let place = Span { start, end, ..span };
    known.then(|| Fix::safe("quote the version").replace(place, quoted("", word)))
}
