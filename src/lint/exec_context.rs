//! What an instruction finds: the user and the directory at its place.

use crate::platform::Platform;
use crate::template::{BaseSource, InstructionKind, Template};

/// What one instruction finds.
#[derive(Debug, Clone)]
pub(super) struct ExecContext<'a> {
    /// The user, if it is known.
    pub(super) user: Option<&'a str>,
    /// The working directory as it was written, if one is known.
    pub(super) workdir: Option<&'a str>,
}

/// What each instruction finds, and at the end what start and ready find.
pub(super) fn scenes(template: &Template, platform: Platform) -> Vec<ExecContext<'_>> {
    let facts = platform.facts();
    let mut scene = ExecContext {
        user: Some(facts.default_user),
        // A parent template's directory is inherited, and nobody knows it.
        workdir: match &template.base.source {
            BaseSource::Template(_) => None,
            BaseSource::Image(_) | BaseSource::PlatformDefault => facts.default_workdir,
        },
    };
    let mut scenes = Vec::with_capacity(template.instructions.len() + 1);
    for instruction in &template.instructions {
        scenes.push(scene.clone());
        match &instruction.kind {
            InstructionKind::User(user) => scene.user = Some(user),
            InstructionKind::Workdir(workdir) => scene.workdir = Some(workdir),
            _ => {}
        }
    }
    scenes.push(scene);
    scenes
}
