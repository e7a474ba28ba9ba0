//! Formats manifests.
//!
//! A text is read into a tree of lines ([`tree`]), whose keys and tables are put in the language's
//! order ([`order`]), and which is then written in one layout ([`write`]). Strings, numbers, keys and
//! comments are pieces of the text itself, so that no value can change.
//!
//! It is built on the events of `toml_parser`, the parser that also gives manifests their meaning.
//! `toml_edit`, of the same authors, keeps comments as white space around values instead: moving a
//! key with its comments, or laying out an array with comments, would mean parsing that again, and
//! it joins dotted keys that are not neighbours.

mod align;
mod language;
mod order;
mod read;
mod tree;
mod write;

use crate::diagnostic::Diagnostics;
use crate::parse;

/// The largest width of a line with an array on it, in columns.
const WIDTH: usize = 100;

/// The byte-order mark, which some editors write.
const MARK: &str = "\u{feff}";

/// Formats a manifest. The result has the same values and the same comments, and formatting it again
/// does not change it.
///
/// # Errors
/// The diagnostics about a text that is not valid TOML.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let faults = parse::syntax(text);
    if faults.has_errors() {
        return Err(faults);
    }
    let (mark, text) = match text.strip_prefix(MARK) {
        Some(rest) => (MARK, rest),
        None => ("", text),
    };
    let mut document = read::document(text);
    order::sort(&mut document);
    let first = text.split_inclusive('\n').next().unwrap_or_default();
    let line_break = if first.ends_with("\r\n") { "\r\n" } else { "\n" };
    Ok(mark.to_owned() + &write::document(&document, line_break))
}
