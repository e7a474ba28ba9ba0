//! Keys by their path from the root: `profiles.x.name`, however its parts are divided between the
//! header and a dotted key.

use std::ops::Range;

use super::{Array, Entry, Key, Outline};
use crate::source::Span;

fn names(keys: &[Key]) -> impl Iterator<Item = &str> {
    keys.iter().map(|key| key.name.as_str())
}

impl Outline<'_> {
    /// The path of the table of an entry: empty above the first header.
    #[must_use]
    pub fn header_path(&self, entry: &Entry) -> Vec<&str> {
        let header = entry.header.map(|index| &self.headers[index]);
        header.into_iter().flat_map(|header| names(&header.keys)).collect()
    }

    /// The path of an entry; `None` in an array or an inline table.
    #[must_use]
    pub fn path<'o>(&'o self, entry: &'o Entry) -> Option<Vec<&'o str>> {
        (entry.depth == 0).then(|| {
            let mut path = self.header_path(entry);
            path.extend(names(&entry.keys));
            path
        })
    }

    /// The entry whose value has a span.
    #[must_use]
    pub fn entry_of(&self, value: Span) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.value == (value.start..value.end))
    }

    /// The entry of a path, outside arrays and inline tables.
    #[must_use]
    pub fn entry_at(&self, path: &[&str]) -> Option<&Entry> {
        self.entries.iter().find(|entry| self.path(entry).is_some_and(|found| found == path))
    }

    /// The text in a range.
    #[must_use]
    pub fn text(&self, range: &Range<usize>) -> &str {
        &self.text[range.clone()]
    }

    /// The array that is the value of an entry.
    #[must_use]
    pub fn array_of(&self, entry: &Entry) -> Option<&Array> {
        self.arrays.iter().find(|array| array.range == entry.value)
    }

    /// Whether a path exists, as a key, as a table with a header, or as the beginning of a longer
    /// path.
    #[must_use]
    pub fn has_path(&self, path: &[&str]) -> bool {
        let entries = self.entries.iter().filter_map(|entry| self.path(entry));
        let headers = self.headers.iter().map(|header| names(&header.keys).collect::<Vec<_>>());
        entries.chain(headers).any(|found| found.starts_with(path))
    }
}
