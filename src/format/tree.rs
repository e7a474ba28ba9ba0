//! The lines of a document, with what is known of their layout.

use std::borrow::Cow;

use smallvec::SmallVec;

/// A header with the lines below it.
#[derive(Debug, Default)]
pub(super) struct Table<'t> {
    /// The comments directly above the header.
    pub above: Vec<&'t str>,
    /// The header; `None` for the top level.
    pub header: Option<Header<'t>>,
    /// The lines below the header. The last one is not blank, and no two blank ones are neighbours.
    pub lines: Vec<Line<'t>>,
}

/// A header.
#[derive(Debug)]
pub(super) struct Header<'t> {
    /// Whether it has double brackets.
    pub is_array: bool,
    /// The dotted key in the brackets.
    pub keys: Keys<'t>,
    /// The comment behind it.
    pub comment: Option<&'t str>,
}

/// A dotted key, which has one part nearly always.
pub(super) type Keys<'t> = SmallVec<[Key<'t>; 1]>;

/// One part of a dotted key.
#[derive(Debug)]
pub(super) struct Key<'t> {
    /// As it is written, with quotes.
    pub raw: &'t str,
    /// Its value.
    pub name: Cow<'t, str>,
}

/// A line of a table, an array or an inline table.
#[derive(Debug)]
pub(super) enum Line<'t> {
    /// A blank line.
    Blank,
    /// A comment that is alone on its line.
    Comment(&'t str),
    /// A key with its value, or an element.
    Part(Part<'t>),
}

/// A key with its value, or an element of an array. It may span several lines.
#[derive(Debug)]
pub(super) struct Part<'t> {
    /// The dotted key; empty for an element.
    pub keys: Keys<'t>,
    /// Where its `=` is; `None` for an element.
    pub equals: Option<Column>,
    /// The value.
    pub value: Value<'t>,
    /// The comment behind it.
    pub comment: Option<Trailing<'t>>,
}

/// A comment behind something.
#[derive(Debug)]
pub(super) struct Trailing<'t> {
    /// The comment with its `#`.
    pub text: &'t str,
    /// Where it begins.
    pub column: Column,
}

/// Where a part of a line begins in the source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// The number of columns before it.
    pub at: u32,
    /// Whether more than one space is before it.
    pub is_padded: bool,
}

/// A value.
#[derive(Debug)]
pub(super) enum Value<'t> {
    /// A value that is written as it was.
    Raw(&'t str),
    /// An array or an inline table.
    Group(Group<'t>),
}

/// An array or an inline table.
#[derive(Debug)]
pub(super) struct Group<'t> {
    /// Whether it is an array.
    pub is_array: bool,
    /// Whether the author broke lines directly inside it.
    pub is_broken: bool,
    /// Whether it spans several lines, other than by strings of several lines.
    pub spans_lines: bool,
    /// The comment behind the opening bracket.
    pub opening: Option<&'t str>,
    /// Its elements or keys, with the comments between them.
    pub lines: Vec<Line<'t>>,
}

impl Table<'_> {
    /// The names in its header; empty for the top level.
    pub(super) fn path(&self) -> impl Iterator<Item = &str> {
        self.header.iter().flat_map(|header| &header.keys).map(|key| &*key.name)
    }
}

impl<'t> Line<'t> {
    /// The part that the line is.
    pub(super) const fn part(&self) -> Option<&Part<'t>> {
        match self {
            Self::Part(part) => Some(part),
            Self::Blank | Self::Comment(_) => None,
        }
    }

    /// Whether it is a blank line.
    pub(super) const fn is_blank(&self) -> bool {
        matches!(self, Self::Blank)
    }
}

impl<'t> Group<'t> {
    /// Its elements or keys.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Part<'t>> {
        self.lines.iter().filter_map(Line::part)
    }
}

/// Whether a comment is for other tools, such as `#:schema …`.
pub(super) fn is_directive(comment: &str) -> bool {
    comment.starts_with("#:")
}
