//! What is known of base images that everybody knows.

use crate::template::{BaseSource, Instruction, InstructionKind, Template};

/// Images whose users, directories and programs are known: they grant nobody but root anything.
const KNOWN: &[&str] = &["debian", "node", "oven/bun", "python", "ubuntu"];

/// The name and the tag of a base image that is known.
pub(super) fn known(template: &Template) -> Option<(&str, &str)> {
    let BaseSource::Image(reference) = &template.base.source else { return None };
    let short = ["docker.io/library/", "docker.io/", "library/"]
        .iter()
        .find_map(|prefix| reference.strip_prefix(prefix))
        .unwrap_or(reference);
    let short = short.split_once('@').map_or(short, |(short, _)| short);
    let (name, tag) = short.split_once(':').unwrap_or((short, "latest"));
    KNOWN.contains(&name).then_some((name, tag))
}

/// Whether a command, a variable, or a target of the template names one of these.
pub(super) fn mentions(template: &Template, words: &[&str]) -> bool {
    template.instructions.iter().any(|instruction| mentions_one(instruction, words))
}

/// As [`mentions`], for one instruction.
pub(super) fn mentions_one(instruction: &Instruction, words: &[&str]) -> bool {
    let has = |text: &str| words.iter().any(|word| text.contains(word));
    match &instruction.kind {
        InstructionKind::Run(run) => has(&run.command),
        InstructionKind::Copy(copy) => has(&copy.target) || has(&copy.source),
        InstructionKind::Env { variables, .. } => variables.iter().any(|(name, _)| has(name)),
        InstructionKind::User(_) | InstructionKind::Workdir(_) => false,
    }
}
