//! An outline that is computed on demand: most texts need no fixes.

use std::cell::{Cell, OnceCell};

use super::Outline;
use crate::source::Span;

/// A text with an outline that is computed on first use.
#[derive(Debug)]
pub struct LazyOutline<'t> {
    text: &'t str,
    outline: OnceCell<Outline<'t>>,
    asked: Cell<usize>,
}

/// The largest number of edits in one run. Each one searches the whole outline, and a file may have
/// a hundred thousand faults; the next run fixes the rest.
const MOST: usize = 200;

impl<'t> LazyOutline<'t> {
    /// The lazy outline of a text.
    #[must_use]
    pub const fn new(text: &'t str) -> Self {
        Self { text, outline: OnceCell::new(), asked: Cell::new(0) }
    }

    /// The whole text.
    #[must_use]
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// The text at a span.
    #[must_use]
    pub fn written(&self, span: Span) -> &'t str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The outline for one edit; `None` if there were too many edits already.
    pub fn get(&self) -> Option<&Outline<'t>> {
        self.asked.set(self.asked.get() + 1);
        (self.asked.get() <= MOST).then(|| self.outline.get_or_init(|| Outline::new(self.text)))
    }
}
