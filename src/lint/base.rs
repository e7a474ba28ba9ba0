//! Facts about the base image.

use crate::images::{Declared, Image};
use crate::template::{Base, BaseSource, Instruction, InstructionKind, Template};

/// What is known of the image that a template starts from. What it declares itself overrides the
/// table of images.
pub(super) fn image(base: &Base) -> Option<Image<'_>> {
    let BaseSource::Image(reference) = &base.source else { return None };
    let Some(config) = &base.config else { return Image::of(reference) };
    let path = config.env.iter().find(|(name, _)| name == "PATH");
    let path = path.map(|(_, value)| value.as_str());
    Image::declaring(reference, Declared { path, history: &config.history })
}

/// The same, if its users, directories and programs are known completely: it is built on Debian or
/// Ubuntu and grants no privileges to any user but root.
pub(super) fn known(template: &Template) -> Option<Image<'_>> {
    image(&template.base).filter(|image| image.family.is_complete && image.distribution.has_apt())
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
