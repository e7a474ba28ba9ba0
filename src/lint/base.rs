//! Facts about well-known base images.

use super::image::Image;
use crate::template::{Instruction, InstructionKind, Template};

/// The name and tag of a base image whose users, directories and programs are known: it grants no
/// privileges to any user but root.
pub(super) fn known(template: &Template) -> Option<(&'static str, &str)> {
    Image::of(&template.base).map(|image| (image.name(), image.tag))
}

/// Whether a command, a variable name, a path of a copy, or a written file contains one of these
/// words.
pub(super) fn mentions(template: &Template, words: &[&str]) -> bool {
    template.instructions.iter().any(|instruction| mentions_one(instruction, words))
}

/// As [`mentions`], for one instruction.
pub(super) fn mentions_one(instruction: &Instruction, words: &[&str]) -> bool {
    let has = |text: &str| words.iter().any(|word| text.contains(word));
    match &instruction.kind {
        InstructionKind::Run(run) => has(&run.command),
        InstructionKind::Copy(copy) => has(&copy.target) || has(&copy.source),
        InstructionKind::Write(write) => has(&write.path) || write.literals().any(has),
        InstructionKind::Env { variables, .. } => variables.iter().any(|(name, _)| has(name)),
        InstructionKind::User(_) | InstructionKind::Workdir(_) => false,
    }
}
