//! What is certain about a template at each point of its build, for all rules together.
//!
//! The model follows the instructions from the base image: which tools and users there are, which
//! paths exist, who owns them with which mode. Every answer is for a [`Moment`], and may be that
//! nothing is known: a command whose effects are not modelled makes unknown what it may have
//! changed. A rule reports only what is certain.
//!
//! The platform's behaviour comes from its facts and from E2B's open server (54693ff, 22 August
//! 2026: `commands/copy_script.sh`, `workdir.go`, `user.go`, `finalize/configure.sh`). Two parts
//! follow the build, that of programs and that of paths, each in one pass over the commands; the
//! histories that they write are searched by time.

mod call;
mod course;
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
use crate::parallel;
use crate::platform::ROOT;
use crate::template::{Copy, CopyMap, InstructionKind, Template};

use course::{Course, Follower, Point};

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
}

impl Model {
    /// Follows the instructions of a template on up to `threads` threads.
    pub(super) fn new(
        inputs: &Inputs<'_>,
        exec: &[ExecContext<'_>],
        executions: &Executions<'_>,
        threads: usize,
    ) -> Self {
        let course = Course { inputs, exec, executions };
        let image = base::known(inputs.template);
        let facts = inputs.platform.facts();
        let of_paths = || {
            let mut paths = Paths {
                copied: inputs.files,
                files: Files::new(image, facts),
                conflicts: Vec::new(),
                notes_demands: inputs.is_complete && image.is_some(),
                demands: Vec::new(),
            };
            course.pass_to(&mut paths);
            paths
        };
        let of_programs = || {
            let of_image = base::image(&inputs.template.base);
            let mut programs = Programs {
                tools: Tools::new(image, facts),
                users: Users::new(image, facts),
                search: Search::new(of_image, image.is_some(), facts),
            };
            course.pass_to(&mut programs);
            programs
        };
        let (paths, programs) = parallel::both(threads, of_paths, of_programs);
        let Paths { files, conflicts, demands, .. } = paths;
        let Programs { tools, users, search } = programs;
        Self { tools, users, files, search, conflicts, demands }
    }

    /// What the commands of an instruction need; those of [`start_of`] are the start command's.
    pub(super) fn demands_of(&self, instruction: usize) -> &[Demand] {
        let before = |instruction| {
            self.demands.partition_point(|demand| demand.at.instruction < instruction)
        };
        self.demands.get(before(instruction)..before(instruction + 1)).unwrap_or_default()
    }
}

/// Which programs there are, who may run them, and where they are looked for.
struct Programs {
    tools: Tools,
    users: Users,
    search: Search,
}

impl Follower for Programs {
    fn instruction(&mut self, point: &Point<'_>) {
        let at = point.at;
        match &point.instruction.kind {
            InstructionKind::Copy(copy) => {
                self.tools.copy(at, &copy.target);
                self.search.written(at, &copy.target);
            }
            InstructionKind::Write(write) => {
                self.tools.written(at, &write.path);
                self.users.written(at, &write.path);
                self.search.written(at, &write.path);
            }
            InstructionKind::Env { variables, scope } => {
                self.tools.variables(at, variables);
                self.search.variables(at, *scope, variables);
            }
            InstructionKind::User(user) => self.users.appoint(at, &user.name),
            InstructionKind::Workdir(_) => {}
            InstructionKind::Run(run) => self.search.script(at, &run.command),
        }
    }

    fn command(&mut self, execution: &Execution<'_>) {
        // What a shell runs follows it.
        if execution.command.inner.is_none() {
            self.tools.call(execution);
            self.users.call(execution);
            self.search.call(execution);
        }
    }

    fn opaque(&mut self, at: Moment) {
        self.tools.opaque(at);
        self.users.opaque(at);
        self.search.opaque(at);
    }
}

/// Which paths exist, who owns them, and what commands need of them.
struct Paths<'a> {
    /// The files of each copy.
    copied: &'a CopyMap<FileSet>,
    files: Files,
    conflicts: Vec<Conflict>,
    /// Whether the files are known well enough to note what commands need.
    notes_demands: bool,
    demands: Vec<Demand>,
}

impl Paths<'_> {
    fn copy(&mut self, point: &Point<'_>, copy: &Copy) {
        let path = point.absolute(&copy.target).filter(|_| !copy.target.contains('$'));
        let Some(mut target) = path else { return self.files.opaque(point.at) };
        let is_directory = copy.target.ends_with('/') || copy.target.ends_with("/.");
        if is_directory || copy.target == "." {
            target.push('/');
        }
        let files = self.copied.get(&point.id);
        let conflict = self.files.copy(point.at, copy, &target, point.user, files);
        self.conflicts.extend(conflict.filter(|_| self.notes_demands));
    }
}

impl Follower for Paths<'_> {
    fn instruction(&mut self, point: &Point<'_>) {
        let at = point.at;
        match &point.instruction.kind {
            InstructionKind::Copy(copy) => self.copy(point, copy),
            InstructionKind::Write(write) => {
                match point.absolute(&write.path).filter(|_| !write.path.ends_with('/')) {
                    Some(path) => self.files.written(at, write, &path, point.user),
                    None => self.files.opaque(at),
                }
            }
            InstructionKind::Workdir(path) => match point.absolute(path) {
                Some(path) => self.files.workdir(&path, at, point.user),
                None => self.files.opaque(at),
            },
            InstructionKind::Env { .. } | InstructionKind::User(_) | InstructionKind::Run(_) => {}
        }
    }

    fn command(&mut self, execution: &Execution<'_>) {
        if self.notes_demands {
            demands::of(execution, &mut self.demands);
        }
        if execution.command.inner.is_some() {
            self.files.redirects(execution);
        } else {
            self.files.execute(execution);
        }
    }

    fn opaque(&mut self, at: Moment) {
        self.files.opaque(at);
    }

    fn built(&mut self, at: Moment) {
        self.files.finish(at);
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
