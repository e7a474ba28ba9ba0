//! The lines of tables, arrays and inline tables that are not read to their end.

use crate::format::tree::{Line, is_directive};

/// The lines of everything that is not read to its end, the outermost first. What is read then has
/// lists of just its length: the many short ones of a manifest would otherwise take several times the
/// memory.
#[derive(Default)]
pub(super) struct Pending<'t> {
    lines: Vec<Line<'t>>,
    /// Where the lines of the innermost begin.
    start: usize,
}

/// Where the lines of the next outer one begin.
pub(super) struct Outer(usize);

impl<'t> Pending<'t> {
    /// Begins an array or inline table.
    pub(super) fn begin(&mut self) -> Outer {
        Outer(std::mem::replace(&mut self.start, self.lines.len()))
    }

    /// Ends what [`Self::begin`] has begun, and returns its lines.
    pub(super) fn end(&mut self, Outer(start): Outer) -> Vec<Line<'t>> {
        let lines = self.take();
        self.start = start;
        lines
    }

    /// The lines of the innermost, without the blank ones at its end.
    pub(super) fn take(&mut self) -> Vec<Line<'t>> {
        while self.last_mut().is_some_and(|line| line.is_blank()) {
            self.lines.pop();
        }
        self.lines.drain(self.start..).collect()
    }

    /// Adds a line.
    pub(super) fn push(&mut self, line: Line<'t>) {
        self.lines.push(line);
    }

    /// Adds a blank line, unless one is there or it would be the first.
    pub(super) fn push_blank(&mut self) {
        if self.last_mut().is_some_and(|line| !line.is_blank()) {
            self.lines.push(Line::Blank);
        }
    }

    /// The last line of the innermost.
    pub(super) fn last_mut(&mut self) -> Option<&mut Line<'t>> {
        self.lines[self.start..].last_mut()
    }

    /// Takes the comments directly above a header that follows now.
    pub(super) fn above_header(&mut self) -> Vec<&'t str> {
        let is_own = |line: &&Line<'_>| matches!(line, Line::Comment(text) if !is_directive(text));
        let lines = &self.lines[self.start..];
        let own = lines.iter().rev().take_while(is_own).count();
        let comments = self.lines.drain(self.lines.len() - own..).filter_map(|line| match line {
            Line::Comment(text) => Some(text),
            Line::Blank | Line::Part(_) => None,
        });
        comments.collect()
    }
}
