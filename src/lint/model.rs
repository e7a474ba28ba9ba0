//! What is certain about a template at each point of its build, for all rules together.
//!
//! The model follows the instructions from the base image: which tools and users there are, which
//! paths exist, who owns them with which mode. Every answer is for a [`Moment`], and may be that
//! nothing is known: a command whose effects are not modelled makes unknown what it may have
//! changed. A rule reports only what is certain.
//!
//! The platform's behaviour comes from its facts and from E2B's open server (54693ff, 22 August
//! 2026: `commands/copy_script.sh`, `workdir.go`, `user.go`, `finalize/configure.sh`). Everything
//! is computed in one pass over the commands; the histories that it writes are searched by time.

mod call;
mod demands;
mod files;
mod packages;
mod search;
#[cfg(test)]
mod tests;
mod timeline;
mod tools;
mod users;

use super::exec_context::ExecContext;
use super::{Inputs, base};
use crate::context::FileSet;
use crate::platform::ROOT;
use crate::template::{Copy, InstructionKind, Template};

pub(super) use call::{Execution, Executions, absolute};
pub(super) use demands::{Demand, Need};
pub(super) use files::{Conflict, Denial, Files, Kind};
pub(super) use search::{Caller, Place, Search, Source};
pub(super) use timeline::is_within;
pub(super) use tools::{
    TOOLS, Tool, Tools, changes_lookup, redefines, tool_named, updates_no_index,
};
pub(super) use users::{NewUser, Users};

/// A point of the build: before a command of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    /// The place of the instruction; for the start command, that of [`start_of`].
    pub(super) instruction: usize,
    /// The place of the command in its script.
    pub(super) command: usize,
}

impl Moment {
    /// Before the first instruction.
    const START: Self = Self { instruction: 0, command: 0 };

    /// The moment after a command.
    const fn next(self) -> Self {
        Self { command: self.command + 1, ..self }
    }
}

/// A fact that may not be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
    Unknown,
}

/// The model of one template on one platform.
pub(super) struct Model {
    pub(super) tools: Tools,
    pub(super) users: Users,
    pub(super) files: Files,
    pub(super) search: Search,
    /// The copies that put a file where a directory is, or the reverse.
    pub(super) conflicts: Vec<Conflict>,
    /// What commands need, in the order in which they run.
    demands: Vec<Demand>,
    /// Whether the files are known well enough for that.
    notes_demands: bool,
}

impl Model {
    /// Follows the instructions of a template.
    pub(super) fn new(
        inputs: &Inputs<'_>,
        exec: &[ExecContext<'_>],
        executions: &Executions<'_>,
    ) -> Self {
        let image = base::known(inputs.template);
        let facts = inputs.platform.facts();
        let mut model = Self {
            tools: Tools::new(image, facts),
            users: Users::new(image, facts),
            files: Files::new(image, facts),
            search: Search::new(base::image(&inputs.template.base), image.is_some(), facts),
            conflicts: Vec::new(),
            notes_demands: inputs.is_complete && base::known(inputs.template).is_some(),
            demands: Vec::new(),
        };
        for (id, instruction) in inputs.template.numbered() {
            model.refused(inputs.template, id.index());
            let at = Moment { instruction: id.index(), command: 0 };
            let exec = exec.get(id.index());
            let user = exec.and_then(|exec| exec.user);
            let workdir = exec.and_then(|exec| exec.directory_of(user));
            match &instruction.kind {
                InstructionKind::Copy(copy) => {
                    model.tools.copy(at, &copy.target);
                    model.search.written(at, &copy.target);
                    model.copy(at, copy, exec, inputs.files.get(&id));
                }
                InstructionKind::Write(write) => {
                    model.tools.written(at, &write.path);
                    model.users.written(at, &write.path);
                    model.search.written(at, &write.path);
                    match absolute(workdir, &write.path).filter(|_| !write.path.ends_with('/')) {
                        Some(path) => model.files.written(at, write, &path, user),
                        None => model.files.opaque(at),
                    }
                }
                InstructionKind::Env { variables, scope } => {
                    model.tools.variables(at, variables);
                    model.search.variables(at, *scope, variables);
                }
                InstructionKind::User(user) => model.users.appoint(at, &user.name),
                InstructionKind::Workdir(path) => match absolute(workdir, path) {
                    Some(path) => model.files.workdir(&path, at, user),
                    None => model.files.opaque(at),
                },
                InstructionKind::Run(run) if executions.is_read(id) => {
                    model.search.script(at, &run.command);
                    for execution in executions.of_step(id) {
                        model.demand(execution);
                        model.execute(execution);
                    }
                }
                InstructionKind::Run(_) => model.opaque(at),
            }
        }
        model.refused(inputs.template, inputs.template.instructions.len());
        model.files.finish(Moment { instruction: inputs.template.instructions.len(), command: 0 });
        for execution in executions.of_start() {
            model.demand(execution);
            model.execute(execution);
        }
        model
    }

    /// Notes what a command needs.
    fn demand(&mut self, execution: &Execution<'_>) {
        if self.notes_demands {
            demands::of(execution, &mut self.demands);
        }
    }

    /// What the commands of an instruction need; those of [`start_of`] are the start command's.
    pub(super) fn demands_of(&self, instruction: usize) -> &[Demand] {
        let before = |instruction| {
            self.demands.partition_point(|demand| demand.at.instruction < instruction)
        };
        self.demands.get(before(instruction)..before(instruction + 1)).unwrap_or_default()
    }

    fn execute(&mut self, execution: &Execution<'_>) {
        // What a shell runs follows it.
        if execution.command.inner.is_some() {
            self.files.redirects(execution);
            return;
        }
        self.tools.call(execution);
        self.users.call(execution);
        self.files.execute(execution);
        self.search.call(execution);
    }

    fn copy(
        &mut self,
        at: Moment,
        copy: &Copy,
        exec: Option<&ExecContext<'_>>,
        files: Option<&FileSet>,
    ) {
        let user = exec.and_then(|exec| exec.user);
        let workdir = exec.and_then(|exec| exec.directory_of(user));
        match absolute(workdir, &copy.target).filter(|_| !copy.target.contains('$')) {
            Some(mut target) => {
                let is_directory = copy.target.ends_with('/') || copy.target.ends_with("/.");
                if is_directory || copy.target == "." {
                    target.push('/');
                }
                let conflict = self.files.copy(at, copy, &target, user, files);
                self.conflicts.extend(conflict.filter(|_| self.notes_demands));
            }
            None => self.files.opaque(at),
        }
    }

    /// What a part of a Dockerfile would have done that was reported and left out.
    fn refused(&mut self, template: &Template, place: usize) {
        if template.refused == Some(place) {
            self.opaque(match place.checked_sub(1) {
                // Behind all commands of the instruction before it.
                Some(instruction) => Moment { instruction, command: usize::MAX - 1 },
                None => Moment::START,
            });
        }
    }

    /// A command about which nothing is known.
    fn opaque(&mut self, at: Moment) {
        self.tools.opaque(at);
        self.users.opaque(at);
        self.files.opaque(at);
        self.search.opaque(at);
    }
}

/// The home directory of a user, unless the user was created with another one.
pub(super) fn home_of(user: &str) -> String {
    if user == ROOT { "/root".to_owned() } else { format!("/home/{user}") }
}

/// The place of the start command among the instructions: behind the end of the build.
pub(super) const fn start_of(template: &Template) -> usize {
    template.instructions.len() + 1
}
