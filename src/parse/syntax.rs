//! Syntax errors: what the TOML parser says, made short and said once.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};

/// The syntax errors of a text, and which lines they make unreadable.
pub(super) struct Report {
    errors: Vec<Spanned<String>>,
    /// The ranges in which the parser had to guess.
    broken: Vec<(usize, usize)>,
}

impl Report {
    pub(super) fn new(text: &str, errors: &[toml::de::Error]) -> Self {
        let mut all: Vec<Spanned<String>> = errors
            .iter()
            .map(|error| {
                let range = error.span().unwrap_or(0..0);
                let start = range.start.min(text.len());
                let end = range.end.clamp(start, text.len());
                Spanned::new(error.message().to_owned(), Span::manifest(start, end))
            })
            .collect();
        all.sort_by_key(|error| error.span);
        // An array or an inline table that is never closed swallows the rest of the file: what
        // the parser says of that rest is noise. The error is where the value begins.
        let unclosed = all.iter().any(|error| error.value.starts_with("unclosed"));
        let mut report = Self { errors: Vec::new(), broken: Vec::new() };
        for error in all {
            let line = line_around(text, error.span.start);
            if report.broken.iter().any(|(start, end)| (*start..=*end).contains(&error.span.start))
            {
                continue;
            }
            let range = if unclosed { (line.0, text.len()) } else { line };
            report.broken.push(range);
            report.errors.push(error);
        }
        report
    }

    /// Whether a diagnostic of the reader speaks of something that was really written.
    pub(super) fn leaves_sense_in(&self, diagnostic: &Diagnostic) -> bool {
        if self.errors.is_empty() {
            return true;
        }
        let Some(span) = diagnostic.span else {
            return true;
        };
        // What a broken line was to say may be what is missing.
        diagnostic.code != Code::MissingKey
            && !self.broken.iter().any(|(start, end)| span.start <= *end && *start <= span.end)
    }

    pub(super) fn into_diagnostics(self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for error in self.errors {
            let (message, help) = explained(&error.value);
            let mut diagnostic = Diagnostic::new(Code::TomlSyntax, error.span, message);
            if let Some(help) = help {
                diagnostic = diagnostic.help(help);
            }
            diagnostics.push(diagnostic);
        }
        diagnostics
    }
}

/// The bytes of the line that holds `offset`, its end inclusive.
fn line_around(text: &str, offset: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let start = bytes[..offset].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let rest = bytes[offset..].iter().position(|byte| *byte == b'\n');
    (start, rest.map_or(text.len(), |at| offset + at))
}

/// The parser's words, and what to do about the mistakes that people really make.
fn explained(message: &str) -> (String, Option<&'static str>) {
    let help = if message.starts_with("duplicate key") {
        Some("a key or a `[header]` may stand once only: merge the two, or write `[[steps]]`")
    } else if message.starts_with("string values must be quoted") {
        Some("put the value between quotes")
    } else if message.starts_with("unclosed array") {
        Some("close the array with `]`")
    } else if message.starts_with("unclosed inline table") {
        Some("close the table with `}`")
    } else if message.starts_with("invalid basic string") {
        Some("close the string with `\"`; a longer text stands between `\"\"\"`")
    } else if message.contains("recursion") || message.contains("recurse") {
        Some("nothing in a manifest nests deeper than a few levels")
    } else {
        None
    };
    (message.to_owned(), help)
}
