//! Rules on the [`Template`]: what will build, or run, otherwise than was meant.
//!
//! A rule sees the template and not the manifest, so it sees what a Dockerfile says as well; users
//! and directories are followed through the instructions once, for all rules, as [`ExecContext`]s. Each
//! rule has its file, its code's page, and cases in `tests/ui`. A rule is right nearly always or it
//! stays out: where it cannot know, it says nothing.

mod apt_needs_root;
mod apt_without_yes;
mod background;
mod base;
mod exec_context;
mod externally_managed_python;
mod home_expands_to_root;
mod image;
mod invalid_run_array;
mod invalid_user;
mod junk_in_context;
mod large_context;
mod literal_tilde;
mod long_running_step;
mod lost_background_process;
mod lost_shell_state;
mod missing_pipefail;
mod missing_set_e;
mod missing_tool;
mod ownership_reset;
mod path_lost_in_login_shell;
mod paths;
mod place;
mod secret_in_context;
mod secret_in_env;
mod secrets;
mod shell;
mod stale_apt_index;
mod start_in_background;
mod sudo_not_permitted;
mod tags_without_default;
mod tmp_not_preserved;
mod unpinned_image;
mod unpinned_package;
mod write_needs_root;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::context::FileSet;
use crate::diagnostic::Diagnostics;
use crate::platform::Platform;
use crate::secrets::Literal;
use crate::source::{SourceMap, Span};
use crate::template::{
    Command, Copy, CopyMap, Instruction, InstructionId, InstructionKind, Resolution, Run, Template,
};

use exec_context::ExecContext;
use shell::Script;

/// What rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The template.
    pub template: &'a Template,
    /// The platform that it is meant for.
    pub platform: Platform,
    /// The files of each copy.
    pub files: &'a CopyMap<FileSet>,
    /// What is known about the base image.
    pub resolution: &'a Resolution,
    /// The texts that spans point into.
    pub sources: &'a SourceMap,
}

/// What is found on the way through a template, made once for all rules.
struct LintContext<'a> {
    inputs: Inputs<'a>,
    /// What each instruction finds, in their order, and one more: what start and ready find.
    scenes: Vec<ExecContext<'a>>,
    /// The commands of each `RUN` that could be read.
    scripts: BTreeMap<InstructionId, Script>,
    /// The start command, if there is one that can be read.
    start: Option<Script>,
    /// The secrets that are written in it.
    secrets: Vec<secrets::Found>,
}

/// A rule: reads the context, reports into the sink.
type Rule = fn(&LintContext<'_>, &mut Diagnostics);

/// Every rule. What it may report stands in its file.
const RULES: &[Rule] = &[
    apt_needs_root::check,
    apt_without_yes::check,
    invalid_run_array::check,
    junk_in_context::check,
    long_running_step::check,
    externally_managed_python::check,
    home_expands_to_root::check,
    invalid_user::check,
    large_context::check,
    literal_tilde::check,
    lost_background_process::check,
    tags_without_default::check,
    tmp_not_preserved::check,
    lost_shell_state::check,
    missing_tool::check,
    path_lost_in_login_shell::check,
    secret_in_context::check,
    secret_in_env::check,
    stale_apt_index::check,
    start_in_background::check,
    sudo_not_permitted::check,
    missing_set_e::check,
    missing_pipefail::check,
    ownership_reset::check,
    unpinned_image::check,
    unpinned_package::check,
    write_needs_root::check,
];

/// What there is to say about a template.
#[derive(Debug)]
pub struct Findings {
    /// What every rule reports.
    pub diagnostics: Diagnostics,
    /// The secrets in it, for whoever shows its texts to people: they are to be hidden.
    pub secrets: Vec<Literal>,
}

/// What every rule has to say about a template.
#[must_use]
pub fn lint(inputs: Inputs<'_>) -> Findings {
    let ctx = LintContext::new(inputs);
    let mut diagnostics = Diagnostics::new();
    for rule in RULES {
        rule(&ctx, &mut diagnostics);
    }
    let secrets = ctx.secrets.into_iter().map(|found| found.secret).collect();
    Findings { diagnostics, secrets }
}

impl<'a> LintContext<'a> {
    fn new(inputs: Inputs<'a>) -> Self {
        let template = inputs.template;
        let read = |command: &Command| Script::read(&command.text);
        Self {
            scenes: exec_context::scenes(template, inputs.platform),
            scripts: runs(template)
                // What breaks where it is joined is another text than was meant.
                .filter(|(_, instruction, _)| invalid_run_array::first(instruction).is_none())
                .filter_map(|(id, _, run)| Some((id, Script::read(&run.command)?)))
                .collect(),
            start: template.start.as_ref().and_then(read),
            secrets: secrets::find(&inputs),
            inputs,
        }
    }

    /// The files of each copy, with the place that asks for them.
    fn copied(&self) -> impl Iterator<Item = (&Copy, &FileSet, Span)> {
        self.inputs.files.iter().filter_map(|(id, files)| {
            let instruction = &self.inputs.template[*id];
            let InstructionKind::Copy(copy) = &instruction.kind else { return None };
            Some((copy, files, instruction.origin.span()?))
        })
    }

    /// Each command of the build that could be read, with its instruction and what it finds.
    fn scripts(&self) -> impl Iterator<Item = Step<'_>> {
        self.scripts.iter().filter_map(|(id, script)| {
            let instruction = &self.inputs.template[*id];
            let InstructionKind::Run(run) = &instruction.kind else { return None };
            Some(Step { id: *id, instruction, run, script, scene: self.scenes.get(id.index())? })
        })
    }
}

/// A command of the build, taken apart.
#[derive(Clone, Copy)]
struct Step<'a> {
    id: InstructionId,
    /// The instruction.
    instruction: &'a Instruction,
    /// The command as it is run.
    run: &'a Run,
    /// The command as a shell reads it.
    script: &'a Script,
    /// What it finds.
    scene: &'a ExecContext<'a>,
}

impl LintContext<'_> {
    /// Where a part of a step's command was written.
    fn place(&self, step: &Step<'_>, range: Range<usize>) -> Option<Span> {
        let whole = step.instruction.origin.span()?;
        let lines = step.instruction.spans.lines.unwrap_or(whole);
        let found = place::find(self.inputs.sources, lines, &step.run.command, range);
        Some(found.unwrap_or(whole))
    }
}

impl Step<'_> {
    /// The user that runs it, if that is known.
    fn user(&self) -> Option<&str> {
        self.run.user.as_deref().or(self.scene.user)
    }
}

/// The commands of the build.
fn runs(template: &Template) -> impl Iterator<Item = (InstructionId, &Instruction, &Run)> {
    template.numbered().filter_map(|(id, instruction)| match &instruction.kind {
        InstructionKind::Run(run) => Some((id, instruction, run)),
        _ => None,
    })
}
