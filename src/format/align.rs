//! What the author aligned.

use super::tree::{Column, Key, Line, Part};
use unicode_width::UnicodeWidthStr as _;

/// The width that the keys of a whole table are padded to, if the author aligned all of its `=`.
pub(super) fn table(lines: &[Line<'_>]) -> Option<usize> {
    let mut columns = equals(lines);
    let first = columns.next()?;
    let is_aligned = columns.all(|column| column.at == first.at);
    is_aligned.then(|| keys(lines)).flatten()
}

/// The width that the keys of a paragraph are padded to, if the author aligned its `=`.
pub(super) fn keys(lines: &[Line<'_>]) -> Option<usize> {
    aligned(equals(lines))?;
    lines.iter().filter_map(Line::part).map(|part| width(&part.keys)).max()
}

/// The column in the source of the comments of a paragraph that the author aligned.
pub(super) fn comments(lines: &[Line<'_>]) -> Option<u32> {
    let comments = lines.iter().filter_map(Line::part).filter_map(comment);
    aligned(comments)
}

/// Where the comment behind a part is.
pub(super) fn comment(part: &Part<'_>) -> Option<Column> {
    part.comment.as_ref().map(|comment| comment.column)
}

/// The width of a dotted key.
pub(super) fn width(keys: &[Key<'_>]) -> usize {
    let names: usize = keys.iter().map(|key| key.raw.width()).sum();
    names + keys.len().saturating_sub(1)
}

fn equals(lines: &[Line<'_>]) -> impl Iterator<Item = Column> + Clone {
    lines.iter().filter_map(Line::part).filter_map(|part| part.equals)
}

/// The column that most share, of those that one had to be padded to.
fn aligned(columns: impl Iterator<Item = Column> + Clone) -> Option<u32> {
    if !columns.clone().any(|column| column.is_padded) {
        return None;
    }
    let mut columns: Vec<_> = columns.collect();
    columns.sort_unstable_by_key(|column| column.at);
    let same = columns.chunk_by(|one, other| one.at == other.at);
    let shared = same.filter(|same| same.len() > 1 && same.iter().any(|column| column.is_padded));
    shared.max_by_key(|same| same.len()).and_then(|same| same.first()).map(|column| column.at)
}
