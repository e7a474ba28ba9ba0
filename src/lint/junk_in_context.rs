//! `junk-in-context`: a copied directory contains build artifacts or caches of this machine.

use std::collections::HashSet;

use super::LintContext;
use super::secret_in_context::is_named;
use super::shell::base_name;
use crate::context::{Entry, EntryKind, FileSet};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::template::InstructionKind;

/// Directory names, each with a file that must exist in it.
const DIRECTORIES: [(&str, Option<&str>); 10] = [
    (".git", Some("HEAD")),
    ("node_modules", None),
    (".venv", Some("pyvenv.cfg")),
    ("venv", Some("pyvenv.cfg")),
    ("__pycache__", None),
    (".mypy_cache", None),
    (".pytest_cache", None),
    (".ruff_cache", None),
    (".tox", None),
    ("target", Some("CACHEDIR.TAG")),
];

/// Commands that install Node packages.
const INSTALLERS: &[&str] = &["npm i", "npm ci", "yarn", "pnpm i", "bun i", "bun add"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let instructions = &ctx.inputs.template.instructions;
    let installs = instructions.iter().any(|instruction| match &instruction.kind {
        InstructionKind::Run(run) => INSTALLERS.iter().any(|word| run.command.contains(word)),
        _ => false,
    });
    for (copy, files, span) in ctx.copied() {
        let marks = marks(files);
        let junk = |entry: &Entry| {
            // If no step installs Node packages, copying them is intended.
            junk(entry, &marks)
                .filter(|name| *name != "node_modules" || installs)
                .filter(|_| !is_named(copy, &entry.path))
        };
        let mut found: Vec<(&str, &str, usize)> = Vec::new();
        for entry in files.named(&DIRECTORIES.map(|(name, _)| name)) {
            let Some(name) = junk(entry) else { continue };
            // Ignoring the outer directory covers nested ones.
            if found.iter().any(|(_, path, _)| entry.path.starts_with(&format!("{path}/"))) {
                continue;
            }
            match found.iter_mut().find(|(known, _, _)| *known == name) {
                Some((_, _, times)) => *times += 1,
                None => found.push((name, &entry.path, 1)),
            }
        }
        if found.is_empty() {
            continue;
        }
        let names: Vec<_> = found.iter().map(|(name, _, _)| format!("`{name}`")).collect();
        let patterns: Vec<_> = found
            .iter()
            .map(|(name, path, times)| match times {
                1 => format!("\"{path}\""),
                _ => format!("\"**/{name}\""),
            })
            .collect();
        let message = format!("the copy of `{}` includes {}", copy.source, names.join(", "));
        diagnostics.push(
            Diagnostic::new(Code::JunkInContext, span, message)
                .label("specific to this machine, and every change in it invalidates the cache")
                .help(format!(
                    "write `ignore = [{}]` above the first `[header]`",
                    patterns.join(", ")
                )),
        );
    }
}

/// The name under which a directory is listed in [`DIRECTORIES`], if it is.
fn junk(entry: &Entry, marks: &HashSet<&str>) -> Option<&'static str> {
    if entry.kind != EntryKind::Directory {
        return None;
    }
    let name = base_name(&entry.path);
    let (name, mark) = DIRECTORIES.iter().find(|(known, _)| *known == name)?;
    let has = |mark: &str| marks.contains(format!("{}/{mark}", entry.path).as_str());
    mark.is_none_or(has).then_some(*name)
}

/// The paths of the files that identify the directories of [`DIRECTORIES`].
fn marks(files: &FileSet) -> HashSet<&str> {
    let names: Vec<_> = DIRECTORIES.iter().filter_map(|(_, mark)| *mark).collect();
    files.named(&names).into_iter().map(|entry| entry.path.as_str()).collect()
}
