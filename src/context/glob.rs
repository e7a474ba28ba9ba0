//! Which paths a copy's source names.
//!
//! A part of a pattern matches one name; `**` alone matches any number of directories, does not
//! enter links to directories, and includes the directory before it. A dot is like any character.
//! There are no braces.

use std::fs;
use std::path::Path;

use regex::Regex;

use super::ContextError;
use super::entry::unreadable;
use super::pattern::push_class;

/// One part of a pattern.
enum Part {
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
    for part in source.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                // Only a name can be climbed out of: `check` refuses what leaves the context.
                if !matches!(parts.pop(), Some(Part::Name(_))) {
                    return Err(ContextError::Pattern("`..` follows a wildcard".to_owned()));
                }
            }
            "**" => {
                if !matches!(parts.last(), Some(Part::Any)) {
                    parts.push(Part::Any);
                }
            }
            part => parts.push(parse_part(part)?),
        }
    }
    let mut found = Vec::new();
    descend(root, ".", &parts, source.ends_with('/'), &mut found)?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn parse_part(part: &str) -> Result<Part, ContextError> {
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
                push_class(&mut regex, &mut chars, &['!', '^'])
                    .map_err(|reason| ContextError::Pattern(reason.to_owned()))?;
            }
            c => {
                let c = if c == '\\' { chars.next().unwrap_or(c) } else { c };
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
    if directory == "." { name.to_owned() } else { format!("{directory}/{name}") }
}

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
        Part::Name(name) => {
            let path = join(at, name);
            if fs::symlink_metadata(root.join(&path)).is_ok() {
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
                let full = root.join(&path);
                if fs::symlink_metadata(&full).is_ok_and(|metadata| metadata.is_dir()) {
                    descend(root, &path, parts, directories_only, found)?;
                }
            }
        }
    }
    Ok(())
}

/// A final `**`: the directory before it, unless that is the context, and all below.
fn everything_below(
    root: &Path,
    at: &str,
    directories_only: bool,
    found: &mut Vec<String>,
) -> Result<(), ContextError> {
    if at != "." {
        if root.join(at).is_dir() {
            // A directory is taken with all that is in it.
            found.push(at.to_owned());
        }
        return Ok(());
    }
    for name in names(root, at)? {
        if !directories_only || root.join(&name).is_dir() {
            found.push(name);
        }
    }
    Ok(())
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
        match name.into_string() {
            Ok(name) => names.push(name),
            Err(name) => return Err(ContextError::NotUtf8(full.join(name))),
        }
    }
    names.sort();
    Ok(names)
}
