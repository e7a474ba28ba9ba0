//! The files of the copies, with diagnostics at the copies.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::front::Front;
use super::{
    Options, archives, build_context, package_scripts, secret_files, single_target, unmatched,
};
use crate::context::{Context, ContextError, FileSet, IgnoreRule, IgnoreRules};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileKind, FileSystem, describe};
use crate::manifest::Manifest;
use crate::source::{FileId, Source, SourceMap, Span, Spanned};
use crate::template::{Copy, CopyMap, Instruction, InstructionKind};
use crate::trust::outside;
use crate::validate::{source_fault, spliced_fault};

/// The largest ignore file that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// Selects the files of each copy, and reports faults.
/// `None` if the search was cancelled.
pub(super) fn select(
    file_system: &dyn FileSystem,
    front: &mut Front,
    options: &Options,
) -> Option<CopyMap<FileSet>> {
    let template = front.template.clone();
    let patterns = ignore_rules(&front.manifest, &mut front.reports.files);
    let is_built = template.base.build.is_some();
    if template.copies().next().is_none() && !is_built {
        return Some(CopyMap::new());
    }
    let Some(root) = root(file_system, front) else { return Some(CopyMap::new()) };
    let path = docker_ignore_path(file_system, front, &root);
    let diagnostics = &mut front.reports.files;
    let mut rules = docker_ignore(file_system, &mut front.sources, &path, diagnostics);
    rules.extend(patterns);
    let context = Context::new(file_system, root, IgnoreRules::new(rules))
        .with(options.cache.clone(), options.cancellation.clone());
    if is_built {
        let selected = build_context::select(&context, front.sources.manifest().path());
        match selected {
            Ok(selected) => front.build_context = selected,
            Err(error) if matches!(*error, ContextError::Cancelled) => return None,
            Err(error) => diagnostics.push(build_context::diagnose(&error, template.base.span)),
        }
    }
    let left = unmatched::leave_out(&template, &context, diagnostics);
    let template = left.map_or(template, Arc::new);
    let expanded = archives::expand(&template, &context, diagnostics);
    let template = expanded.map_or(template, Arc::new);
    front.template = template.clone();
    let refused = refused([&front.reports.dockerfile, &front.reports.resolve]);
    let mut files = CopyMap::new();
    for (id, copy) in template.copies() {
        let instruction = &template[id];
        let span = instruction.origin.span();
        if refused.contains(&span) || is_refused(copy, span) {
            continue;
        }
        match context.select(copy) {
            Ok(selected) => {
                diagnostics.extend(super::dockerfile::flattened(&selected, instruction));
                files.insert(id, selected);
            }
            Err(error) if matches!(*error, ContextError::Cancelled) => return None,
            Err(error) => diagnostics.push(unselected(&error, &context, instruction)),
        }
    }
    single_target::check(&front.manifest, &template, &files, diagnostics);
    front.package_scripts = package_scripts::read(&template, &context, &files);
    front.secret_files = secret_files::read(&context, &files);
    Some(files)
}

/// The directory of the build context, if it exists.
fn root(file_system: &dyn FileSystem, front: &mut Front) -> Option<PathBuf> {
    let manifest_path = front.sources.manifest().path();
    let directory = manifest_path.parent().unwrap_or(manifest_path);
    let root = match &front.manifest.context {
        Some(context) => directory.join(&context.value),
        None => directory.to_owned(),
    };
    let root = if root.as_os_str().is_empty() { ".".into() } else { root };
    let found = file_system.metadata(&root);
    if found.as_ref().is_ok_and(|found| found.kind == FileKind::Directory) {
        return Some(root);
    }
    let context = front.manifest.context.as_ref()?;
    let refused = found.as_ref().err().and_then(outside);
    let refused = refused.map(|outside| outside.diagnose(Some(context.span)));
    front.reports.files.push(refused.unwrap_or_else(|| {
        let message = format!("the build context `{}` is not a directory", context.value);
        Diagnostic::new(Code::UnreadableFile, context.span, message)
            .help("the path is relative to the manifest")
    }));
    None
}

/// The spans of sources that an earlier stage rejected, whose files are not searched.
fn refused(reports: [&Diagnostics; 2]) -> HashSet<Option<Span>> {
    let codes = [Code::SourceOutsideContext, Code::InvalidPath, Code::UnsafeCopyPath];
    let reports = reports.into_iter().flat_map(Diagnostics::iter);
    let refused = reports.filter(|diagnostic| codes.contains(&diagnostic.code));
    refused.map(|diagnostic| diagnostic.span).collect()
}

/// Whether the rules on the manifest reject the source of a copy.
fn is_refused(copy: &Copy, span: Option<Span>) -> bool {
    let Some(span) = span else { return false };
    let source = Spanned::new(copy.source.clone(), span);
    source_fault(&source).is_some() || spliced_fault(&source, "the source of a copy").is_some()
}

/// The diagnostic for a copy whose files cannot be selected.
fn unselected(
    error: &ContextError,
    context: &Context<'_>,
    instruction: &Instruction,
) -> Diagnostic {
    let diagnostic = diagnose(error, instruction);
    if let ContextError::Ignored { pattern, rule, .. } = error
        && let Some(span) = context.rules().span(*rule)
    {
        return diagnostic.related(span, format!("`{pattern}` ignores it"));
    }
    diagnostic
}

/// The manifest's own patterns.
fn ignore_rules(manifest: &Manifest, diagnostics: &mut Diagnostics) -> Vec<IgnoreRule> {
    let patterns = manifest.ignore.iter().flatten();
    patterns.filter_map(|pattern| rule(&pattern.value, pattern.span, diagnostics)).collect()
}

fn rule(written: &str, span: Span, diagnostics: &mut Diagnostics) -> Option<IgnoreRule> {
    match IgnoreRule::parse(written, Some(span)) {
        Ok(rule) => rule,
        Err(reason) => {
            let message = format!("`{}` is not a valid pattern", written.trim());
            diagnostics.push(Diagnostic::new(Code::InvalidValue, span, message).label(reason));
            None
        }
    }
}

/// A path without a leading `./`, for messages.
pub(super) fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// The ignore file: `NAME.dockerignore` beside the Dockerfile `NAME`, if it exists; else the
/// context's `.dockerignore`. Docker never reads both.
fn docker_ignore_path(file_system: &dyn FileSystem, front: &Front, root: &Path) -> PathBuf {
    let from = front.manifest.from.as_ref();
    let dockerfile = from.and_then(|from| from.value.dockerfile.as_ref()).map(|name| {
        let manifest = front.sources.manifest().path();
        let name = format!("{}.dockerignore", name.value);
        shown(&manifest.parent().unwrap_or(manifest).join(name))
    });
    let is_missing = |path: &PathBuf| {
        let read = file_system.read(path, 0);
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    };
    dockerfile
        .filter(|path| !is_missing(path))
        .unwrap_or_else(|| shown(&root.join(".dockerignore")))
}

/// The patterns of an ignore file.
fn docker_ignore(
    file_system: &dyn FileSystem,
    sources: &mut SourceMap,
    path: &Path,
    diagnostics: &mut Diagnostics,
) -> Vec<IgnoreRule> {
    let refuse = |diagnostics: &mut Diagnostics, reason: &str| {
        let message = format!("cannot read `{}`: {reason}", path.display());
        diagnostics.push(Diagnostic::without_place(Code::UnreadableFile, message));
    };
    let bytes = match file_system.read(path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            match outside(&error) {
                Some(outside) => diagnostics.push(outside.diagnose(None)),
                None => refuse(diagnostics, &describe(&error)),
            }
            return Vec::new();
        }
    };
    if bytes.len() > MAX_BYTES {
        refuse(diagnostics, "it is larger than 1 MiB");
        return Vec::new();
    }
    let Ok(text) = String::from_utf8(bytes) else {
        refuse(diagnostics, "it is not UTF-8 text");
        return Vec::new();
    };
    let file = sources.add(Source::new(path, text.clone()));
    lines(file, &text).filter_map(|(line, span)| rule(line, span, diagnostics)).collect()
}

/// The trimmed lines of an ignore file with their spans.
fn lines(file: FileId, text: &str) -> impl Iterator<Item = (&str, Span)> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut start = text.len() - body.len();
    body.split('\n').map(move |line| {
        let from = start + (line.len() - line.trim_start().len());
        let to = from + line.trim().len();
        start += line.len() + 1;
        // A comment must begin in the first column, so pass the line on unchanged.
        (line, Span { file, start: from.min(to), end: to })
    })
}

/// The diagnostic for the files of a copy.
pub(super) fn diagnose(error: &ContextError, instruction: &Instruction) -> Diagnostic {
    let source = match &instruction.kind {
        InstructionKind::Copy(copy) => copy.source.as_str(),
        _ => "",
    };
    if let ContextError::Unreadable { error, .. } = error
        && let Some(outside) = outside(error)
    {
        return outside.diagnose(instruction.origin.span());
    }
    let code = match error {
        ContextError::NotFound { .. } => Code::SourceNotFound,
        ContextError::Ignored { .. } => Code::SourceIgnored,
        ContextError::Untraversable(_) => Code::InvalidMode,
        ContextError::Unreadable { .. } | ContextError::Archive(_) | ContextError::Cancelled => {
            Code::UnreadableFile
        }
        ContextError::Changed(_) => Code::ContextChanged,
        ContextError::Pattern(_)
        | ContextError::DirectoryLink(_)
        | ContextError::Special(_)
        | ContextError::NotUtf8(_) => Code::InvalidPath,
    };
    let message = match error {
        ContextError::NotFound { .. } => format!("`{source}` matches nothing in the build context"),
        ContextError::Ignored { path, .. } if path == source => format!("`{source}` is ignored"),
        ContextError::Ignored { .. } => format!("`{source}` matches only ignored files"),
        ContextError::Untraversable(path) => {
            let key = if is_of_dockerfile(instruction) { "`--chmod`" } else { "the step's `mode`" };
            format!("{key} would make the directory `{path}` unusable")
        }
        ContextError::Unreadable { path, error } => {
            format!("cannot read `{}`: {}", shown(path).display(), describe(error))
        }
        ContextError::Archive(error) => format!("cannot write the archive: {}", describe(error)),
        other => other.to_string(),
    };
    let diagnostic = match instruction.origin.span() {
        Some(span) => Diagnostic::new(code, span, message),
        None => Diagnostic::without_place(code, message),
    };
    match help(error, instruction) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Whether an instruction is written in a Dockerfile.
fn is_of_dockerfile(instruction: &Instruction) -> bool {
    instruction.origin.span().is_some_and(|span| span.file != FileId::MANIFEST)
}

fn help(error: &ContextError, instruction: &Instruction) -> Option<String> {
    Some(match error {
        ContextError::NotFound { near: Some(near) } => format!("did you mean `{near}`?"),
        ContextError::NotFound { near: None } => {
            "sources are relative to the build context, which is the manifest's directory unless \
             `context` sets another"
                .to_owned()
        }
        ContextError::Ignored { alone: true, pattern, .. } => {
            format!(
                "no other file is there: add the files, remove the pattern `{pattern}`, or remove the step"
            )
        }
        ContextError::Ignored { path, .. } => {
            format!("include it with `ignore = [\"!{path}\"]`, or remove the step")
        }
        ContextError::Untraversable(_) => {
            let example =
                if is_of_dockerfile(instruction) { "755` or `u=rwX,go=rX" } else { "0o755" };
            format!(
                "add execute permission for everyone with read permission, such as `{example}`; or \
                 copy the files separately"
            )
        }
        ContextError::DirectoryLink(path) => {
            format!("copy the directory that `{path}` points to, or remove `follow_symlinks`")
        }
        ContextError::Special(_) => "delete it, or add it to `ignore`".to_owned(),
        ContextError::Changed(_) => {
            "run the command again while nothing writes to the build context".to_owned()
        }
        ContextError::NotUtf8(_) => "rename it, or add it to `ignore`".to_owned(),
        ContextError::Pattern(_)
        | ContextError::Unreadable { .. }
        | ContextError::Archive(_)
        | ContextError::Cancelled => return None,
    })
}
