//! Reads arrays and inline tables.
//!
//! A comment behind an element applies to what is on its line, and a `# sbx: allow(…)` comment to
//! what begins on the line below it. One element on each line keeps that, unless several elements
//! share the line, or one and the key do with an `sbx:` comment: then the value is awkward, and stays
//! as it is.

use toml_parser::parser::EventKind;

use super::Reader;
use crate::format::tree::{Group, Keys, Line, Part, Trailing, Value};
use crate::silence;

/// What is on the current line of an array or inline table.
#[derive(Default)]
struct Here {
    /// Whether the opening bracket is.
    opening: bool,
    /// The number of elements that begin or end here.
    parts: usize,
    /// Whether a comma is.
    comma: bool,
    /// Whether a comment is.
    comment: bool,
}

impl Here {
    /// Whether something stands before the next part of the line.
    const fn is_begun(&self) -> bool {
        self.opening || self.parts > 0 || self.comma || self.comment
    }
}

impl<'t> Reader<'_, 't> {
    /// Reads an array or an inline table, whose opening bracket was the last event. `leads` says
    /// whether it is the first value on its line.
    pub(super) fn group(&mut self, is_array: bool, leads: bool) -> Group<'t> {
        let (is_broken, spans_lines) = (false, false);
        let mut group =
            Group { is_array, is_broken, spans_lines, opening: None, lines: Vec::new() };
        let outer = self.pending.begin();
        let mut here = Here { opening: true, ..Here::default() };
        loop {
            let before = self.end;
            let Some((kind, written)) = self.event() else { break };
            match kind {
                EventKind::ArrayClose | EventKind::InlineTableClose => break,
                EventKind::Newline => {
                    group.is_broken = true;
                    if !here.is_begun() {
                        self.pending.push_blank();
                    }
                    self.allow_above &= here.comment && here.parts == 0;
                    here = Here::default();
                }
                EventKind::Comment => {
                    self.comment(&mut group, &here, leads, (before, written));
                    here.comment = true;
                }
                EventKind::ValueSep => {
                    // A comment between an element and its comma would be above the next element.
                    self.is_awkward |= matches!(self.pending.last_mut(), Some(Line::Comment(_)));
                    here.comma = true;
                }
                EventKind::SimpleKey
                | EventKind::Scalar
                | EventKind::ArrayOpen
                | EventKind::InlineTableOpen => {
                    let part = self.element(&mut here, kind, written);
                    self.pending.push(Line::Part(part));
                }
                _ => {}
            }
        }
        group.lines = self.pending.end(outer);
        let spans =
            |part: &Part<'_>| matches!(&part.value, Value::Group(inner) if inner.spans_lines);
        group.spans_lines = group.is_broken || group.parts().any(spans);
        group
    }

    /// Reads an element, or a key with its value.
    fn element(&mut self, here: &mut Here, kind: EventKind, written: &'t str) -> Part<'t> {
        let leads = !here.is_begun();
        self.is_awkward |= self.allow_above && !leads;
        // A string of several lines has begun above.
        let line = self.line - written.matches('\n').count();
        let part = if kind == EventKind::SimpleKey {
            self.part(written, false)
        } else {
            let value = self.value(kind, written, leads);
            Part { keys: Keys::new(), equals: None, value, comment: None }
        };
        if self.line == line {
            here.parts += 1;
        } else {
            *here = Here { parts: 1, ..Here::default() };
        }
        part
    }

    /// Reads a comment, which ends at the last event and begins some way behind `before`.
    fn comment(
        &mut self,
        group: &mut Group<'t>,
        here: &Here,
        leads: bool,
        (before, written): (usize, &'t str),
    ) {
        let text = written.trim_end();
        if !here.is_begun() {
            self.allow_above |= silence::is_addressed(text);
            self.pending.push(Line::Comment(text));
            return;
        }
        let column = self.column(written, before);
        let is_of_one = here.parts == 1 && !(here.opening && silence::is_addressed(text));
        match self.pending.last_mut() {
            None if here.opening && leads => group.opening = Some(text),
            Some(Line::Part(part)) if is_of_one => part.comment = Some(Trailing { text, column }),
            _ => self.is_awkward = true,
        }
    }
}
