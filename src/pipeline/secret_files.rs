//! The files of copies that hold a secret by their content: a name alone does not say it.

use crate::context::{Context, EntryKind, FileSet};
use crate::lint::{MAY_HOLD_SECRETS, SecretFiles};
use crate::secrets::detect;
use crate::template::CopyMap;

/// The largest file that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The most files that are read.
const MAX_FILES: usize = 16;

/// Reads the files that may hold a secret, and returns the paths of those that do.
pub(super) fn read(context: &Context<'_>, files: &CopyMap<FileSet>) -> SecretFiles {
    let named = files.values().flat_map(|set| set.named(MAY_HOLD_SECRETS));
    let entries = named.filter(|entry| {
        entry.kind == EntryKind::File && entry.size > 0 && !entry.path.contains("node_modules/")
    });
    let holds = |text: String| detect::in_npmrc(&text);
    let found =
        entries.take(MAX_FILES).filter(|entry| context.text(entry, MAX_BYTES).is_some_and(holds));
    found.map(|entry| entry.path.clone()).collect()
}
