//! Several sources of one step that are copied to the path of a single file.
//!
//! A target without a final `/` is a file's own path, unless a directory is there: the second file
//! would replace the first one. Docker refuses such a `COPY` whatever is at the target.

use std::collections::HashMap;

use crate::context::{EntryKind, FileSet};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{CopyStep, Manifest};
use crate::source::Span;
use crate::template::{Copy, CopyMap, Instruction, InstructionId, InstructionKind, Template};

/// Directories of the usual distributions and of the platforms.
const DIRECTORIES: &[&str] = &[
    "/home/user",
    "/root",
    "/tmp",
    "/var/tmp",
    "/var/lib",
    "/var/log",
    "/var/cache",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/local/sbin",
    "/usr/local/etc",
    "/usr/share",
    "/usr/bin",
    "/usr/lib",
    "/usr/sbin",
    "/usr/src",
    "/opt",
    "/srv",
    "/mnt",
    "/media",
    "/etc",
    "/bin",
    "/lib",
    "/sbin",
    "/dev",
];

/// The largest number of faults that are looked for: each costs a look at all that is before it.
const MOST_FAULTS: usize = 1000;

/// The selected files of each source, by its place.
type Selected<'a> = HashMap<Span, (InstructionId, &'a FileSet)>;

/// Reports the first source of each step that cannot be at the target beside the one before it.
pub(super) fn check(
    manifest: &Manifest,
    template: &Template,
    files: &CopyMap<FileSet>,
    diagnostics: &mut Diagnostics,
) {
    let several = manifest.copies().filter(|step| step.sources.value.items.len() > 1);
    let selected = files.iter().filter_map(|(id, set)| {
        let span = template[*id].origin.span()?;
        Some((span, (*id, set)))
    });
    let selected: Selected<'_> = selected.collect();
    let faults = several.filter_map(|step| fault(step, template, &selected));
    diagnostics.extend(faults.take(MOST_FAULTS));
}

fn fault(step: &CopyStep, template: &Template, files: &Selected<'_>) -> Option<Diagnostic> {
    let [first, others @ ..] = step.sources.value.items.as_slice() else { return None };
    let (id, set) = *files.get(&first.span)?;
    let InstructionKind::Copy(Copy { target, .. }) = &template[id].kind else { return None };
    let mut selected =
        others.iter().filter_map(|source| Some((source, files.get(&source.span)?.1)));
    let (second, other) = selected.find(|(_, other)| !is_same(set, other))?;
    if !is_one_file(&first.value, set) || may_be_a_directory(target, template, id) {
        return None;
    }
    let message = format!("several sources are copied to the one file `{target}`");
    let happens = match other.entries() {
        [_] if is_one_file(&second.value, other) => "it replaces the file before it",
        _ => "it is a directory, and a file is at the target already",
    };
    let fault = Diagnostic::new(Code::InvalidPath, step.to.span, message)
        .label("a directory ends with `/`")
        .related(second.span, happens);
    Some(fault.help(format!("write `{target}/` to copy them into a directory")))
}

/// Whether a source is a file by its own name: what a pattern matches is copied into a directory.
fn is_one_file(source: &str, files: &FileSet) -> bool {
    let is_name = !source.contains(['*', '?', '[', '\\']);
    let [entry] = files.entries() else { return false };
    is_name && entry.kind != EntryKind::Directory
}

/// Whether two sources select the same one file, of which nothing is lost.
fn is_same(one: &FileSet, other: &FileSet) -> bool {
    matches!((one.entries(), other.entries()), ([one], [other]) if one.path == other.path)
}

/// Whether a directory may be at a target: its form says so, or something before the copy or on
/// every image made it. Commands are not understood; one that names the path may make it.
fn may_be_a_directory(target: &str, template: &Template, before: InstructionId) -> bool {
    let path = target.trim_end_matches('/');
    let is_form = target.ends_with('/') || matches!(path.rsplit('/').next(), Some("" | "." | ".."));
    let is_above = |directory: &str| {
        let rest = directory.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let makes = |instruction: &Instruction| match &instruction.kind {
        InstructionKind::Workdir(directory) => is_above(directory),
        InstructionKind::Copy(copy) => is_above(&copy.target),
        InstructionKind::Write(write) => is_above(&write.path),
        InstructionKind::Run(run) => run.command.contains(path),
        InstructionKind::Env { .. } | InstructionKind::User(_) => false,
    };
    let mut earlier = template.numbered().take_while(|(id, _)| *id < before);
    is_form
        || DIRECTORIES.iter().copied().any(is_above)
        || earlier.any(|(_, instruction)| makes(instruction))
}
