//! The entries of a selection, with what rules look for in them at every keystroke.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Deref;
use std::sync::OnceLock;

use super::Entry;

/// How many of the largest paths are kept.
const MOST: usize = 16;

/// The entries in the order of the hash. What is looked up in them is prepared once.
#[derive(Debug, Default)]
pub(super) struct Listing {
    entries: Vec<Entry>,
    /// The hash of the last component of each entry's path, with the entry's place, in order.
    by_name: OnceLock<Vec<(u64, usize)>>,
    totals: OnceLock<Totals>,
    largest: OnceLock<Vec<(String, u64)>>,
}

/// How many files there are, and their bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Totals {
    pub(super) files: usize,
    pub(super) bytes: u64,
}

impl Listing {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self { entries, ..Self::default() }
    }

    /// The entries whose last component is one of `names`, in their order.
    pub(super) fn named(&self, names: &[&str]) -> Vec<&Entry> {
        let known = self.by_name.get_or_init(|| {
            let entries = self.entries.iter().enumerate();
            let mut known: Vec<_> = entries.map(|(at, entry)| (hash(name(entry)), at)).collect();
            known.sort_unstable();
            known
        });
        let mut found: Vec<usize> = Vec::new();
        for wanted in names {
            let hash = hash(wanted);
            let start = known.partition_point(|(known, _)| *known < hash);
            let same = known[start..].iter().take_while(|(known, _)| *known == hash);
            found.extend(same.map(|(_, at)| *at).filter(|at| name(&self.entries[*at]) == *wanted));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| &self.entries[at]).collect()
    }

    /// The largest paths directly below the source of the copy, each with the bytes of its files.
    pub(super) fn largest(&self, source: &str) -> &[(String, u64)] {
        self.largest.get_or_init(|| {
            let source = source.trim_start_matches("./").trim_end_matches(['/', '*']);
            let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
            for entry in self.entries.iter().filter(|entry| entry.is_file()) {
                *parts.entry(part(&entry.path, source)).or_default() += entry.size;
            }
            let mut parts: Vec<_> = parts.into_iter().collect();
            parts.sort_by_key(|(_, bytes)| Reverse(*bytes));
            parts.truncate(MOST);
            parts.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect()
        })
    }

    pub(super) fn totals(&self) -> Totals {
        *self.totals.get_or_init(|| {
            let files = self.entries.iter().filter(|entry| entry.is_file());
            let nothing = Totals { files: 0, bytes: 0 };
            files.fold(nothing, |Totals { files, bytes }, entry| Totals {
                files: files + 1,
                bytes: bytes + entry.size,
            })
        })
    }
}

impl Deref for Listing {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.entries
    }
}

/// A path cut after its first component below the source of the copy.
fn part<'a>(path: &'a str, source: &str) -> &'a str {
    let below = path
        .strip_prefix(source)
        .filter(|rest| rest.starts_with('/'))
        .map_or(0, |rest| path.len() - rest.len() + 1);
    let end = path[below..].find('/').map_or(path.len(), |slash| below + slash);
    &path[..end]
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// The last component of an entry's path.
fn name(entry: &Entry) -> &str {
    entry.path.rsplit('/').next().unwrap_or(&entry.path)
}
