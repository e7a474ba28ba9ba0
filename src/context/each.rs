//! The hash of each file of a copy by itself.

use std::collections::BTreeMap;
use std::path::Path;

use super::ContextError;
use super::batch::{self, MOST_BYTES, MOST_ENTRIES, Opener};
use super::entry::{Entry, EntryKind};
use super::hash::{ContentHash, Hasher};
use crate::parallel;

/// The hash of each file and link by its path.
pub(super) fn hash(
    root: &Path,
    entries: &[Entry],
) -> Result<BTreeMap<String, ContentHash>, ContextError> {
    let jobs: Vec<_> = entries.chunks(MOST_ENTRIES).collect();
    let hashed = parallel::map(&jobs, parallel::threads(), |entries| several(root, entries));
    let hashed = hashed.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(hashed.into_iter().flatten().collect())
}

fn several(root: &Path, entries: &[Entry]) -> Result<Vec<(String, ContentHash)>, ContextError> {
    let mut opener = Opener::new(root);
    let mut buffer = Vec::new();
    let mut hashes = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| entry.kind != EntryKind::Directory) {
        let mut content = Hasher::of_entry();
        content.begin(entry);
        if entry.is_file() {
            let file = opener.open(entry)?;
            let mut from = 0;
            while from < entry.size {
                let to = entry.size.min(from + MOST_BYTES as u64);
                buffer.clear();
                batch::read_part(root, entry, &file, &(from..to), &mut buffer)?;
                content.content(&buffer);
                from = to;
            }
        }
        hashes.push((entry.path.clone(), ContentHash(content.finish())));
    }
    Ok(hashes)
}
