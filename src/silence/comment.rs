//! Parses the text of one comment.

use super::{MARK, Silence};
use crate::source::Span;

/// Parses a comment with its `#`; `None` if it is not addressed to `sbx`.
pub(super) fn read(comment: &str, span: Span) -> Option<Silence> {
    let rest = addressed(comment)?;
    // The text behind the parenthesis is the reason, for people.
    let words = rest.trim_start().strip_prefix("allow").and_then(|rest| {
        let (inside, _) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
        let base = inside.as_ptr().addr() - comment.as_ptr().addr();
        let words: Vec<_> = inside
            .split(',')
            .map(|word| {
                let name = word.trim();
                let start = span.start + base + (name.as_ptr().addr() - inside.as_ptr().addr());
                (name.to_owned(), Span { start, end: start + name.len(), ..span })
            })
            .filter(|(name, _)| !name.is_empty())
            .collect();
        (!words.is_empty()).then_some(words)
    });
    Some(Silence { span, words, covers: Vec::new(), removal: None })
}

/// The text behind the mark of a comment that is addressed to `sbx`.
pub(super) fn addressed(comment: &str) -> Option<&str> {
    comment.trim_start_matches('#').trim_start().strip_prefix(MARK)
}
