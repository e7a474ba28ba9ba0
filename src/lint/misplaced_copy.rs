//! `misplaced-copy`: a copy does not put its files where a later instruction expects them.
//!
//! A target without a final `/` is the path of a file, and the content of a directory is merged
//! into its target. What exists is known only on well-known images, and only as long as no other
//! instruction may have made, replaced or removed it.

use super::paths::{Access, FileAccess, accesses};
use super::shell::Script;
use super::{LintContext, base, model, place};
use crate::context::{EntryKind, FileSet};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::template::{Command, Copy, InstructionId, InstructionKind};

/// The largest number of copies that are tracked, to stay linear: each use of one is compared with
/// all instructions before it.
const MOST_TRACKED: usize = 100;

/// Programs that make or remove no files but those that their arguments name.
const HARMLESS: &[&str] = &[
    "apt-get",
    "apt",
    "cat",
    "chmod",
    "chown",
    "cp",
    "echo",
    "export",
    "git",
    "groupadd",
    "ln",
    "locale-gen",
    "ls",
    "mkdir",
    "mv",
    "printf",
    "pwd",
    "rm",
    "set",
    "sed",
    "sleep",
    "test",
    "touch",
    "true",
    "useradd",
    "adduser",
    "usermod",
    "npm",
    "pip",
    "pip3",
    "bun",
    "cd",
    "[",
];

/// Directories of well-known images with content of their own.
const SYSTEM: &[&str] = &[
    "bin", "boot", "code", "dev", "etc", "lib", "lib64", "proc", "root", "run", "sbin", "sys",
    "tmp", "usr", "var",
];

/// Directories that exist in well-known images, or that the platform makes.
const EXISTING: &[&str] = &["/home", "/home/user", "/media", "/mnt", "/opt", "/srv"];

/// A copy whose files may be looked for elsewhere.
struct Placed<'a> {
    id: InstructionId,
    span: Span,
    /// The source without a trailing slash.
    source: &'a str,
    /// The target without a trailing slash.
    target: &'a str,
    /// The path that is mistaken for a directory, or for the directory that was copied.
    path: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// The target is a file.
    File,
    /// The target holds the content of a directory of this name, and these files.
    Merged(&'a str, &'a FileSet),
}

/// A path that an instruction relies on.
struct Use {
    path: String,
    span: Span,
    /// The instruction; `None` for the start command.
    id: Option<InstructionId>,
}

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    if base::known(template).is_none() {
        return;
    }
    let mut placed: Vec<Placed<'_>> = Vec::new();
    let mut tracked = 0;
    for (id, instruction) in template.numbered() {
        let Some(span) = instruction.origin.span() else { continue };
        let step = ctx.step(id).filter(|_| !placed.is_empty());
        let files = step.map(|step| accesses(ctx.executions.of_step(step.id))).unwrap_or_default();
        // Each copy is reported once, since the fix is the same.
        placed.retain(|copy| {
            let found = match (&instruction.kind, &step) {
                (InstructionKind::Workdir(path), _) => {
                    copy.is_file_below(path, true).then(|| (path.clone(), span))
                }
                (InstructionKind::Copy(Copy { target, .. }), _) => copy
                    .is_file_below(target, target.ends_with('/'))
                    .then(|| (target.clone(), span)),
                (_, Some(step)) => copy.conflict(step.script, &files).map(|file| {
                    let place = ctx.place(step, file.word.range.clone());
                    (file.path.clone(), place.unwrap_or(span))
                }),
                _ => None,
            };
            let found = found.map(|(path, span)| Use { path, span, id: Some(id) });
            diagnostics.extend(found.as_ref().and_then(|found| copy.report(ctx, found)));
            found.is_none()
        });
        if let InstructionKind::Copy(copy) = &instruction.kind
            && tracked < MOST_TRACKED
            && let Some(files) = ctx.inputs.files.get(&id)
            && let Some(copy) = Placed::of(id, span, copy, files)
        {
            placed.push(copy);
            tracked += 1;
        }
    }
    start(ctx, &placed, diagnostics);
}

fn start(ctx: &LintContext<'_>, placed: &[Placed<'_>], diagnostics: &mut Diagnostics) {
    let (Some(script), Some(Command { text, origin })) = (&ctx.start, &ctx.inputs.template.start)
    else {
        return;
    };
    let files = accesses(ctx.executions.of_start());
    let found = placed.iter().find_map(|copy| Some((copy, copy.conflict(script, &files)?)));
    let (Some((copy, file)), Some(whole)) = (found, origin.span()) else { return };
    let span = place::part(ctx.inputs.sources, whole, text, file.word.range.clone());
    diagnostics.extend(copy.report(ctx, &Use { path: file.path.clone(), span, id: None }));
}

impl<'a> Placed<'a> {
    /// What a copy places, if its files may be mistaken for elsewhere.
    fn of(id: InstructionId, span: Span, copy: &'a Copy, files: &'a FileSet) -> Option<Self> {
        let source = copy.source.trim_start_matches("./").trim_end_matches('/');
        let target = copy.target.trim_end_matches('/');
        let [first, rest @ ..] = files.entries() else { return None };
        // This leaves out patterns, `.` and what is ignored.
        if first.path != source || source.contains(['*', '?', '[', '\\']) {
            return None;
        }
        let (path, kind) = match first.kind {
            EntryKind::Directory if rest.is_empty() => return None,
            EntryKind::Directory => {
                let name = source.rsplit('/').next()?;
                (format!("{target}/{name}"), Kind::Merged(name, files))
            }
            EntryKind::File if copy.target.ends_with('/') => return None,
            EntryKind::File => (target.to_owned(), Kind::File),
            EntryKind::Link(_) => return None,
        };
        is_free(&path).then_some(Self { id, span, source, target, path, kind })
    }

    /// Whether its target is a file, and a path is below it, or is the target as a `directory`.
    fn is_file_below(&self, path: &str, directory: bool) -> bool {
        let rest = path.trim_end_matches('/').strip_prefix(self.target);
        matches!(self.kind, Kind::File)
            && rest.is_some_and(|rest| rest.starts_with('/') || rest.is_empty() && directory)
    }

    /// The first access of a script to its path, if that fails for certain.
    fn conflict<'f, 's>(
        &self,
        script: &Script,
        files: &'f [FileAccess<'s>],
    ) -> Option<&'f FileAccess<'s>> {
        let path = &self.path;
        let file = files.iter().find(|file| is_within(&file.path, path))?;
        let fails = match self.kind {
            Kind::File => {
                let enters =
                    matches!(file.execution.command.program(), Some("cd" | "mkdir" | "pushd"));
                matches!(file.access, Access::Reads | Access::Writes)
                    && self.is_file_below(&file.path, enters)
            }
            // The same file is in the context: it is the one that is meant.
            Kind::Merged(_, copied) => {
                let wanted = format!("{}{}", self.source, &file.path[path.len()..]);
                let entries = copied.entries();
                file.access == Access::Reads
                    && file.path != *path
                    && entries.binary_search_by(|entry| entry.path.cmp(&wanted)).is_ok()
                    && is_harmless(script, file.word.range.start)
            }
        };
        (fails && file.is_certain() && file.whole).then_some(file)
    }

    /// Whether another instruction before a use may have made, replaced or removed its path.
    fn is_uncertain(&self, ctx: &LintContext<'_>, used: Option<InstructionId>) -> bool {
        let path = &self.path;
        let template = ctx.inputs.template;
        let mut earlier =
            template.numbered().take_while(|(id, _)| used.is_none_or(|used| *id < used));
        earlier.any(|(id, instruction)| match (&instruction.kind, &self.kind) {
            _ if id == self.id => false,
            (InstructionKind::Workdir(directory), _) => is_within(directory, path),
            (InstructionKind::Copy(copy), Kind::File) => is_within(&copy.target, path),
            // Another copy may contain a directory of the same name.
            (InstructionKind::Copy(copy), Kind::Merged(name, _)) => {
                let entries = ctx.inputs.files.get(&id).map(FileSet::entries);
                let has = |path: &str| path.split('/').any(|part| part == *name);
                is_within(&copy.target, path)
                    || entries.is_none_or(|entries| entries.iter().any(|entry| has(&entry.path)))
            }
            (InstructionKind::Run(run), Kind::File) => run.command.contains(path),
            (InstructionKind::Run(run), Kind::Merged(name, _)) => {
                let script = ctx.scripts.get(&id);
                run.command.contains(name)
                    || !script.is_some_and(|script| is_harmless(script, usize::MAX))
            }
            _ => false,
        })
    }

    fn report(&self, ctx: &LintContext<'_>, found: &Use) -> Option<Diagnostic> {
        if self.is_uncertain(ctx, found.id) {
            return None;
        }
        let (span, source, target) = (found.span, self.source, self.target);
        Some(match self.kind {
            Kind::File => {
                let message = format!("`{target}` is a file, not a directory");
                Diagnostic::new(Code::MisplacedCopy, span, message)
                    .label("a directory is expected here")
                    .related(self.span, "copied to the path of a file, which has no final `/`")
                    .help(format!("copy `{source}` to `{target}/`"))
            }
            Kind::Merged(name, _) => {
                let message = format!("`{}` does not exist", found.path);
                let rest = found.path.get(self.path.len()..).unwrap_or_default();
                Diagnostic::new(Code::MisplacedCopy, span, message)
                    .label("no such file")
                    .related(self.span, format!("only its content is copied to `{target}`"))
                    .help(format!("copy `{source}` to `{target}/{name}/`, or use `{target}{rest}`"))
            }
        })
    }
}

/// Whether there is nothing at an absolute path in well-known images.
fn is_free(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let top = rest.split('/').next().unwrap_or_default();
    let is_plain = rest.split('/').all(|part| !matches!(part, "" | "." | ".."));
    is_plain
        && !SYSTEM.contains(&top)
        && !EXISTING.contains(&path)
        && !path.starts_with("/home/bun")
}

/// Whether a path is `directory` or below it.
fn is_within(path: &str, directory: &str) -> bool {
    model::is_within(path.trim_end_matches('/'), directory)
}

/// Whether the commands of a script that end before `end` only install packages, or do not make
/// files.
fn is_harmless(script: &Script, end: usize) -> bool {
    let mut calls = script.calls().filter(|call| call.command.range.end < end);
    calls.all(|call| {
        let program = call.command.program();
        call.command.inner.is_some()
            || call.command.words.is_empty()
            || program.is_some_and(|program| {
                HARMLESS.contains(&program) && !matches!(program, "cp" | "git" | "ln" | "mv")
            })
    })
}
