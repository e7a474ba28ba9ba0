//! What a copy puts where: the rules of `commands/copy_script.sh` of the open server.

use super::{Files, Kind};
use crate::context::{EntryKind, FileSet};
use crate::lint::model::Moment;
use crate::platform::ROOT;
use crate::template::{Copy, Write};

/// A copy of a file to the path of a directory, or the reverse, which fails.
#[derive(Debug)]
pub(in crate::lint) struct Conflict {
    /// When.
    pub(in crate::lint) at: Moment,
    /// The path that is there already.
    pub(in crate::lint) path: String,
    /// What is there.
    pub(in crate::lint) kind: Kind,
}

/// The most files of a copy that are followed one by one.
const MOST_FOLLOWED: usize = 2000;

impl Files {
    /// A copy to an absolute `target`, which ends with `/` if it is written so.
    pub(in crate::lint::model) fn copy(
        &mut self,
        at: Moment,
        copy: &Copy,
        target: &str,
        user: Option<&str>,
        files: Option<&FileSet>,
    ) -> Option<Conflict> {
        let owner = owner_of(copy.owner.as_deref(), user);
        let source = literal_part(&copy.source);
        let is_below = target.ends_with('/');
        let path = target.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        let kind = files.map(|files| kind_of(files, source));
        let conflict = |path: &str, kind| Some(Conflict { at, path: path.to_owned(), kind });
        let above = super::parents(path).find(|path| self.kind(path, at) != Kind::Absent);
        if let Some(above) = above.filter(|above| self.kind(above, at) == Kind::File) {
            return conflict(above, Kind::File);
        }
        match (kind, files) {
            (Some(_), _)
                if self.kind(path, at) == Kind::File
                    && (is_below || kind == Some(Kind::Directory)) =>
            {
                return conflict(path, Kind::File);
            }
            (Some(Kind::Directory), Some(files)) => {
                self.merge(at, copy, path, owner, files);
            }
            (Some(Kind::File), Some(files)) => {
                let name = source.rsplit('/').next().unwrap_or(source);
                let inside = format!("{}/{name}", path.trim_end_matches('/'));
                let mode = mode_of(files, source, copy);
                if is_below {
                    self.make_directories(path, at, Some(ROOT));
                }
                match self.kind(path, at.next()) {
                    Kind::Directory if self.kind(&inside, at) == Kind::Directory => {
                        return conflict(&inside, Kind::Directory);
                    }
                    Kind::Directory => self.put(&inside, at, Kind::File, owner, mode),
                    Kind::Absent | Kind::File => {
                        if let Some(parent) = super::parents(path).next() {
                            self.make_directories(parent, at, Some(ROOT));
                        }
                        self.put(path, at, Kind::File, owner, mode);
                    }
                    Kind::Unknown => self.forget(path, at),
                }
            }
            _ => self.forget(path, at),
        }
        None
    }

    /// A small file, which belongs with the directories made for it to its owner.
    pub(in crate::lint::model) fn written(
        &mut self,
        at: Moment,
        write: &Write,
        path: &str,
        user: Option<&str>,
    ) {
        let owner = owner_of(write.owner.as_deref(), user);
        if self.kind(path, at) == Kind::Directory {
            self.forget(path, at);
            return;
        }
        if let Some(parent) = super::parents(path).next() {
            self.make_directories(parent, at, owner);
        }
        self.put(path, at, Kind::File, owner, Some(write.mode.bits));
    }

    /// The content of a directory is merged into the target, which keeps its owner.
    fn merge(&mut self, at: Moment, copy: &Copy, path: &str, owner: Option<&str>, files: &FileSet) {
        let source = literal_part(&copy.source);
        let is_new = self.kind(path, at) == Kind::Absent;
        self.make_directories(path, at, Some(ROOT));
        if files.entries().len() > MOST_FOLLOWED {
            self.forget_below(path, at);
            if is_new {
                self.owners.set_below(path, at, owner.map(str::to_owned));
            }
            return;
        }
        for entry in files.entries() {
            let Some(name) = relative(&entry.path, source) else { continue };
            let below = format!("{}/{name}", path.trim_end_matches('/'));
            let own = copy.mode_change.is_none().then(|| permissions(entry.mode));
            let mode = copy.mode.map(|mode| mode.bits).or(own);
            match entry.kind {
                // A directory that is there keeps its owner.
                EntryKind::Directory if self.kind(&below, at) == Kind::Directory => {}
                EntryKind::Directory if self.kind(&below, at) == Kind::Absent => {
                    self.put(&below, at, Kind::Directory, owner, mode);
                }
                EntryKind::File => self.put(&below, at, Kind::File, owner, mode),
                EntryKind::Directory | EntryKind::Link(_) => self.forget(&below, at),
            }
        }
    }
}

/// The owner that is written, or else the user. A number or a reference names one who is not known.
fn owner_of<'o>(written: Option<&'o str>, user: Option<&'o str>) -> Option<&'o str> {
    let written = written.and_then(|owner| owner.split(':').next());
    match written.filter(|owner| !owner.is_empty()) {
        Some(owner) if owner.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') => {
            Some(owner)
        }
        Some(_) => None,
        None => user,
    }
}

/// The source before its first component with a pattern, without `./` and a final `/`.
fn literal_part(source: &str) -> &str {
    let end = source
        .find(['*', '?', '[', '{'])
        .map_or(source.len(), |pattern| source[..pattern].rfind('/').unwrap_or(0));
    let part = source[..end].trim_end_matches('/');
    let part = part.strip_prefix("./").unwrap_or(part);
    if part == "." { "" } else { part }
}

fn kind_of(files: &FileSet, source: &str) -> Kind {
    if source.is_empty() {
        return Kind::Directory;
    }
    let entry = files.entries().iter().find(|entry| entry.path == source);
    // A pattern selects files below it.
    let mut entries = files.entries().iter();
    let mut is_above = || entries.any(|entry| relative(&entry.path, source).is_some());
    match entry.map(|entry| &entry.kind) {
        Some(EntryKind::File) => Kind::File,
        Some(EntryKind::Directory) => Kind::Directory,
        None if is_above() => Kind::Directory,
        Some(EntryKind::Link(_)) | None => Kind::Unknown,
    }
}

fn mode_of(files: &FileSet, source: &str, copy: &Copy) -> Option<u16> {
    if let Some(mode) = copy.mode {
        return Some(mode.bits);
    }
    if copy.mode_change.is_some() {
        return None;
    }
    let entry = files.entries().iter().find(|entry| entry.path == source)?;
    Some(permissions(entry.mode))
}

/// The path of an entry below the source.
fn relative<'p>(path: &'p str, source: &str) -> Option<&'p str> {
    let rest =
        if source.is_empty() { path } else { path.strip_prefix(source)?.strip_prefix('/')? };
    (!rest.is_empty() && rest != ".").then_some(rest)
}

fn permissions(mode: u32) -> u16 {
    u16::try_from(mode & 0o7777).unwrap_or_default()
}
