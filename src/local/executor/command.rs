//! The commands of a build: run in a container, with their output in its log.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::time::Duration;

use super::builder::Builder;
use super::run::{Ended, Surroundings, run, run_beside};
use super::script::Invocation;
use super::streams::Stream;
use crate::engine::{Container, Variables};
use crate::local::build::BuildError;
use crate::local::store::Context;
use crate::wire::e2b::LogLevel;

/// A command of a build.
#[derive(Clone, Copy)]
pub(super) struct Command<'a> {
    /// What runs it: the user, the directory and the variables.
    pub(super) context: &'a Context,
    pub(super) text: &'a str,
    /// What the plain shell does before.
    pub(super) before: Option<&'a str>,
    /// What follows on its standard input.
    pub(super) input: Option<&'a File>,
}

/// Where the output of a command goes in the log.
#[derive(Clone, Copy)]
pub(super) struct Sink<'a> {
    /// The step, as the log has it.
    pub(super) step: &'a str,
    /// What the lines begin with, such as `builder 3/7`.
    pub(super) prefix: &'a str,
    pub(super) level: &'a LogLevel,
}

impl Builder<'_> {
    /// Runs a command in the container of the current layer.
    pub(super) fn run(
        &mut self,
        command: Command<'_>,
        sink: Sink<'_>,
    ) -> Result<Ended, BuildError> {
        self.run_until(command, sink, &|| false)
    }

    /// The same, until `stopped` says so.
    pub(super) fn run_until(
        &mut self,
        command: Command<'_>,
        sink: Sink<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Ended, BuildError> {
        self.container()?;
        let container = self.container.as_ref().ok_or(BuildError::Stopped)?;
        self.run_in(container, command, sink, stopped)
    }

    /// Runs a command in the shell of a container until it has ended, or `stopped` says so.
    pub(super) fn run_in(
        &self,
        container: &Container,
        command: Command<'_>,
        sink: Sink<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Ended, BuildError> {
        self.logged(sink, stopped, |surroundings| self.collect(container, command, surroundings))
    }

    /// The same beside the shell, and what else runs in the container.
    pub(super) fn run_beside(
        &self,
        container: &Container,
        command: Command<'_>,
        sink: Sink<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Ended, BuildError> {
        self.logged(sink, stopped, |surroundings| {
            Ok(run_beside(container, &self.invocation(command)?, surroundings)?)
        })
    }

    /// Runs a command with its output going to the log.
    fn logged(
        &self,
        sink: Sink<'_>,
        stopped: &dyn Fn() -> bool,
        run: impl FnOnce(&Surroundings<'_>) -> Result<Ended, BuildError>,
    ) -> Result<Ended, BuildError> {
        let line = |stream: Stream, line: &str| {
            let text = format!("[{}] [{}]: {line}", sink.prefix, stream.name());
            let _ = self.runner.log(sink.level, Some(sink.step), &text);
        };
        let held = |code: i32| {
            let text = format!(
                "[{}] the command has ended with exit code {code}, but a process that it started \
                 still holds its output: the step goes on until that is closed",
                sink.prefix
            );
            let _ = self.runner.log(&LogLevel::Warn, Some(sink.step), &text);
        };
        run(&Surroundings {
            line: &line,
            stopped: &|| stopped() || self.runner.is_over(),
            held: &held,
            held_limit: self.held_limit(),
        })
    }

    /// Runs a command in the shell of a container with its output going to `surroundings`.
    pub(super) fn collect(
        &self,
        container: &Container,
        command: Command<'_>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Ended, BuildError> {
        Ok(run(container, &self.invocation(command)?, command.input, surroundings))
    }

    fn invocation<'a>(&'a self, command: Command<'a>) -> io::Result<Invocation<'a>> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let Command { context, text, before, input } = command;
        let bytes = input.map(|file| file.metadata().map(|metadata| metadata.len())).transpose()?;
        Ok(Invocation {
            user: &context.user,
            workdir: context.workdir.as_deref(),
            variables: &context.variables,
            machine: self.machine.as_ref().map_or(&NONE, Variables::values),
            command: text,
            before,
            input: bytes,
        })
    }

    /// The same in the container of the current layer, which must have been started.
    pub(super) fn collect_here(
        &self,
        command: Command<'_>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Ended, BuildError> {
        let container = self.container.as_ref().ok_or(BuildError::Stopped)?;
        self.collect(container, command, surroundings)
    }

    /// How long a process may hold the output of a step's command after its end.
    pub(super) fn held_limit(&self) -> Duration {
        self.runner.app.config.held_within
    }
}

/// The reason of a failed step.
pub(super) fn reason(what: &str, context: &Context, ended: Ended) -> Option<String> {
    let why = match ended {
        Ended::Exited(0) | Ended::Stopped => return None,
        Ended::Exited(code) => format!("exit status {code}"),
        Ended::NoUser => {
            format!("error starting process: unauthenticated: invalid username: '{}'", context.user)
        }
        Ended::NoDirectory => format!(
            "error starting process: invalid_argument: cwd '{}' does not exist",
            context.workdir.as_deref().unwrap_or("the home directory")
        ),
        Ended::NoShell => {
            "error starting process: fork/exec /bin/bash: no such file or directory".to_owned()
        }
        Ended::NotPrepared => "failed to extract files".to_owned(),
        Ended::Held(code) => format!(
            "the command ended with exit code {code}, but a process that it started held its \
             output for too long"
        ),
        Ended::NotRun(why) => format!("error starting process: {why}"),
        Ended::Lost(why) => why,
    };
    Some(format!("{what}: {why}"))
}
