//! The course of a build, which the parts of the model follow independently of each other.

use super::{Execution, Executions, Moment, absolute};
use crate::lint::Inputs;
use crate::lint::exec_context::ExecContext;
use crate::template::{Instruction, InstructionId, InstructionKind, Template};

/// A build: its instructions with what runs in them.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    /// One for each instruction, then one for the start command and readiness check.
    pub(super) exec: &'a [ExecContext<'a>],
    pub(super) executions: &'a Executions<'a>,
}

/// An instruction in its context.
pub(super) struct Point<'a> {
    pub(super) id: InstructionId,
    pub(super) at: Moment,
    pub(super) instruction: &'a Instruction,
    /// The user in force, if it is known.
    pub(super) user: Option<&'a str>,
    /// The working directory, if it is known.
    pub(super) workdir: Option<&'a str>,
}

impl Point<'_> {
    /// The absolute path of one that may be relative to the working directory.
    pub(super) fn absolute(&self, path: &str) -> Option<String> {
        absolute(self.workdir, path)
    }
}

/// A part of the model.
pub(super) trait Follower {
    /// An instruction, before its commands. A `RUN` that was not parsed is [`Self::opaque`].
    fn instruction(&mut self, point: &Point<'_>);
    /// A command of a `RUN`, and last those of the start command.
    fn command(&mut self, execution: &Execution<'_>);
    /// Something of which nothing is known.
    fn opaque(&mut self, at: Moment);
    /// The end of the build, before the start command.
    fn built(&mut self, _: Moment) {}
}

impl Course<'_> {
    /// Passes everything to a part of the model, in the order of the build.
    pub(super) fn pass_to(&self, follower: &mut impl Follower) {
        let template = self.inputs.template;
        for (id, instruction) in template.numbered() {
            refused(template, id.index(), follower);
            let at = Moment { instruction: id.index(), command: 0 };
            let exec = self.exec.get(id.index());
            let user = exec.and_then(|exec| exec.user);
            let workdir = exec.and_then(|exec| exec.directory_of(user));
            let is_run = matches!(instruction.kind, InstructionKind::Run(_));
            if is_run && !self.executions.is_read(id) {
                follower.opaque(at);
                continue;
            }
            follower.instruction(&Point { id, at, instruction, user, workdir });
            self.executions.of_step(id).iter().for_each(|one| follower.command(one));
        }
        let end = template.instructions.len();
        refused(template, end, follower);
        follower.built(Moment { instruction: end, command: 0 });
        self.executions.of_start().iter().for_each(|one| follower.command(one));
    }
}

/// What a part of a Dockerfile would have done that was reported and left out.
fn refused(template: &Template, place: usize, follower: &mut impl Follower) {
    if template.refused == Some(place) {
        follower.opaque(match place.checked_sub(1) {
            // Behind all commands of the instruction before it.
            Some(instruction) => Moment { instruction, command: usize::MAX - 1 },
            None => Moment::START,
        });
    }
}
