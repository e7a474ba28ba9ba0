//! Which paths exist, who owns them, and with which mode.

mod base;
mod commands;
mod copies;
mod made;
mod programs;
mod rights;

pub(in crate::lint) use copies::Conflict;
pub(super) use made::{cloned, tar_directory};
pub(super) use programs::outputs;

use super::Moment;
use super::timeline::{Timeline, parents};
use crate::lint::shell::Word;
use crate::platform::ROOT;
use base::BaseFiles;

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint) enum Kind {
    Directory,
    File,
    /// Nothing has this path.
    Absent,
    Unknown,
}

/// The mode of a new directory and of a new file, with the usual umask.
const DIRECTORY: u16 = 0o755;
const FILE: u16 = 0o644;

/// The most paths that are searched for one that is there.
const MOST_SEARCHED: usize = 500;

/// Why a user cannot write to a path.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::lint) struct Denial {
    /// The file or directory that belongs to another user.
    pub(in crate::lint) path: String,
    pub(in crate::lint) owner: String,
}

/// The files of a template at each moment.
pub(in crate::lint) struct Files {
    base: BaseFiles,
    kinds: Timeline<Kind>,
    owners: Timeline<Option<String>>,
    modes: Timeline<Option<u16>>,
    /// When a command may have made files with names of its own, such as a compiler. It removed
    /// nothing and gave nothing to another user.
    additions: Vec<Moment>,
    /// Whether the command before sends a download to the next one.
    feeds_download: bool,
    /// When packages of the distribution were installed first.
    installed: Option<Moment>,
}

impl Files {
    /// What is at a path before a moment.
    pub(in crate::lint) fn kind(&self, path: &str, now: Moment) -> Kind {
        match self.kinds.last(path, now) {
            Some(kind) => *kind,
            None => self.base.kind(path),
        }
    }

    /// Whether nothing is at a path before a moment, for certain.
    pub(in crate::lint) fn lacks(&self, path: &str, now: Moment) -> bool {
        let (since, kind) = match self.kinds.last_with_time(path, now) {
            Some((time, kind)) => (Some(time), *kind),
            None => (None, self.base.kind(path)),
        };
        let before = self.additions.partition_point(|at| *at < now);
        let last = before.checked_sub(1).and_then(|at| self.additions.get(at));
        let is_installed = since.is_none()
            && BaseFiles::is_of_packages(path)
            && self.installed.is_some_and(|installed| installed < now);
        kind == Kind::Absent
            && !is_installed
            && last.is_none_or(|last| since.is_some_and(|since| since >= *last))
    }

    /// A command makes files of unknown names, and changes none that is there.
    fn add_unknown(&mut self, at: Moment) {
        self.additions.push(at);
    }

    /// The owner of a path, or of what would be there.
    pub(in crate::lint) fn owner(&self, path: &str, now: Moment) -> Option<&str> {
        match self.owners.last(path, now) {
            Some(owner) => owner.as_deref(),
            None => self.base.owner(path),
        }
    }

    /// The permissions of a path.
    pub(in crate::lint) fn mode(&self, path: &str, now: Moment) -> Option<u16> {
        match self.modes.last(path, now) {
            Some(mode) => *mode,
            None => self.base.mode(path),
        }
    }

    /// Whether something certainly has this path.
    fn is_there(&self, path: &str, now: Moment) -> bool {
        matches!(self.kind(path, now), Kind::Directory | Kind::File)
    }

    /// Whether a directory certainly has something in it.
    pub(in crate::lint) fn is_filled(&self, path: &str, now: Moment) -> bool {
        let below = format!("{}/", path.trim_end_matches('/'));
        self.kind(path, now) == Kind::Directory
            && self.kinds.below(&below).take(MOST_SEARCHED).any(|path| self.is_there(path, now))
    }

    /// Why a user certainly cannot write to a file or make it.
    pub(in crate::lint) fn denial(&self, path: &str, user: &str, now: Moment) -> Option<Denial> {
        let path = match self.kind(path, now) {
            Kind::Absent => parents(path).find(|path| self.kind(path, now) != Kind::Absent)?,
            Kind::Directory | Kind::File | Kind::Unknown => path,
        };
        let owner = self.owner(path, now).filter(|owner| *owner != user && user != ROOT)?;
        // Members of a group may have more rights than others.
        let is_open = self.mode(path, now)? & 0o022 != 0;
        (!is_open).then(|| Denial { path: path.to_owned(), owner: owner.to_owned() })
    }

    /// Why a user certainly cannot remove what is at a path.
    pub(in crate::lint) fn denial_to_remove(
        &self,
        path: &str,
        user: &str,
        now: Moment,
    ) -> Option<Denial> {
        self.denial(parents(path).next().filter(|_| self.is_there(path, now))?, user, now)
    }

    /// Why a user certainly cannot change the mode or the owner of what is at a path.
    pub(in crate::lint) fn denial_to_change(
        &self,
        path: &str,
        user: &str,
        now: Moment,
    ) -> Option<Denial> {
        let is_other = |owner: &&str| *owner != user && self.is_there(path, now);
        let owner = self.owner(path, now).filter(is_other)?;
        (user != ROOT).then(|| Denial { path: path.to_owned(), owner: owner.to_owned() })
    }

    /// Nothing is known of any file.
    pub(super) fn opaque(&mut self, at: Moment) {
        self.forget_below("/", at);
    }

    /// Nothing is known of a path and of everything below it.
    fn forget(&mut self, path: &str, at: Moment) {
        self.kinds.set(path, at, Kind::Unknown);
        self.owners.set(path, at, None);
        self.modes.set(path, at, None);
        self.forget_below(path, at);
    }

    fn forget_below(&mut self, path: &str, at: Moment) {
        self.kinds.set_below(path, at, Kind::Unknown);
        self.owners.set_below(path, at, None);
        self.modes.set_below(path, at, None);
    }

    /// Something new; `None` for an owner or a mode that is not known.
    fn put(&mut self, path: &str, at: Moment, kind: Kind, owner: Option<&str>, mode: Option<u16>) {
        self.kinds.set(path, at, kind);
        self.owners.set(path, at, owner.map(str::to_owned));
        self.modes.set(path, at, mode);
    }

    /// Makes a directory and those above it, as `mkdir -p` does.
    fn make_directories(&mut self, path: &str, at: Moment, owner: Option<&str>) {
        let mut above: Vec<&str> = parents(path).collect();
        above.reverse();
        for path in above.into_iter().chain([path]) {
            match self.kind(path, at.next()) {
                Kind::Directory => {}
                Kind::Absent => self.put(path, at, Kind::Directory, owner, Some(DIRECTORY)),
                Kind::Unknown => {
                    // It may be there already and belong to another user.
                    if self.owner(path, at.next()) != owner {
                        self.owners.set(path, at, None);
                    }
                    self.kinds.set(path, at, Kind::Directory);
                }
                Kind::File => self.forget(path, at),
            }
        }
    }

    /// Writes a file, which keeps its owner if it is there already.
    fn write(&mut self, path: &str, at: Moment, owner: Option<&str>) {
        match self.kind(path, at.next()) {
            Kind::Absent => self.put(path, at, Kind::File, owner, Some(FILE)),
            Kind::Unknown => self.kinds.set(path, at, Kind::File),
            Kind::File | Kind::Directory => {}
        }
    }

    fn remove(&mut self, path: &str, at: Moment) {
        self.kinds.set(path, at, Kind::Absent);
        self.kinds.set_below(path, at, Kind::Absent);
    }

    /// A directory that a program fills with files of its own.
    fn fill(&mut self, path: &str, at: Moment, owner: Option<&str>) {
        let is_new = self.kind(path, at) == Kind::Absent;
        self.make_directories(path, at, owner);
        self.forget_below(path, at);
        if is_new {
            self.owners.set_below(path, at, owner.map(str::to_owned));
            self.modes.set_below(path, at, Some(DIRECTORY));
        }
    }

    /// `WORKDIR`: a directory that is missing is made and given to the user.
    pub(super) fn workdir(&mut self, path: &str, at: Moment, user: Option<&str>) {
        self.make_directories(path, at, user);
    }

    /// The end of the build, which resets owners and modes on some platforms.
    pub(super) fn finish(&mut self, at: Moment) {
        let Some((user, home)) = self.base.reset() else { return };
        self.owners.set(&home, at, Some(user.to_owned()));
        self.owners.set_below(&home, at, Some(user.to_owned()));
        if self.kind("/code", at) == Kind::Absent {
            self.kinds.set("/code", at, Kind::Directory);
        }
        for directory in ["/usr/local", "/code"] {
            self.modes.set(directory, at, Some(0o777));
            self.modes.set_below(directory, at, Some(0o777));
        }
    }

    /// A word may mean paths that are not known: forget whether they exist, but not who owns them.
    fn forget_kinds(&mut self, word: &Word, at: Moment) {
        let prefix = word.prefix.as_str();
        match prefix.rfind('/').filter(|_| prefix.starts_with('/') && !prefix.contains("/..")) {
            Some(end) if end > 0 => {
                self.kinds.set(&prefix[..end], at, Kind::Unknown);
                self.kinds.set_below(&prefix[..end], at, Kind::Unknown);
            }
            _ => self.kinds.set_below("/", at, Kind::Unknown),
        }
    }

    /// A word may mean paths that are not known: forget what it may mean.
    fn forget_word(&mut self, word: &Word, at: Moment) {
        let prefix = word.prefix.as_str();
        match prefix.rfind('/').filter(|_| prefix.starts_with('/') && !prefix.contains("/..")) {
            Some(end) if end > 0 => self.forget(&prefix[..end], at),
            _ => self.opaque(at),
        }
    }
}
