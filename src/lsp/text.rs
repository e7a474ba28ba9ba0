//! Positions of the protocol and offsets in a text.

use gen_lsp_types::{Position, Range};

use crate::source::{Encoding, LineColumn, Source};

/// The position of an offset.
pub(super) fn position(source: &Source, offset: usize, encoding: Encoding) -> Position {
    let LineColumn { line, column } = source.line_column(offset, encoding);
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Position { line: count(line), character: count(column) }
}

/// The range of two offsets.
pub(super) fn range(source: &Source, start: usize, end: usize, encoding: Encoding) -> Range {
    Range { start: position(source, start, encoding), end: position(source, end, encoding) }
}

/// The offset of a position; one outside of the text is the nearest in it.
pub(super) fn offset(source: &Source, position: Position, encoding: Encoding) -> usize {
    let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let position = LineColumn { line: count(position.line), column: count(position.character) };
    source.offset(position, encoding)
}
