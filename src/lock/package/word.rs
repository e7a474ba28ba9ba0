//! One word of a step that names a package.

use std::ops::Range;

use super::{npm, pip};
use crate::template::Installer;

/// A word, as its installer understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The package as the index names it; empty where the word names none.
    pub(super) name: String,
    /// What decides the version.
    pub(super) version: Version,
}

/// What decides the version of a word's package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Version {
    /// The index: the version goes to this place of the word, and replaces what is there.
    Newest(Range<usize>),
    /// The index, by the tag that the word names; the place is that of the tag.
    Tag(String, Range<usize>),
    /// The word, which names one version.
    Exact,
    /// The index, within the versions that the word names.
    Range,
    /// A file, a URL or a repository.
    Elsewhere,
}

impl Word {
    /// Reads a word that is no option.
    pub(super) fn read(installer: Installer, word: &str) -> Self {
        match installer {
            Installer::Pip => pip::read(word),
            Installer::Npm | Installer::Bun => npm::read(word),
        }
    }

    pub(super) const fn elsewhere() -> Self {
        Self { name: String::new(), version: Version::Elsewhere }
    }

    /// The place and the tag, if the index decides.
    pub(super) fn open(&self) -> Option<(&Range<usize>, Option<&str>)> {
        match &self.version {
            Version::Newest(place) => Some((place, None)),
            Version::Tag(tag, place) => Some((place, Some(tag))),
            Version::Exact | Version::Range | Version::Elsewhere => None,
        }
    }
}
