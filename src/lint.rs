//! Rules on the [`Template`]: mistakes that a platform accepts, and that fail or surprise later.
//!
//! Rules read the template and not the manifest, so they apply to a Dockerfile as well. The user
//! and the working directory of each instruction are computed once, as [`ExecContext`]s, and what is
//! known of files, users and tools as a [`Model`]. Each rule
//! has its own file, a page for its code, and cases in `tests/ui`. False positives cost trust:
//! where a rule cannot be sure, it reports nothing.

mod apt_needs_root;
mod apt_without_yes;
mod background;
mod base;
mod echo_escapes;
mod exec_context;
mod externally_managed_python;
mod held_output;
mod home_expands_to_root;
mod invalid_run_array;
mod invalid_user;
mod junk_in_context;
mod large_context;
mod literal_tilde;
mod long_running_step;
mod lost_background_process;
mod lost_shell_state;
mod misplaced_certificate;
mod misplaced_copy;
mod missing_file;
mod missing_pipefail;
mod missing_set_e;
mod missing_tool;
mod model;
mod not_executable;
mod not_on_path;
mod ownership_reset;
mod path_exists;
mod path_without_system;
mod paths;
mod place;
mod ready_port_mismatch;
mod root_home;
mod secret_in_context;
mod secret_in_env;
mod secrets;
mod service_not_started;
mod shell;
mod stale_apt_index;
mod start_in_background;
mod start_without_ready;
mod sudo_not_permitted;
mod tags_without_default;
mod tmp_not_preserved;
mod unpinned_image;
mod unpinned_package;
mod unquoted_specifier;
mod user_exists;
mod user_not_found;
mod waits_for_input;
mod write_needs_root;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::context::FileSet;
use crate::diagnostic::Diagnostics;
use crate::parallel;
use crate::platform::{Platform, ROOT};
use crate::secrets::Literal;
use crate::source::{FileId, SourceMap, Span};
use crate::template::{
    Command, Copy, CopyMap, Instruction, InstructionId, InstructionKind, Resolution, Run, Template,
};

use exec_context::ExecContext;
use model::{Execution, Executions, Model, start_of};
pub use secret_in_context::MAY_HOLD_SECRETS;
use shell::{Call, Script};

/// The commands of each script's name, of all `package.json` files in which it was found.
pub type PackageScripts = BTreeMap<String, Vec<String>>;

/// The paths of copied files that hold a secret by their content, of those with a name of
/// [`MAY_HOLD_SECRETS`].
pub type SecretFiles = BTreeSet<String>;

/// The input of the rules.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The template to check.
    pub template: &'a Template,
    /// The platform that will build it.
    pub platform: Platform,
    /// The files of each copy.
    pub files: &'a CopyMap<FileSet>,
    /// The scripts of the `package.json` files among them, if a step runs one.
    pub package_scripts: &'a PackageScripts,
    /// The files that hold a secret by their content.
    pub secret_files: &'a SecretFiles,
    /// What is known about the base image.
    pub resolution: &'a Resolution,
    /// The texts that spans point into.
    pub sources: &'a SourceMap,
    /// Whether every step that is written in the manifest is in the template, with its final values.
    pub is_complete: bool,
}

/// What several rules need to know about a template, computed once.
struct LintContext<'a> {
    inputs: Inputs<'a>,
    /// One for each instruction in order, then one for the start command and readiness check.
    exec: Vec<ExecContext<'a>>,
    /// The parsed command of each `RUN` that the shell parser understands.
    scripts: &'a BTreeMap<InstructionId, Script>,
    /// The parsed start command.
    start: Option<&'a Script>,
    /// The parsed readiness check.
    ready: Option<&'a Script>,
    /// The commands of each script, in their contexts.
    executions: Executions<'a>,
    /// What is certain at each point of the build.
    model: Model,
    /// The secrets in variables and commands.
    secrets: Vec<secrets::Found>,
}

/// A rule reads the context and appends its diagnostics. It does not see those of other rules.
type Rule = fn(&LintContext<'_>, &mut Diagnostics);

/// Every rule. The codes that a rule reports are named at the top of its file.
const RULES: &[Rule] = &[
    apt_needs_root::check,
    apt_without_yes::check,
    echo_escapes::check,
    externally_managed_python::check,
    held_output::check,
    home_expands_to_root::check,
    invalid_run_array::check,
    invalid_user::check,
    junk_in_context::check,
    large_context::check,
    literal_tilde::check,
    long_running_step::check,
    lost_background_process::check,
    lost_shell_state::check,
    misplaced_certificate::check,
    misplaced_copy::check,
    missing_file::check,
    missing_pipefail::check,
    missing_set_e::check,
    missing_tool::check,
    not_executable::check,
    not_on_path::check,
    ownership_reset::check,
    path_exists::check,
    path_without_system::check,
    ready_port_mismatch::check,
    root_home::check,
    secret_in_context::check,
    secret_in_env::check,
    service_not_started::check,
    stale_apt_index::check,
    start_in_background::check,
    start_without_ready::check,
    sudo_not_permitted::check,
    tags_without_default::check,
    tmp_not_preserved::check,
    unpinned_image::check,
    unpinned_package::check,
    unquoted_specifier::check,
    user_exists::check,
    user_not_found::check,
    waits_for_input::check,
    write_needs_root::check,
];

/// The number of instructions from which on scripts are read and rules run on several threads.
const MANY: usize = 200;

/// The result of all rules.
#[derive(Debug)]
pub struct Findings {
    /// The problems found, in the order of the rules.
    pub diagnostics: Diagnostics,
    /// The secrets found, which must be hidden wherever texts of the template are shown.
    pub secrets: Vec<Literal>,
}

/// Runs every rule on a template.
#[must_use]
pub fn lint(inputs: Inputs<'_>) -> Findings {
    // A thread costs more than all rules about a usual template.
    let is_long = inputs.template.instructions.len() >= MANY;
    let threads = if is_long { parallel::threads() } else { 1 };
    let scripts = Scripts::read(inputs.template, threads);
    let ctx = LintContext::new(inputs, &scripts, threads);
    let found = parallel::map(RULES, threads, |rule| {
        let mut diagnostics = Diagnostics::new();
        rule(&ctx, &mut diagnostics);
        diagnostics
    });
    let mut diagnostics = Diagnostics::new();
    for found in found {
        diagnostics.append(found);
    }
    missing_file::leave_explained(&mut diagnostics);
    let secrets = ctx.secrets.into_iter().map(|found| found.secret).collect();
    Findings { diagnostics, secrets }
}

/// The parsed commands of a template.
struct Scripts {
    runs: BTreeMap<InstructionId, Script>,
    start: Option<Script>,
    ready: Option<Script>,
}

impl Scripts {
    fn read(template: &Template, threads: usize) -> Self {
        let runs: Vec<_> = runs(template).collect();
        let read = parallel::map(&runs, threads, |(id, instruction, run)| {
            // An array that does not survive joining is a different script than intended.
            let is_intended = invalid_run_array::first(instruction).is_none();
            is_intended.then(|| Script::read(&run.command)).flatten().map(|script| (*id, script))
        });
        let last = |command: &Option<Command>| Script::read(&command.as_ref()?.text);
        let runs = read.into_iter().flatten().collect();
        Self { runs, start: last(&template.start), ready: last(&template.ready) }
    }
}

impl<'a> LintContext<'a> {
    fn new(inputs: Inputs<'a>, scripts: &'a Scripts, threads: usize) -> Self {
        let template = inputs.template;
        let exec = exec_context::exec_contexts(template, inputs.platform);
        let executions = Executions::new(template, &exec, scripts);
        let model = || Model::new(&inputs, &exec, &executions, threads);
        let (secrets, model) = parallel::both(threads, || secrets::find(&inputs), model);
        Self {
            model,
            exec,
            scripts: &scripts.runs,
            start: scripts.start.as_ref(),
            ready: scripts.ready.as_ref(),
            executions,
            secrets,
            inputs,
        }
    }

    /// Each copy with its selected files and its location.
    fn copied(&self) -> impl Iterator<Item = (&Copy, &FileSet, Span)> {
        self.inputs.files.iter().filter_map(|(id, files)| {
            let instruction = &self.inputs.template[*id];
            let InstructionKind::Copy(copy) = &instruction.kind else { return None };
            Some((copy, files, instruction.origin.span()?))
        })
    }

    /// Each parsed `RUN` command with its instruction and context.
    fn scripts(&self) -> impl Iterator<Item = Step<'_>> {
        self.scripts.iter().filter_map(|(id, script)| self.step_of(*id, script))
    }

    /// The `RUN` command of an instruction, if it is one and was parsed.
    fn step(&self, id: InstructionId) -> Option<Step<'_>> {
        self.step_of(id, self.scripts.get(&id)?)
    }

    fn step_of<'s>(&'s self, id: InstructionId, script: &'s Script) -> Option<Step<'s>> {
        let instruction = &self.inputs.template[id];
        let InstructionKind::Run(run) = &instruction.kind else { return None };
        Some(Step { id, instruction, run, script, exec: self.exec.get(id.index())? })
    }

    /// Each parsed command that the platform runs: those of the `RUN` instructions, then the start
    /// command.
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let of_steps = self.scripts().map(|step| Part {
            script: step.script,
            executions: self.executions.of_step(step.id),
            whose: Whose::Step(step),
        });
        of_steps.chain(self.start_part())
    }

    /// The start command, if there is one and it was parsed.
    fn start_part(&self) -> Option<Part<'_>> {
        let start = self.inputs.template.start.as_ref()?;
        let executions = self.executions.of_start();
        Some(Part { script: self.start?, executions, whose: Whose::Start(start) })
    }

    /// The readiness check, if there is one and it was parsed.
    fn ready_part(&self) -> Option<Part<'_>> {
        let ready = self.inputs.template.ready.as_ref()?;
        let executions = self.executions.of_ready();
        Some(Part { script: self.ready?, executions, whose: Whose::Ready(ready) })
    }
}

/// A parsed command that the platform runs.
struct Part<'a> {
    script: &'a Script,
    /// Its commands, with those of inner shells, in the order in which they run.
    executions: &'a [Execution<'a>],
    whose: Whose<'a>,
}

/// What a command belongs to.
enum Whose<'a> {
    Step(Step<'a>),
    Start(&'a Command),
    Ready(&'a Command),
}

impl Part<'_> {
    /// The source location of a part of its text.
    fn place(&self, ctx: &LintContext<'_>, range: Range<usize>) -> Option<Span> {
        match &self.whose {
            Whose::Step(step) => ctx.place(step, range),
            Whose::Start(command) | Whose::Ready(command) => {
                let whole = command.origin.span()?;
                Some(place::part(ctx.inputs.sources, whole, &command.text, range))
            }
        }
    }

    /// Its place among the instructions; for the start command, that of [`start_of`], and for the
    /// readiness check the next.
    fn instruction(&self, ctx: &LintContext<'_>) -> usize {
        match &self.whose {
            Whose::Step(step) => step.id.index(),
            Whose::Start(_) => start_of(ctx.inputs.template),
            Whose::Ready(_) => start_of(ctx.inputs.template) + 1,
        }
    }

    /// How messages name it.
    const fn name(&self) -> &'static str {
        match self.whose {
            Whose::Step(_) => "the step",
            Whose::Start(_) => "the start command",
            Whose::Ready(_) => "the readiness check",
        }
    }
}

/// A parsed `RUN` command.
#[derive(Clone, Copy)]
struct Step<'a> {
    id: InstructionId,
    instruction: &'a Instruction,
    run: &'a Run,
    script: &'a Script,
    exec: &'a ExecContext<'a>,
}

impl LintContext<'_> {
    /// The source location of a part of a step's command.
    fn place(&self, step: &Step<'_>, range: Range<usize>) -> Option<Span> {
        let whole = step.instruction.origin.span()?;
        let lines = step.instruction.spans.lines.unwrap_or(whole);
        let found = place::find(self.inputs.sources, lines, &step.run.command, range);
        Some(found.unwrap_or(whole))
    }
}

/// The words for a place: those of the Dockerfile if it is in one, else those of the manifest.
fn words_for<'a>(place: Span, manifest: &'a str, dockerfile: &'a str) -> &'a str {
    if place.file == FileId::MANIFEST { manifest } else { dockerfile }
}

impl Step<'_> {
    /// The user that runs the step, if it is known.
    fn user(&self) -> Option<&str> {
        self.run.user.as_deref().or(self.exec.user)
    }

    /// Whether its commands can name a path that has `word` in it.
    fn can_name(&self, word: &str) -> bool {
        let has = |text: &str| text.contains(word);
        has(&self.run.command) || self.exec.workdir.is_some_and(has)
    }

    /// The user that runs one of its commands, if it is known. That is another one in a shell that
    /// `sudo` or `su` runs.
    fn user_of<'u>(&'u self, call: &Call<'u>) -> Option<&'u str> {
        call.user(self.user())
    }

    /// How to run a command as root that runs as `user`: the `usual` way, unless the step has
    /// another user and a shell in it changes that.
    fn become_root<'h>(&self, user: &str, usual: &'h str) -> &'h str {
        if self.user() == Some(user) {
            usual
        } else {
            "move it out of the shell that runs as another user than the step"
        }
    }
}

/// Whether a user is root, by name or by UID.
fn is_root(user: &str) -> bool {
    matches!(user, ROOT | "0")
}

/// The `RUN` instructions with their IDs.
fn runs(template: &Template) -> impl Iterator<Item = (InstructionId, &Instruction, &Run)> {
    template.numbered().filter_map(|(id, instruction)| match &instruction.kind {
        InstructionKind::Run(run) => Some((id, instruction, run)),
        _ => None,
    })
}
