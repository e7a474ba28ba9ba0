//! Scripts of the platform that root's login shell runs in a container.

use std::sync::{Mutex, PoisonError};

use super::builder::Builder;
use super::command::{Command, Sink, reason};
use super::run::{Ended, Surroundings};
use super::step::conclude;
use super::streams::Stream;
use crate::local::build::BuildError;
use crate::local::store::Context;

/// What a script printed, and how it ended.
pub(super) struct Answer {
    lines: Vec<String>,
    context: Context,
    ended: Ended,
}

impl Answer {
    /// Whether it printed this line.
    pub(super) fn has(&self, line: &str) -> bool {
        self.lines.iter().any(|printed| printed == line)
    }

    /// Its lines, unless it failed: then `what` did.
    pub(super) fn lines(
        self,
        builder: &Builder<'_>,
        what: &str,
        sink: Sink<'_>,
    ) -> Result<Vec<String>, BuildError> {
        conclude(builder, sink, reason(what, &self.context, self.ended))?;
        Ok(self.lines)
    }
}

/// Runs a script in root's login shell.
pub(super) fn as_root(
    builder: &mut Builder<'_>,
    script: &str,
    has_variables: bool,
    sink: Sink<'_>,
) -> Result<Answer, BuildError> {
    let mut context =
        Context { user: "root".to_owned(), workdir: None, ..builder.layer.context.clone() };
    if !has_variables {
        context.variables.clear();
    }
    builder.container()?;
    let lines = Mutex::new(Vec::new());
    let line = |stream: Stream, line: &str| {
        if stream == Stream::Output {
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
        } else {
            let text = format!("[{}] [{}]: {line}", sink.prefix, stream.name());
            let _ = builder.runner.log(sink.level, Some(sink.step), &text);
        }
    };
    let surroundings = Surroundings {
        line: &line,
        stopped: &|| builder.runner.is_over(),
        held: &|_| {},
        held_limit: builder.held_limit(),
    };
    let command = Command { context: &context, text: script, before: None, input: None };
    let ended = builder.collect_here(command, &surroundings)?;
    let lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Answer { lines, context, ended })
}

/// Whether a double-quoted text is itself for every shell, so that none is asked.
pub(super) fn is_literal(text: &str) -> bool {
    text.trim() == text && !text.contains(['$', '`', '"', '\\', '\n'])
}

/// The value that a script printed.
pub(super) fn printed(lines: &[String]) -> Option<String> {
    lines.iter().find_map(|line| line.strip_prefix('=')).map(str::to_owned)
}
