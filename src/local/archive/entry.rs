//! The entries of an archive, and their paths.

use std::io;

use super::Fault;
use super::reader::{Content, Flow, Reader};

/// The largest number of entries.
const MOST_ENTRIES: usize = 1_000_000;

/// The longest path in bytes, as on Linux.
const LONGEST_PATH: usize = 4096;

/// One entry of an archive.
#[derive(Debug)]
pub(super) struct Entry {
    /// A relative path without `.` and `..`, except that the context itself is `.`.
    pub(super) path: Vec<u8>,
    pub(super) kind: Kind,
    /// The permission bits.
    pub(super) mode: u32,
}

/// The kind of an entry.
#[derive(Debug)]
pub(super) enum Kind {
    /// A regular file of this size.
    File(u64),
    Directory,
    /// A symbolic link with its target, unchanged.
    Symlink(Vec<u8>),
    /// A hard link, with the index of the entry whose content it shares.
    Hardlink(usize),
}

/// Lists the entries of a valid archive, and passes each with its content to a visitor.
pub(super) fn list<'a>(
    reader: &Reader<'a>,
    mut visit: impl FnMut(&Entry, &mut Content<'_, 'a>) -> io::Result<()>,
) -> Result<Vec<Entry>, Fault> {
    let mut entries: Vec<Entry> = Vec::new();
    reader.walk(|_, content| {
        if entries.len() == MOST_ENTRIES {
            return Err(Fault::Invalid(format!("it has more than {MOST_ENTRIES} entries")));
        }
        let entry = read(content, &entries, reader)?;
        visit(&entry, content).map_err(|error| reader.fault(&error))?;
        entries.push(entry);
        Ok(Flow::Continue)
    })?;
    Ok(entries)
}

fn read(content: &Content<'_, '_>, known: &[Entry], reader: &Reader<'_>) -> Result<Entry, Fault> {
    let written = content.path_bytes();
    let shown = String::from_utf8_lossy(&written[..written.len().min(LONGEST_PATH)]);
    let invalid = |why: &str| Fault::Invalid(format!("`{shown}` {why}"));
    if written.len() > LONGEST_PATH {
        return Err(invalid("has too long a path"));
    }
    let path = normalized(&written)
        .ok_or_else(|| invalid("is not a relative path that stays in the archive"))?;
    let header = content.header();
    let mode = header.mode().map_err(|error| reader.fault(&error))? & 0o7777;
    let target = || {
        let target = content.link_name_bytes().filter(|target| !target.is_empty());
        let target = target.ok_or_else(|| invalid("is a link to nothing"))?;
        if target.len() > LONGEST_PATH {
            return Err(invalid("is a link with too long a target"));
        }
        Ok(target.into_owned())
    };
    let kind = header.entry_type();
    let kind = if kind.is_file() || kind.is_contiguous() {
        Kind::File(content.size())
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_symlink() {
        Kind::Symlink(target()?)
    } else if kind.is_hard_link() {
        let target = normalized(&target()?);
        let earlier = known.iter().rposition(|entry| Some(&entry.path) == target.as_ref());
        Kind::Hardlink(earlier.ok_or_else(|| invalid("is a hard link to nothing before it"))?)
    } else {
        return Err(invalid("is neither a file nor a directory nor a link"));
    };
    Ok(Entry { path, kind, mode })
}

/// A relative path without `.` and empty components; `.` if nothing is left. `None` if it is
/// absolute or contains `..`.
pub(super) fn normalized(path: &[u8]) -> Option<Vec<u8>> {
    if path.is_empty() || path.starts_with(b"/") || path.contains(&0) {
        return None;
    }
    let parts = path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let parts: Vec<&[u8]> = parts.collect();
    if parts.contains(&&b".."[..]) {
        return None;
    }
    Some(if parts.is_empty() { b".".to_vec() } else { parts.join(&b'/') })
}

/// Whether a link at `path` leads out of the archive.
pub(super) fn leaves(path: &[u8], target: &[u8]) -> bool {
    if target.starts_with(b"/") {
        return true;
    }
    let mut depth = path.split(|byte| *byte == b'/').skip(1).count();
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// A source up to its last `/` before a glob character; a source without one as a whole.
pub(in crate::local) fn glob_base(source: &str) -> String {
    // The builder uses Go's `doublestar.SplitPattern` of the source with a trailing slash.
    let source = if source.ends_with('/') { source.to_owned() } else { format!("{source}/") };
    let special = source.find(['*', '?', '[', '{', '\\']).unwrap_or(source.len());
    match source[..special].rfind('/') {
        None => ".".to_owned(),
        Some(0) => "/".to_owned(),
        Some(end) => source[..end].to_owned(),
    }
}
