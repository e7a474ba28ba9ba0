//! Which paths a copy's source names.
//!
//! A part of a pattern matches one name; `**` alone matches any number of directories, does not
//! enter links to directories, and includes the directory before it. A dot is like any character.
//! There are no braces.

use std::fs;
use std::io;
use std::path::Path;

use regex::Regex;

use super::ContextError;
use super::entry::unreadable;
use super::pattern::{Dialect, push_class};

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

/// The paths that `source` names, relative to `root`, each once; the root itself is `.`.
pub(super) fn matches(root: &Path, source: &str) -> Result<Vec<String>, ContextError> {
    let mut parts = Vec::new();
    for part in source.split('/').filter(|part| !part.is_empty()) {
        match parse_part(part)? {
            Part::Any if matches!(parts.last(), Some(Part::Any)) => {}
            Part::Name(name) if name == "." => parts.push(Part::Here),
            // Written with escapes it leads out of the context all the same.
            Part::Name(name) if name == ".." => {
                if !climb(root, &mut parts)? {
                    return Ok(Vec::new());
                }
            }
            part => parts.push(part),
        }
    }
    let mut found = Vec::new();
    descend(root, "", &parts, source.ends_with('/'), &mut found)?;
    found.sort();
    found.dedup();
    Ok(found)
}

/// Takes back the last name; says whether there was a directory to climb out of.
///
/// Where the `..` of a link is, the link decides, so it is none.
fn climb(root: &Path, parts: &mut Vec<Part>) -> Result<bool, ContextError> {
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
    let found = fs::symlink_metadata(root.join(names.join("/")));
    parts.pop();
    parts.push(Part::Here);
    Ok(found.is_ok_and(|metadata| metadata.is_dir()))
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

/// Finds what `parts` name below `at`, which is empty where no part has named the context yet.
fn descend(
    root: &Path,
    at: &str,
    parts: &[Part],
    directories_only: bool,
    found: &mut Vec<String>,
) -> Result<(), ContextError> {
    let Some((part, rest)) = parts.split_first() else {
        if !directories_only || root.join(at).is_dir() {
            found.push(at.to_owned());
        }
        return Ok(());
    };
    match part {
        Part::Here => {
            if root.join(at).is_dir() {
                let at = if at.is_empty() { "." } else { at };
                descend(root, at, rest, directories_only, found)?;
            }
        }
        Part::Name(name) => {
            let path = join(at, name);
            let full = root.join(&path);
            if fs::symlink_metadata(&full).is_ok() && leads_somewhere(&full) {
                descend(root, &path, rest, directories_only, found)?;
            }
        }
        Part::Wild(regex) => {
            for name in names(root, at)? {
                if regex.is_match(&name) {
                    descend(root, &join(at, &name), rest, directories_only, found)?;
                }
            }
        }
        Part::Any if rest.is_empty() => everything_below(root, at, directories_only, found)?,
        Part::Any => {
            descend(root, at, rest, directories_only, found)?;
            for name in names(root, at)? {
                let path = join(at, &name);
                if is_directory(root, &path)? {
                    descend(root, &path, parts, directories_only, found)?;
                }
            }
        }
    }
    Ok(())
}

/// A final `**`: the directory that is named before it, and all below.
///
/// Each path is found by itself, because ignore patterns may take one back whose directory is
/// ignored.
fn everything_below(
    root: &Path,
    at: &str,
    directories_only: bool,
    found: &mut Vec<String>,
) -> Result<(), ContextError> {
    if !at.is_empty() && root.join(at).is_dir() {
        found.push(at.to_owned());
    }
    for name in names(root, at)? {
        let path = join(at, &name);
        if is_directory(root, &path)? {
            everything_below(root, &path, directories_only, found)?;
        } else if !directories_only || root.join(&path).is_dir() {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a path is a directory itself, and no link to one.
fn is_directory(root: &Path, path: &str) -> Result<bool, ContextError> {
    match fs::symlink_metadata(root.join(path)) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(_) if path.contains(char::REPLACEMENT_CHARACTER) => {
            Err(ContextError::NotUtf8(path.into()))
        }
        Err(_) => Ok(false),
    }
}

/// The names in a directory; none if it is not one.
fn names(root: &Path, at: &str) -> Result<Vec<String>, ContextError> {
    let full = root.join(at);
    if !full.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(&full).map_err(|error| unreadable(&full, error))? {
        let name = entry.map_err(|error| unreadable(&full, error))?.file_name();
        // A name that is no text matters only if it is taken, and is found to be none then.
        let name = name.to_string_lossy().into_owned();
        if leads_somewhere(&full.join(&name)) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Whether patterns see a path: a link that leads to nothing is seen, one that cannot be followed,
/// because it leads in a circle or through a file, is not.
fn leads_somewhere(full: &Path) -> bool {
    fs::metadata(full).err().is_none_or(|error| error.kind() == io::ErrorKind::NotFound)
}
