//! Selects the entries of a copy's source.

use std::collections::HashSet;

use super::ContextError;
use super::entry::{Entry, EntryKind};
use super::glob::{self, Found, Search};
use super::walk::{Ignored, Walk, example, is_configuration};
use crate::diagnostic::suggest;

/// The state of a selection.
struct Selection<'a> {
    walk: Walk<'a>,
    entries: Vec<Entry>,
    /// An example of an ignored path.
    ignored: Option<Ignored<'a>>,
}

/// The entries of a copy, sorted by the bytes of their paths, which is the order of the hash.
pub(super) fn select(walk: Walk<'_>, source: &str) -> Result<Vec<Entry>, ContextError> {
    let (selection, pruned) = collect(walk, source, true)?;
    if !selection.only_directories() {
        return Ok(selection.entries);
    }
    // The cause may be in a directory that was skipped as ignored.
    let selection = if pruned { collect(walk, source, false)?.0 } else { selection };
    match selection.ignored {
        Some((path, rule)) => {
            let (pattern, rule) = (rule.written.clone(), walk.rules.place(rule));
            let alone = is_configuration(&path);
            Err(ContextError::Ignored { path, alone, pattern, rule })
        }
        None if selection.entries.is_empty() => {
            Err(ContextError::NotFound { near: near(walk, source) })
        }
        None => Ok(selection.entries),
    }
}

/// Collects the entries, and returns whether ignored directories were skipped.
fn collect<'a>(
    walk: Walk<'a>,
    source: &str,
    prune: bool,
) -> Result<(Selection<'a>, bool), ContextError> {
    let Walk { files, root, rules, cancellation, .. } = walk;
    let search = Search { files, root, rules, prune, cancellation };
    let Found { mut paths, pruned } = search.run(source)?;
    let mut selection = Selection { walk, entries: Vec::new(), ignored: None };
    let mut directories = Vec::new();
    // Parents come first: selecting a directory includes its content.
    paths.sort_by_key(|path| if path == "." { 0 } else { path.matches('/').count() + 1 });
    let mut taken: HashSet<String> = HashSet::new();
    for path in paths {
        let below = taken.contains(".")
            || path.match_indices('/').any(|(at, _)| taken.contains(&path[..at]));
        if !below && selection.add(&path)? {
            directories.push(path.clone());
            taken.insert(path);
        }
    }
    let below = walk.below(directories)?;
    selection.entries.extend(below.entries);
    selection.ignored = example(selection.ignored, below.ignored);
    // The content of each directory is already sorted, which makes this sort fast.
    selection.entries.sort_by(|a, b| order(a).cmp(order(b)));
    Ok((selection, pruned))
}

/// The sort key of an entry.
fn order(entry: &Entry) -> &str {
    // The context itself comes first.
    if entry.path == "." { "" } else { &entry.path }
}

impl Selection<'_> {
    fn only_directories(&self) -> bool {
        self.entries.iter().all(|entry| entry.kind == EntryKind::Directory)
    }

    /// Selects a path unless it is ignored; returns whether it is a directory, whose content must be
    /// selected, too.
    fn add(&mut self, path: &str) -> Result<bool, ContextError> {
        let Walk { files, root, rules, follow, .. } = self.walk;
        let itself = path == ".";
        if !itself && let Some(rule) = rules.ignoring(path) {
            self.ignored = example(self.ignored.take(), Some((path.to_owned(), rule)));
            return Ok(false);
        }
        let entry = Entry::read(files, root, path.to_owned(), follow && !itself)?;
        let is_directory = itself || entry.kind == EntryKind::Directory;
        self.entries.push(entry);
        Ok(is_directory)
    }
}

/// An existing name that is similar to the missing one.
fn near(walk: Walk<'_>, source: &str) -> Option<String> {
    let source = source.trim_start_matches("./").trim_end_matches('/');
    let (directory, name) = source.rsplit_once('/').unwrap_or((".", source));
    let names: Vec<String> = walk
        .files
        .read_dir(&walk.root.join(directory))
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let near = suggest::nearest(name, names.iter().map(String::as_str))?;
    if near == name {
        // The name has characters that a pattern reads otherwise.
        return Some(glob::join(directory, &glob::escape(near)));
    }
    Some(glob::join(directory, near))
}
