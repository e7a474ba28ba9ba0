//! The Python version of a template, as far as its base tells.

use std::fmt;

use pep440_rs::Version;

use crate::images::Image;
use crate::template::{Base, BaseSource};

/// The variable in which the official images of Python, and those that are built on them, state their
/// version.
const VARIABLE: &str = "PYTHON_VERSION";

/// What stands for the patch of a tag that names none, such as `3.12`: the tag moves to the newest
/// patch, which fits `>=3.12.4`.
const NEWEST_PATCH: u64 = 99;

/// A version of Python.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Python {
    /// The version as the base states it.
    written: String,
    version: Version,
}

impl Python {
    /// Reads `3.12`, `3.12.4` or `3.14.0rc1`; a major version alone says too little.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut version: Version = text.parse().ok()?;
        let release = version.release().to_vec();
        match release.as_slice() {
            [major, minor] => version = version.with_release([*major, *minor, NEWEST_PATCH]),
            [_, _, _] => {}
            _ => return None,
        }
        Some(Self { written: text.to_owned(), version })
    }

    /// That of the interpreter which a base has, before any step ran.
    #[must_use]
    pub fn of(base: &Base) -> Option<Self> {
        let config = base.config.as_deref();
        let declared =
            config.and_then(|config| config.env.iter().find(|(name, _)| name == VARIABLE));
        if let Some((_, version)) = declared {
            return Self::parse(version);
        }
        let BaseSource::Image(reference) = &base.source else { return None };
        Self::parse(Image::of(reference)?.python()?)
    }

    /// The version that `Requires-Python` is compared with.
    pub(super) const fn version(&self) -> &Version {
        &self.version
    }

    /// The minor version of Python 3.
    pub(super) fn minor(&self) -> Option<u64> {
        match self.version.release() {
            [3, minor, ..] => Some(*minor),
            _ => None,
        }
    }
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}
