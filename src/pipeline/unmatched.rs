//! Copies of a Dockerfile whose pattern matches nothing.
//!
//! Docker requires a source to exist only if it is not a pattern, so `COPY package.json yarn.lock* ./`
//! copies the lock file if there is one.

use std::sync::Arc;

use crate::context::{Context, ContextError};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::FileId;
use crate::template::{Copy, Instruction, InstructionKind, Template};

/// The template without the copies that copy nothing; `None` if there are none.
///
/// A pattern that stands alone is reported, since more often than not it is a mistake.
pub(super) fn leave_out(
    template: &Template,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    let all = &template.instructions;
    let mut kept = Vec::new();
    for (at, instruction) in all.iter().enumerate() {
        match unmatched(instruction, context) {
            None => kept.push(instruction.clone()),
            Some(_) if has_company(all, at) => {}
            Some(error) => diagnostics.extend(report(instruction, &error)),
        }
    }
    (kept.len() < all.len()).then(|| Template { instructions: kept, ..template.clone() })
}

/// Why the pattern of a Dockerfile's copy matches nothing; `None` for everything else.
fn unmatched(instruction: &Instruction, context: &Context<'_>) -> Option<Arc<ContextError>> {
    instruction.origin.span().filter(|span| span.file != FileId::MANIFEST)?;
    let copy = copy(instruction)?;
    copy.source.find(['*', '?', '['])?;
    let is_empty = |error: &ContextError| {
        matches!(error, ContextError::NotFound { .. } | ContextError::Ignored { .. })
    };
    context.select(copy).err().filter(|error| is_empty(error))
}

const fn copy(instruction: &Instruction) -> Option<&Copy> {
    match &instruction.kind {
        InstructionKind::Copy(copy) => Some(copy),
        _ => None,
    }
}

/// Whether a copy beside this one has the same target, as the sources of one instruction have.
fn has_company(all: &[Instruction], at: usize) -> bool {
    let target = |at: usize| Some(copy(all.get(at)?)?.target.as_str());
    let before = at.checked_sub(1).and_then(target);
    let own = target(at);
    before == own || target(at + 1) == own
}

/// The warning about a pattern that stands alone.
fn report(instruction: &Instruction, error: &ContextError) -> Option<Diagnostic> {
    let source = copy(instruction)?.source.as_str();
    if is_optional_name(source) {
        return None;
    }
    let (reason, help) = match error {
        ContextError::NotFound { near: Some(near) } => {
            ("nothing in the build context", format!("did you mean `{near}`?"))
        }
        ContextError::Ignored { path, .. } => {
            ("only ignored files", format!("include them, such as with `ignore = [\"!{path}\"]`"))
        }
        _ => {
            ("nothing in the build context", "add the files, or remove the instruction".to_owned())
        }
    };
    let message = format!("`{source}` matches {reason}");
    let diagnostic = Diagnostic::new(Code::DockerfileIgnored, instruction.origin.span()?, message)
        .label("so nothing is copied here, as in Docker")
        .help(help);
    Some(diagnostic)
}

/// Whether a pattern is a name that is made optional by a class of one character: `settings.jso[n]`.
fn is_optional_name(source: &str) -> bool {
    let class = source.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    !source.contains(['*', '?']) && class.is_some_and(|(class, _)| class.chars().count() == 1)
}
