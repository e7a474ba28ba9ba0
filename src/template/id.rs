//! Which instruction of a template something belongs to.

use std::collections::BTreeMap;
use std::ops::Index;

use super::{Copy, Instruction, InstructionKind, Template};

/// The position of an instruction in the template that gave it out: see [`Template::numbered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstructionId(usize);

impl InstructionId {
    /// The position in [`Template::instructions`], counted from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// What is known of copies, by their instructions; iterated in the order of the template.
pub type CopyMap<T> = BTreeMap<InstructionId, T>;

impl Template {
    /// The instructions in order, each with its ID.
    #[must_use]
    pub fn numbered(&self) -> impl DoubleEndedIterator<Item = (InstructionId, &Instruction)> {
        self.instructions
            .iter()
            .enumerate()
            .map(|(at, instruction)| (InstructionId(at), instruction))
    }

    /// The copies in order, each with the ID of its instruction.
    pub fn copies(&self) -> impl Iterator<Item = (InstructionId, &Copy)> {
        self.numbered().filter_map(|(id, instruction)| match &instruction.kind {
            InstructionKind::Copy(copy) => Some((id, copy)),
            _ => None,
        })
    }
}

/// An ID is only valid for the template that gave it out: another one may have fewer instructions,
/// and indexing it panics.
impl Index<InstructionId> for Template {
    type Output = Instruction;

    fn index(&self, id: InstructionId) -> &Instruction {
        &self.instructions[id.0]
    }
}
