//! One step, as E2B's builder executes it (`template/build/commands`).

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::builder::Builder;
use super::command::{Command, Sink, reason};
use super::layer::Then;
use super::run::{Ended, Stream, Surroundings};
use super::{copy, key};
use crate::local::build::BuildError;
use crate::local::store::{Context, Reason};
use crate::scalar::shell::quote;
use crate::wire::e2b::{LogLevel, Step, StepKind};

/// Executes a step, or takes its result from the cache.
pub(super) fn execute(
    builder: &mut Builder<'_>,
    number: usize,
    step: &Step,
) -> Result<(), BuildError> {
    let name = number.to_string();
    let prefix = format!("builder {number}/{}", builder.runner.job.steps.len());
    let text = format!("{} {}", step.kind.as_str(), step.args.join(" "));
    let key = key::of_step(&builder.layer.key, step);
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

/// What a script printed, and how it ended.
struct Answer {
    lines: Vec<String>,
    context: Context,
    ended: Ended,
}

impl Answer {
    /// Whether it printed this line.
    fn has(&self, line: &str) -> bool {
        self.lines.iter().any(|printed| printed == line)
    }

    /// Its lines, unless it failed: then `what` did.
    fn lines(
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
fn as_root(
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
fn is_literal(text: &str) -> bool {
    text.trim() == text && !text.contains(['$', '`', '"', '\\', '\n'])
}

/// ENV: the values are expanded by root's login shell, which knows no variable of the template.
fn environment(
    builder: &mut Builder<'_>,
    pairs: &[&str],
    sink: Sink<'_>,
) -> Result<Context, BuildError> {
    let mut context = builder.layer.context.clone();
    let pairs: Vec<(&str, &str)> =
        pairs.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
    // A value without a dollar sign is itself.
    let expanded: Vec<&str> =
        pairs.iter().map(|(_, value)| *value).filter(|value| value.contains('$')).collect();
    let mut expanded = expand(builder, &expanded, sink)?.into_iter();
    for (name, value) in pairs {
        let value = if value.contains('$') {
            expanded.next().unwrap_or_default()
        } else {
            value.to_owned()
        };
        context.variables.insert(name.to_owned(), value);
    }
    Ok(context)
}

/// The values of texts between double quotes, without the substitution of commands.
fn expand(
    builder: &mut Builder<'_>,
    texts: &[&str],
    sink: Sink<'_>,
) -> Result<Vec<String>, BuildError> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let prints = texts.iter().map(|text| {
        // In base64, a value keeps its line breaks and its white space.
        format!("echo \"=$(printf %s \"{}\" | base64 | tr -d '\\n')\"", escaped(text))
    });
    let script = format!("set -e\n{}", prints.collect::<Vec<_>>().join("\n"));
    let answer = as_root(builder, &script, false, sink)?;
    let lines = answer.lines(builder, "failed to evaluate environment variables", sink)?;
    let values = lines.iter().filter_map(|line| line.strip_prefix('=')).map(|value| {
        let bytes = BASE64_STANDARD.decode(value).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    Ok(values.collect())
}

/// Escapes what the server escapes: all but the names of variables.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`");
    text.replace("$(", "\\$(")
}

/// WORKDIR: the directory is created with its parents, which then belong to the current user; an
/// existing one is left alone.
fn workdir(
    builder: &mut Builder<'_>,
    path: &str,
    key: String,
    sink: Sink<'_>,
) -> Result<(), BuildError> {
    let context = builder.layer.context.clone();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        join(context.workdir.as_deref().unwrap_or("/"), path)
    };
    let user = &context.user;
    let create = format!(
        "target=\"{path}\"\n\
         if [ -d \"$target\" ]; then exit 0; fi\n\
         check=$target\n\
         while [ ! -d \"$check\" ]; do first=$check; check=$(dirname \"$check\"); done\n\
         mkdir -p \"$target\" && chown -R {user}:{user} \"$first\" && echo changed"
    );
    let created = as_root(builder, &create, true, sink)?;
    let is_changed = created.has("changed");
    created.lines(builder, "failed to create workdir", sink)?;
    let workdir = if is_literal(&path) && join("/", &path) == path {
        path
    } else {
        // The server asks for the path with a shell that does not have the template's variables.
        let ask = format!("cd \"{path}\" && echo \"=$(pwd)\"");
        let answer = as_root(builder, &ask, false, sink)?;
        printed(&answer.lines(builder, "failed to save workdir", sink)?).unwrap_or(path)
    };
    let context = Context { workdir: Some(workdir), ..context };
    keep_if(is_changed, builder, key, context)
}

/// Keeps a layer after a script that may have changed no file.
fn keep_if(
    is_changed: bool,
    builder: &mut Builder<'_>,
    key: String,
    context: Context,
) -> Result<(), BuildError> {
    if is_changed { builder.commit(key, context, Then::Share) } else { builder.note(key, context) }
}

/// The value that a script printed.
fn printed(lines: &[String]) -> Option<String> {
    lines.iter().find_map(|line| line.strip_prefix('=')).map(str::to_owned)
}

/// A relative path below a directory, without `.` and `..`.
fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What USER did.
pub(super) struct Switched {
    pub(super) context: Context,
    /// Whether files were changed.
    pub(super) is_changed: bool,
}

/// USER: a user that does not exist is created; with `true` as second argument, it may use `sudo`
/// without a password.
pub(super) fn make_user(
    builder: &mut Builder<'_>,
    user: &str,
    sudo: Option<&str>,
    sink: Sink<'_>,
) -> Result<Switched, BuildError> {
    let is_sudoer = sudo == Some("true");
    let answer = as_root(builder, &create_user(user, is_sudoer), true, sink)?;
    let is_changed = is_sudoer || answer.has("changed");
    let what = if answer.has("created") {
        "failed to add user to sudo group"
    } else {
        "failed to create user"
    };
    answer.lines(builder, what, sink)?;
    let user = if is_literal(user) {
        user.to_owned()
    } else {
        let ask = format!("echo \"=$(printf %s \"{user}\")\"");
        let answer = as_root(builder, &ask, false, sink)?;
        let lines = answer.lines(builder, "failed to save user", sink)?;
        printed(&lines).unwrap_or_else(|| user.to_owned())
    };
    let context = Context { user, ..builder.layer.context.clone() };
    Ok(Switched { context, is_changed })
}

/// The script for a user: it prints `changed` if it makes one, and `created` once there is one.
pub(super) fn create_user(user: &str, is_sudoer: bool) -> String {
    let create = format!(
        "set -e\n\
         if ! id -u {user} >/dev/null 2>&1; then\n\
         useradd --create-home --shell /bin/bash {user}\n\
         echo changed\n\
         fi\n\
         echo created\n"
    );
    if !is_sudoer {
        return create;
    }
    let rule = quote(&format!("{user} ALL=(ALL:ALL) NOPASSWD: ALL"));
    format!(
        "{create}usermod -aG sudo {user}\npasswd -d {user}\n\
         grep -qxF {rule} /etc/sudoers || echo {rule} >>/etc/sudoers\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_directories_are_joined_like_gos_filepath() {
        for (directory, path, joined) in [
            ("/", "app", "/app"),
            ("/srv", "app/", "/srv/app"),
            ("/srv", "./a/../b", "/srv/b"),
            ("/srv", "../..", "/"),
        ] {
            assert_eq!(join(directory, path), joined);
        }
    }

    #[test]
    fn only_variables_are_expanded() {
        assert_eq!(escaped(r#"a\b"`x`$(y)$Z"#), r#"a\\b\"\`x\`\$(y)$Z"#);
    }
}
