//! The files that a manifest may name: those of its project.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::diagnostic::{Code, Diagnostic};
use crate::host::{FileKind, FileSystem, Metadata, PrivateFile, ReadDir};
use crate::source::Span;

/// A file system that shows the files of a project and no others.
///
/// The project is the repository of the manifest, which is the nearest directory above it with
/// `.git`, or else the manifest's directory; with the paths that a person allowed. Where a path
/// leads is asked before it is used, so that neither `..` nor a link leaves the project. A program
/// that replaces a file by a link at the same moment could: programs that write into the project
/// while `sbx` runs are trusted.
pub struct Confined<'a> {
    files: &'a dyn FileSystem,
    /// The directory of the manifest.
    directory: PathBuf,
    /// The paths outside of the project that a person allowed.
    allowed: Vec<PathBuf>,
    /// Found for the first file.
    roots: OnceLock<Roots>,
    /// The canonical paths of directories.
    directories: Mutex<HashMap<PathBuf, PathBuf>>,
}

/// What a manifest may read.
struct Roots {
    /// The canonical directory of the manifest.
    here: PathBuf,
    /// The canonical paths below which everything is allowed.
    allowed: Vec<PathBuf>,
}

/// A path that was refused: the error inside the [`io::Error`] of a [`Confined`] file system.
#[derive(Debug)]
pub struct Outside {
    path: PathBuf,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is outside of the project")
    }
}

impl std::error::Error for Outside {}

impl Outside {
    /// The diagnostic at the value that names the path.
    #[must_use]
    pub fn diagnose(&self, span: Option<Span>) -> Diagnostic {
        let path = self.path.strip_prefix(".").unwrap_or(&self.path).display();
        let message = format!("`{path}` is outside of the project");
        let diagnostic = match span {
            Some(span) => Diagnostic::new(Code::OutsideProject, span, message),
            None => Diagnostic::without_place(Code::OutsideProject, message),
        };
        diagnostic
            .label("a manifest can read the files of its repository, or else of its directory")
            .help(format!("if you trust the manifest, allow it with `--allow-outside {path}`"))
    }
}

/// Why a [`Confined`] file system refused a path; `None` for every other error.
#[must_use]
pub fn outside(error: &io::Error) -> Option<&Outside> {
    error.get_ref()?.downcast_ref()
}

impl<'a> Confined<'a> {
    /// The files of the project of a manifest in `directory`, and those below the paths of
    /// `allowed`.
    #[must_use]
    pub fn new(files: &'a dyn FileSystem, directory: &Path, allowed: &[PathBuf]) -> Self {
        Self {
            files,
            directory: existing(directory).to_owned(),
            allowed: allowed.to_vec(),
            roots: OnceLock::new(),
            directories: Mutex::default(),
        }
    }

    fn roots(&self) -> &Roots {
        self.roots.get_or_init(|| {
            let here = self.files.canonicalize(&self.directory);
            let here = here.unwrap_or_else(|_| self.directory.clone());
            let is_repository =
                |above: &&Path| self.files.symlink_metadata(&above.join(".git")).is_ok();
            let root = here.ancestors().find(is_repository).unwrap_or(&here).to_owned();
            let allowed = self.allowed.iter().map(|path| existing(path));
            let allowed = allowed.filter_map(|path| self.files.canonicalize(path).ok());
            let allowed = std::iter::once(root).chain(allowed).collect();
            Roots { here, allowed }
        })
    }

    /// Where a directory is, without links.
    fn canonical(&self, directory: &Path) -> io::Result<PathBuf> {
        let known = || self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(directory) {
            return Ok(known.clone());
        }
        let found = self.files.canonicalize(directory)?;
        known().insert(directory.to_owned(), found.clone());
        Ok(found)
    }

    /// Where a path itself is; a link at its end is not followed.
    fn place(&self, path: &Path) -> io::Result<PathBuf> {
        let place = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => {
                self.canonical(existing(parent)).map(|parent| parent.join(name))
            }
            _ => self.canonical(existing(path)),
        };
        place.or_else(|error| {
            // What is outside is not told apart from what is not there.
            self.admit(path, &self.written(path)).and(Err(error))
        })
    }

    /// Where a path would be if there were no links.
    fn written(&self, path: &Path) -> PathBuf {
        let here = &self.roots().here;
        let full = match path.strip_prefix(&self.directory) {
            Ok(rest) => here.join(rest),
            Err(_) => path.to_owned(),
        };
        let mut plain = PathBuf::new();
        for part in full.components() {
            match part {
                Component::ParentDir if plain.file_name().is_some() => {
                    plain.pop();
                }
                Component::ParentDir if plain.has_root() => {}
                Component::CurDir => {}
                part => plain.push(part),
            }
        }
        plain
    }

    fn admit(&self, path: &Path, place: &Path) -> io::Result<()> {
        let is_inside = |root: &PathBuf| {
            let rest = place.strip_prefix(root);
            rest.is_ok_and(|rest| !rest.components().any(|part| part == Component::ParentDir))
        };
        if self.roots().allowed.iter().any(is_inside) {
            return Ok(());
        }
        Err(io::Error::other(Outside { path: path.to_owned() }))
    }

    /// Refuses a path that is outside, or is a link that leads there.
    fn follow(&self, path: &Path) -> io::Result<()> {
        let own = self.files.symlink_metadata(path);
        let place = if own.is_ok_and(|own| own.kind == FileKind::Symlink) {
            self.files.canonicalize(path)?
        } else {
            self.place(path)?
        };
        self.admit(path, &place)
    }

    /// Refuses a path that is outside, wherever a link at its end leads.
    fn stay(&self, path: &Path) -> io::Result<()> {
        self.admit(path, &self.place(path)?)
    }
}

/// The current directory for an empty path.
fn existing(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

impl FileSystem for Confined<'_> {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.follow(path)?;
        self.files.read(path, limit)
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        self.follow(path)?;
        self.files.read_private(path, limit)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.follow(path)?;
        self.files.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.stay(path)?;
        self.files.symlink_metadata(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.follow(path)?;
        self.files.canonicalize(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.stay(path)?;
        self.files.read_link(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        let place = self.canonical(existing(path));
        let place = place.unwrap_or_else(|_| self.written(path));
        self.admit(path, &place)?;
        self.files.read_dir(path)
    }
}

#[cfg(test)]
mod tests;
