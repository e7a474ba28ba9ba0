//! The releases of a Python package: which one a step without a version would install.
//!
//! The rules are those of pip: a file counts if it is not yanked and if the interpreter can install
//! it; pre-releases count only where there is no final release, or where the step asks for them.
//!
//! Sources: <https://packaging.python.org/en/latest/specifications/version-specifiers/>, PEP 592,
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>.

use std::collections::BTreeSet;

use pep440_rs::{Version, VersionSpecifiers};

use super::name::normalized;
use super::python::Python;
use super::wheel::Wheel;

/// The endings of source distributions.
const SOURCES: &[&str] = &[".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar"];

/// A file of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// The Python versions that it is for, as the index states them.
    pub requires_python: Option<String>,
    /// Whether it was withdrawn.
    pub is_yanked: bool,
}

/// The versions of a package that a step could install.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Releases(BTreeSet<Version>);

impl Releases {
    /// Those of the files of one or several indexes. Without a Python version, any will do.
    #[must_use]
    pub fn of<'a>(
        package: &str,
        files: impl IntoIterator<Item = &'a File>,
        python: Option<&Python>,
    ) -> Self {
        let usable = files.into_iter().filter(|file| !file.is_yanked && admits(file, python));
        Self(usable.filter_map(|file| version(package, &file.name, python)).collect())
    }

    /// Those of both.
    #[must_use]
    pub fn common(self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The newest one.
    #[must_use]
    pub fn newest(&self, with_previews: bool) -> Option<String> {
        let finals = self.0.iter().rfind(|version| !version.any_prerelease());
        let newest = if with_previews { self.0.last() } else { finals.or(self.0.last()) };
        newest.map(ToString::to_string)
    }
}

/// Whether a file is for this Python version. What cannot be read admits all, as in pip.
fn admits(file: &File, python: Option<&Python>) -> bool {
    let (Some(required), Some(python)) = (&file.requires_python, python) else { return true };
    required.parse().is_ok_and(|required: VersionSpecifiers| required.contains(python.version()))
        || required.parse::<VersionSpecifiers>().is_err()
}

/// The version of a file that can be installed on Linux for amd64.
fn version(package: &str, name: &str, python: Option<&Python>) -> Option<Version> {
    if let Some(stem) = name.strip_suffix(".whl") {
        let wheel = Wheel::parse(stem)?;
        let fits = normalized(wheel.package) == package && wheel.fits(python);
        return fits.then(|| wheel.version.parse().ok())?;
    }
    let stem = SOURCES.iter().find_map(|ending| name.strip_suffix(ending))?;
    // Names and versions may hold dashes, so the name decides where it ends.
    let mut dashes = stem.match_indices('-').map(|(at, _)| at);
    dashes.find_map(|at| {
        (normalized(&stem[..at]) == package).then(|| stem[at + 1..].parse().ok()).flatten()
    })
}
