//! Writes to directories that an earlier instruction made as root.

use super::Denied;
use crate::lint::model::{Execution, Kind};
use crate::lint::paths::{Access, FileAccess, accesses};
use crate::lint::{LintContext, Part};
use crate::platform::ROOT;

/// A path that a command writes, and the user who does.
struct Write<'s> {
    path: String,
    user: Option<&'s str>,
    range: std::ops::Range<usize>,
}

/// The first write of a script that fails because of who owns the directory.
pub(super) fn denied(ctx: &LintContext<'_>, part: &Part<'_>) -> Option<Denied> {
    let named = accesses(part.executions).into_iter();
    let named = named.filter(|file| file.access == Access::Writes && file.whole);
    let mut named = named.peekable();
    for execution in part.executions {
        let own =
            std::iter::from_fn(|| named.next_if(|file| std::ptr::eq(file.execution, execution)));
        let writes = own.filter_map(|file| write_of(&file)).chain(project(execution));
        let writes: Vec<_> = writes.filter(|_| execution.is_certain).collect();
        let denied = writes.into_iter().find_map(|write| refused(ctx, part, execution, write));
        if denied.is_some() {
            return denied;
        }
    }
    None
}

fn refused(
    ctx: &LintContext<'_>,
    part: &Part<'_>,
    execution: &Execution<'_>,
    write: Write<'_>,
) -> Option<Denied> {
    let files = &ctx.model.files;
    let Write { path, user, range } = write;
    // `mkdir -p` accepts what exists.
    let makes = execution.program() == Some("mkdir");
    if makes && files.kind(&path, execution.at) != Kind::Absent {
        return None;
    }
    let user = user.filter(|user| !matches!(*user, ROOT | "0"))?;
    let denial = files.denial(&path, user, execution.at)?;
    if denial.owner != ROOT || denial.path == "/" {
        return None;
    }
    let (user, directory) = (user.to_owned(), Some(denial.path));
    Some(Denied { user, path, span: part.place(ctx, range)?, directory })
}

fn write_of<'s>(file: &FileAccess<'s>) -> Option<Write<'s>> {
    let execution = file.execution;
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
