//! Tree → text.

use std::ops::ControlFlow;

use unicode_width::UnicodeWidthStr as _;

use super::tree::{Group, Key, Line, Part, Table, Value};
use super::{WIDTH, align};

/// How far the elements of an array are indented.
const INDENT: usize = 2;

/// The text of tables.
pub(super) fn tables(tables: &[Table<'_>], line_break: &'static str) -> String {
    let mut writer = Writer { text: String::new(), line_break };
    for table in tables {
        if !writer.text.is_empty() {
            writer.end_line();
        }
        writer.table(table);
    }
    writer.text
}

struct Writer {
    text: String,
    line_break: &'static str,
}

/// How the lines of a table, an array or an inline table are written.
#[derive(Clone, Copy)]
struct Layout {
    indent: usize,
    /// The width that keys are padded to.
    key_width: usize,
    /// What is behind each part.
    end: &'static str,
}

/// Where a value begins.
#[derive(Clone, Copy)]
struct Place {
    /// The indentation of its line.
    indent: usize,
    /// The number of columns for the rest of its line; `None` if an array on it may not be broken.
    room: Option<usize>,
}

impl Writer {
    fn end_line(&mut self) {
        self.text.push_str(self.line_break);
    }

    fn spaces(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    fn table(&mut self, table: &Table<'_>) {
        for comment in &table.above {
            self.text.push_str(comment);
            self.end_line();
        }
        if let Some(header) = &table.header {
            let (open, close) = if header.is_array { ("[[", "]]") } else { ("[", "]") };
            self.text.push_str(open);
            self.keys(&header.keys);
            self.text.push_str(close);
            if let Some(comment) = header.comment {
                self.text.push(' ');
                self.text.push_str(comment);
            }
            self.end_line();
        }
        self.lines(&table.lines, 0, "");
    }

    /// Writes lines with `end` behind each part.
    fn lines(&mut self, lines: &[Line<'_>], indent: usize, end: &'static str) {
        let whole = align::table(lines);
        for (index, paragraph) in lines.split(Line::is_blank).enumerate() {
            if index > 0 {
                self.end_line();
            }
            let key_width = whole.or_else(|| align::keys(paragraph)).unwrap_or_default();
            self.paragraph(paragraph, Layout { indent, key_width, end });
        }
    }

    fn paragraph(&mut self, lines: &[Line<'_>], layout: Layout) {
        let aligned = align::comments(lines);
        let is_aligned = |part: &Part<'_>| align::comment(part).map(|column| column.at) == aligned;
        let parts = lines.iter().filter_map(Line::part).filter(|part| is_aligned(part));
        let widths = parts.filter_map(|part| self.width(part, layout));
        let column = aligned.and_then(|_| widths.max()).unwrap_or_default();
        for line in lines {
            match line {
                Line::Blank => {}
                Line::Comment(text) => {
                    self.spaces(layout.indent);
                    self.text.push_str(text);
                }
                Line::Part(part) => {
                    let start = self.text.len();
                    self.part(part, layout);
                    if let Some(comment) = &part.comment {
                        let written = &self.text[start..];
                        let is_padded = aligned.is_some() && is_aligned(part);
                        let width = if is_padded { line_width(written) } else { None };
                        self.spaces(1 + width.map_or(0, |width| column.saturating_sub(width)));
                        self.text.push_str(comment.text);
                    }
                }
            }
            self.end_line();
        }
    }

    /// The width of a part without its comment; `None` if it spans several lines.
    fn width(&self, part: &Part<'_>, layout: Layout) -> Option<usize> {
        let mut scratch = Self { text: String::new(), line_break: self.line_break };
        scratch.part(part, layout);
        line_width(&scratch.text)
    }

    fn part(&mut self, part: &Part<'_>, layout: Layout) {
        self.spaces(layout.indent);
        let mut column = layout.indent;
        if !part.keys.is_empty() {
            self.keys(&part.keys);
            let width = align::width(&part.keys);
            self.spaces(layout.key_width.saturating_sub(width));
            self.text.push_str(" = ");
            column += width.max(layout.key_width) + " = ".len();
        }
        let room = WIDTH.saturating_sub(column + layout.end.len());
        self.value(&part.value, Place { indent: layout.indent, room: Some(room) });
        self.text.push_str(layout.end);
    }

    fn keys(&mut self, keys: &[Key<'_>]) {
        for (index, key) in keys.iter().enumerate() {
            if index > 0 {
                self.text.push('.');
            }
            self.text.push_str(key.raw);
        }
    }

    fn value(&mut self, value: &Value<'_>, place: Place) {
        match value {
            Value::Raw(text) => self.text.push_str(text),
            Value::Group(group) if must_break(group, place.room) => {
                self.broken(group, place.indent);
            }
            Value::Group(group) => self.flat(group, place.indent),
        }
    }

    /// Writes an array or inline table with one part on each line.
    fn broken(&mut self, group: &Group<'_>, indent: usize) {
        let (open, close) = brackets(group);
        self.text.push_str(open);
        if let Some(comment) = group.opening {
            self.text.push(' ');
            self.text.push_str(comment);
        }
        self.end_line();
        self.lines(&group.lines, indent + INDENT, ",");
        self.spaces(indent);
        self.text.push_str(close);
    }

    /// Writes an array or inline table on one line, except for what is broken in it.
    fn flat(&mut self, group: &Group<'_>, indent: usize) {
        let (open, close) = brackets(group);
        self.text.push_str(open);
        let edge = if group.is_array || group.lines.is_empty() { "" } else { " " };
        self.text.push_str(edge);
        for (index, part) in group.parts().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            if !part.keys.is_empty() {
                self.keys(&part.keys);
                self.text.push_str(" = ");
            }
            self.value(&part.value, Place { indent, room: None });
        }
        self.text.push_str(edge);
        self.text.push_str(close);
    }
}

const fn brackets(group: &Group<'_>) -> (&'static str, &'static str) {
    if group.is_array { ("[", "]") } else { ("{", "}") }
}

/// The width of a text, unless it has several lines.
fn line_width(text: &str) -> Option<usize> {
    (!text.contains('\n')).then(|| text.width())
}

/// Whether the parts of an array or inline table are on lines of their own. An inline table that is
/// written on one line stays on it, since TOML 1.0 has no other.
fn must_break(group: &Group<'_>, room: Option<usize>) -> bool {
    if group.lines.is_empty() && group.opening.is_none() {
        return false;
    }
    if !group.is_array {
        return group.is_broken;
    }
    let is_too_wide = |room: usize| {
        let mut left = room;
        take(group, &mut left) == ControlFlow::Break(false)
    };
    group.spans_lines || room.is_some_and(is_too_wide)
}

/// Takes the width of an array or inline table off the columns that are `left` on a line. Breaks with
/// `false` if there are too few, and with `true` at a string that goes on on other lines.
fn take(group: &Group<'_>, left: &mut usize) -> ControlFlow<bool> {
    let edges = if group.is_array || group.lines.is_empty() { 2 } else { 4 };
    spend(left, edges + group.parts().count().saturating_sub(1) * ", ".len())?;
    for part in group.parts() {
        if !part.keys.is_empty() {
            spend(left, align::width(&part.keys) + " = ".len())?;
        }
        match &part.value {
            Value::Raw(text) => {
                let first = text.split('\n').next().unwrap_or_default();
                spend(left, first.width())?;
                if first.len() < text.len() {
                    return ControlFlow::Break(true);
                }
            }
            Value::Group(group) => take(group, left)?,
        }
    }
    ControlFlow::Continue(())
}

fn spend(left: &mut usize, width: usize) -> ControlFlow<bool> {
    let Some(rest) = left.checked_sub(width) else { return ControlFlow::Break(false) };
    *left = rest;
    ControlFlow::Continue(())
}
