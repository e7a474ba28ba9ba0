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
use crate::parallel;
use crate::parse;

/// The largest width of a line with an array on it, in columns.
const WIDTH: usize = 100;

/// From how many bytes on a text is checked on another thread while it is laid out.
const LONG: usize = 64 * 1024;

/// The byte-order mark, which some editors write.
const MARK: &str = "\u{feff}";

/// Formats a manifest. The result has the same values and the same comments, and formatting it again
/// does not change it.
///
/// # Errors
/// The diagnostics about a text that is not valid TOML.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    if text.len() < LONG {
        let faults = parse::syntax(text);
        return if faults.has_errors() { Err(faults) } else { Ok(laid_out(text)) };
    }
    let (faults, formatted) =
        parallel::both(parallel::threads(), || parse::syntax(text), || laid_out(text));
    if faults.has_errors() { Err(faults) } else { Ok(formatted) }
}

/// The text in the layout, if it is valid. Of any other text, something that means nothing.
fn laid_out(text: &str) -> String {
    let (mark, text) = match text.strip_prefix(MARK) {
        Some(rest) => (MARK, rest),
        None => ("", text),
    };
    let mut document = read::document(text);
    order::sort(&mut document);
    let first = text.split_inclusive('\n').next().unwrap_or_default();
    let line_break = if first.ends_with("\r\n") { "\r\n" } else { "\n" };
    mark.to_owned() + &write::document(&document, line_break)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_not_valid_is_laid_out_somehow() {
        laid_out(&("a = ".to_owned() + &"[{ b = ".repeat(100_000)));
        let text = "#ä\n[[é.\"ü\".ö]] # ß\nä.b = [ 1, # ß\n  { \"é\" = '''ö\nü''', }, [], ] # ä\r\nb=\"\\u00e4\"\n";
        let characters: Vec<char> = text.chars().collect();
        for at in 0..characters.len() {
            for end in at..=characters.len() {
                laid_out(&characters[at..end].iter().collect::<String>());
            }
            for other in "[]{}=,.\"'#\n\\ä".chars() {
                let mut damaged = characters.clone();
                damaged[at] = other;
                laid_out(&damaged.iter().collect::<String>());
            }
        }
    }

    #[test]
    fn a_long_text_is_formatted_and_refused_like_a_short_one() {
        let step = "[[steps]]\nrun=\"true\"\n";
        let long = step.repeat(LONG / step.len() + 1);
        let formatted = format(&long).expect("valid TOML");
        assert!(formatted.starts_with("[[steps]]\nrun = \"true\"\n"), "{}", &formatted[..60]);
        let faults = format(&(long + "run = \n")).expect_err("invalid TOML");
        assert_eq!(faults.iter().count(), 1);
    }
}
