//! Reads the Dockerfile of a manifest.

use std::path::Path;

use super::Depth;
use crate::context::{EntryKind, FileSet};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, suggest};
use crate::dockerfile::{self, Dockerfile, MAX_BYTES};
use crate::host::{FileKind, FileSystem, describe};
use crate::manifest::Manifest;
use crate::source::{FileId, Source, SourceMap, Span};
use crate::template::{Instruction, InstructionKind};
use crate::trust::outside;

/// Reads `from.dockerfile`, if it is set and readable.
pub(super) fn read(
    file_system: &dyn FileSystem,
    sources: &mut SourceMap,
    manifest: &Manifest,
    depth: Depth,
    diagnostics: &mut Diagnostics,
) -> Option<Dockerfile> {
    let named = manifest.from.as_ref()?.value.dockerfile.as_ref()?;
    let manifest_path = sources.manifest().path();
    let path = manifest_path.parent().unwrap_or(manifest_path).join(&named.value);
    let mut refuse = |code, reason: String, help: &str| {
        let message = format!("cannot read `{}`: {reason}", path.display());
        diagnostics.push(Diagnostic::new(code, named.span, message).help(help));
    };
    let bytes = match file_system.read(&path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => {
            if let Some(outside) = outside(&error) {
                diagnostics.push(outside.diagnose(Some(named.span)));
                return None;
            }
            // Only an analysis of files lists a directory.
            let other = (depth == Depth::Files).then(|| beside(file_system, &path)).flatten();
            let help = match other {
                Some(other) => format!("did you mean `{other}`?"),
                None => "the path is relative to the manifest".to_owned(),
            };
            refuse(Code::UnreadableFile, describe(&error), &help);
            return None;
        }
    };
    if bytes.len() > MAX_BYTES {
        let help = "move long scripts into files and `COPY` them";
        refuse(Code::UnreadableFile, "it is larger than 1 MiB".to_owned(), help);
        return None;
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let start = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let file = sources.add(Source::new(&path, text));
            let span = Span { file, start, end: start + char::REPLACEMENT_CHARACTER.len_utf8() };
            let message = format!("`{}` is not UTF-8 text", path.display());
            diagnostics.push(
                Diagnostic::new(Code::NotUtf8, span, message)
                    .label(format!("byte {start} is not UTF-8"))
                    .help("save the file as UTF-8"),
            );
            return None;
        }
    };
    let file = sources.add(Source::new(&path, text.clone()));
    let (dockerfile, faults) = dockerfile::parse(file, &text);
    diagnostics.append(faults);
    Some(dockerfile)
}

/// The name of a Dockerfile in the directory of a missing one: names are misspelled more often than
/// directories.
fn beside(file_system: &dyn FileSystem, path: &Path) -> Option<String> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let names = file_system.read_dir(directory.unwrap_or(Path::new("."))).ok()?;
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| is_dockerfile(name)).collect();
    // Those that have more than the usual name come last.
    names.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    let wanted = path.file_name()?.to_str()?;
    let near = suggest::nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned);
    let is_file = |name: &String| {
        let found = file_system.metadata(&path.with_file_name(name));
        found.is_ok_and(|found| found.kind == FileKind::File)
    };
    near.into_iter().chain(names).find(is_file)
}

/// Whether a file has one of the usual names of Dockerfiles, such as `Dockerfile.dev` or
/// `e2b.Dockerfile`.
fn is_dockerfile(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut parts = name.split(['.', '-', '_']);
    parts.any(|part| matches!(part, "dockerfile" | "containerfile"))
        && !name.ends_with(".dockerignore")
}

/// The fault of a pattern in a Dockerfile that matches directories: Docker copies their content
/// into one directory, but the platform copies the directories.
pub(super) fn flattened(files: &FileSet, instruction: &Instruction) -> Option<Diagnostic> {
    let span = instruction.origin.span().filter(|span| span.file != FileId::MANIFEST)?;
    let InstructionKind::Copy(copy) = &instruction.kind else { return None };
    copy.source.find(['*', '?', '['])?;
    let mut entries = files.entries().iter();
    let directory = entries.find(|entry| entry.kind == EntryKind::Directory)?;
    let message = format!("`{}` matches the directory `{}`", copy.source, directory.path);
    Some(
        Diagnostic::new(Code::DockerfileUnsupported, span, message)
            .label("Docker copies its content, but the platform copies the directory itself")
            .help("copy its parent directory, or use a pattern that only matches files"),
    )
}
