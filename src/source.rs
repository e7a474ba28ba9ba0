//! Source texts and locations in them.
//!
//! A [`Span`] names its file, so a diagnostic can point into the manifest, a Dockerfile or an
//! ignore file alike. Offsets count bytes from the start of the file, a byte-order mark included;
//! [`Source::position`] converts them to lines and columns for people.

mod position;

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::scalar::visible_in_place;
use position::Marks;
pub use position::{Encoding, LineColumn};

/// Names one text of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u16);

impl FileId {
    /// The manifest itself: every map begins with it.
    pub const MANIFEST: Self = Self(0);
}

/// A range of bytes in one file; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// A range in the manifest.
    #[must_use]
    pub const fn manifest(start: usize, end: usize) -> Self {
        Self { file: FileId::MANIFEST, start, end }
    }

    /// Whether `other` lies within this range of the same file.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A value with its source location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value that is written at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Another value with the same span.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

/// In the schema, a spanned value is the value itself.
impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// A line and a column for people: both from 1, columns in Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; a byte-order mark takes none.
    pub column: usize,
}

/// One text and its name.
#[derive(Clone)]
pub struct Source {
    name: String,
    path: PathBuf,
    text: String,
    /// The text with asterisks where secrets are, and without characters that are not seen; byte for
    /// byte as long.
    shown: String,
    line_starts: Vec<usize>,
    marks: Marks,
}

impl fmt::Debug for Source {
    /// The text may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Source {
    /// A text that was read from `path`, shown to people under that same name.
    #[must_use]
    pub fn new(path: &Path, text: String) -> Self {
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let shown = visible_in_place(&text);
        let marks = Marks::new(&text);
        Self {
            name: path.display().to_string(),
            path: path.to_owned(),
            text,
            shown,
            line_starts,
            marks,
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path it was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text as people may see it: secrets are hidden, control characters are visible, and
    /// every offset is the same.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Hides what stands in a range.
    pub fn hide(&mut self, start: usize, end: usize) {
        hide(&mut self.shown, start, end);
    }

    /// The line (from 0) that holds the byte at `offset`.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The last boundary between characters at or before `offset`.
    #[must_use]
    pub fn floor(&self, offset: usize) -> usize {
        let end = offset.min(self.text.len());
        (0..=end).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// Where a line (from 0) begins; the end of the text past the last one.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// Where a line (from 0) ends, its line break not included.
    #[must_use]
    pub fn line_end(&self, line: usize) -> usize {
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        if self.text[..end].ends_with('\r') { end - 1 } else { end }
    }

    /// The position of the byte at `offset`; one past the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_of(offset);
        let start = self.line_start(line);
        let marked = usize::from(self.text[start..].starts_with('\u{feff}') && offset > start);
        let before = |offset| self.marks.units(&self.text, offset, Encoding::Chars);
        let column = before(offset) - before(start) - marked + 1;
        Position { line: line + 1, column }
    }
}

fn hide(text: &mut String, start: usize, end: usize) {
    if start < end && text.is_char_boundary(start) && text.is_char_boundary(end) {
        let kept = |byte: u8| if byte == b'\n' || byte == b'\r' { char::from(byte) } else { '*' };
        let hidden: String = text[start..end].bytes().map(kept).collect();
        text.replace_range(start..end, &hidden);
    }
}

/// The texts that one compilation read; the manifest comes first.
#[derive(Debug, Clone)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// A map that begins with the manifest.
    #[must_use]
    pub fn new(manifest: Source) -> Self {
        Self { sources: vec![manifest] }
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Source {
        self.get(FileId::MANIFEST)
    }

    /// The text that `file` names.
    #[must_use]
    pub fn get(&self, file: FileId) -> &Source {
        // Identifiers are made by `add` alone and a map never shrinks, so the index exists.
        &self.sources[usize::from(file.0)]
    }

    /// Masks a span wherever the text is shown.
    pub fn hide(&mut self, span: Span) {
        if let Some(source) = self.sources.get_mut(usize::from(span.file.0)) {
            source.hide(span.start, span.end);
        }
    }

    /// Each text with the name that spans have for it.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        let id = |at| FileId(u16::try_from(at).unwrap_or(u16::MAX));
        self.sources.iter().enumerate().map(move |(at, source)| (id(at), source))
    }

    /// Adds a text. Past 65,535 files, all further ones share the last identifier.
    pub fn add(&mut self, source: Source) -> FileId {
        let id = FileId(u16::try_from(self.sources.len()).unwrap_or(u16::MAX));
        if usize::from(id.0) == self.sources.len() {
            self.sources.push(source);
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_scalar_values_and_skip_the_byte_order_mark() {
        let source = Source::new(Path::new("x"), "\u{feff}äb\r\ncd\n".to_owned());
        assert_eq!(source.position(3), Position { line: 1, column: 1 });
        assert_eq!(source.position(5), Position { line: 1, column: 2 });
        assert_eq!(source.position(8), Position { line: 2, column: 1 });
        assert_eq!(source.position(99), Position { line: 3, column: 1 });
    }
}
