//! Dockerfile → the first instructions of a template.
//!
//! [`parse`] makes a [`Dockerfile`] of a text: [`lines`] joins what backslashes continue,
//! [`instruction`] tells keywords, flags and here-documents apart, and each part keeps its place.
//! [`Dockerfile::convert`] makes a [`Converted`] of that, as the E2B family's own client does it,
//! but with Docker's meaning: what cannot keep its meaning is an error at its place in the
//! Dockerfile, what only says something about the image is a warning.
//!
//! Nothing is dropped in silence, and nothing is read from outside: the text comes in, and the
//! files that it copies are looked for by `context`.

mod convert;
mod expand;
mod flags;
mod heredoc;
mod instruction;
mod json;
mod lines;
mod scope;
mod words;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

pub use convert::Converted;
pub use instruction::{Instruction, Keyword};

/// The largest Dockerfile that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The most faults that are told of one Dockerfile: a text of another kind has one a line.
const MOST_FAULTS: usize = 1000;

/// A Dockerfile's instructions in their order.
///
/// Guarantees: every place lies within the text, at boundaries of characters; each instruction
/// has a keyword that Docker knows.
#[derive(Debug, Clone)]
pub struct Dockerfile {
    file: FileId,
    text: String,
    escape: char,
    instructions: Vec<Instruction>,
}

impl Dockerfile {
    /// Which of the texts it is.
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

/// Reads a Dockerfile.
///
/// The diagnostics tell of what is no Dockerfile; the instructions that can be read are there all
/// the same.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (Dockerfile, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut lines = lines::Lines::new(file, text);
    let mut instructions = Vec::new();
    let mut faults = 0;
    while let Some(line) = lines.next(&mut diagnostics) {
        match instruction::read(line, &mut lines) {
            Ok(instruction) => instructions.push(instruction),
            Err(fault) => {
                diagnostics.push(*fault);
                faults += 1;
            }
        }
        if faults == MOST_FAULTS {
            break;
        }
    }
    (Dockerfile { file, text: text.to_owned(), escape: lines.escape(), instructions }, diagnostics)
}

impl Dockerfile {
    /// The instructions in their order.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// The beginning of the text, for what is missing in it.
    const fn beginning(&self) -> Span {
        Span { file: self.file, start: 0, end: 0 }
    }
}

/// Something that is not how Dockerfiles are written.
fn syntax(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::DockerfileSyntax, span, message)
}

/// Something that would make another sandbox if it were left out.
fn unsupported(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::DockerfileUnsupported, span, message)
}

/// Something that a sandbox does without.
fn ignored(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::DockerfileIgnored, span, message)
}
