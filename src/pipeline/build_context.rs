//! The files of which an image is built from a Dockerfile.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::shown;
use crate::context::{Context, ContextError, FileSet};
use crate::diagnostic::{Code, Diagnostic};
use crate::host::describe;
use crate::lock;
use crate::source::Span;
use crate::template::Copy;
use crate::trust::outside;

/// The whole context without what is ignored, and without the manifest and its lock: what they say
/// of the template would otherwise build its image once more. `None` if nothing is left.
pub(super) fn select(
    context: &Context<'_>,
    manifest: &Path,
) -> Result<Option<FileSet>, Arc<ContextError>> {
    let selected = match context.select(&Copy::new(".", "/")) {
        Err(error)
            if matches!(*error, ContextError::NotFound { .. } | ContextError::Ignored { .. }) =>
        {
            return Ok(None);
        }
        selected => selected?,
    };
    let own = [manifest.to_owned(), lock::path_of(manifest)];
    let own: Vec<PathBuf> = own.iter().filter_map(|path| context.real(path)).collect();
    let root = context.real(context.root());
    let selected = selected
        .without(|entry| root.as_ref().is_some_and(|root| own.contains(&root.join(&entry.path))));
    Ok(Some(selected).filter(|selected| !selected.entries().is_empty()))
}

/// The diagnostic for a context whose files cannot be selected or read, at `from.build`.
pub(super) fn diagnose(error: &ContextError, span: Span) -> Diagnostic {
    if let ContextError::Unreadable { error, .. } = error
        && let Some(outside) = outside(error)
    {
        return outside.diagnose(Some(span));
    }
    let (code, message) = match error {
        ContextError::Unreadable { path, error } => {
            let message = format!("cannot read `{}`: {}", shown(path).display(), describe(error));
            (Code::UnreadableFile, message)
        }
        ContextError::Changed(path) if path == "." => {
            let message = "the build context changed while it was read".to_owned();
            (Code::ContextChanged, message)
        }
        ContextError::Changed(_) => (Code::ContextChanged, error.to_string()),
        ContextError::Archive(error) => {
            let message = format!("cannot write the build context: {}", describe(error));
            (Code::UnreadableFile, message)
        }
        other => (Code::InvalidPath, other.to_string()),
    };
    let help = match code {
        Code::ContextChanged => "run the command again while nothing writes to the build context",
        _ => {
            "every file of the context is part of the build: add it to `ignore` or \
              `.dockerignore` if the Dockerfile does not need it"
        }
    };
    Diagnostic::new(code, span, message).help(help)
}
