//! What a COPY step's archive holds, and whether that agrees with its hash.
//!
//! An archive is read as a stream, more than once if it must be, and never unpacked: nothing that
//! a client packs can touch the disk, and what it can claim of memory is bounded.

mod entry;
mod hash;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::fs::File;

use entry::{Entry, Kind};
use reader::Reader;

/// What is asked of an archive.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArchiveCheck<'a> {
    /// The step's first argument, as the client wrote it.
    pub(super) source: &'a str,
    /// The step's second argument.
    pub(super) target: &'a str,
    /// The hash that the archive is stored under.
    pub(super) files_hash: &'a str,
    pub(super) habit: HashScheme,
    /// The most that the archive may hold, unpacked, in bytes.
    pub(super) most_bytes: u64,
}

/// How a client computes the hash, as far as an archive cannot tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HashScheme {
    /// From what is in the archive alone.
    Exact,
    /// Perhaps also from the sizes of directories, which are those of its file system.
    DirectorySizes,
    /// Also from those, and in whatever order it met the files.
    AnyOrder,
}

/// What a sound archive holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ArchiveSummary {
    pub(super) files: usize,
    pub(super) directories: usize,
    pub(super) links: usize,
    pub(super) bytes: u64,
    pub(super) verdict: HashMatch,
}

/// Whether a sound archive agrees with its hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum HashMatch {
    /// The hash was computed anew and is the same.
    #[default]
    Agrees,
    /// The hash is another one, which the client's habit may explain.
    Unknown,
}

/// Why a COPY step cannot use its archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be unpacked.
    Unsound(String),
    /// What the step copies is not in it.
    NoSource(String),
    /// Its content is not what was hashed.
    Disagrees,
    /// The build was asked to stop while it was read.
    Stopped,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsound(why) => write!(f, "failed to extract files: {why}"),
            Self::NoSource(path) => {
                write!(f, "failed to move files in sandbox: source path does not exist: {path}")
            }
            Self::Disagrees => f.write_str(
                "the archive does not agree with its filesHash: the files were changed between \
                 hashing and packing, or something else was stored under this hash before",
            ),
            Self::Stopped => f.write_str("build was cancelled"),
        }
    }
}

/// Reads an archive and judges it. `stopped` is asked now and then whether to give up.
pub(super) fn examine(
    file: &File,
    question: ArchiveCheck<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<ArchiveSummary, Fault> {
    let reader = Reader::new(file, question.most_bytes, stopped);
    // Most clients pack in the order of the hash, and then one reading does for both.
    let mut running = hash::Running::new(question);
    let entries = entry::list(&reader, |entry, content| running.take(entry, content))?;
    check_links(&entries)?;
    check_source(&entries, question.source)?;

    let mut findings = ArchiveSummary::default();
    for entry in &entries {
        match &entry.kind {
            Kind::Directory => findings.directories += 1,
            Kind::Symlink(_) => findings.links += 1,
            Kind::File(size) => {
                findings.files += 1;
                findings.bytes += size;
            }
            Kind::Hardlink(_) => findings.files += 1,
        }
    }
    let digest = match running.finish() {
        Some(digest) => Some(digest),
        None => hash::digest(&reader, &entries, question)?,
    };
    if digest.as_deref() != Some(question.files_hash) {
        let conclusive = match question.habit {
            HashScheme::Exact => true,
            HashScheme::DirectorySizes => digest.is_some() && findings.directories == 0,
            HashScheme::AnyOrder => entries.len() == 1 && findings.directories == 0,
        };
        if conclusive {
            return Err(Fault::Disagrees);
        }
        findings.verdict = HashMatch::Unknown;
    }
    Ok(findings)
}

/// Refuses what would be unpacked through a link to a place outside the archive.
fn check_links(entries: &[Entry]) -> Result<(), Fault> {
    let leaving = entries.iter().filter_map(|entry| match &entry.kind {
        Kind::Symlink(target) if entry::leaves(&entry.path, target) => Some(&entry.path[..]),
        _ => None,
    });
    let leaving: HashSet<&[u8]> = leaving.collect();
    for entry in entries {
        if let Some(link) = ancestors(&entry.path).find(|path| leaving.contains(path)) {
            return Err(Fault::Unsound(format!(
                "`{}` lies behind the link `{}`, which leads out of the archive",
                String::from_utf8_lossy(&entry.path),
                String::from_utf8_lossy(link)
            )));
        }
    }
    Ok(())
}

/// Refuses an archive without the path that the builder will copy: the source up to its last
/// directory before a glob character.
fn check_source(entries: &[Entry], source: &str) -> Result<(), Fault> {
    let base = entry::glob_base(source);
    let missing = || Fault::NoSource(base.clone());
    let path = entry::normalized(base.as_bytes()).ok_or_else(missing)?;
    if path == b"." {
        return Ok(());
    }
    let there = |entry: &Entry| {
        // A directory is there if anything below it is, and below a link is what it leads to.
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
