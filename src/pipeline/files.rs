//! The files of the copies, and what is wrong with them, at the copy that asks for them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::context::{Context, ContextError, FileSet, IgnoreRule, IgnoreRules};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{Host, describe};
use crate::manifest::Manifest;
use crate::source::{FileId, Source, SourceMap, Span};
use crate::template::{Instruction, InstructionKind, Template};

/// The largest ignore file that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// The files of each copy, by its place among the instructions.
pub(super) fn select(
    host: &dyn Host,
    sources: &mut SourceMap,
    manifest: &Manifest,
    template: &Template,
    diagnostics: &mut Diagnostics,
) -> Vec<(usize, FileSet)> {
    if template.copies().next().is_none() {
        // Patterns are read all the same: one that cannot be is wrong without a copy, too.
        ignore_rules(manifest, diagnostics);
        return Vec::new();
    }
    let manifest_path = sources.manifest().path();
    let directory = manifest_path.parent().unwrap_or(manifest_path).to_owned();
    let root = match &manifest.context {
        Some(context) => directory.join(&context.value),
        None => directory,
    };
    let root = if root.as_os_str().is_empty() { ".".into() } else { root };
    if !root.is_dir() {
        if let Some(context) = &manifest.context {
            let message = format!("the build context `{}` is not a directory", context.value);
            diagnostics.push(
                Diagnostic::new(Code::UnreadableFile, context.span, message)
                    .help("the path is relative to the manifest"),
            );
        }
        return Vec::new();
    }
    let mut rules = docker_ignore(host, sources, &root, diagnostics);
    rules.extend(ignore_rules(manifest, diagnostics));
    let context = Context::new(root, IgnoreRules::new(rules));
    let wrong = lexically_wrong(diagnostics);
    let mut files = Vec::new();
    for (at, copy) in template.copies() {
        let instruction = &template.instructions[at];
        if wrong.contains(&instruction.origin.span()) {
            continue;
        }
        match context.select(copy) {
            Ok(selected) => {
                diagnostics.extend(super::dockerfile::flattened(&selected, instruction));
                files.push((at, selected));
            }
            Err(error) => diagnostics.push(diagnose(&error, instruction)),
        }
    }
    files
}

/// The places of sources that were refused as they are written, so that looking for the files
/// says nothing.
fn lexically_wrong(diagnostics: &Diagnostics) -> HashSet<Option<Span>> {
    let codes = [Code::SourceOutsideContext, Code::InvalidPath, Code::UnsafeCopyPath];
    let wrong = diagnostics.iter().filter(|diagnostic| codes.contains(&diagnostic.code));
    wrong.map(|diagnostic| diagnostic.span).collect()
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
            let message = format!("`{}` is not a pattern", written.trim());
            diagnostics.push(Diagnostic::new(Code::InvalidValue, span, message).label(reason));
            None
        }
    }
}

/// A path without a leading `./`, which says nothing to people.
fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// The patterns of the context's `.dockerignore`.
fn docker_ignore(
    host: &dyn Host,
    sources: &mut SourceMap,
    root: &Path,
    diagnostics: &mut Diagnostics,
) -> Vec<IgnoreRule> {
    let path = shown(&root.join(".dockerignore"));
    let refuse = |diagnostics: &mut Diagnostics, reason: &str| {
        let message = format!("cannot read `{}`: {reason}", path.display());
        diagnostics.push(Diagnostic::without_place(Code::UnreadableFile, message));
    };
    let bytes = match host.read(&path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            refuse(diagnostics, &describe(&error));
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
    let file = sources.add(Source::new(&path, text.clone()));
    lines(file, &text).filter_map(|(line, span)| rule(line, span, diagnostics)).collect()
}

/// The lines of an ignore file without their white space, and where they stand.
fn lines(file: FileId, text: &str) -> impl Iterator<Item = (&str, Span)> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut start = text.len() - body.len();
    body.split('\n').map(move |line| {
        let from = start + (line.len() - line.trim_start().len());
        let to = from + line.trim().len();
        start += line.len() + 1;
        // A comment begins in the first column only, so the line is handed on as it is.
        (line, Span { file, start: from.min(to), end: to })
    })
}

/// What is wrong with the files of a copy, at that copy.
pub(super) fn diagnose(error: &ContextError, instruction: &Instruction) -> Diagnostic {
    let source = match &instruction.kind {
        InstructionKind::Copy(copy) => copy.source.as_str(),
        _ => "",
    };
    let code = match error {
        ContextError::NotFound { .. } => Code::SourceNotFound,
        ContextError::Ignored { .. } => Code::SourceIgnored,
        ContextError::Untraversable(_) => Code::InvalidMode,
        ContextError::Unreadable { .. } | ContextError::Archive(_) => Code::UnreadableFile,
        ContextError::Changed(_) => Code::ContextChanged,
        ContextError::Pattern(_)
        | ContextError::DirectoryLink(_)
        | ContextError::Special(_)
        | ContextError::NotUtf8(_) => Code::InvalidPath,
    };
    let message = match error {
        ContextError::NotFound { .. } => format!("`{source}` matches nothing in the build context"),
        ContextError::Ignored { path, .. } if path == source => format!("`{source}` is ignored"),
        ContextError::Ignored { .. } => format!("`{source}` matches ignored files only"),
        ContextError::Untraversable(path) => {
            format!("the step's `mode` would make the directory `{path}` unusable")
        }
        ContextError::Unreadable { path, error } => {
            format!("cannot read `{}`: {}", shown(path).display(), describe(error))
        }
        ContextError::Archive(error) => format!("cannot write the archive: {}", describe(error)),
        other => other.to_string(),
    };
    let mut diagnostic = match instruction.origin.span() {
        Some(span) => Diagnostic::new(code, span, message),
        None => Diagnostic::without_place(code, message),
    };
    if let ContextError::Ignored { pattern, written: Some(written), .. } = error {
        diagnostic = diagnostic.related(*written, format!("`{pattern}` ignores it"));
    }
    match help(error) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

fn help(error: &ContextError) -> Option<String> {
    Some(match error {
        ContextError::NotFound { near: Some(near) } => format!("did you mean `{near}`?"),
        ContextError::NotFound { near: None } => {
            "sources are relative to the context, which is the manifest's directory unless \
             `context` names another"
                .to_owned()
        }
        ContextError::Ignored { path, .. } => {
            format!("take it back with `ignore = [\"!{path}\"]`, or remove the step")
        }
        ContextError::Untraversable(_) => {
            "give everybody who may read also the right to enter, such as `0o755`; or copy the \
             files one by one"
                .to_owned()
        }
        ContextError::DirectoryLink(path) => {
            format!("copy the directory that `{path}` points to, or leave `follow_symlinks` out")
        }
        ContextError::Special(_) => "remove it from the context, or name it in `ignore`".to_owned(),
        ContextError::Changed(_) => {
            "run the command again when nothing writes to the build context".to_owned()
        }
        ContextError::NotUtf8(_) => "rename it, or name it in `ignore`".to_owned(),
        ContextError::Pattern(_) | ContextError::Unreadable { .. } | ContextError::Archive(_) => {
            return None;
        }
    })
}
