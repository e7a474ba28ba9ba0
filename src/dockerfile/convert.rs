//! Instructions → the template's, one kind after the other.

mod base;
mod command;
mod copy;
mod env;
mod texts;
mod written;

use std::collections::BTreeMap;

use super::instruction::{Instruction, Keyword};
use super::scope::Scope;
use super::{Dockerfile, MOST_FAULTS, ignored, syntax, unsupported};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::scalar::Text;
use crate::source::{Span, Spanned};
use crate::template::{self, Command, InstructionKind, Origin, Spans};

use command::Program;

/// The user that a Dockerfile's sandbox ends with unless it names one.
const USER: &str = "user";

/// The directory that a Dockerfile's sandbox ends in unless it names one.
const WORKDIR: &str = "/home/user";

/// What a Dockerfile is in a template; whole only if no error was reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// The image of FROM.
    pub image: Option<Spanned<String>>,
    /// What is done to it, in order, from `root` in `/` to the user and the directory that the
    /// sandbox has.
    pub instructions: Vec<template::Instruction>,
    /// ENTRYPOINT and CMD.
    pub start: Option<Command>,
    /// What is waited for if there is a start command.
    pub ready: Option<Command>,
    /// The variables that hold a value at the end, references resolved.
    pub variables: BTreeMap<String, Text>,
}

impl Dockerfile {
    /// Makes instructions of a template of it.
    ///
    /// `given` are the values that the manifest gives to the ARGs of their names.
    #[must_use]
    pub fn convert(&self, given: &BTreeMap<String, Text>) -> (Converted, Diagnostics) {
        let mut converter = Converter::new(self, given);
        converter.run();
        let Converter { diagnostics, converted, scope, .. } = converter;
        (Converted { variables: scope.into_variables(), ..converted }, diagnostics)
    }
}

struct Converter<'a> {
    dockerfile: &'a Dockerfile,
    scope: Scope<'a>,
    diagnostics: Diagnostics,
    faults: usize,
    converted: Converted,
    from: Option<Span>,
    /// Whether a second stage was told of.
    many_stages: bool,
    user: Option<String>,
    workdir: Option<String>,
    entrypoint: Option<Spanned<Program>>,
    cmd: Option<Spanned<Program>>,
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
            many_stages: false,
            user: None,
            workdir: None,
            entrypoint: None,
            cmd: None,
        }
    }

    fn run(&mut self) {
        let dockerfile = self.dockerfile;
        for instruction in &dockerfile.instructions {
            self.instruction(instruction);
            if self.faults >= MOST_FAULTS {
                return;
            }
        }
        let Some(from) = self.from else {
            // Where the text could not be read, FROM may be what was not.
            let fault = syntax(dockerfile.beginning(), "no image is named to start from")
                .help("begin with `FROM` and an image, such as `FROM ubuntu:24.04`");
            self.push_fault(fault);
            return;
        };
        self.start(from);
        if self.user.is_none() {
            self.add(
                InstructionKind::User(USER.to_owned()),
                "which is the user of a sandbox",
                from,
            );
        }
        if self.workdir.is_none() {
            let kind = InstructionKind::Workdir(WORKDIR.to_owned());
            self.add(kind, "which is where a sandbox starts", from);
        }
    }

    fn instruction(&mut self, instruction: &Instruction) {
        let keyword = instruction.keyword;
        if self.from.is_none() && !matches!(keyword, Keyword::From | Keyword::Arg) {
            let message = format!("`{}` stands before `FROM`", keyword.word());
            let fault = syntax(instruction.keyword_place(), message)
                .help("begin with `FROM` and an image; only `ARG` may stand before it");
            self.push_fault(fault);
            // Told once; what follows is read as if there were one.
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
            Keyword::Cmd => self.cmd = self.program(instruction).or(self.cmd.take()),
            Keyword::Entrypoint => {
                self.entrypoint = self.program(instruction).or(self.entrypoint.take());
            }
            Keyword::Onbuild => self.refuse(
                instruction,
                "`ONBUILD` is for images that others are made from",
                "remove it, or write the instruction behind it without `ONBUILD`",
            ),
            Keyword::Shell => self.refuse(
                instruction,
                "the shell of a template's steps cannot be changed",
                "remove it: steps run in `bash`; options such as `pipefail` are set in a `RUN` with \
                 `set -o pipefail;`, another shell is called in it",
            ),
            Keyword::Expose => self.ignore(instruction, "every port of a sandbox can be reached"),
            Keyword::Label | Keyword::Maintainer => {
                self.ignore(instruction, "a template carries no such data");
            }
            Keyword::Volume => self.ignore(instruction, "a sandbox keeps all of its files"),
            Keyword::Healthcheck => {
                self.ignore(instruction, "write the manifest's `ready` to say when it is healthy");
            }
            Keyword::Stopsignal => self.ignore(instruction, "a sandbox is not stopped by a signal"),
        }
    }

    /// An instruction that would make another sandbox if it were left out.
    fn refuse(&mut self, instruction: &Instruction, message: &str, help: &str) {
        self.push_fault(unsupported(instruction.keyword_place(), message).help(help));
    }

    /// An instruction that a sandbox does without.
    fn ignore(&mut self, instruction: &Instruction, help: &str) {
        let message = format!("`{}` has no effect on a sandbox", instruction.keyword.word());
        self.push_fault(ignored(instruction.place(), message).help(help));
    }

    fn push_fault(&mut self, fault: Diagnostic) {
        if fault.severity() == Severity::Error {
            self.faults += 1;
        }
        self.diagnostics.push(fault);
    }

    fn push(&mut self, kind: InstructionKind, span: Span) {
        self.push_with(kind, Origin::Written(span));
    }

    /// Appends what no instruction of the Dockerfile says.
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
