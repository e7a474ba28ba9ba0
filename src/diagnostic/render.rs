//! Output formats of diagnostics: human-readable, one per line, JSON, GitHub and SARIF.

mod excerpt;
pub mod github;
pub mod sarif;

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, NarratableReportHandler,
    SourceCode,
};
use serde_json::{Value, json};

use super::{Diagnostic, Fix, Severity, Summary};
use crate::platform::Platform;
use crate::scalar::visible;
use crate::source::{SourceMap, Span};
use excerpt::Excerpt;

/// The style of human-readable output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// The width of a line, in characters.
    pub width: usize,
    /// Whether diagnostics are sentences for a screen reader instead of drawings.
    pub narrated: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, narrated: false }
    }
}

/// A diagnostic with an excerpt of the source. Ends with a line break.
#[must_use]
pub fn human(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let report = Report { diagnostic, sources, excerpt: excerpt_of(diagnostic, sources) };
    let mut text = String::new();
    let rendered = if style.narrated {
        let handler = NarratableReportHandler::new().with_context_lines(1).without_cause_chain();
        handler.render_report(&mut text, &report)
    } else {
        let theme =
            if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        GraphicalReportHandler::new_themed(theme)
            .with_width(style.width)
            .with_links(false)
            .with_context_lines(1)
            .tab_width(4)
            .render_report(&mut text, &report)
    };
    if rendered.is_err() {
        // A diagnostic that cannot be drawn is still reported.
        text = short(diagnostic, sources);
    }
    let mut trimmed = String::with_capacity(text.len());
    for line in text.trim_matches('\n').lines() {
        trimmed.push_str(line.trim_end());
        trimmed.push('\n');
    }
    trimmed
}

fn excerpt_of<'a>(diagnostic: &Diagnostic, sources: &'a SourceMap) -> Option<Excerpt<'a>> {
    let span = diagnostic.span?;
    Some(Excerpt::new(sources.get(span.file)))
}

/// A diagnostic as miette draws it.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
    excerpt: Option<Excerpt<'a>>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity() {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        // A location that cannot be drawn in the same excerpt is listed.
        let elsewhere = self.diagnostic.related.iter().filter_map(|label| {
            let file = self.diagnostic.span?.file;
            (label.span.file != file || is_far(self.sources, self.diagnostic.span?, label.span))
                .then(|| format!("{}: {}", place(self.sources, label.span), label.message))
        });
        let lines: Vec<_> = elsewhere.chain(self.diagnostic.help.clone()).collect();
        if lines.is_empty() { None } else { Some(Box::new(lines.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.diagnostic.span?;
        let first = (span, self.diagnostic.label.as_str());
        let related =
            self.diagnostic.related.iter().map(|label| (label.span, label.message.as_str()));
        let here = related.filter(move |(other, _)| {
            other.file == span.file && !is_far(self.sources, span, *other)
        });
        let labels = std::iter::once(first).chain(here).enumerate().map(|(at, (span, message))| {
            let message = (!message.is_empty()).then(|| message.to_owned());
            let span = marked(self.sources, span);
            let range = span.start..span.end;
            // miette shows the position of the primary label above the excerpt.
            if at == 0 {
                LabeledSpan::new_primary_with_span(message, range)
            } else {
                LabeledSpan::new_with_span(message, range)
            }
        });
        Some(Box::new(labels))
    }
}

/// Whether two locations are on the same or neighbouring lines, which are too long to be drawn
/// from one to the other.
fn is_far(sources: &SourceMap, one: Span, other: Span) -> bool {
    const MOST_BYTES: usize = 1000;
    const APART: usize = 4;
    let source = sources.get(one.file);
    let lines = source.line_of(one.start).abs_diff(source.line_of(other.start));
    one.file == other.file && lines < APART && one.start.abs_diff(other.start) > MOST_BYTES
}

/// The part of a span that is underlined: the beginning of a long one.
fn marked(sources: &SourceMap, span: Span) -> Span {
    const MOST_LINES: usize = 12;
    const MOST_BYTES: usize = 1000;
    let source = sources.get(span.file);
    let first = source.line_of(span.start);
    let long = source.line_of(span.end) - first > MOST_LINES;
    let end = if long { source.line_end(first).max(span.start) } else { span.end };
    Span { end: source.floor(end.min(span.start + MOST_BYTES)), ..span }
}

fn place(sources: &SourceMap, span: Span) -> String {
    let source = sources.get(span.file);
    let position = source.position(span.start);
    format!("{}:{}:{}", visible(source.name()), position.line, position.column)
}

/// A diagnostic in one line: `file:line:column: severity[code]: message (help)`. Ends with a line
/// break.
#[must_use]
pub fn short(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let place = match diagnostic.span {
        Some(span) => place(sources, span),
        None => sources.manifest().name().to_owned(),
    };
    let severity = diagnostic.severity().as_str();
    let help = diagnostic.help.as_ref().map(|help| format!(" ({})", help.replace('\n', " ")));
    let message = diagnostic.message.replace('\n', " ");
    format!("{place}: {severity}[{}]: {message}{}\n", diagnostic.code, help.unwrap_or_default())
}

/// A diagnostic in `check --format json`. `platforms` is present only if several were checked.
#[must_use]
pub fn json(diagnostic: &Diagnostic, sources: &SourceMap, platforms: Option<&[Platform]>) -> Value {
    let file = diagnostic.span.map_or_else(|| sources.manifest(), |span| sources.get(span.file));
    let mut object = json!({
        "code": diagnostic.code.name(),
        "severity": diagnostic.severity().as_str(),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "url": diagnostic.code.url(),
        "file": file.name(),
        "range": diagnostic.span.map(|span| range(sources, span)),
        "labels": labels(diagnostic, sources),
    });
    let Some(members) = object.as_object_mut() else { return object };
    if diagnostic.denied {
        members.insert("denied".to_owned(), json!(true));
    }
    if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| !fix.withheld) {
        members.insert("fix".to_owned(), fix_json(fix, sources));
    }
    if let Some(platforms) = platforms {
        let names: Vec<_> = platforms.iter().map(|platform| platform.name()).collect();
        members.insert("platforms".to_owned(), json!(names));
    }
    object
}

fn labels(diagnostic: &Diagnostic, sources: &SourceMap) -> Vec<Value> {
    let first = diagnostic
        .span
        .filter(|_| !diagnostic.label.is_empty())
        .map(|span| (span, diagnostic.label.as_str()));
    let related = diagnostic.related.iter().map(|label| (label.span, label.message.as_str()));
    first
        .into_iter()
        .chain(related)
        .map(|(span, message)| {
            let file = sources.get(span.file).name();
            json!({ "message": message, "file": file, "range": range(sources, span) })
        })
        .collect()
}

fn fix_json(fix: &Fix, sources: &SourceMap) -> Value {
    let edits: Vec<_> = fix
        .edits
        .iter()
        .map(|edit| {
            let file = sources.get(edit.span.file).name();
            json!({ "file": file, "range": range(sources, edit.span), "text": edit.text })
        })
        .collect();
    json!({ "title": fix.title, "safe": fix.safe, "edits": edits })
}

fn range(sources: &SourceMap, span: Span) -> Value {
    let source = sources.get(span.file);
    let at = |offset: usize| {
        let position = source.position(offset);
        json!({ "line": position.line, "column": position.column, "offset": offset })
    };
    json!({ "start": at(span.start), "end": at(span.end) })
}

/// The number of problems in words: `2 errors and 1 warning`.
#[must_use]
pub fn summary(summary: Summary) -> String {
    let count = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        more => Some(format!("{more} {word}s")),
    };
    let parts: Vec<_> = [count(summary.errors, "error"), count(summary.warnings, "warning")]
        .into_iter()
        .flatten()
        .collect();
    let denied = match summary.denied {
        0 => String::new(),
        denied => format!(" ({denied} denied)"),
    };
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(" and ") + &denied }
}

// An alias, so that the module of excerpts names miette's error type once.
type ReadResult<'a> = Result<Box<dyn miette::SpanContents<'a> + 'a>, MietteError>;
