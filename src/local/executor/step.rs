//! One step, as E2B's builder executes it (`template/build/commands`).

use super::builder::Builder;
use super::command::{Command, Sink, reason};
use super::copy;
use super::environment::environment;
use super::layer::Then;
use super::user::{Switched, make_user};
use super::workdir::workdir;
use crate::local::build::BuildError;
use crate::local::store::{Context, Reason};
use crate::wire::e2b::{LayerLine, LogLevel, Step, StepKind, layer_key};

/// Executes a step, or takes its result from the cache.
pub(super) fn execute(
    builder: &mut Builder<'_>,
    number: usize,
    step: &Step,
) -> Result<(), BuildError> {
    let name = number.to_string();
    let prefix = format!("builder {number}/{}", builder.runner.job.steps.len());
    let text = LayerLine::text_of(step);
    let key = layer_key::of_step(&builder.layer.key, step);
    // Later layers have the same keys whether this one is built again or not.
    builder.is_forced |= step.force;
    let quiet = Sink { step: &name, prefix: &prefix, level: &LogLevel::Debug };
    if builder.recall(&key, &text, quiet)? {
        return Ok(());
    }
    builder.runner.verify(&name, step)?;
    let args: Vec<&str> = step.args.iter().map(String::as_str).collect();
    match (step.kind, args.as_slice()) {
        (StepKind::Run, [command, rest @ ..]) => {
            let user = rest.first().filter(|user| !user.is_empty());
            run(builder, command, user.copied(), Sink { level: &LogLevel::Info, ..quiet })?;
            let context = builder.layer.context.clone();
            builder.commit(key, context, Then::Remove)
        }
        (StepKind::Env, pairs) => {
            let context = environment(builder, pairs, quiet)?;
            builder.note(key, context)
        }
        (StepKind::Workdir, [path, ..]) => workdir(builder, path, key, quiet),
        (StepKind::User, [user, rest @ ..]) => {
            let sudo = rest.first().copied();
            let Switched { context, is_changed } = make_user(builder, user, sudo, quiet)?;
            keep_if(is_changed, builder, key, context)
        }
        (StepKind::Copy, _) => {
            let then = copy::execute(builder, step, quiet)?;
            let context = builder.layer.context.clone();
            builder.commit(key, context, then)
        }
        // `verify` has refused a step without arguments.
        _ => Err(BuildError::failed(&name, "the step has no arguments")),
    }
}

/// RUN: a command in the login shell of its user.
fn run(
    builder: &mut Builder<'_>,
    command: &str,
    user: Option<&str>,
    sink: Sink<'_>,
) -> Result<(), BuildError> {
    let mut context = builder.layer.context.clone();
    if let Some(user) = user {
        user.clone_into(&mut context.user);
    }
    let what = format!("failed to run command '{command}'");
    let command = Command { context: &context, text: command, before: None, input: None };
    let ended = builder.run(command, sink)?;
    conclude(builder, sink, reason(&what, &context, ended))
}

/// Fails the build for a reason, or because it was cancelled.
pub(super) fn conclude(
    builder: &Builder<'_>,
    sink: Sink<'_>,
    reason: Option<String>,
) -> Result<(), BuildError> {
    builder.runner.check()?;
    match reason {
        Some(message) => Err(BuildError::Failed(Reason::new(message, Some(sink.step.to_owned())))),
        None => Ok(()),
    }
}

/// Keeps a layer after a script that may have changed no file.
pub(super) fn keep_if(
    is_changed: bool,
    builder: &mut Builder<'_>,
    key: String,
    context: Context,
) -> Result<(), BuildError> {
    if is_changed { builder.commit(key, context, Then::Share) } else { builder.note(key, context) }
}
