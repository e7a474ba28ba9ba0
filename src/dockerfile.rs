//! Dockerfile → the first instructions of a template.
//!
//! [`parse`] turns a text into a [`Dockerfile`]: [`lines`] joins continued lines, [`instruction`]
//! splits keywords, flags, arguments and here-documents, and every part keeps its span.
//! [`Dockerfile::convert`] turns that into a [`Converted`], like the E2B family's own client does,
//! but with Docker's semantics: what cannot be reproduced is an error at its span in the
//! Dockerfile, and image metadata without an effect on a sandbox is a warning.
//!
//! Nothing is ignored silently, and no files are read here: `context` selects the files that a
//! Dockerfile copies.

mod convert;
mod expand;
mod facts;
mod flags;
mod heredoc;
mod instruction;
mod json;
mod lines;
mod scope;
mod words;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

pub use convert::{Converted, Extraction};
pub use instruction::{Instruction, Keyword};

/// The largest accepted Dockerfile, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The largest number of faults reported for one Dockerfile: a text that is not a Dockerfile has
/// one in each line.
const MOST_FAULTS: usize = 1000;

/// The instructions of a Dockerfile in source order.
///
/// Guarantees: every span lies within the text, at character boundaries; each instruction has a
/// keyword that Docker knows.
#[derive(Debug, Clone)]
pub struct Dockerfile {
    file: FileId,
    text: String,
    escape: char,
    instructions: Vec<Instruction>,
    /// How many instructions come before the first line that is none, if there is one.
    misread: Option<usize>,
}

impl Dockerfile {
    /// Its ID in the [`SourceMap`](crate::source::SourceMap).
    #[must_use]
    pub const fn file(&self) -> FileId {
        self.file
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The delimiters of the here-documents that an instruction announces in its logical line, and
/// whether tabs before them are removed.
#[must_use]
pub fn announced(instruction: &str) -> Vec<(String, bool)> {
    let word = instruction.split_whitespace().next().unwrap_or_default();
    let takes = |keyword: &Keyword| word.eq_ignore_ascii_case(keyword.word());
    if !instruction::WITH_HEREDOCS.iter().any(takes) {
        return Vec::new();
    }
    heredoc::markers(instruction).into_iter().map(|marker| (marker.name, marker.tabs)).collect()
}

/// Parses a Dockerfile.
///
/// The diagnostics report syntax errors; the result contains the other instructions.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (Dockerfile, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    if let Some(start) = text.find('\0') {
        let span = Span { file, start, end: start + 1 };
        let help = "remove it: no command, path or request can contain it";
        diagnostics.push(syntax(span, "the Dockerfile contains a NUL character").help(help));
    }
    let mut lines = lines::Lines::new(file, text);
    let mut instructions = Vec::new();
    let mut faults = 0;
    let mut misread = None;
    while let Some(line) = lines.next(&mut diagnostics) {
        match instruction::read(line, &mut lines) {
            Ok(instruction) => instructions.push(instruction),
            Err(fault) => {
                diagnostics.push(*fault);
                misread.get_or_insert(instructions.len());
                faults += 1;
            }
        }
        if faults == MOST_FAULTS {
            break;
        }
    }
    let (text, escape) = (text.to_owned(), lines.escape());
    (Dockerfile { file, text, escape, instructions, misread }, diagnostics)
}

impl Dockerfile {
    /// The instructions in source order.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Whether a line before this instruction, or the end if it is `None`, was no instruction.
    fn is_behind_misread(&self, instruction: Option<&Instruction>) -> bool {
        self.misread.is_some_and(|before| match (self.instructions.get(before), instruction) {
            (Some(first), Some(one)) => first.place().start <= one.place().start,
            (_, one) => one.is_none(),
        })
    }

    /// The beginning of the text, the span of what is missing.
    const fn beginning(&self) -> Span {
        Span { file: self.file, start: 0, end: 0 }
    }
}

/// A syntax error.
fn syntax(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::DockerfileSyntax, span, message)
}

/// A comment behind the arguments of an instruction, which Docker takes for more of them.
fn trailing_comment(span: Span) -> Diagnostic {
    syntax(span, "`#` begins a comment only at the start of a line")
        .help("move the comment to a line of its own")
}

/// A feature that templates cannot reproduce, and that changes the sandbox if it is ignored.
fn unsupported(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::DockerfileUnsupported, span, message)
}

/// A feature without an effect on a sandbox.
fn ignored(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::DockerfileIgnored, span, message)
}
