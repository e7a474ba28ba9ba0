//! The formatted text of a document.

use std::path::Path;

use gen_lsp_types::TextEdit;

use super::text;
use crate::format;
use crate::source::{Encoding, Source};

/// The edit that formats a text, from the first line that changes to the last one. `None` if it is
/// formatted, or not valid TOML.
pub(super) fn edit(text: &str, encoding: Encoding) -> Option<TextEdit> {
    let formatted = format::format(text).ok()?;
    let start = equal(lines(text), lines(&formatted));
    let end = equal(lines(&text[start..]).rev(), lines(&formatted[start..]).rev());
    let (old_end, new_end) = (text.len() - end, formatted.len() - end);
    (start < old_end || start < new_end).then(|| TextEdit {
        range: text::range(&Source::new(Path::new(""), text.to_owned()), start, old_end, encoding),
        new_text: formatted[start..new_end].to_owned(),
    })
}

fn lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split_inclusive('\n')
}

/// The length of the lines that are equal before the first that differ, in bytes.
fn equal<'a>(old: impl Iterator<Item = &'a str>, new: impl Iterator<Item = &'a str>) -> usize {
    old.zip(new).take_while(|(old, new)| old == new).map(|(old, _)| old.len()).sum()
}
