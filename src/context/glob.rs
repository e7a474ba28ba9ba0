//! Finds the paths that match the source of a copy.
//!
//! Each component of a pattern matches one name; `**` matches any number of directories, does not
//! follow links to directories, and includes the directory before it. Wildcards match dots. Braces
//! are not supported.

use std::io;
use std::path::Path;

use regex::Regex;

use super::ContextError;
use super::entry::unreadable;
use super::ignore::IgnoreRules;
use super::pattern::{Dialect, push_class};
use crate::cancellation::Cancellation;
use crate::host::{FileKind, FileSystem};
use crate::trust::outside;

/// One component of a pattern.
enum Part {
    /// `.`: the directory of the components before it.
    Here,
    /// A literal name with its escapes resolved.
    Name(String),
    /// A name with wildcards.
    Wild(Regex),
    /// `**`.
    Any,
}

/// The result of a search.
pub(super) struct Found {
    /// The paths relative to the context, unique and sorted; the context itself is `.`.
    pub(super) paths: Vec<String>,
    /// Whether directories were skipped because everything in them is ignored.
    pub(super) pruned: bool,
}

/// A search for the paths of a source.
pub(super) struct Search<'a> {
    pub(super) files: &'a dyn FileSystem,
    pub(super) root: &'a Path,
    pub(super) rules: &'a IgnoreRules,
    /// Whether to skip directories in which everything is ignored.
    pub(super) prune: bool,
    pub(super) cancellation: &'a Cancellation,
}

/// The state of a search.
struct Descent<'a> {
    search: &'a Search<'a>,
    /// Whether only directories match.
    directories_only: bool,
    found: Found,
}

impl Search<'_> {
    /// Finds the paths.
    ///
    /// The content of a directory that matches completely is not listed.
    pub(super) fn run(&self, source: &str) -> Result<Found, ContextError> {
        let mut parts = Vec::new();
        for part in source.split('/').filter(|part| !part.is_empty()) {
            match parse_part(part)? {
                Part::Any if matches!(parts.last(), Some(Part::Any)) => {}
                Part::Name(name) if name == "." => parts.push(Part::Here),
                // An escaped `..` leaves the context as well.
                Part::Name(name) if name == ".." => {
                    if !climb(self.files, self.root, &mut parts)? {
                        return Ok(Found { paths: Vec::new(), pruned: false });
                    }
                }
                part => parts.push(part),
            }
        }
        let found = Found { paths: Vec::new(), pruned: false };
        let directories_only = source.ends_with('/');
        let mut descent = Descent { search: self, directories_only, found };
        descent.descend("", &parts)?;
        let mut found = descent.found;
        found.paths.sort_unstable();
        found.paths.dedup();
        Ok(found)
    }
}

/// Removes the last name for `..`; returns whether it was a directory.
///
/// The `..` of a link depends on its target, so it is not resolved.
fn climb(files: &dyn FileSystem, root: &Path, parts: &mut Vec<Part>) -> Result<bool, ContextError> {
    parts.retain(|part| !matches!(part, Part::Here));
    let names = parts.iter().map(|part| match part {
        Part::Name(name) => Some(name.as_str()),
        _ => None,
    });
    let Some(names) = names.collect::<Option<Vec<_>>>() else {
        return Err(ContextError::Pattern("`..` follows a wildcard".to_owned()));
    };
    if names.is_empty() {
        return Err(ContextError::Pattern("`..` leaves the build context".to_owned()));
    }
    let found = files.symlink_metadata(&root.join(names.join("/")));
    parts.pop();
    parts.push(Part::Here);
    Ok(found.is_ok_and(|metadata| metadata.kind == FileKind::Directory))
}

fn parse_part(part: &str) -> Result<Part, ContextError> {
    if part == "**" {
        return Ok(Part::Any);
    }
    let mut regex = String::from("(?s)^");
    let mut name = String::new();
    let mut wild = false;
    let mut chars = part.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                wild = true;
                regex.push_str(".*");
            }
            '?' => {
                wild = true;
                regex.push('.');
            }
            '[' => {
                wild = true;
                push_class(&mut regex, &mut chars, Dialect::Glob)
                    .map_err(|reason| ContextError::Pattern(reason.to_owned()))?;
            }
            c => {
                let c = match c {
                    '\\' => chars.next().ok_or_else(|| {
                        ContextError::Pattern("a `\\` has nothing to escape".to_owned())
                    })?,
                    c => c,
                };
                name.push(c);
                regex.push_str(&regex::escape(&c.to_string()));
            }
        }
    }
    if !wild {
        return Ok(Part::Name(name));
    }
    regex.push('$');
    Regex::new(&regex).map(Part::Wild).map_err(|error| ContextError::Pattern(error.to_string()))
}

/// The pattern that matches only the name.
pub(super) fn escape(name: &str) -> String {
    let special = |c| matches!(c, '*' | '?' | '[' | '\\');
    name.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Joins paths relative to the context, where the context itself is `.`.
pub(super) fn join(directory: &str, name: &str) -> String {
    if matches!(directory, "" | ".") { name.to_owned() } else { format!("{directory}/{name}") }
}

impl Descent<'_> {
    /// Finds the matches of `parts` in `at`, which is initially empty.
    fn descend(&mut self, at: &str, parts: &[Part]) -> Result<(), ContextError> {
        let Search { files, root, .. } = *self.search;
        let Some((part, rest)) = parts.split_first() else {
            if !self.directories_only || is_dir(files, &root.join(at))? {
                self.found.paths.push(at.to_owned());
            }
            return Ok(());
        };
        match part {
            Part::Here => {
                if is_dir(files, &root.join(at))? {
                    let at = if at.is_empty() { "." } else { at };
                    self.descend(at, rest)?;
                }
            }
            Part::Name(name) => {
                let path = join(at, name);
                let full = root.join(&path);
                let is_there = match files.symlink_metadata(&full) {
                    Err(error) if outside(&error).is_some() => {
                        return Err(unreadable(&full, error));
                    }
                    found => found.is_ok(),
                };
                if is_there && leads_somewhere(files, &full) {
                    self.descend(&path, rest)?;
                }
            }
            Part::Wild(regex) => {
                for name in self.names(at)? {
                    if regex.is_match(&name) {
                        self.descend(&join(at, &name), rest)?;
                    }
                }
            }
            Part::Any if rest.is_empty() => self.everything_below(at)?,
            Part::Any => {
                self.descend(at, rest)?;
                for name in self.names(at)? {
                    let path = join(at, &name);
                    if self.is_directory(&path)? {
                        self.descend(&path, parts)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A final `**`: the directory before it and everything in it.
    ///
    /// A directory that is not ignored matches completely. In an ignored one, each path is matched
    /// separately, because later patterns with `!` may include some.
    fn everything_below(&mut self, at: &str) -> Result<(), ContextError> {
        let Search { files, root, .. } = *self.search;
        if !at.is_empty() && is_dir(files, &root.join(at))? {
            self.found.paths.push(at.to_owned());
            if at == "." || (self.is_directory(at)? && self.search.rules.ignoring(at).is_none()) {
                return Ok(());
            }
        }
        for name in self.names(at)? {
            let path = join(at, &name);
            if self.is_directory(&path)? {
                self.everything_below(&path)?;
            } else if !self.directories_only || is_dir(files, &root.join(&path))? {
                self.found.paths.push(path);
            }
        }
        Ok(())
    }

    /// The names in a directory; none if it is not a directory, or if everything in it is ignored.
    fn names(&mut self, at: &str) -> Result<Vec<String>, ContextError> {
        if self.search.cancellation.is_cancelled() {
            return Err(ContextError::Cancelled);
        }
        let files = self.search.files;
        let full = self.search.root.join(at);
        let rules = self.search.rules;
        let is_skipped = !matches!(at, "" | ".")
            && rules.ignoring(at).is_some()
            && !rules.may_take_back_below(at);
        match is_dir(files, &full) {
            Ok(true) if is_skipped && self.search.prune => {
                self.found.pruned = true;
                return Ok(Vec::new());
            }
            Ok(true) => {}
            Ok(false) => return Ok(Vec::new()),
            // Nothing in it can be selected.
            Err(_) if is_skipped => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        let mut names = Vec::new();
        for entry in files.read_dir(&full).map_err(|error| unreadable(&full, error))? {
            let name = entry.map_err(|error| unreadable(&full, error))?.file_name();
            // A name that is not UTF-8 is an error only if it is selected, and is reported then.
            let name = name.to_string_lossy().into_owned();
            if leads_somewhere(files, &full.join(&name)) {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Whether a path is a directory, not a link to one.
    fn is_directory(&self, path: &str) -> Result<bool, ContextError> {
        match self.search.files.symlink_metadata(&self.search.root.join(path)) {
            Ok(metadata) => Ok(metadata.kind == FileKind::Directory),
            Err(_) if path.contains(char::REPLACEMENT_CHARACTER) => {
                Err(ContextError::NotUtf8(path.into()))
            }
            Err(_) => Ok(false),
        }
    }
}

/// Whether patterns match a path: they match dangling links, but not links that cannot be resolved
/// because of a loop or a file within the path.
fn leads_somewhere(files: &dyn FileSystem, full: &Path) -> bool {
    let error = files.metadata(full).err();
    error.is_none_or(|error| error.kind() == io::ErrorKind::NotFound || outside(&error).is_some())
}

/// Whether a directory is at a path or behind a link there, which must not leave the project.
fn is_dir(files: &dyn FileSystem, full: &Path) -> Result<bool, ContextError> {
    match files.metadata(full) {
        Ok(metadata) => Ok(metadata.kind == FileKind::Directory),
        Err(error) if outside(&error).is_some() => Err(unreadable(full, error)),
        Err(_) => Ok(false),
    }
}
