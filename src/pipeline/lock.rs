//! The lock of a manifest: reads it, and reports what it lacks.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Analysis;
use super::front::Front;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileSystem, STANDARD_INPUT, describe};
use crate::lock::package::step_of;
use crate::lock::{self, ImageKey, Lock, MAX_BYTES, Needs, TemplateKey};
use crate::platform::Platform;
use crate::source::{Source, SourceMap, Span};
use crate::template::{InstructionKind, Template};
use crate::trust::outside;

/// The lock of a manifest.
#[derive(Debug, Default)]
pub enum LockState {
    /// It was not looked for.
    #[default]
    Unread,
    /// There is none.
    Missing,
    /// It cannot be used.
    Invalid,
    /// It was read.
    Read(Lock),
}

impl Analysis {
    /// The lock of the manifest.
    #[must_use]
    pub fn lock(&self) -> &LockState {
        &self.front.lock
    }

    /// Where the lock is.
    #[must_use]
    pub fn lock_path(&self) -> PathBuf {
        lock::path_of(self.sources.manifest().path())
    }

    /// What the template needs of the lock.
    #[must_use]
    pub fn needs(&self) -> Needs {
        Needs::of(&self.template, self.platform)
    }
}

/// Reads the lock beside a manifest, if there is one.
pub(super) fn read(
    file_system: &dyn FileSystem,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> LockState {
    let manifest = sources.manifest().path();
    if manifest == Path::new(STANDARD_INPUT) {
        return LockState::Missing;
    }
    let path = lock::path_of(manifest);
    let text = match file_system.read(&path, MAX_BYTES) {
        // The manifest may be a text of an editor that has no file yet.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return LockState::Missing;
        }
        Err(error) => match outside(&error) {
            Some(outside) => {
                diagnostics.push(outside.diagnose(None));
                return LockState::Invalid;
            }
            None => Err(describe(&error)),
        },
        Ok(bytes) if bytes.len() > MAX_BYTES => Err("it is larger than 4 MiB".to_owned()),
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned()),
    };
    match text {
        Ok(text) => {
            let file = sources.add(Source::new(&path, text.clone()));
            let (lock, faults) = lock::read(&text, file);
            let is_invalid = faults.has_errors();
            diagnostics.append(faults);
            if is_invalid { LockState::Invalid } else { LockState::Read(lock) }
        }
        Err(reason) => {
            let message = format!("cannot read `{}`: {reason}", path.display());
            diagnostics.push(Diagnostic::without_place(Code::UnreadableFile, message));
            LockState::Invalid
        }
    }
}

/// Reports what the template needs and the lock does not have; without a lock, only if there has to
/// be one.
pub(super) fn stale(front: &Front, platform: Platform) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let lock = match &front.lock {
        LockState::Read(lock) => Some(lock),
        LockState::Missing if front.is_locked => None,
        LockState::Missing | LockState::Invalid | LockState::Unread => return diagnostics,
    };
    let path = lock::path_of(front.sources.manifest().path());
    for (what, span) in lacking(&front.template, platform, lock) {
        let name = path.display();
        let message = match lock {
            Some(_) => format!("`{name}` does not lock {what}"),
            None => format!("there is no `{name}`, which would lock {what}"),
        };
        diagnostics.push(
            Diagnostic::new(Code::StaleLock, span, message)
                .label("each build can use another one")
                .help("run `sbx lock`, and commit the lock"),
        );
    }
    diagnostics
}

/// What a template needs and the lock does not have, with its place.
fn lacking(template: &Template, platform: Platform, lock: Option<&Lock>) -> Vec<(String, Span)> {
    let needs = Needs::of(template, platform);
    let base = template.base.span;
    let mut lacking = Vec::new();
    let has_image = |key: &ImageKey| lock.is_some_and(|lock| lock.images.contains_key(key));
    if let Some(key) = needs.image.filter(|key| !has_image(key)) {
        lacking.push((format!("the image `{key}`"), base));
    }
    let has_parent = |key: &TemplateKey| lock.is_some_and(|lock| lock.templates.contains_key(key));
    if let Some(key) = needs.template.filter(|key| !has_parent(key)) {
        lacking.push((format!("the template `{}` on `{}`", key.reference, key.platform), base));
    }
    for question in needs.packages {
        let resolved = lock.and_then(|lock| lock.packages.get(&question.step));
        let resolved = resolved.map_or(&[][..], Vec::as_slice);
        let names = question.unanswered(resolved);
        if let (Some(name), Some(span)) = (names.first(), place(template, &question.step)) {
            let more = match names.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            lacking.push((format!("a version of `{name}`{more}"), span));
        }
    }
    lacking
}

/// Where the first step with these words is.
fn place(template: &Template, step: &str) -> Option<Span> {
    let found = template.instructions.iter().find(|instruction| match &instruction.kind {
        InstructionKind::Run(run) => {
            run.install.as_ref().is_some_and(|install| step_of(install) == step)
        }
        _ => false,
    });
    found.and_then(|instruction| instruction.origin.span())
}

/// Makes errors of what a lock lacks, where there has to be a complete one: no comment and no lint
/// level silences them.
pub(super) fn require(stale: Vec<Diagnostic>, diagnostics: &mut Diagnostics) {
    diagnostics.retain(|diagnostic| diagnostic.code != Code::StaleLock);
    diagnostics.extend(stale.into_iter().map(|stale| Diagnostic { denied: true, ..stale }));
}
