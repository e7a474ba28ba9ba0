//! The files of a copy in memory, for platforms that take no archive.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::ContextError;
use super::entry::{Entry, EntryKind, unreadable};

/// An entry with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The entry.
    pub entry: Entry,
    /// The bytes of a file; empty for anything else.
    pub bytes: Vec<u8>,
}

pub(super) fn read(root: &Path, entries: &[Entry]) -> Result<Vec<Content>, ContextError> {
    entries.iter().map(|entry| content(root, entry)).collect()
}

fn content(root: &Path, entry: &Entry) -> Result<Content, ContextError> {
    let mut bytes = Vec::new();
    if entry.kind == EntryKind::File {
        let full = root.join(&entry.path);
        let file = File::open(&full).map_err(|error| unreadable(&full, error))?;
        // One byte more shows that the file has grown, and no more than that is read.
        let mut limited = file.take(entry.size.saturating_add(1));
        limited.read_to_end(&mut bytes).map_err(|error| unreadable(&full, error))?;
        if bytes.len() as u64 != entry.size {
            return Err(ContextError::Changed(entry.path.clone()));
        }
    }
    Ok(Content { entry: entry.clone(), bytes })
}
