//! The user and the working directory that each instruction runs with.

use crate::platform::Platform;
use crate::template::{BaseSource, InstructionKind, Template};

/// The execution context of one instruction.
#[derive(Debug, Clone)]
pub(super) struct ExecContext<'a> {
    /// The user, if it is known.
    pub(super) user: Option<&'a str>,
    /// The working directory as written, if it is known.
    pub(super) workdir: Option<&'a str>,
}

/// The context of each instruction, and last that of the start command and readiness check.
pub(super) fn exec_contexts(template: &Template, platform: Platform) -> Vec<ExecContext<'_>> {
    let facts = platform.facts();
    let mut context = ExecContext {
        user: Some(facts.default_user),
        // The directory is inherited from the parent template, whose configuration is unknown.
        workdir: match &template.base.source {
            BaseSource::Template(_) => None,
            BaseSource::Image(_) | BaseSource::PlatformDefault => facts.default_workdir,
        },
    };
    let mut contexts = Vec::with_capacity(template.instructions.len() + 1);
    for instruction in &template.instructions {
        contexts.push(context.clone());
        match &instruction.kind {
            InstructionKind::User(user) => context.user = Some(&user.name),
            InstructionKind::Workdir(workdir) => context.workdir = Some(workdir),
            _ => {}
        }
    }
    contexts.push(context);
    contexts
}
