//! Verifies the archive of a `COPY` step and its hash.
//!
//! An archive is read as a stream, several times if necessary, and never unpacked: it cannot touch
//! the disk, and its use of memory is bounded.

mod entry;
mod hash;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::fs::File;

pub(super) use entry::glob_base;
use entry::{Entry, Kind};
use reader::Reader;

/// An archive and the expectations of its step.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArchiveCheck<'a> {
    /// The first argument of the step, unchanged.
    pub(super) source: &'a str,
    /// The second argument of the step.
    pub(super) target: &'a str,
    /// The hash under which the archive is stored.
    pub(super) files_hash: &'a str,
    pub(super) scheme: HashScheme,
    /// The largest accepted size of the unpacked archive, in bytes.
    pub(super) most_bytes: u64,
}

/// What a client's hash depends on beyond the content of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HashScheme {
    /// Nothing else.
    Exact,
    /// Possibly the sizes of directories, which depend on its file system.
    DirectorySizes,
    /// Those sizes, and the order in which it listed the files.
    AnyOrder,
}

/// The content of a valid archive.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ArchiveSummary {
    pub(super) files: usize,
    pub(super) directories: usize,
    pub(super) links: usize,
    pub(super) bytes: u64,
    pub(super) hash_match: HashMatch,
}

/// Whether a valid archive matches its hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum HashMatch {
    /// The computed hash is the same.
    #[default]
    Verified,
    /// The computed hash differs, which may be due to the client's scheme.
    Unknown,
}

/// Why a COPY step cannot use its archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be unpacked.
    Invalid(String),
    /// It does not contain the source of the step.
    NoSource(String),
    /// Its content does not match the hash.
    HashMismatch,
    /// The build was cancelled meanwhile.
    Stopped,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(why) => write!(f, "failed to extract files: {why}"),
            Self::NoSource(path) => {
                write!(f, "failed to move files in sandbox: source path does not exist: {path}")
            }
            Self::HashMismatch => f.write_str(
                "the archive does not agree with its filesHash: the files were changed between \
                 hashing and packing, or something else was stored under this hash before",
            ),
            Self::Stopped => f.write_str("build was cancelled"),
        }
    }
}

/// Reads and verifies an archive. `stopped` is polled to cancel it.
pub(super) fn examine(
    file: &File,
    check: ArchiveCheck<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<ArchiveSummary, Fault> {
    let reader = Reader::new(file, check.most_bytes, stopped);
    // Most clients pack in the order of the hash, so that a single pass suffices.
    let mut running = hash::Running::new(check);
    let entries = entry::list(&reader, |entry, content| running.take(entry, content))?;
    check_links(&entries)?;
    check_source(&entries, check.source)?;

    let mut summary = ArchiveSummary::default();
    for entry in &entries {
        match &entry.kind {
            Kind::Directory => summary.directories += 1,
            Kind::Symlink(_) => summary.links += 1,
            Kind::File(size) => {
                summary.files += 1;
                summary.bytes += size;
            }
            Kind::Hardlink(_) => summary.files += 1,
        }
    }
    let digest = match running.finish() {
        Some(digest) => Some(digest),
        None => hash::digest(&reader, &entries, check)?,
    };
    if digest.as_deref() != Some(check.files_hash) {
        let conclusive = match check.scheme {
            HashScheme::Exact => true,
            HashScheme::DirectorySizes => digest.is_some() && summary.directories == 0,
            HashScheme::AnyOrder => entries.len() == 1 && summary.directories == 0,
        };
        if conclusive {
            return Err(Fault::HashMismatch);
        }
        summary.hash_match = HashMatch::Unknown;
    }
    Ok(summary)
}

/// Rejects entries that would be unpacked through a link out of the archive.
fn check_links(entries: &[Entry]) -> Result<(), Fault> {
    let leaving = entries.iter().filter_map(|entry| match &entry.kind {
        Kind::Symlink(target) if entry::leaves(&entry.path, target) => Some(&entry.path[..]),
        _ => None,
    });
    let leaving: HashSet<&[u8]> = leaving.collect();
    for entry in entries {
        if let Some(link) = ancestors(&entry.path).find(|path| leaving.contains(path)) {
            return Err(Fault::Invalid(format!(
                "`{}` lies behind the link `{}`, which leads out of the archive",
                String::from_utf8_lossy(&entry.path),
                String::from_utf8_lossy(link)
            )));
        }
    }
    Ok(())
}

/// Rejects an archive without the path that the builder copies: the source up to its last directory
/// before a glob character.
fn check_source(entries: &[Entry], source: &str) -> Result<(), Fault> {
    let base = entry::glob_base(source);
    let missing = || Fault::NoSource(base.clone());
    let path = entry::normalized(base.as_bytes()).ok_or_else(missing)?;
    if path == b"." {
        return Ok(());
    }
    let there = |entry: &Entry| {
        // A directory exists if anything in it does, and a link has the content of its target.
        let behind = matches!(entry.kind, Kind::Symlink(_))
            && ancestors(&path).any(|ancestor| ancestor == entry.path);
        entry.path == path || behind || ancestors(&entry.path).any(|ancestor| ancestor == path)
    };
    if entries.iter().any(there) { Ok(()) } else { Err(missing()) }
}

/// The directories above a path, nearest first.
fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/');
    ends.map(|(end, _)| &path[..end])
}
