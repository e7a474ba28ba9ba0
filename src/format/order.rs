//! Puts keys and tables in the language's order.
//!
//! Comments directly above a key or a header move with it. A comment below which a blank line is
//! belongs to what surrounds it: keys move only within their paragraph, and tables not past such a
//! comment. So does a comment at the very beginning of the file, which may be about the whole file.

use super::language::{Definition, Order};
use super::tree::{Key, Line, Part, Table, is_directive};

/// Sorts the keys of each table.
pub(super) fn sort_keys(tables: &mut [Table<'_>]) {
    let mut rest = tables;
    while let Some((first, others)) = rest.split_first_mut() {
        // Tables of the same path, such as steps, follow one another.
        let same = others.iter().take_while(|table| table.path().eq(first.path())).count();
        let (others, next) = others.split_at_mut(same);
        if let Some(definition) = Definition::at(first.path()) {
            for table in std::iter::once(first).chain(others) {
                sort_keys_of(table, definition);
            }
        }
        rest = next;
    }
}

/// The first part of a dotted key, which the order depends on.
fn first<'k>(keys: &'k [Key<'_>]) -> &'k str {
    keys.first().map_or("", |key| &key.name)
}

fn sort_keys_of(table: &mut Table<'_>, definition: Definition) {
    let keys = || table.lines.iter().filter_map(Line::part).map(|part| first(&part.keys));
    if keys().nth(1).is_none() {
        return;
    }
    let Some(order) = Order::of(definition, keys()) else { return };
    let mut is_first = table.header.is_none();
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
pub(super) fn sort_tables(tables: &mut [Table<'_>]) {
    let top = Definition::at(std::iter::empty());
    let order = top.and_then(|top| Order::of(top, std::iter::empty()));
    let Some(order) = order else { return };
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
    let is_moved = |at: &usize| indices[*at] != *at;
    let Some(start) = (0..tables.len()).find(is_moved) else { return };
    let end = (0..tables.len()).rfind(is_moved).map_or(start, |last| last + 1);
    let mut taken: Vec<_> = tables[start..end].iter_mut().map(std::mem::take).collect();
    for (table, from) in tables[start..end].iter_mut().zip(&indices[start..end]) {
        *table = std::mem::take(&mut taken[from - start]);
    }
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
