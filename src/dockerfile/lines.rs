//! Logical lines, which join continued lines and map each byte back to the file.

use std::ops::Range;

use super::{syntax, unsupported};
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};

/// A logical line: one instruction without line continuations.
///
/// Guarantees: it is not empty and does not begin with white space; every range at character
/// boundaries maps to a span in the file.
#[derive(Debug, Clone)]
pub(super) struct Line {
    text: String,
    file: FileId,
    /// The offsets of the pieces of the text, in the line and in the file, in order.
    pieces: Vec<(usize, usize)>,
    /// Its first physical line.
    head: Range<usize>,
}

impl Line {
    fn new(file: FileId, head: Range<usize>) -> Self {
        Self { text: String::new(), file, pieces: Vec::new(), head }
    }

    fn push(&mut self, piece: &str, at: usize) {
        if !piece.is_empty() {
            self.pieces.push((self.text.len(), at));
            self.text.push_str(piece);
        }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The span of its first physical line: an instruction may be hundreds of lines long.
    pub(super) fn head(&self) -> Span {
        Span { file: self.file, start: self.head.start, end: self.head.end }
    }

    fn offset(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|(start, _)| *start <= at);
        let (start, offset) = self.pieces.get(next.saturating_sub(1)).copied().unwrap_or_default();
        offset + (at - start)
    }

    /// The span of a range of the text.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        let start = self.offset(range.start);
        // Map the last byte, since the byte after it may be on another physical line.
        let end = if range.end > range.start { self.offset(range.end - 1) + 1 } else { start };
        Span { file: self.file, start, end }
    }
}

/// A reader of logical lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    file: FileId,
    at: usize,
    escape: char,
    /// The directives so far; `None` once directives are no longer allowed.
    directives: Option<Vec<String>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: FileId, text: &'a str) -> Self {
        let at = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        Self { text, file, at, escape: '\\', directives: Some(Vec::new()) }
    }

    /// The escape character, which also continues lines.
    pub(super) const fn escape(&self) -> char {
        self.escape
    }

    /// The next physical line with its line break, and its offset.
    fn physical(&mut self) -> Option<(usize, &'a str)> {
        let rest = &self.text[self.at..];
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let start = self.at;
        self.at += length;
        (length > 0).then(|| (start, &rest[..length]))
    }

    /// The next logical line; comments and empty lines are skipped.
    pub(super) fn next(&mut self, diagnostics: &mut Diagnostics) -> Option<Line> {
        loop {
            let (start, raw) = self.physical()?;
            let untrimmed = broken_off(raw);
            let first = untrimmed.trim_start();
            let start = start + (untrimmed.len() - first.len());
            if self.is_directive(start, first, diagnostics) || first.starts_with('#') {
                continue;
            }
            let mut line = Line::new(self.file, start..start + first.trim_end().len());
            let (kept, mut continued) = without_escape(first, self.escape);
            line.push(kept, start);
            while continued {
                let Some((start, raw)) = self.physical() else { break };
                let next = broken_off(raw);
                let trimmed = next.trim_start();
                // Comments between continued lines are not part of the instruction. Docker
                // still skips empty lines there, too.
                if !trimmed.is_empty() && !trimmed.starts_with('#') {
                    let (kept, more) = without_escape(next, self.escape);
                    line.push(kept, start);
                    continued = more;
                }
            }
            if !line.text.trim().is_empty() {
                return Some(line);
            }
        }
    }

    /// The lines up to one that is only `terminator`, and their offset if they equal the source;
    /// `None` if there is no such line, which consumes the rest of the file.
    pub(super) fn heredoc(
        &mut self,
        terminator: &str,
        tabs: bool,
    ) -> Option<(String, Option<usize>)> {
        let mut start = Some(self.at);
        let mut content = String::new();
        while let Some((_, raw)) = self.physical() {
            let line = broken_off(raw);
            let trimmed = if tabs { line.trim_start_matches('\t') } else { line };
            if trimmed == terminator {
                return Some((content, start));
            }
            if raw.len() > line.len() + 1 {
                start = None;
            }
            content.push_str(line);
            content.push('\n');
        }
        None
    }

    /// Whether a line is a parser directive, which is only recognized at the beginning of the file.
    fn is_directive(&mut self, start: usize, line: &str, diagnostics: &mut Diagnostics) -> bool {
        let Some(mut seen) = self.directives.take() else { return false };
        let Some((name, value)) = directive(line) else { return false };
        let span = Span { file: self.file, start, end: start + line.trim_end().len() };
        if seen.contains(&name) {
            let message = format!("duplicate directive `{name}`");
            diagnostics.push(syntax(span, message).help("remove one of them"));
        }
        match (name.as_str(), value) {
            ("escape", "\\") => self.escape = '\\',
            ("escape", "`") => self.escape = '`',
            ("escape", _) => diagnostics.push(
                syntax(span, format!("`{value}` is not a valid escape character"))
                    .help("write `# escape=\\` or ``# escape=` ``"),
            ),
            ("syntax", _) if !is_docker(value) => diagnostics.push(
                unsupported(span, format!("the syntax `{value}` is not supported")).help(
                    "remove the directive if the file uses the syntax of `docker/dockerfile`",
                ),
            ),
            _ => {}
        }
        seen.push(name);
        self.directives = Some(seen);
        true
    }
}

fn is_docker(syntax: &str) -> bool {
    let name = syntax.strip_prefix("docker.io/").unwrap_or(syntax);
    name.starts_with("docker/dockerfile")
}

/// The name, in lower case, and the value of a directive that Docker knows.
fn directive(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim().to_lowercase(), value.trim());
    let known = matches!(name.as_str(), "syntax" | "escape" | "check");
    (known && !value.is_empty()).then_some((name, value))
}

/// A line without its line break.
fn broken_off(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// A line without the escape character that continues it, and whether there was one.
fn without_escape(line: &str, escape: char) -> (&str, bool) {
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        // Two of them are an escaped escape character.
        Some(kept) if !kept.ends_with(escape) => (kept, true),
        _ => (line, false),
    }
}
