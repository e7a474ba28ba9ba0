//! `COPY <<EOF` and `ADD <<EOF`: here-documents as files.

use super::Converter;
use super::copy::Common;
use crate::dockerfile::expand::Rules;
use crate::dockerfile::heredoc::{Heredoc, Marker};
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::syntax;
use crate::platform::ROOT;
use crate::scalar::Text;
use crate::source::Span;
use crate::template::{InstructionKind, Write};

impl Converter<'_> {
    /// Writes a here-document to a file. As in Docker, it belongs to root regardless of the current
    /// user, and has the mode 0644.
    pub(super) fn copy_text(
        &mut self,
        instruction: &Instruction,
        word: &Word,
        marker: &Marker,
        common: &Common,
    ) {
        let heredoc =
            instruction.heredocs.iter().find(|heredoc| heredoc.marker.name == marker.name);
        let Some(heredoc) = heredoc else {
            let message = format!("the here-document `{}` has no text", marker.name);
            let fault = syntax(instruction.span_of(word), message);
            self.push_fault(fault.help("write the instruction without `[` and `]`"));
            return;
        };
        let Some(content) = self.content(instruction, heredoc) else { return };
        let (path, name_in_directory) = path(&common.target, &marker.name);
        let own = Write::DEFAULT_MODE;
        let write = Write {
            path,
            name_in_directory,
            content,
            owner: Some(common.owner.clone().unwrap_or_else(|| ROOT.to_owned())),
            mode: common
                .permissions
                .as_ref()
                .map_or(own, |permissions| permissions.of_file(own.bits)),
        };
        self.push(InstructionKind::Write(write), instruction.place());
    }

    /// The content of a here-document, with references to variables of the image alone.
    fn content(&mut self, instruction: &Instruction, heredoc: &Heredoc) -> Option<Text> {
        let content = heredoc.content();
        if !heredoc.marker.expands {
            return Some(Text::literal(&content));
        }
        // Offsets differ from the file if tabs were removed.
        let start = heredoc.start.filter(|_| !heredoc.marker.tabs);
        let place = |part: std::ops::Range<usize>| match (start, instruction.place()) {
            (Some(start), line) => {
                Span { start: start + part.start, end: start + part.end, ..line }
            }
            (None, line) => line,
        };
        // In here-documents the escape character is always `\`, and quotes are literal.
        let rules = Rules { escape: '\\', quotes: false };
        self.expanded(&content, rules, place)
    }
}

/// The path of a here-document's file. In a directory it has the name of the document; whether the
/// target is one may not be known before the build.
fn path(target: &str, name: &str) -> (String, Option<String>) {
    match target.rsplit('/').next() {
        Some("") => (format!("{target}{name}"), None),
        Some("." | "..") => (format!("{target}/{name}"), None),
        _ => (target.to_owned(), Some(name.to_owned())),
    }
}
