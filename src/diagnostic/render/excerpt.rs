//! The lines around a location, found with the line index.
//!
//! miette itself reads the text from its beginning for every location, and shows whole lines. Here,
//! time and space depend on what is shown, even in a file with thousands of problems or with a
//! line of a megabyte.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::ReadResult;
use crate::scalar::visible;
use crate::source::Source;

/// The most bytes that are shown around a location, in addition to it.
const MOST: usize = 1200;

/// A source for miette.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    source: &'a Source,
}

impl<'a> Excerpt<'a> {
    pub(super) const fn new(source: &'a Source) -> Self {
        Self { source }
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(&'a self, span: &SourceSpan, before: usize, after: usize) -> ReadResult<'a> {
        let text = self.source.text();
        let start = span.offset().min(text.len());
        let end = (start + span.len()).min(text.len());
        if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            return Err(MietteError::OutOfBounds);
        }
        if before == 0 && after == 0 {
            // miette reads the location itself this way, to print its position.
            return Ok(self.contents(start, end));
        }
        let first_line = self.source.line_of(start).saturating_sub(before);
        let last_line = self.source.line_of(end.max(start + 1) - 1) + after;
        let mut from = self.source.line_start(first_line);
        let mut to = self.source.line_end(last_line);
        if to - from > MOST + (end - start) {
            // A line of this length is not useful as a whole.
            from = self.source.floor(from.max(start.saturating_sub(MOST / 4)));
            to = self.source.floor(to.min(end + MOST / 4)).max(end);
        }
        if from == 0 && text.starts_with('\u{feff}') {
            from = '\u{feff}'.len_utf8().min(start);
        }
        Ok(self.contents(from, to))
    }
}

impl Excerpt<'_> {
    fn contents(&self, from: usize, to: usize) -> Box<dyn SpanContents<'_> + '_> {
        let line = self.source.line_of(from);
        Box::new(MietteSpanContents::new_named(
            visible(self.source.name()).into_owned(),
            &self.source.shown().as_bytes()[from..to],
            (from, to - from).into(),
            line,
            self.source.position(from).column - 1,
            self.source.line_of(to).saturating_sub(line) + 1,
        ))
    }
}
