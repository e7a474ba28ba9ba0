//! The comments of a manifest, and what each of them speaks of.

use std::collections::HashMap;
use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};

use super::{Silence, comment};
use crate::source::Span;

/// How deeply arrays and tables are looked into, as the TOML parser does.
const DEEPEST: u32 = 80;

/// What the comments ask for.
pub(super) fn silences(text: &str) -> Vec<Silence> {
    let mut outline = Outline::default();
    let tokens = Source::new(text).lex().into_vec();
    let mut receiver = |event: Event| outline.event(&event);
    parse_document(&tokens, &mut RecursionGuard::new(&mut receiver, DEEPEST), &mut ());
    outline.end(text.len());

    let lines = Lines::new(text);
    // What begins on each line, and what ends there that began above it.
    let mut first: HashMap<usize, Vec<&Range<usize>>> = HashMap::new();
    let mut last: HashMap<usize, Vec<&Range<usize>>> = HashMap::new();
    for part in &outline.parts {
        let begins = lines.of(part.start);
        let ends = lines.of(part.end.saturating_sub(1).max(part.start));
        first.entry(begins).or_default().push(part);
        if ends > begins {
            last.entry(ends).or_default().push(part);
        }
    }
    let mut found = Vec::new();
    for range in &outline.comments {
        let span = Span::manifest(range.start, range.end);
        let Some(mut silence) = comment::read(&text[range.clone()], span) else { continue };
        let line = lines.of(range.start);
        let behind = !text[lines.start(line)..range.start].trim().is_empty();
        let target = if behind { Some(line) } else { below(text, &lines, line) };
        let begins = target.and_then(|line| first.get(&line));
        let ends = last.get(&line).filter(|_| behind);
        silence.covers = begins.into_iter().chain(ends).flatten().copied().cloned().collect();
        found.push(silence);
    }
    found
}

/// The line below a comment that is not another comment, if anything stands there.
fn below(text: &str, lines: &Lines, line: usize) -> Option<usize> {
    (line + 1..lines.count())
        .map(|line| (line, text[lines.start(line)..lines.start(line + 1)].trim()))
        .find(|(_, written)| !written.starts_with('#'))
        .filter(|(_, written)| !written.is_empty())
        .map(|(line, _)| line)
}

/// Where the lines of a text begin.
struct Lines {
    starts: Vec<usize>,
    end: usize,
}

impl Lines {
    fn new(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect(), end: text.len() }
    }

    fn count(&self) -> usize {
        self.starts.len()
    }

    fn of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.end)
    }
}

/// The comments of a document, and the parts that a comment can speak of: a table with its header,
/// a key with its value, an element of an array.
#[derive(Debug, Default)]
struct Outline {
    comments: Vec<Range<usize>>,
    parts: Vec<Range<usize>>,
    /// Where the table begins whose header was read last.
    table: Option<usize>,
    /// Where the key begins that waits for its value, one for each level of nesting.
    keys: Vec<Option<usize>>,
    /// Where the open arrays and inline tables begin.
    open: Vec<usize>,
    /// Whether a header is being read, the keys of which have no values.
    header: bool,
}

impl Outline {
    fn event(&mut self, event: &Event) {
        let span = event.span();
        match event.kind() {
            EventKind::Comment => self.comments.push(span.start()..span.end()),
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.end(span.start());
                self.table = Some(span.start());
                self.header = true;
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => self.header = false,
            EventKind::SimpleKey if !self.header => {
                let level = self.open.len();
                self.keys.resize(level + 1, None);
                if let Some(key) = self.keys.last_mut() {
                    key.get_or_insert(span.start());
                }
            }
            EventKind::ArrayOpen | EventKind::InlineTableOpen => self.open.push(span.start()),
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                if let Some(start) = self.open.pop() {
                    self.value(start, span.end());
                }
            }
            EventKind::Scalar => self.value(span.start(), span.end()),
            _ => {}
        }
    }

    /// A value was read, which belongs to a key or is an element of an array.
    fn value(&mut self, start: usize, end: usize) {
        self.keys.resize(self.open.len() + 1, None);
        let key = self.keys.last_mut().and_then(Option::take);
        self.parts.push(key.unwrap_or(start)..end);
    }

    /// Ends the table that is read.
    fn end(&mut self, at: usize) {
        self.keys.clear();
        self.open.clear();
        if let Some(start) = self.table.take() {
            self.parts.push(start..at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each comment of a text speaks of.
    fn covered(text: &str) -> Vec<Vec<&str>> {
        let mut all: Vec<Vec<_>> = Vec::new();
        for silence in silences(text) {
            all.push(silence.covers.iter().map(|it| text[it.clone()].trim()).collect());
        }
        for parts in &mut all {
            parts.sort_unstable();
        }
        all
    }

    #[test]
    fn a_comment_behind_something_speaks_of_it() {
        assert_eq!(covered("a = 1 # sbx: allow(x)\nb = 2"), [["a = 1"]]);
        assert_eq!(
            covered("a = [\n  1, # sbx: allow(x)\n  2,\n]\n"),
            [["1"]],
            "an element of an array"
        );
        assert_eq!(covered("a = [\n  1,\n] # sbx: allow(x)\n"), [["a = [\n  1,\n]"]]);
    }

    #[test]
    fn a_comment_above_something_speaks_of_it() {
        let text = "# sbx: allow(x)\n# because\n[[steps]]\nrun = 1\nuser = 2\n[b]\nc = 3";
        assert_eq!(covered(text), [["[[steps]]\nrun = 1\nuser = 2"]]);
        assert_eq!(covered("# sbx: allow(x)\na.b = { c = 1 }"), [["a.b = { c = 1 }", "c = 1"]]);
        assert_eq!(covered("# sbx: allow(x)\n\na = 1"), [Vec::<&str>::new()]);
        assert_eq!(covered("a = '''\n# sbx: allow(x)\n'''"), Vec::<Vec<&str>>::new());
    }
}
