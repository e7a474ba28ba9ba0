//! Syntax errors of the TOML parser, condensed and deduplicated.

use std::ops::Range;

use toml::de::{DeTable, DeValue, Error};

use super::{fixes, number};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::outline::LazyOutline;
use crate::source::{Span, Spanned};

/// The syntax errors of a text, and the parts of it that they make unreliable.
pub(super) struct Report {
    errors: Vec<Spanned<String>>,
    /// The ranges that the parser had to guess, in source order.
    broken: Vec<Range<usize>>,
    /// Where the first error is that is not listed, if there are too many.
    unlisted: Option<Span>,
}

/// The most syntax errors that are listed: a text that is not TOML has one in each line.
const MOST_ERRORS: usize = 500;

impl Report {
    pub(super) fn new(text: &str, document: &DeTable<'_>, errors: &[Error]) -> Self {
        let mut all: Vec<Spanned<String>> = errors
            .iter()
            .map(|error| {
                let range = error.span().unwrap_or(0..0);
                let start = range.start.min(text.len());
                let end = range.end.clamp(start, text.len());
                Spanned::new(error.message().to_owned(), Span::manifest(start, end))
            })
            .collect();
        all.extend(number::faults(text, document));
        all.sort_by_key(|error| error.span);
        if let Some(opening) = all
            .iter()
            .filter(|error| error.value.starts_with("unclosed"))
            .find_map(|error| opening(document, error.span.start))
        {
            // An unclosed bracket extends to the end: errors of the rest are noise.
            all.retain(|error| error.span.start < opening);
            let bracket = Span::manifest(opening, opening + 1);
            all.push(Spanned::new("unclosed".to_owned(), bracket));
        }
        let mut report = Self { errors: Vec::new(), broken: Vec::new(), unlisted: None };
        for error in all {
            let at = error.span.start;
            // Keep one error per line, since the others are consequences.
            if report.broken.last().is_some_and(|last| at < last.end) {
                continue;
            }
            let line = line_around(text, at);
            let end = if error.value == "unclosed" { text.len() + 1 } else { line.end };
            report.broken.push(line.start..end);
            if report.errors.len() < MOST_ERRORS {
                report.errors.push(error);
            } else {
                report.unlisted.get_or_insert(error.span);
            }
        }
        report
    }

    /// Whether a diagnostic of the reader is reliable.
    pub(super) fn leaves_sense_in(&self, diagnostic: &Diagnostic) -> bool {
        let (false, Some(span)) = (self.errors.is_empty(), diagnostic.span) else { return true };
        let next = self.broken.partition_point(|broken| broken.end <= span.start);
        let touches = self.broken.get(next).is_some_and(|broken| broken.start <= span.end);
        // A missing key may be in the invalid line.
        diagnostic.code != Code::MissingKey && !touches
    }

    pub(super) fn into_diagnostics(self, text: &str) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if let Some(from) = self.errors.iter().find(|error| is_from(text, error.span.start)) {
            // All other errors have the same cause.
            let message = "this is a Dockerfile, not a manifest";
            let help = "name it in a manifest, `sandbox.toml`: \
                        `from = { dockerfile = \"Dockerfile\" }`";
            diagnostics.push(Diagnostic::new(Code::TomlSyntax, from.span, message).help(help));
            return diagnostics;
        }
        let outline = LazyOutline::new(text);
        for error in self.errors {
            let fix = fixes::syntax(&outline, &error);
            diagnostics.push(explained(text, &error).fix(fix));
        }
        if let Some(span) = self.unlisted {
            let more = self.broken.len() - MOST_ERRORS;
            let message = format!("{more} more syntax errors from here on are not listed");
            let diagnostic = Diagnostic::new(Code::TomlSyntax, span, message);
            diagnostics.push(diagnostic.help("fix the first ones, or check that the file is TOML"));
        }
        diagnostics
    }
}

/// The beginning of the outermost array or inline table that is still open at `end`.
fn opening(table: &DeTable<'_>, end: usize) -> Option<usize> {
    for value in table.values() {
        let span = value.span();
        let found = match value.get_ref() {
            DeValue::Array(array) if span.end < end => {
                // The header of an array of tables ends before its content does.
                array.iter().rev().find_map(|element| match element.get_ref() {
                    DeValue::Table(table) => opening(table, end),
                    _ => None,
                })
            }
            DeValue::Table(table) if span.end < end => opening(table, end),
            DeValue::Array(_) | DeValue::Table(_) if span.end == end => Some(span.start),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The bytes of the line that holds `offset`, its line break included.
fn line_around(text: &str, offset: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let start = bytes[..offset].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let rest = bytes[offset..].iter().position(|byte| *byte == b'\n');
    start..rest.map_or(text.len(), |at| offset + at) + 1
}

/// Whether a line is the instruction `FROM` of a Dockerfile.
fn is_from(text: &str, at: usize) -> bool {
    let line = line_around(text, at);
    let line = text.get(line.start..line.end.min(text.len())).unwrap_or_default();
    let mut words = line.split_whitespace();
    words.next() == Some("FROM") && words.next().is_some_and(|image| image != "=")
}

/// A readable message for an error of the parser, and a help.
fn explained(text: &str, error: &Spanned<String>) -> Diagnostic {
    let Spanned { value: said, span } = error;
    let written = &text[span.start..span.end];
    let (message, help) = if said == "unclosed" {
        let (what, close) = if written == "{" { ("table", "}") } else { ("array", "]") };
        (format!("the {what} is not closed"), format!("close it with `{close}`"))
    } else if said.starts_with("duplicate key") {
        (format!("duplicate key `{written}`"), duplicate(text, *span))
    } else if let Some((key, value)) = yaml(text, span.start).filter(|_| said.contains("key")) {
        let help = match value {
            "" => format!("write `[{key}]`, and its keys below it"),
            value => format!("write `{key} = \"{value}\"`"),
        };
        ("a value is set with `=`, not with `:`".to_owned(), help)
    } else if said.starts_with("string values must be quoted") && straightened(written).is_some() {
        let straight = straightened(written).unwrap_or_default();
        ("the value has typographic quotes".to_owned(), format!("write `\"{straight}\"`"))
    } else if said.starts_with("invalid boolean") {
        let lower = written.to_lowercase();
        ("`true` and `false` must be in lower case".to_owned(), format!("write `{lower}`"))
    } else if said.starts_with("string values must be quoted") && written.is_empty() {
        ("the value is missing".to_owned(), "write a value behind the `=`".to_owned())
    } else if let Some(word) = fixes::constant(said, written) {
        (format!("`{written}` is not a boolean"), format!("write `{word}`"))
    } else if fixes::is_text(said) {
        let help = if written.len() < 80 {
            format!("write `\"{written}\"`")
        } else {
            "put `\"` before and after it".to_owned()
        };
        ("a string must be quoted".to_owned(), help)
    } else if said.starts_with("missing comma") {
        ("a comma is missing".to_owned(), "put a `,` between two values".to_owned())
    } else if said.starts_with("invalid basic string") {
        let help = "close it with `\"`, or use `\"\"\"` for a string of several lines";
        ("the string is not closed".to_owned(), help.to_owned())
    } else if said.contains("recurs") {
        let help = "a manifest needs only a few levels of nesting";
        ("the value is nested too deeply".to_owned(), help.to_owned())
    } else {
        let diagnostic = Diagnostic::new(Code::TomlSyntax, *span, said.clone());
        return diagnostic.help("`sbx` reads TOML, see <https://toml.io>");
    };
    Diagnostic::new(Code::TomlSyntax, *span, message).help(help)
}

/// What to do about a key that is there twice.
fn duplicate(text: &str, span: Span) -> String {
    let name = text[span.start..span.end].trim_matches(['"', '\'']);
    let is_header = text[..span.start].trim_end_matches([' ', '\t']).ends_with('[');
    match name {
        "from" => "a template starts from one source: keep one of the two".to_owned(),
        "steps" | "tests" => format!("write `[[{name}]]` above each of them"),
        _ if is_header => {
            format!("`[{name}]` can occur only once: put the keys of both below one of them")
        }
        _ => "a key can occur only once in a table: keep one of the two".to_owned(),
    }
}

/// The key and the value of a line in YAML syntax, `key: value`.
fn yaml(text: &str, at: usize) -> Option<(&str, &str)> {
    let line = line_around(text, at);
    let line = text.get(line.start..line.end.min(text.len()))?.trim();
    let (key, value) = line.strip_prefix("- ").unwrap_or(line).split_once(':')?;
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let named = !key.is_empty() && key.chars().all(bare);
    (named && !value.contains('=')).then(|| (key, value.trim().trim_matches(['"', '\''])))
}

/// A text without typographic quotes.
fn straightened(written: &str) -> Option<&str> {
    let quotes = ['“', '”', '„', '‘', '’', '«', '»'];
    let inner = written.trim_matches(quotes);
    (inner.len() < written.len()).then_some(inner)
}
