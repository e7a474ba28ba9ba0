//! Reads the files of a copy into memory, for platforms without uploads.

use std::path::Path;

use super::ContextError;
use super::batch::{self, Opener};
use super::entry::Entry;

/// An entry with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The entry.
    pub entry: Entry,
    /// The bytes of a file; empty for anything else.
    pub bytes: Vec<u8>,
}

pub(super) fn read<'a>(root: &'a Path, entries: &'a [Entry]) -> Result<Vec<Content>, ContextError> {
    let mut opener = Opener::new(root);
    let content = |entry: &'a Entry| {
        let mut bytes = Vec::new();
        if entry.is_file() {
            batch::read_whole(root, entry, &opener.open(entry)?, &mut bytes)?;
        }
        Ok(Content { entry: entry.clone(), bytes })
    };
    entries.iter().map(content).collect()
}
