//! Where the parts of a TOML document stand: its comments, headers, keys, values and elements.
//!
//! The parser's tree has the values with their places, but neither the comments nor the commas,
//! and nothing of what a header or a line holds. Whoever speaks of a comment or edits a text needs
//! those. A text that is no TOML has an outline, too, as far as it can be read.

mod edit;
mod lazy;
mod lines;
mod read;

use std::ops::Range;

pub use edit::quoted;
pub use lazy::LazyOutline;
pub use lines::Lines;

/// The parts of a document in the order of the text.
#[derive(Debug)]
pub struct Outline<'t> {
    text: &'t str,
    /// Its lines.
    pub lines: Lines,
    /// The comments, from their `#` to the end of their lines.
    pub comments: Vec<Range<usize>>,
    /// The headers.
    pub headers: Vec<Header>,
    /// The keys with their values, those of inline tables included.
    pub entries: Vec<Entry>,
    /// The arrays, the inner ones before the outer ones.
    pub arrays: Vec<Array>,
}

/// One part of a key: `a` and `b` of `a.b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Where it stands, with its quotes if it has some.
    pub range: Range<usize>,
    /// What it says.
    pub name: String,
}

/// The header of a table.
#[derive(Debug)]
pub struct Header {
    /// The header, from bracket to bracket.
    pub range: Range<usize>,
    /// The name between the brackets.
    pub keys: Vec<Key>,
    /// Whether it is one of an array of tables: `[[a]]`.
    pub array: bool,
    /// Where the table ends that it begins: at the next header.
    pub end: usize,
}

/// A key with its value.
#[derive(Debug)]
pub struct Entry {
    /// The key; not empty.
    pub keys: Vec<Key>,
    /// The value.
    pub value: Range<usize>,
    /// The place of its table's header among the headers; `None` above the first one.
    pub header: Option<usize>,
    /// How many arrays and inline tables it stands in.
    pub depth: usize,
}

/// An array.
#[derive(Debug)]
pub struct Array {
    /// From bracket to bracket.
    pub range: Range<usize>,
    /// What it holds.
    pub elements: Vec<Element>,
}

/// An element of an array.
#[derive(Debug)]
pub struct Element {
    /// The value.
    pub range: Range<usize>,
    /// Where the comma behind it stands.
    pub comma: Option<usize>,
}

impl Entry {
    /// From the key to the end of the value.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.keys.first().map_or(self.value.start, |key| key.range.start)..self.value.end
    }
}

impl Outline<'_> {
    /// What a comment can speak of: a table with its header, a key with its value, an element.
    pub fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        let tables = self.headers.iter().map(|header| header.range.start..header.end);
        let entries = self.entries.iter().map(Entry::range);
        let elements = self.arrays.iter().flat_map(|array| &array.elements);
        tables.chain(entries).chain(elements.map(|element| element.range.clone()))
    }
}
