//! From a copy's source to the entries it takes.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use super::ContextError;
use super::entry::{Entry, EntryKind, unreadable};
use super::glob;
use super::ignore::{IgnoreRule, IgnoreRules};
use crate::diagnostic::suggest;
use crate::template::Copy;

/// What was seen while entries were collected.
struct Selection<'a> {
    root: &'a Path,
    rules: &'a IgnoreRules,
    follow: bool,
    /// Sorted by path, which is the order of the hash.
    entries: BTreeMap<String, Entry>,
    /// The first path that was passed over, and the rule that said so.
    ignored: Option<(String, &'a IgnoreRule)>,
}

/// The entries that a copy takes, sorted by their paths' bytes.
pub(super) fn select(
    root: &Path,
    rules: &IgnoreRules,
    copy: &Copy,
) -> Result<Vec<Entry>, ContextError> {
    let mut found = glob::matches(root, &copy.source)?;
    if found.is_empty() {
        return Err(ContextError::NotFound { near: near(root, &copy.source) });
    }
    let mut selection = Selection {
        root,
        rules,
        follow: copy.follow_symlinks,
        entries: BTreeMap::new(),
        ignored: None,
    };
    // Parents come first: what is below a directory that is taken was seen with it.
    found.sort_by_key(|path| if path == "." { 0 } else { path.matches('/').count() + 1 });
    let mut taken: HashSet<String> = HashSet::new();
    for path in found {
        let below = taken.contains(".")
            || path.match_indices('/').any(|(at, _)| taken.contains(&path[..at]));
        if below {
            continue;
        }
        if path == "." {
            let entry = Entry::read(root, path.clone(), false)?;
            // The context's own path is the beginning of every other one.
            selection.entries.insert(String::new(), entry);
            selection.walk(".")?;
            taken.insert(path);
        } else if !selection.is_ignored(&path) && selection.add(&path)? {
            taken.insert(path);
        }
    }
    let only_directories =
        selection.entries.values().all(|entry| entry.kind == EntryKind::Directory);
    match selection.ignored {
        Some((path, rule)) if only_directories => {
            Err(ContextError::Ignored { path, pattern: rule.written.clone(), written: rule.span })
        }
        _ => Ok(selection.entries.into_values().collect()),
    }
}

impl Selection<'_> {
    fn is_ignored(&mut self, path: &str) -> bool {
        let Some(rule) = self.rules.ignoring(path) else {
            return false;
        };
        self.ignored.get_or_insert_with(|| (path.to_owned(), rule));
        true
    }

    /// Takes a path; says whether it is a directory, which is taken with all below it.
    fn add(&mut self, path: &str) -> Result<bool, ContextError> {
        let entry = Entry::read(self.root, path.to_owned(), self.follow)?;
        let is_directory = entry.kind == EntryKind::Directory;
        self.entries.insert(path.to_owned(), entry);
        if is_directory {
            self.walk(path)?;
        }
        Ok(is_directory)
    }

    fn walk(&mut self, directory: &str) -> Result<(), ContextError> {
        let full = self.root.join(directory);
        for entry in fs::read_dir(&full).map_err(|error| unreadable(&full, error))? {
            let entry = entry.map_err(|error| unreadable(&full, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = glob::join(directory, &name);
            if !self.is_ignored(&path) {
                self.add(&path)?;
            } else if self.rules.may_take_back_below(&path)
                && entry.file_type().is_ok_and(|kind| kind.is_dir())
            {
                self.walk(&path)?;
            }
        }
        Ok(())
    }
}

/// A name beside the one that is missing that may be meant.
fn near(root: &Path, source: &str) -> Option<String> {
    let source = source.trim_start_matches("./").trim_end_matches('/');
    let (directory, name) = source.rsplit_once('/').unwrap_or((".", source));
    let names: Vec<String> = fs::read_dir(root.join(directory))
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let near = suggest::nearest(name, names.iter().map(String::as_str))?;
    Some(glob::join(directory, near))
}
