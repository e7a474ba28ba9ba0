//! Dockerfile instructions → template instructions.

mod add;
mod base;
mod chmod;
mod command;
mod copy;
mod copy_text;
mod env;
mod shell;
mod stages;
mod texts;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use super::instruction::{Instruction, Keyword};
use super::scope::Scope;
use super::{Dockerfile, MOST_FAULTS, ignored, syntax, trailing_comment};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::scalar::Text;
use crate::source::{Span, Spanned};
use crate::template::{self, Command, InstructionKind, Origin, Spans, User};

pub use add::Extraction;
use command::Program;
use shell::Shell;

/// The user of the sandbox if the Dockerfile sets none.
const USER: &str = "user";

/// The working directory of the sandbox if the Dockerfile sets none.
const WORKDIR: &str = "/home/user";

/// A converted Dockerfile. It is complete only if no error was reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// The base image, from `FROM`.
    pub image: Option<Spanned<String>>,
    /// The instructions in order. They begin as `root` in `/` and end with the user and the working
    /// directory of the sandbox.
    pub instructions: Vec<template::Instruction>,
    /// The start command, from `ENTRYPOINT` and `CMD`.
    pub start: Option<Command>,
    /// The readiness check for the start command.
    pub ready: Option<Command>,
    /// The variables that are set at the end, with references resolved.
    pub variables: BTreeMap<String, Text>,
    /// How many instructions come before the first that could not be converted, if there is one.
    pub refused: Option<usize>,
}

impl Dockerfile {
    /// Converts the Dockerfile to instructions of a template.
    ///
    /// `given` are the values that the manifest sets for `ARG`s, by name; `target` is the stage to
    /// build, the last one by default.
    #[must_use]
    pub fn convert(
        &self,
        given: &BTreeMap<String, Text>,
        target: Option<&Spanned<String>>,
    ) -> (Converted, Diagnostics) {
        let mut converter = Converter::new(self, given);
        converter.run(target);
        let Converter { diagnostics, converted, scope, .. } = converter;
        (Converted { variables: scope.into_variables(), ..converted }, diagnostics)
    }
}

impl Dockerfile {
    /// What an engine would refuse of the stages, for a Dockerfile that is not converted: a stage that
    /// does not exist, or none at all.
    #[must_use]
    pub fn check_stages(
        &self,
        given: &BTreeMap<String, Text>,
        target: Option<&Spanned<String>>,
    ) -> Diagnostics {
        let mut converter = Converter::new(self, given);
        let is_from = |instruction: &Instruction| instruction.keyword == Keyword::From;
        match self.instructions.iter().position(is_from) {
            Some(first) => {
                converter.stages(&self.instructions[first..], target);
            }
            None => converter.push_fault(self.without_from()),
        }
        converter.diagnostics
    }

    /// The fault of having no stage.
    fn without_from(&self) -> Diagnostic {
        syntax(self.beginning(), "the Dockerfile has no `FROM`")
            .help("begin with `FROM` and a base image, such as `FROM ubuntu:24.04`")
    }

    /// The names of the `ARG`s, before a `FROM` and in stages.
    #[must_use]
    pub fn arguments(&self) -> BTreeSet<String> {
        let declared = self.instructions.iter().filter(|it| it.keyword == Keyword::Arg);
        let names = declared.flat_map(|instruction| instruction.words(self.escape));
        names.map(|word| word.text.split('=').next().unwrap_or_default().to_owned()).collect()
    }
}

struct Converter<'a> {
    dockerfile: &'a Dockerfile,
    scope: Scope<'a>,
    diagnostics: Diagnostics,
    faults: usize,
    converted: Converted,
    from: Option<Span>,
    user: Option<String>,
    workdir: Option<String>,
    shell: Shell,
    entrypoint: Option<Spanned<Program>>,
    cmd: Option<Spanned<Program>>,
    /// The `ONBUILD`s of the current stage.
    triggers: Vec<Span>,
    /// Whether `cmd` is of an earlier stage than the current one.
    inherits_cmd: bool,
}

impl<'a> Converter<'a> {
    fn new(dockerfile: &'a Dockerfile, given: &'a BTreeMap<String, Text>) -> Self {
        Self {
            dockerfile,
            scope: Scope::new(given),
            diagnostics: Diagnostics::new(),
            faults: 0,
            converted: Converted::default(),
            from: None,
            user: None,
            workdir: None,
            shell: Shell::default(),
            entrypoint: None,
            cmd: None,
            triggers: Vec::new(),
            inherits_cmd: false,
        }
    }

    fn run(&mut self, target: Option<&Spanned<String>>) {
        let dockerfile = self.dockerfile;
        let mut all = dockerfile.instructions.iter();
        let first = all.position(|instruction| instruction.keyword == Keyword::From);
        let (head, stages) =
            dockerfile.instructions.split_at(first.unwrap_or(dockerfile.instructions.len()));
        for instruction in head.iter().take(MOST_FAULTS) {
            self.instruction(instruction);
        }
        for (number, stage) in self.stages(stages, target).into_iter().enumerate() {
            for instruction in stage {
                if self.faults >= MOST_FAULTS {
                    return;
                }
                if number > 0 && instruction.keyword == Keyword::From {
                    self.derive(instruction);
                } else {
                    self.instruction(instruction);
                }
            }
        }
        let Some(from) = self.from else {
            // A syntax error may have hidden it.
            self.push_fault(dockerfile.without_from());
            return;
        };
        if self.dockerfile.is_behind_misread(None) {
            self.refuse();
        }
        self.leave_triggers();
        self.start(from);
        if self.user.is_none() {
            self.add(
                InstructionKind::User(User::named(USER)),
                "which is the default user of a sandbox",
                from,
            );
        }
        if self.workdir.is_none() {
            let kind = InstructionKind::Workdir(WORKDIR.to_owned());
            self.add(kind, "which is the default working directory of a sandbox", from);
        }
    }

    fn instruction(&mut self, instruction: &Instruction) {
        if self.dockerfile.is_behind_misread(Some(instruction)) {
            self.refuse();
        }
        let keyword = instruction.keyword;
        if self.from.is_none() && !matches!(keyword, Keyword::From | Keyword::Arg) {
            let message = format!("`{}` is not allowed before `FROM`", keyword.word());
            let fault = syntax(instruction.keyword_place(), message)
                .help("move it below `FROM`; only `ARG` can come before it");
            self.push_fault(fault);
            // Reported once; the rest is converted as if there were a `FROM`.
            self.from = Some(instruction.place());
            self.scope.enter_stage();
        }
        match keyword {
            Keyword::From => self.from(instruction),
            Keyword::Run => self.run_command(instruction),
            Keyword::Copy | Keyword::Add => self.copy(instruction),
            Keyword::Env => self.env(instruction),
            Keyword::Arg => self.arg(instruction),
            Keyword::User => self.set_user(instruction),
            Keyword::Workdir => self.set_workdir(instruction),
            Keyword::Cmd => {
                self.cmd = self.program(instruction).or(self.cmd.take());
                self.inherits_cmd = false;
            }
            Keyword::Entrypoint => {
                self.entrypoint = self.program(instruction).or(self.entrypoint.take());
                if std::mem::take(&mut self.inherits_cmd) {
                    self.cmd = None;
                }
            }
            Keyword::Onbuild => self.triggers.push(instruction.place()),
            Keyword::Shell => self.set_shell(instruction),
            Keyword::Expose => {
                self.ignore(instruction, "remove it: every port of a sandbox can be reached");
            }
            Keyword::Label | Keyword::Maintainer => {
                self.ignore(instruction, "remove it: a template has no such metadata");
            }
            Keyword::Volume => {
                self.ignore(instruction, "remove it: a sandbox keeps all of its files");
            }
            Keyword::Healthcheck => {
                self.ignore(
                    instruction,
                    "set the readiness check with `ready` in the manifest instead",
                );
            }
            Keyword::Stopsignal => {
                self.ignore(instruction, "remove it: a sandbox is not stopped by a signal");
            }
        }
    }

    /// Reports an instruction without an effect on a sandbox.
    fn ignore(&mut self, instruction: &Instruction, help: &str) {
        let message = format!("`{}` has no effect on a sandbox", instruction.keyword.word());
        self.push_fault(ignored(instruction.place(), message).help(help));
    }

    /// Reports a comment behind the arguments that an instruction needs.
    fn has_comment(&mut self, instruction: &Instruction, needed: usize) -> bool {
        let Some(comment) = instruction.lone_hash(needed, self.dockerfile.escape) else {
            return false;
        };
        self.push_fault(trailing_comment(instruction.span_from(&comment)));
        true
    }

    /// Remembers that what follows lacks the effects of an instruction.
    fn refuse(&mut self) {
        self.converted.refused.get_or_insert(self.converted.instructions.len());
    }

    fn push_fault(&mut self, fault: Diagnostic) {
        if fault.severity() == Severity::Error {
            self.faults += 1;
            self.refuse();
        }
        self.diagnostics.push(fault);
    }

    fn push(&mut self, kind: InstructionKind, span: Span) {
        self.push_with(kind, Origin::Written(span));
    }

    /// Appends an implied instruction.
    fn add(&mut self, kind: InstructionKind, because: &'static str, span: Span) {
        self.push_with(kind, Origin::Added { because, span: Some(span) });
    }

    fn push_with(&mut self, kind: InstructionKind, origin: Origin) {
        let instruction = template::Instruction {
            kind,
            origin,
            label: None,
            no_cache: false,
            spans: Spans::default(),
        };
        self.converted.instructions.push(instruction);
    }
}
