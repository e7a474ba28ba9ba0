//! Fixes: edits that resolve a diagnostic.

use std::collections::BTreeMap;

use crate::source::{FileId, Span};

/// A change of the text that fixes a problem.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What it does, in the imperative: "quote the version".
    pub title: String,
    /// The changes, none of which overlaps another.
    pub edits: Vec<Edit>,
    /// Whether it cannot change the meaning, so that `--fix` applies it. Other fixes need
    /// `--unsafe-fixes`.
    pub safe: bool,
    /// Whether its texts hold a secret: it can be applied, but is not part of any output.
    pub withheld: bool,
}

/// One replacement of a part of the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// The replaced range; an empty one is an insertion point.
    pub span: Span,
    /// The new text.
    pub text: String,
}

impl Fix {
    /// A fix that cannot change the meaning.
    pub fn safe(title: impl Into<String>) -> Self {
        Self { title: title.into(), edits: Vec::new(), safe: true, withheld: false }
    }

    /// A fix that may change the meaning and needs a decision.
    pub fn proposed(title: impl Into<String>) -> Self {
        Self { safe: false, ..Self::safe(title) }
    }

    /// A fix that replaces a word by the similar word `near`. It is safe if only the case or the
    /// kind of dash differs.
    #[must_use]
    pub fn instead_of(written: &str, near: &str) -> Self {
        let plain = |word: &str| word.to_ascii_lowercase().replace('-', "_");
        let title = format!("write `{near}`");
        Self { safe: plain(written) == plain(near), ..Self::safe(title) }
    }

    /// Whether all its edits are in that file.
    #[must_use]
    pub fn is_of(&self, file: FileId) -> bool {
        self.edits.iter().all(|edit| edit.span.file == file)
    }

    /// Adds these edits.
    #[must_use]
    pub fn edits(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.edits.extend(edits);
        self
    }

    /// Adds insertions before and behind a range.
    #[must_use]
    pub fn around(self, span: Span, before: &str, behind: &str) -> Self {
        let (start, end) = (Span { end: span.start, ..span }, Span { start: span.end, ..span });
        self.replace(start, before).replace(end, behind)
    }

    /// Adds a replacement of a range.
    #[must_use]
    pub fn replace(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span, text: text.into() });
        self
    }
}

/// Makes as many of the fixes as do not touch each other, in the order in which they are given.
///
/// All their edits have to be in one file, whose text this is. Returns the new text and how many
/// fixes were made.
#[must_use]
pub fn apply<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, usize) {
    // By their places: none overlaps another, so only neighbours can touch a new one.
    let mut taken: BTreeMap<(usize, usize), &Edit> = BTreeMap::new();
    let mut made = 0;
    for fix in fixes {
        let fits = |edit: &Edit| {
            let Span { start, end, .. } = edit.span;
            let inside = start <= end && text.get(start..end).is_some();
            // Two insertions at one place have no order, so they touch, too.
            let apart = |other: &(usize, usize)| {
                !(start < other.1 && other.0 < end) && (start, end) != *other
            };
            let before = taken.range(..=(start, end)).next_back();
            let after = taken.range((start, end)..).next();
            inside && before.into_iter().chain(after).all(|(other, _)| apart(other))
        };
        if !fix.edits.is_empty() && fix.edits.iter().all(fits) {
            taken.extend(fix.edits.iter().map(|edit| ((edit.span.start, edit.span.end), edit)));
            made += 1;
        }
    }
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for edit in taken.into_values() {
        edited.push_str(text.get(at..edit.span.start).unwrap_or_default());
        edited.push_str(&edit.text);
        at = edit.span.end;
    }
    edited.push_str(text.get(at..).unwrap_or_default());
    (edited, made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_that_touch_each_other_are_left_for_another_round() {
        let fix = |start, end, text: &str| Fix::safe("x").replace(Span::manifest(start, end), text);
        let fixes = [fix(0, 1, "A"), fix(0, 2, "?"), fix(2, 2, "-"), fix(2, 2, "+"), fix(9, 9, "")];
        assert_eq!(apply("abc", &fixes), ("Ab-c".to_owned(), 2));
    }
}
