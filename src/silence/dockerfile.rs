//! The comments of a Dockerfile, each on a separate line.

use super::{Silence, comment};
use crate::dockerfile::announced;
use crate::source::{FileId, Span};

/// The comments of a text. Each applies to the instruction below it with its continued lines and
/// here-documents; one within a here-document to what follows there.
pub(super) fn silences(file: FileId, text: &str) -> Vec<Silence> {
    let mut found: Vec<Silence> = Vec::new();
    // The comments directly above the current line, as indices into `found`.
    let mut above = 0;
    for line in Lines::new(text) {
        let (start, written) = (line.start, line.text.trim());
        if written.starts_with('#') {
            let from = start + (line.text.len() - line.text.trim_start().len());
            let span = Span { file, start: from, end: from + written.len() };
            found.extend(comment::read(written, span));
        } else if !written.is_empty() {
            for silence in &mut found[above..] {
                silence.covers.push(start..start + line.text.len());
            }
        }
        if line.is_last {
            above = found.len();
        }
    }
    found
}

/// The offset of the first line of the instruction that an offset is in.
pub(super) fn instruction(text: &str, offset: usize) -> usize {
    let lines = Lines::new(text).take_while(|line| line.start <= offset);
    lines.filter(|line| line.is_first).last().map_or(0, |line| line.start)
}

/// A line of a Dockerfile.
struct Line<'t> {
    start: usize,
    /// With its line break.
    text: &'t str,
    /// Whether an instruction begins with it.
    is_first: bool,
    /// Whether what is below belongs to another instruction. An empty line is such a line as well.
    is_last: bool,
}

/// The lines of a Dockerfile.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    /// The instruction up to here, if it continues.
    open: Option<String>,
    /// The here-documents that are still to be read, the next one first: their delimiters, and
    /// whether tabs before those are removed.
    heredocs: Vec<(String, bool)>,
}

impl<'t> Lines<'t> {
    const fn new(text: &'t str) -> Self {
        Self { text, at: 0, open: None, heredocs: Vec::new() }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        let (start, rest) = (self.at, &self.text[self.at..]);
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let text = &rest[..length];
        self.at += length;
        let whole = |is_last| Line { start, text, is_first: false, is_last };
        if text.is_empty() {
            return None;
        }
        if let Some((delimiter, tabs)) = self.heredocs.first() {
            let line = text.trim_end_matches(['\r', '\n']);
            let line = if *tabs { line.trim_start_matches('\t') } else { line };
            if line == delimiter {
                self.heredocs.remove(0);
            }
            return Some(whole(self.heredocs.is_empty()));
        }
        let written = text.trim();
        if written.starts_with('#') {
            return Some(whole(false));
        }
        if written.is_empty() {
            return Some(whole(self.open.is_none()));
        }
        let is_first = self.open.is_none();
        let mut instruction = self.open.take().unwrap_or_default();
        if let Some(written) = written.strip_suffix(['\\', '`']) {
            instruction += written;
            self.open = Some(instruction);
            return Some(Line { is_first, ..whole(false) });
        }
        instruction += written;
        self.heredocs = announced(&instruction);
        Some(Line { is_first, ..whole(self.heredocs.is_empty()) })
    }
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

    #[test]
    fn a_comment_above_a_here_document_applies_to_all_of_it() {
        let text =
            "# sbx: allow(a)\nRUN <<-'E' \\\n <<F\nb\n\n# c\n\tE\nd\nF\nRUN e <<< F\nRUN f\n";
        let found = silences(FileId::MANIFEST, text);
        let covered: Vec<_> = found[0].covers.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(covered, ["RUN <<-'E' \\\n", " <<F\n", "b\n", "\tE\n", "d\n", "F\n"]);
        let first = |at: &str| &text[instruction(text, text.find(at).expect("it is there"))..];
        assert!(first("d\n").starts_with("RUN <<-") && first(" <<F").starts_with("RUN <<-"));
        assert!(first("RUN e").starts_with("RUN e") && first("f\n").starts_with("RUN f"));
    }
}
