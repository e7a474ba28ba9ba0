//! An outline that is read when somebody asks for it: most texts have nothing to mend.

use std::cell::{Cell, OnceCell};

use super::Outline;
use crate::source::Span;

/// A text and, as soon as it is needed, its outline.
#[derive(Debug)]
pub struct LazyOutline<'t> {
    text: &'t str,
    outline: OnceCell<Outline<'t>>,
    asked: Cell<usize>,
}

/// An edit looks through the whole outline, and a file may have a hundred thousand faults: those
/// past this many are mended in the next round.
const MOST: usize = 200;

impl<'t> LazyOutline<'t> {
    /// The outline of that text.
    #[must_use]
    pub const fn new(text: &'t str) -> Self {
        Self { text, outline: OnceCell::new(), asked: Cell::new(0) }
    }

    /// The whole text.
    #[must_use]
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// What is written at a place.
    #[must_use]
    pub fn written(&self, span: Span) -> &'t str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The outline, for one edit; `None` if too many have asked already.
    pub fn get(&self) -> Option<&Outline<'t>> {
        self.asked.set(self.asked.get() + 1);
        (self.asked.get() <= MOST).then(|| self.outline.get_or_init(|| Outline::new(self.text)))
    }
}
