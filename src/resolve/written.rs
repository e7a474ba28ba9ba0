//! The size of the files whose content is in the manifest or in a Dockerfile.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::template::{Instruction, InstructionKind, Write};

/// The largest number of related locations.
const MOST_RELATED: usize = 8;

/// The fault if all written files together are too large, at the largest of them.
pub(super) fn size_fault(instructions: &[Instruction]) -> Option<Diagnostic> {
    let mut files: Vec<(usize, Span)> = instructions.iter().filter_map(size).collect();
    let total: usize = files.iter().map(|(bytes, _)| bytes).sum();
    if total <= Write::MOST_BYTES {
        return None;
    }
    files.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let ((bytes, span), others) = files.split_first()?;
    let limit = Write::MOST_BYTES;
    let (what, help) = if span.file == FileId::MANIFEST {
        ("files of `write` steps", "put the text into a file of the build context, and `copy` it")
    } else {
        ("here-documents", "put the text into a file of the build context, and `COPY` that")
    };
    let message = format!("the {what} have {total} bytes together, but the limit is {limit}");
    let mut fault = Diagnostic::new(Code::InvalidValue, *span, message)
        .label(format!("{bytes} bytes"))
        .help(help);
    for (bytes, span) in others.iter().take(MOST_RELATED) {
        fault = fault.related(*span, format!("{bytes} bytes"));
    }
    Some(fault)
}

fn size(instruction: &Instruction) -> Option<(usize, Span)> {
    let InstructionKind::Write(write) = &instruction.kind else { return None };
    let span = instruction.spans.content.or(instruction.origin.span())?;
    Some((write.bytes(), span))
}
