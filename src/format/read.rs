//! Text → tree, from the events of the TOML parser.

mod group;
mod pending;

use std::borrow::Cow;
use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind};
use unicode_width::UnicodeWidthStr;

use super::events::Events;
use super::tree::{Column, Header, Key, Keys, Line, Part, Table, Trailing, Value};
use pending::Pending;

/// Reads a piece of the events of a text that is valid TOML. What it makes of another text means
/// nothing.
pub(super) fn tables<'t>(events: &Events<'t>, piece: Range<usize>) -> Vec<Table<'t>> {
    let is_first = piece.start == 0;
    let piece = &events.list[piece];
    let start = match piece.first() {
        Some(header) if !is_first => header.span().start(),
        _ => 0,
    };
    let line_start = events.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let reader = Reader {
        text: events.text,
        source: events.source,
        events: piece,
        next: 0,
        line: 0,
        line_start,
        end: start,
        pending: Pending::default(),
        allow_above: false,
        is_awkward: false,
    };
    let mut tables = reader.tables();
    if !is_first {
        // Nothing is above the header that the piece begins with.
        tables.remove(0);
    }
    tables
}

/// The events with the place in the text.
struct Reader<'e, 't> {
    text: &'t str,
    source: Source<'t>,
    events: &'e [Event],
    /// The index of the next event.
    next: usize,
    /// The number of the line.
    line: usize,
    /// The offset of the line.
    line_start: usize,
    /// The end of the last event that is neither white space nor a line break.
    end: usize,
    /// The lines of what is not read to its end.
    pending: Pending<'t>,
    /// Whether an `sbx:` comment inside an array is on the line above.
    allow_above: bool,
    /// Whether the layout of the current value decides what one of its comments applies to.
    is_awkward: bool,
}

impl<'t> Reader<'_, 't> {
    /// The next event, as its kind and its text.
    fn event(&mut self) -> Option<(EventKind, &'t str)> {
        let event = self.events.get(self.next)?;
        let kind = event.kind();
        self.next += 1;
        let (start, end) = (event.span().start(), event.span().end());
        let text = &self.text[start..end];
        match kind {
            EventKind::Newline => self.break_line(end, 1),
            EventKind::Scalar => {
                if let Some(last) = text.rfind('\n') {
                    let breaks = text.bytes().filter(|byte| *byte == b'\n').count();
                    self.break_line(start + last + 1, breaks);
                }
                self.end = end;
            }
            _ => self.end = end,
        }
        Some((kind, text))
    }

    fn break_line(&mut self, start: usize, breaks: usize) {
        self.line += breaks;
        self.line_start = start;
    }

    /// Where the last event begins, whose text is `written`; `before` is the end of the one before.
    fn column(&self, written: &str, before: usize) -> Column {
        let start = self.end.saturating_sub(written.len());
        let at = self.text.get(self.line_start..start).map_or(0, UnicodeWidthStr::width);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        Column { at, is_padded: start.saturating_sub(before) > 1 }
    }

    fn tables(mut self) -> Vec<Table<'t>> {
        let mut tables = Vec::new();
        let mut table = Table::default();
        // Whether something is on the current line.
        let mut is_begun = false;
        loop {
            let before = self.end;
            let Some((kind, written)) = self.event() else { break };
            match kind {
                EventKind::Newline => {
                    if !is_begun {
                        self.pending.push_blank();
                    }
                    is_begun = false;
                }
                EventKind::Comment => {
                    let text = written.trim_end();
                    if is_begun {
                        let column = self.column(written, before);
                        self.behind(&mut table, Trailing { text, column });
                    } else {
                        self.pending.push(Line::Comment(text));
                    }
                    is_begun = true;
                }
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                    let next = self.table(&mut table, kind == EventKind::ArrayTableOpen);
                    tables.push(std::mem::replace(&mut table, next));
                    is_begun = true;
                }
                EventKind::SimpleKey => {
                    let part = self.part(written, true);
                    self.pending.push(Line::Part(part));
                    is_begun = true;
                }
                _ => {}
            }
        }
        table.lines = self.pending.take();
        tables.push(table);
        tables
    }

    /// Ends the table before a header, and begins the one below it.
    fn table(&mut self, previous: &mut Table<'t>, is_array: bool) -> Table<'t> {
        let above = self.pending.above_header();
        previous.lines = self.pending.take();
        let keys = self.keys(Keys::new());
        let header = Header { is_array, keys, comment: None };
        Table { above, header: Some(header), lines: Vec::new() }
    }

    /// Reads the rest of a dotted key, up to its `=` or its closing bracket.
    fn keys(&mut self, mut keys: Keys<'t>) -> Keys<'t> {
        while let Some((kind, written)) = self.event() {
            match kind {
                EventKind::SimpleKey => {
                    let key = self.key(written);
                    keys.push(key);
                }
                EventKind::KeySep => {}
                _ => break,
            }
        }
        keys
    }

    /// The key of the last event.
    fn key(&self, raw: &'t str) -> Key<'t> {
        let mut name = Cow::Borrowed("");
        let event = self.next.checked_sub(1).and_then(|last| self.events.get(last));
        if let Some(raw) = event.and_then(|event| self.source.get(event)) {
            raw.decode_key(&mut name, &mut ());
        }
        Key { raw, name }
    }

    /// Reads a key with its value. `is_outermost` is false inside arrays and inline tables.
    fn part(&mut self, first: &'t str, is_outermost: bool) -> Part<'t> {
        let start = self.end.saturating_sub(first.len());
        let leads = self.text.get(self.line_start..start).is_none_or(|line| line.trim().is_empty());
        let mut keys = Keys::new();
        keys.push(self.key(first));
        let keys = self.keys(keys);
        // The `=` was the last event.
        let before = self.text.get(..self.end.saturating_sub(1)).unwrap_or_default();
        let before = before.trim_end_matches([' ', '\t']).len();
        let equals = Some(self.column("=", before));
        let value = match self.event() {
            Some((kind, written)) if is_outermost => self.outermost(kind, written),
            Some((kind, written)) => self.value(kind, written, leads),
            None => Value::Raw(""),
        };
        Part { keys, equals, value, comment: None }
    }

    /// Reads a value that is in no other.
    fn outermost(&mut self, kind: EventKind, written: &'t str) -> Value<'t> {
        self.is_awkward = false;
        self.allow_above = false;
        let start = self.end.saturating_sub(written.len());
        let value = self.value(kind, written, true);
        if self.is_awkward {
            Value::Raw(self.text.get(start..self.end).unwrap_or_default())
        } else {
            value
        }
    }

    /// Reads a value. `leads` says whether it is, with its key, the first one on its line.
    fn value(&mut self, kind: EventKind, written: &'t str, leads: bool) -> Value<'t> {
        match kind {
            EventKind::ArrayOpen => Value::Group(self.group(true, leads)),
            EventKind::InlineTableOpen => Value::Group(self.group(false, leads)),
            _ => Value::Raw(written),
        }
    }

    /// Adds a comment behind the last part of a table, or behind its header.
    fn behind(&mut self, table: &mut Table<'t>, comment: Trailing<'t>) {
        match self.pending.last_mut() {
            Some(Line::Part(part)) => part.comment = Some(comment),
            _ => {
                if let Some(header) = &mut table.header {
                    header.comment = Some(comment.text);
                }
            }
        }
    }
}
