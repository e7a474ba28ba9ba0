//! Which paths a copy's source names.
//!
//! A part of a pattern matches one name; `**` alone matches any number of directories, does not
//! enter links to directories, and includes the directory before it. A dot is like any character.
//! There are no braces.

use std::io;
use std::path::Path;

use regex::Regex;

use super::ContextError;
use super::entry::unreadable;
use super::ignore::IgnoreRules;
use super::pattern::{Dialect, push_class};
use crate::cancellation::Cancellation;
use crate::host::{FileKind, FileSystem};

/// One part of a pattern.
enum Part {
    /// `.`: the directory that the parts before it name.
    Here,
    /// A plain name, with its escapes taken out.
    Name(String),
    /// A name with wildcards.
    Wild(Regex),
    /// `**`.
    Any,
}

/// What a source names.
pub(super) struct Found {
    /// The paths, relative to the context, each once and sorted; the context itself is `.`.
    pub(super) paths: Vec<String>,
    /// Whether directories were passed over because everything in them is ignored.
    pub(super) pruned: bool,
}

/// A search for what a source names.
pub(super) struct Search<'a> {
    pub(super) files: &'a dyn FileSystem,
    pub(super) root: &'a Path,
    pub(super) rules: &'a IgnoreRules,
    /// Whether to pass over directories in which everything is ignored.
    pub(super) prune: bool,
    pub(super) cancellation: &'a Cancellation,
}

/// A search on its way.
struct Descent<'a> {
    search: &'a Search<'a>,
    /// Whether only directories count.
    directories_only: bool,
    found: Found,
}

impl Search<'_> {
    /// Finds the paths.
    ///
    /// Of a directory that is taken as a whole, what is in it is not listed.
    pub(super) fn run(&self, source: &str) -> Result<Found, ContextError> {
        let mut parts = Vec::new();
        for part in source.split('/').filter(|part| !part.is_empty()) {
            match parse_part(part)? {
                Part::Any if matches!(parts.last(), Some(Part::Any)) => {}
                Part::Name(name) if name == "." => parts.push(Part::Here),
                // Written with escapes it leads out of the context all the same.
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
        found.paths.sort();
        found.paths.dedup();
        Ok(found)
    }
}

/// Takes back the last name; says whether there was a directory to climb out of.
///
/// Where the `..` of a link is, the link decides, so it is none.
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

/// Joins below the context, where the context itself is `.`.
pub(super) fn join(directory: &str, name: &str) -> String {
    if matches!(directory, "" | ".") { name.to_owned() } else { format!("{directory}/{name}") }
}

impl Descent<'_> {
    /// Finds what `parts` name below `at`, which is empty where no part has named the context yet.
    fn descend(&mut self, at: &str, parts: &[Part]) -> Result<(), ContextError> {
        let Search { files, root, .. } = *self.search;
        let Some((part, rest)) = parts.split_first() else {
            if !self.directories_only || files.is_dir(&root.join(at)) {
                self.found.paths.push(at.to_owned());
            }
            return Ok(());
        };
        match part {
            Part::Here => {
                if files.is_dir(&root.join(at)) {
                    let at = if at.is_empty() { "." } else { at };
                    self.descend(at, rest)?;
                }
            }
            Part::Name(name) => {
                let path = join(at, name);
                let full = root.join(&path);
                if files.symlink_metadata(&full).is_ok() && leads_somewhere(files, &full) {
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

    /// A final `**`: the directory that is named before it, and all below.
    ///
    /// A directory that is not ignored is taken with all that is in it. In one that is ignored
    /// each path is found by itself, because ignore patterns may take one back.
    fn everything_below(&mut self, at: &str) -> Result<(), ContextError> {
        let Search { files, root, .. } = *self.search;
        if !at.is_empty() && files.is_dir(&root.join(at)) {
            self.found.paths.push(at.to_owned());
            if at == "." || (self.is_directory(at)? && self.search.rules.ignoring(at).is_none()) {
                return Ok(());
            }
        }
        for name in self.names(at)? {
            let path = join(at, &name);
            if self.is_directory(&path)? {
                self.everything_below(&path)?;
            } else if !self.directories_only || files.is_dir(&root.join(&path)) {
                self.found.paths.push(path);
            }
        }
        Ok(())
    }

    /// The names in a directory; none if it is not one, or if all that is in it is ignored.
    fn names(&mut self, at: &str) -> Result<Vec<String>, ContextError> {
        if self.search.cancellation.is_cancelled() {
            return Err(ContextError::Cancelled);
        }
        let files = self.search.files;
        let full = self.search.root.join(at);
        if !files.is_dir(&full) {
            return Ok(Vec::new());
        }
        let rules = self.search.rules;
        if self.search.prune
            && !matches!(at, "" | ".")
            && rules.ignoring(at).is_some()
            && !rules.may_take_back_below(at)
        {
            self.found.pruned = true;
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in files.read_dir(&full).map_err(|error| unreadable(&full, error))? {
            let name = entry.map_err(|error| unreadable(&full, error))?.file_name();
            // A name that is no text matters only if it is taken, and is found to be none then.
            let name = name.to_string_lossy().into_owned();
            if leads_somewhere(files, &full.join(&name)) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Whether a path is a directory itself, and no link to one.
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

/// Whether patterns see a path: a link that leads to nothing is seen, one that cannot be followed,
/// because it leads in a circle or through a file, is not.
fn leads_somewhere(files: &dyn FileSystem, full: &Path) -> bool {
    files.metadata(full).err().is_none_or(|error| error.kind() == io::ErrorKind::NotFound)
}
