//! Lists everything in a directory on several threads.
//!
//! The tree is read level by level: the threads share the directories of one level, and sort their
//! entries. The results are in the order of the directories, so that the same tree always gives the
//! same result and the same errors.

use std::path::Path;

use super::ContextError;
use super::entry::{Entry, unreadable};
use super::glob;
use super::ignore::{IgnoreRule, IgnoreRules, Within};
use crate::cancellation::Cancellation;
use crate::host::{FileKind, FileSystem};
use crate::parallel;

/// The number of directories of a level from which on several threads are used.
const WORTH_THREADS: usize = 16;

/// The parameters of a walk.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) files: &'a dyn FileSystem,
    pub(super) root: &'a Path,
    pub(super) rules: &'a IgnoreRules,
    pub(super) follow: bool,
    pub(super) cancellation: &'a Cancellation,
}

/// An ignored path, and its rule.
pub(super) type Ignored<'a> = (String, &'a IgnoreRule);

/// Which of two ignored paths is the better example: one that may be meant to be copied, else the
/// first.
pub(super) fn example<'a>(
    first: Option<Ignored<'a>>,
    second: Option<Ignored<'a>>,
) -> Option<Ignored<'a>> {
    match (first, second) {
        (Some((first, _)), Some(second))
            if is_configuration(&first) && !is_configuration(&second.0) =>
        {
            Some(second)
        }
        (first, second) => first.or(second),
    }
}

/// Whether a path is a manifest, its lock or an ignore file, which describe the build.
pub(super) fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "sandbox.toml" | "sandbox.lock") || name.ends_with(".dockerignore")
}

/// The entries in several directories, in order, each sorted by path.
#[derive(Default)]
pub(super) struct Below<'a> {
    pub(super) entries: Vec<Entry>,
    /// An example of an ignored path.
    pub(super) ignored: Option<Ignored<'a>>,
}

/// A directory to read.
struct Directory {
    path: String,
    within: Within,
}

/// The content of one directory.
#[derive(Default)]
struct Listing<'a> {
    slots: Vec<Slot>,
    /// An example of an ignored path.
    ignored: Option<Ignored<'a>>,
    directories: Vec<Directory>,
}

/// An element in the order of the paths.
enum Slot {
    Entry(Entry),
    /// The content of a directory, which does not always directly follow the directory itself:
    /// `a.b` comes between `a` and `a/b`.
    Below {
        /// The path of the directory with a trailing `/`.
        prefix: String,
        /// Its index among the directories.
        at: usize,
    },
}

impl Slot {
    fn key(&self) -> &str {
        match self {
            Self::Entry(entry) => &entry.path,
            Self::Below { prefix, .. } => prefix,
        }
    }
}

impl<'a> Walk<'a> {
    /// Everything in the directories that is not ignored.
    pub(super) fn below(self, directories: Vec<String>) -> Result<Below<'a>, ContextError> {
        let roots = directories.len();
        let level = directories.into_iter().map(|path| {
            let within = self.rules.within(&path);
            Directory { path, within }
        });
        let mut level: Vec<_> = level.collect();
        let mut below = Below::default();
        // The content of each directory, and the index of the first directory in it.
        let mut listed: Vec<(Vec<Slot>, usize)> = Vec::new();
        while !level.is_empty() {
            let threads = if level.len() < WORTH_THREADS { 1 } else { parallel::threads() };
            let listings = parallel::map(&level, threads, |directory| self.list(directory));
            let next = listed.len() + level.len();
            level.clear();
            for listing in listings {
                let listing = listing?;
                listed.push((listing.slots, next + level.len()));
                below.ignored = example(below.ignored, listing.ignored);
                level.extend(listing.directories);
            }
        }
        below.entries.reserve_exact(listed.iter().map(|(slots, _)| slots.len()).sum());
        for root in 0..roots {
            put(&mut listed, root, &mut below.entries);
        }
        Ok(below)
    }

    fn list(self, directory: &Directory) -> Result<Listing<'a>, ContextError> {
        if self.cancellation.is_cancelled() {
            return Err(ContextError::Cancelled);
        }
        let full = self.root.join(&directory.path);
        let mut listing = Listing::default();
        for entry in self.files.read_dir(&full).map_err(|error| unreadable(&full, error))? {
            let entry = entry.map_err(|error| unreadable(&full, error))?;
            let name = entry.file_name();
            let path = glob::join(&directory.path, &name.to_string_lossy());
            let ignoring = self.rules.ignoring_in(&directory.within, &path);
            let enter = if let Some(rule) = ignoring {
                let enter = self.rules.may_take_back_below(&path)
                    && entry.kind().is_ok_and(|kind| kind == FileKind::Directory);
                let enter = enter.then(|| path.clone());
                let first = &mut listing.ignored;
                let is_better = |first: &Ignored<'_>| {
                    (is_configuration(&path), &path) < (is_configuration(&first.0), &first.0)
                };
                if first.as_ref().is_none_or(is_better) {
                    *first = Some((path, rule));
                }
                enter
            } else {
                if name.to_str().is_none() {
                    return Err(ContextError::NotUtf8(path.into()));
                }
                let own = entry.metadata();
                let own = own.map_err(|error| unreadable(&full.join(&name), error))?;
                let enter = (own.kind == FileKind::Directory).then(|| path.clone());
                let entry = Entry::seen(self.files, self.root, path, self.follow, &own)?;
                listing.slots.push(Slot::Entry(entry));
                enter
            };
            if let Some(path) = enter {
                let within = self.rules.enter(&directory.within, &path);
                let at = listing.directories.len();
                listing.slots.push(Slot::Below { prefix: format!("{path}/"), at });
                listing.directories.push(Directory { path, within });
            }
        }
        listing.slots.sort_unstable_by(|a, b| a.key().cmp(b.key()));
        Ok(listing)
    }
}

/// Moves the content of a directory of `listed`, recursively.
fn put(listed: &mut [(Vec<Slot>, usize)], directory: usize, into: &mut Vec<Entry>) {
    let (slots, first) = &mut listed[directory];
    let first = *first;
    for slot in std::mem::take(slots) {
        match slot {
            Slot::Entry(entry) => into.push(entry),
            Slot::Below { at, .. } => put(listed, first + at, into),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::host::System;

    #[test]
    fn entries_are_in_the_order_of_their_paths() {
        let root = tempfile::tempdir().expect("a directory");
        for directory in ["a/a/a", "a-b", "b/a"] {
            fs::create_dir_all(root.path().join(directory)).expect("made");
        }
        let files = ["a.b", "a0", "a/b", "a/a-", "a/a/a0", "a/a0", "a-b/c", "b/a.", "b/a/c", "Z"];
        for file in files {
            fs::write(root.path().join(file), file).expect("written");
        }
        let rules = IgnoreRules::default();
        let cancellation = Cancellation::default();
        let walk = Walk {
            files: &System,
            root: root.path(),
            rules: &rules,
            follow: false,
            cancellation: &cancellation,
        };
        let paths = |directories: &[&str]| {
            let directories = directories.iter().map(|it| (*it).to_owned()).collect();
            let below = walk.below(directories).expect("it is read");
            below.entries.into_iter().map(|entry| entry.path).collect::<Vec<_>>()
        };
        let all = paths(&["."]);
        assert_eq!(all.len(), files.len() + 6);
        assert!(all.is_sorted(), "{all:?}");
        assert_eq!(paths(&["b", "a/a"]), ["b/a", "b/a.", "b/a/c", "a/a/a", "a/a/a0"]);
    }
}
