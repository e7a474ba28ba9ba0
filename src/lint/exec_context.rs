//! The user and the working directory that each instruction runs with.

use crate::platform::{Platform, ROOT};
use crate::template::{BaseSource, InstructionKind, Template};

/// The execution context of one instruction.
#[derive(Debug, Clone)]
pub(super) struct ExecContext<'a> {
    /// The user, if it is known.
    pub(super) user: Option<&'a str>,
    /// The working directory as written, if it is known.
    pub(super) workdir: Option<&'a str>,
    /// The user whose home directory `workdir` is, if no instruction has set it.
    home_of: Option<&'static str>,
}

impl<'a> ExecContext<'a> {
    /// The directory in which a command of a user begins: the working directory, or else the home
    /// of that user.
    pub(super) fn directory_of(&self, user: Option<&str>) -> Option<&'a str> {
        match self.home_of {
            Some(owner) if user == Some(owner) => self.workdir,
            Some(_) if user == Some(ROOT) => Some("/root"),
            Some(_) => None,
            None => self.workdir,
        }
    }
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
        home_of: facts.default_workdir.map(|_| facts.default_user),
    };
    let mut contexts = Vec::with_capacity(template.instructions.len() + 1);
    for instruction in &template.instructions {
        contexts.push(context.clone());
        match &instruction.kind {
            InstructionKind::User(user) => context.user = Some(&user.name),
            InstructionKind::Workdir(workdir) => {
                context.workdir = Some(workdir);
                context.home_of = None;
            }
            _ => {}
        }
    }
    contexts.push(context);
    contexts
}
