//! The comments of a Dockerfile, each on a separate line.

use super::{Silence, comment};
use crate::source::{FileId, Span};

/// The comments of a text. Each applies to the instruction below it with its continued lines.
pub(super) fn silences(file: FileId, text: &str) -> Vec<Silence> {
    let mut found: Vec<Silence> = Vec::new();
    // The comments directly above the current line, as indices into `found`.
    let mut above = 0;
    let mut start = 0;
    let mut continued = false;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let written = line.trim();
        if written.starts_with('#') {
            let from = start + (line.len() - line.trim_start().len());
            let span = Span { file, start: from, end: from + written.len() };
            found.extend(comment::read(written, span));
        } else if written.is_empty() {
            if !continued {
                above = found.len();
            }
        } else {
            for silence in &mut found[above..] {
                silence.covers.push(start..end);
            }
            continued = written.ends_with('\\') || written.ends_with('`');
            if !continued {
                above = found.len();
            }
        }
        start = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_applies_to_the_instruction_below_it() {
        let text = "# sbx: allow(a)\n# why\nRUN a \\\n  b\nRUN c\n# sbx: allow(d)\n\nRUN e\n";
        let found = silences(FileId::MANIFEST, text);
        let covered: Vec<Vec<_>> = found
            .iter()
            .map(|silence| silence.covers.iter().map(|range| &text[range.clone()]).collect())
            .collect();
        assert_eq!(covered, [vec!["RUN a \\\n", "  b\n"], vec![]]);
    }
}
