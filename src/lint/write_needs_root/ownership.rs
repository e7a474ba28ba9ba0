//! Writes to directories that an earlier instruction made as root.

use std::collections::BTreeMap;

use super::Denied;
use crate::lint::model::{Execution, Kind, executions, start_of};
use crate::lint::paths::{Access, FileAccess, accesses};
use crate::lint::shell::{Script, Simple};
use crate::lint::{LintContext, Step, place};
use crate::platform::ROOT;
use crate::source::Span;

/// The first write of a step that fails because of who owns the directory.
pub(super) fn denied(ctx: &LintContext<'_>, step: &Step<'_>) -> Option<Denied> {
    let of = Subject {
        script: step.script,
        instruction: step.id.index(),
        user: step.user(),
        workdir: step.exec.directory_of(step.user()),
    };
    of.denied(ctx, |range| ctx.place(step, range))
}

/// The same for the start command.
pub(super) fn denied_at_start(ctx: &LintContext<'_>) -> Option<Denied> {
    let (script, start) = (ctx.start.as_ref()?, ctx.inputs.template.start.as_ref()?);
    let exec = ctx.exec.last()?;
    let instruction = start_of(ctx.inputs.template);
    let of =
        Subject { script, instruction, user: exec.user, workdir: exec.directory_of(exec.user) };
    let whole = start.origin.span()?;
    of.denied(ctx, |range| Some(place::part(ctx.inputs.sources, whole, &start.text, range)))
}

/// A script with its context.
struct Subject<'s> {
    script: &'s Script,
    instruction: usize,
    user: Option<&'s str>,
    workdir: Option<&'s str>,
}

/// A path that a command writes, and the user who does.
struct Write<'s> {
    path: String,
    user: Option<&'s str>,
    range: std::ops::Range<usize>,
}

impl<'s> Subject<'s> {
    fn denied(
        &self,
        ctx: &LintContext<'_>,
        place: impl Fn(std::ops::Range<usize>) -> Option<Span>,
    ) -> Option<Denied> {
        let files = &ctx.model.files;
        let mut named = self.named();
        for execution in executions(self.script, self.instruction, self.user, self.workdir) {
            let key = std::ptr::from_ref(execution.command);
            let own = named.remove(&key).unwrap_or_default();
            let own = own.into_iter().filter_map(|file| write_of(&execution, &file));
            for Write { path, user, range } in own.chain(project(&execution)) {
                let now = execution.at;
                // `mkdir -p` accepts what exists.
                let makes = execution.program() == Some("mkdir");
                if makes && files.kind(&path, now) != Kind::Absent || !execution.is_certain {
                    continue;
                }
                let Some(user) = user.filter(|user| !matches!(*user, ROOT | "0")) else { continue };
                let Some(denial) = files.denial(&path, user, now) else { continue };
                if denial.owner == ROOT && denial.path != "/" {
                    let (user, directory) = (user.to_owned(), Some(denial.path));
                    return Some(Denied { user, path, span: place(range)?, directory });
                }
            }
        }
        None
    }

    /// The files that each command certainly writes by name.
    fn named(&self) -> BTreeMap<*const Simple, Vec<FileAccess<'s>>> {
        let mut named: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for file in accesses(self.script, self.workdir) {
            if file.access == Access::Writes && file.certain && file.whole {
                named.entry(std::ptr::from_ref(file.call.command)).or_default().push(file);
            }
        }
        named
    }
}

fn write_of<'s>(execution: &Execution<'s>, file: &FileAccess<'s>) -> Option<Write<'s>> {
    let mut redirects = execution.command.redirects.iter();
    let is_redirect = redirects.any(|redirect| redirect.target.range == file.word.range);
    let user = if is_redirect { execution.shell_user } else { execution.user };
    let path = execution.absolute(&file.path)?;
    Some(Write { path, user, range: file.word.range.clone() })
}

/// What package managers and virtual environments write without naming it.
fn project<'s>(execution: &Execution<'s>) -> Option<Write<'s>> {
    let command = execution.command;
    let mut words = command.arguments();
    let first = words.find(|word| !word.starts_with('-'));
    let has = |options: &[&str]| command.arguments().any(|word| options.contains(&word));
    let elsewhere = ["-g", "--global", "--location=global", "--prefix", "-C", "--cwd", "--dir"];
    let name = match (execution.program()?, first) {
        ("npm" | "pnpm" | "bun", Some("install" | "i" | "ci" | "add")) if !has(&elsewhere) => {
            "node_modules"
        }
        ("yarn", None | Some("install" | "add")) if !has(&elsewhere) && !has(&["--version"]) => {
            "node_modules"
        }
        ("uv", Some("sync")) if !has(&["--project", "--directory"]) => ".venv",
        ("python" | "python3", Some("venv")) if has(&["-m"]) => {
            command.command().last()?.literal.as_deref().filter(|last| *last != "venv")?
        }
        _ => return None,
    };
    // The lock file is next to it.
    let path = execution.absolute(name)?;
    Some(Write { path, user: execution.user, range: command.range.clone() })
}
