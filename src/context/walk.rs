//! Everything below a directory, read on several threads.
//!
//! The tree is read level by level: the directories of one level are shared out among the
//! threads, and what was found comes back in the directories' order, so that the same tree gives
//! the same result, its faults included.

use std::fs;
use std::path::Path;

use super::ContextError;
use super::entry::{Entry, unreadable};
use super::glob;
use super::ignore::{IgnoreRule, IgnoreRules, Within};
use crate::parallel;

/// The fewest directories of a level that are worth a second thread.
const WORTH_THREADS: usize = 16;

/// How a tree is read.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) root: &'a Path,
    pub(super) rules: &'a IgnoreRules,
    pub(super) follow: bool,
}

/// What is below a directory, in no order.
#[derive(Default)]
pub(super) struct Below<'a> {
    pub(super) entries: Vec<Entry>,
    /// The first path that was passed over, and the rule that said so.
    pub(super) ignored: Option<(String, &'a IgnoreRule)>,
}

/// A directory to be read.
struct Directory {
    path: String,
    within: Within,
}

/// What is in one directory.
#[derive(Default)]
struct Listing<'a> {
    below: Below<'a>,
    directories: Vec<Directory>,
}

impl<'a> Walk<'a> {
    /// Everything below `directory` that is not ignored.
    pub(super) fn below(self, directory: &str) -> Result<Below<'a>, ContextError> {
        let first = Directory { path: directory.to_owned(), within: self.rules.within(directory) };
        let mut all = Below::default();
        let mut level = vec![first];
        while !level.is_empty() {
            let threads = if level.len() < WORTH_THREADS { 1 } else { parallel::threads() };
            let listings = parallel::map(&level, threads, |directory| self.list(directory));
            level.clear();
            for listing in listings {
                let listing = listing?;
                all.entries.extend(listing.below.entries);
                all.ignored = all.ignored.or(listing.below.ignored);
                level.extend(listing.directories);
            }
        }
        Ok(all)
    }

    fn list(self, directory: &Directory) -> Result<Listing<'a>, ContextError> {
        let full = self.root.join(&directory.path);
        let mut listing = Listing::default();
        for entry in fs::read_dir(&full).map_err(|error| unreadable(&full, error))? {
            let entry = entry.map_err(|error| unreadable(&full, error))?;
            let name = entry.file_name();
            let path = glob::join(&directory.path, &name.to_string_lossy());
            let ignoring = self.rules.ignoring_in(&directory.within, &path);
            let enter = if let Some(rule) = ignoring {
                let enter = self.rules.may_take_back_below(&path)
                    && entry.file_type().is_ok_and(|kind| kind.is_dir());
                let first = &mut listing.below.ignored;
                if first.as_ref().is_none_or(|(first, _)| path < *first) {
                    *first = Some((path.clone(), rule));
                }
                enter
            } else {
                if name.to_str().is_none() {
                    return Err(ContextError::NotUtf8(path.into()));
                }
                let own = entry.metadata();
                let own = own.map_err(|error| unreadable(&full.join(&name), error))?;
                listing.below.entries.push(Entry::seen(
                    self.root,
                    path.clone(),
                    self.follow,
                    &own,
                )?);
                own.is_dir()
            };
            if enter {
                let within = self.rules.enter(&directory.within, &path);
                listing.directories.push(Directory { path, within });
            }
        }
        Ok(listing)
    }
}
