//! The comments of a manifest, with the ranges that they apply to.

use std::collections::HashMap;
use std::ops::Range;

use super::{Silence, comment};
use crate::outline::{Lines, Outline};
use crate::source::Span;

/// The comments of a text.
pub(super) fn silences(text: &str) -> Vec<Silence> {
    let outline = Outline::new(text);
    let lines = &outline.lines;
    // The parts that begin on each line, and those that end there but began above it.
    let mut first: HashMap<usize, Vec<Range<usize>>> = HashMap::new();
    let mut last: HashMap<usize, Vec<Range<usize>>> = HashMap::new();
    for part in outline.parts() {
        let begins = lines.of(part.start);
        let ends = lines.of(part.end.saturating_sub(1).max(part.start));
        first.entry(begins).or_default().push(part.clone());
        if ends > begins {
            last.entry(ends).or_default().push(part);
        }
    }
    let mut found = Vec::new();
    for range in &outline.comments {
        let span = Span::manifest(range.start, range.end);
        let Some(mut silence) = comment::read(&text[range.clone()], span) else { continue };
        let line = lines.of(range.start);
        let before = text[lines.start(line)..range.start].trim_start_matches('\u{feff}').trim();
        let behind = !before.is_empty();
        let target = if behind { Some(line) } else { below(text, lines, line) };
        let begins = target.and_then(|line| first.get(&line));
        let ends = last.get(&line).filter(|_| behind);
        silence.covers = begins.into_iter().chain(ends).flatten().cloned().collect();
        silence.removal = Some(outline.whole_comment(range));
        found.push(silence);
    }
    found
}

/// The next line below a comment that is not a comment, unless it is blank.
fn below(text: &str, lines: &Lines, line: usize) -> Option<usize> {
    (line + 1..lines.count())
        .map(|line| (line, text[lines.start(line)..lines.start(line + 1)].trim()))
        .find(|(_, written)| !written.starts_with('#'))
        .filter(|(_, written)| !written.is_empty())
        .map(|(line, _)| line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts that each comment of a text applies to.
    fn covered(text: &str) -> Vec<Vec<&str>> {
        let mut all: Vec<Vec<_>> = Vec::new();
        for silence in silences(text) {
            all.push(silence.covers.iter().map(|range| text[range.clone()].trim()).collect());
        }
        for parts in &mut all {
            parts.sort_unstable();
        }
        all
    }

    #[test]
    fn a_comment_behind_a_part_applies_to_it() {
        assert_eq!(covered("a = 1 # sbx: allow(x)\nb = 2"), [["a = 1"]]);
        assert_eq!(
            covered("a = [\n  1, # sbx: allow(x)\n  2,\n]\n"),
            [["1"]],
            "an element of an array"
        );
        assert_eq!(covered("a = [\n  1,\n] # sbx: allow(x)\n"), [["a = [\n  1,\n]"]]);
    }

    #[test]
    fn a_comment_above_a_part_applies_to_it() {
        let text = "# sbx: allow(x)\n# because\n[[steps]]\nrun = 1\nuser = 2\n[b]\nc = 3";
        assert_eq!(covered(text), [["[[steps]]\nrun = 1\nuser = 2"]]);
        assert_eq!(covered("# sbx: allow(x)\na.b = { c = 1 }"), [["a.b = { c = 1 }", "c = 1"]]);
        assert_eq!(covered("# sbx: allow(x)\n\na = 1"), [Vec::<&str>::new()]);
        assert_eq!(covered("a = '''\n# sbx: allow(x)\n'''"), Vec::<Vec<&str>>::new());
    }

    #[test]
    fn every_layout_can_have_a_comment() {
        let inline = "a = {\n  b = 1, # sbx: allow(x)\n  # sbx: allow(y)\n  c = 2,\n}\n";
        assert_eq!(covered(inline), [["b = 1"], ["c = 2"]], "inside an inline table");
        let nested =
            "a = [\n  [1, 2], # sbx: allow(x)\n  [\n    # sbx: allow(y)\n    3,\n  ],\n]\n";
        assert_eq!(covered(nested), [vec!["1", "2", "[1, 2]"], vec!["3"]], "nested arrays");
        let text = "a = \"\"\"\n# sbx: allow(no)\n\"\"\" # sbx: allow(x)\n";
        assert_eq!(
            covered(text),
            [["a = \"\"\"\n# sbx: allow(no)\n\"\"\""]],
            "behind a long string"
        );
        let header = "[[a]] # sbx: allow(x)\nb = 1\n[c]\n";
        assert_eq!(covered(header), [["[[a]] # sbx: allow(x)\nb = 1"]], "behind a header");
        for text in [inline, nested, text, header] {
            let crlf = text.replace('\n', "\r\n");
            let same: Vec<Vec<_>> = covered(&crlf)
                .into_iter()
                .map(|parts| parts.into_iter().map(|part| part.replace("\r\n", "\n")).collect())
                .collect();
            assert_eq!(covered(text), same, "with other line breaks");
        }
        let marked = "\u{feff}# sbx: allow(x)\na = 1\n";
        assert_eq!(covered(marked), [["a = 1"]], "behind a byte-order mark");
    }
}
