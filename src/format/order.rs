//! Puts keys and tables in the language's order.
//!
//! Comments directly above a key or a header move with it. A comment below which a blank line is
//! belongs to what surrounds it: keys move only within their paragraph, and tables not past such a
//! comment. So does a comment at the very beginning of the file, which may be about the whole file.

use super::language::Order;
use super::tree::{Document, Key, Line, Part, Table, is_directive};

/// Sorts the keys of each table, and the tables.
pub(super) fn sort(document: &mut Document<'_>) {
    for table in &mut document.tables {
        let is_first = table.header.is_none();
        sort_keys(table, is_first);
    }
    sort_tables(&mut document.tables);
}

/// The first part of a dotted key, which the order depends on.
fn first<'k>(keys: &'k [Key<'_>]) -> &'k str {
    keys.first().map_or("", |key| &key.name)
}

fn sort_keys(table: &mut Table<'_>, is_first: bool) {
    let keys = |lines: &[Line<'_>]| lines.iter().filter(|line| line.part().is_some()).count();
    if keys(&table.lines) < 2 {
        return;
    }
    let is_present = |key: &str| {
        let mut parts = table.lines.iter().filter_map(Line::part);
        parts.any(|part| first(&part.keys) == key)
    };
    let Some(order) = Order::of(table.path(), is_present) else { return };
    let mut is_first = is_first;
    for paragraph in table.lines.split_mut(Line::is_blank) {
        let start = if is_first { about_file(paragraph) } else { 0 };
        is_first = false;
        sort_paragraph(&mut paragraph[start..], &order);
    }
}

/// The number of lines at the beginning of the file that do not move: comments for other tools, and
/// a key below a comment.
fn about_file(paragraph: &[Line<'_>]) -> usize {
    let directive = |line: &&Line<'_>| matches!(line, Line::Comment(text) if is_directive(text));
    let directives = paragraph.iter().take_while(directive).count();
    match paragraph.get(directives) {
        Some(Line::Comment(_)) => {
            let key = paragraph.iter().position(|line| line.part().is_some());
            key.map_or(paragraph.len(), |at| at + 1)
        }
        _ => directives,
    }
}

/// Sorts the keys of a paragraph, each with the comments above it. Comments at its end stay there.
fn sort_paragraph(lines: &mut [Line<'_>], order: &Order) {
    let rank = |part: &Part<'_>| order.rank(first(&part.keys));
    let ranks = lines.iter().filter_map(Line::part).map(rank);
    if ranks.is_sorted() {
        return;
    }
    // A comment has the rank of the next key.
    let mut next = usize::MAX;
    let mut keyed: Vec<_> = lines
        .iter_mut()
        .rev()
        .map(|line| {
            next = line.part().map_or(next, rank);
            (next, std::mem::replace(line, Line::Blank))
        })
        .collect();
    keyed.reverse();
    keyed.sort_by_key(|(rank, _)| *rank);
    for (line, (_, sorted)) in lines.iter_mut().zip(keyed) {
        *line = sorted;
    }
}

/// Sorts the tables between comments that belong to none of them.
fn sort_tables(tables: &mut Vec<Table<'_>>) {
    let Some(order) = Order::of(std::iter::empty(), |_| false) else { return };
    let rank = |table: &Table<'_>| match &table.header {
        Some(header) => order.rank(first(&header.keys)) + 1,
        None => 0,
    };
    let ranks: Vec<_> = tables.iter().map(rank).collect();
    if ranks.is_sorted() {
        return;
    }
    let begins_file = tables.first().is_some_and(is_comment_only)
        && tables.get(1).is_some_and(|table| !table.above.is_empty());
    let mut indices: Vec<_> = (0..tables.len()).collect();
    let mut start = 1;
    let mut first_is_held = begins_file || tables.first().is_some_and(ends_with_comment);
    while start < tables.len() {
        let last = tables[start..].iter().position(ends_with_comment);
        let end = last.map_or(tables.len(), |last| start + last + 1);
        sort_run(&mut indices[start..end], &ranks, first_is_held, last.is_some());
        (start, first_is_held) = (end, true);
    }
    let mut taken: Vec<_> = std::mem::take(tables).into_iter().map(Some).collect();
    tables.extend(indices.into_iter().filter_map(|at| taken.get_mut(at)?.take()));
}

/// Sorts tables, unless that would part the first or the last one from the comment beside it.
fn sort_run(run: &mut [usize], ranks: &[usize], first_is_held: bool, last_is_held: bool) {
    let mut sorted = run.to_vec();
    sorted.sort_by_key(|at| ranks[*at]);
    let parts_first = first_is_held && sorted.first() != run.first();
    let parts_last = last_is_held && sorted.last() != run.last();
    if !parts_first && !parts_last {
        run.copy_from_slice(&sorted);
    }
}

/// Whether a table has no keys: above the first header, it has comments about the file.
fn is_comment_only(table: &Table<'_>) -> bool {
    let is_directive = |line: &Line<'_>| matches!(line, Line::Comment(text) if is_directive(text));
    table.lines.iter().all(is_directive)
}

/// Whether comments that belong to no key and no header follow a table.
fn ends_with_comment(table: &Table<'_>) -> bool {
    let keys = table.lines.iter().rposition(|line| line.part().is_some());
    if table.header.is_none() && keys.is_none() {
        return false;
    }
    let rest = &table.lines[keys.map_or(0, |last| last + 1)..];
    let mut below_blank = rest.iter().skip_while(|line| !line.is_blank());
    below_blank.any(|line| matches!(line, Line::Comment(_)))
}
