//! The events of the TOML parser, which a text is checked by and read from.

use std::ops::Range;

use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ParseError, Source};

/// The byte-order mark, which some editors write.
pub(super) const MARK: &str = "\u{feff}";

/// How deep values are read. No valid text is as deep: the parser refuses it.
const DEEPEST: u32 = 200;

/// The events of a text.
pub(super) struct Events<'t> {
    /// The text.
    pub text: &'t str,
    /// The text as the parser decodes parts of it.
    pub source: Source<'t>,
    /// The events without white space, which is half of them.
    pub list: Vec<Event>,
    /// Whether the parser found a fault of the syntax.
    pub has_faults: bool,
}

impl<'t> Events<'t> {
    /// Parses a text from behind its byte-order mark. Another one there is a fault, which the parser
    /// would pass over.
    pub(super) fn of(text: &'t str) -> Self {
        let source = Source::new(text);
        let tokens = source.lex().into_vec();
        let mut list = Vec::with_capacity(tokens.len());
        let mut keep = |event: Event| {
            if event.kind() != EventKind::Whitespace {
                list.push(event);
            }
        };
        let mut valid = ValidateWhitespace::new(&mut keep, source);
        let mut fault: Option<ParseError> = None;
        parse_document(&tokens, &mut RecursionGuard::new(&mut valid, DEEPEST), &mut fault);
        let has_faults = text.starts_with(MARK) || fault.is_some();
        Self { text, source, list, has_faults }
    }

    /// At most `count` pieces of the list, of about the same length, to be read at the same time. Each
    /// but the first begins with a header that has no comment above it.
    pub(super) fn pieces(&self, count: usize) -> Vec<Range<usize>> {
        let list = self.list.as_slice();
        let begins = |at: &usize| {
            let is_header =
                matches!(list[*at].kind(), EventKind::StdTableOpen | EventKind::ArrayTableOpen);
            let before = list[..*at].iter().rev().take(2).map(Event::kind);
            is_header && !before.eq([EventKind::Newline, EventKind::Comment])
        };
        let mut pieces = Vec::with_capacity(count);
        let mut start = 0;
        for piece in 1..count {
            let from = (list.len() * piece / count).max(start + 1);
            let Some(end) = (from..list.len()).find(begins) else { break };
            pieces.push(start..end);
            start = end;
        }
        pieces.push(start..list.len());
        pieces
    }
}
