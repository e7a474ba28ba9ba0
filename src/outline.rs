//! The ranges of the parts of a TOML document: comments, headers, keys, values and elements.
//!
//! The tree of the TOML parser has the ranges of values, but no comments, commas, headers or lines,
//! which silencing and fixes need. An invalid document has an outline, too, as far as it can be
//! parsed.

mod edit;
mod lazy;
mod lines;
mod path;
mod read;

use std::ops::Range;

pub use edit::quoted;
pub use lazy::LazyOutline;
pub use lines::Lines;

/// The parts of a document in source order.
#[derive(Debug)]
pub struct Outline<'t> {
    text: &'t str,
    /// Its lines.
    pub lines: Lines,
    /// The comments, from their `#` to the end of their lines.
    pub comments: Vec<Range<usize>>,
    /// The headers.
    pub headers: Vec<Header>,
    /// The keys with their values, including those of inline tables.
    pub entries: Vec<Entry>,
    /// The arrays, inner before outer.
    pub arrays: Vec<Array>,
}

/// One part of a key: `a` and `b` of `a.b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its range, including quotes.
    pub range: Range<usize>,
    /// Its value without quotes.
    pub name: String,
}

/// The header of a table.
#[derive(Debug)]
pub struct Header {
    /// Its range, including the brackets.
    pub range: Range<usize>,
    /// The dotted key in the brackets.
    pub keys: Vec<Key>,
    /// Whether it is one of an array of tables: `[[a]]`.
    pub array: bool,
    /// The end of its table, which is the next header.
    pub end: usize,
}

/// A key with its value.
#[derive(Debug)]
pub struct Entry {
    /// The dotted key; not empty.
    pub keys: Vec<Key>,
    /// The range of the value.
    pub value: Range<usize>,
    /// The index of its table's header; `None` above the first header.
    pub header: Option<usize>,
    /// The number of arrays and inline tables around it.
    pub depth: usize,
}

/// An array.
#[derive(Debug)]
pub struct Array {
    /// Its range, including the brackets.
    pub range: Range<usize>,
    /// Its elements in order.
    pub elements: Vec<Element>,
}

/// An element of an array.
#[derive(Debug)]
pub struct Element {
    /// The range of the value.
    pub range: Range<usize>,
    /// The offset of the comma behind it.
    pub comma: Option<usize>,
}

impl Entry {
    /// The range from the key to the end of the value.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.keys.first().map_or(self.value.start, |key| key.range.start)..self.value.end
    }
}

impl Outline<'_> {
    /// The parts that a comment can apply to: a table with its header, a key with its value, an
    /// element.
    pub fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        let tables = self.headers.iter().map(|header| header.range.start..header.end);
        let entries = self.entries.iter().map(Entry::range);
        let elements = self.arrays.iter().flat_map(|array| &array.elements);
        tables.chain(entries).chain(elements.map(|element| element.range.clone()))
    }
}
