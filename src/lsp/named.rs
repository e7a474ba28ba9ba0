//! The key that a position is about.

use std::ops::Range;

use crate::outline::{Key, Outline};

/// A key, by itself or by its value.
pub(super) struct Named {
    /// Its keys, from the outermost table on; elements of arrays have none of their own.
    pub(super) path: Vec<String>,
    pub(super) range: Range<usize>,
    /// The table of the header above it.
    pub(super) table: Option<Range<usize>>,
    /// What is written as its value; `None` for a header.
    pub(super) value: Option<Range<usize>>,
}

impl Named {
    /// The key at an offset, by its name or by its value.
    pub(super) fn at(outline: &Outline<'_>, offset: usize) -> Option<Self> {
        let names = |keys: &[Key]| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        let is_on = |range: &Range<usize>| (range.start..=range.end).contains(&offset);
        let table = |at: Option<usize>| {
            let header = outline.headers.get(at?)?;
            Some(header.range.start..header.end)
        };
        for (at, header) in outline.headers.iter().enumerate() {
            if let Some(last) = header.keys.iter().position(|key| is_on(&key.range)) {
                let path = names(&header.keys[..=last]);
                let range = header.keys[last].range.clone();
                return Some(Self { path, range, table: table(Some(at)), value: None });
            }
        }
        // Entries of inline tables lie within the value of the one that they belong to.
        let around = outline.entries.iter().filter(|entry| is_on(&entry.range()));
        let mut around: Vec<_> = around.collect();
        around.sort_by_key(|entry| (entry.range().start, std::cmp::Reverse(entry.value.end)));
        let innermost = around.last()?;
        let header = innermost.header;
        let mut path = header.map_or_else(Vec::new, |at| names(&outline.headers[at].keys));
        for entry in &around[..around.len() - 1] {
            path.extend(names(&entry.keys));
        }
        let keys = &innermost.keys;
        let last = keys.iter().position(|key| is_on(&key.range)).unwrap_or(keys.len() - 1);
        path.extend(names(&keys[..=last]));
        let value = Some(innermost.value.clone());
        Some(Self { path, range: keys[last].range.clone(), table: table(header), value })
    }
}
