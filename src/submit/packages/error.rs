//! Why packages cannot be looked up.

use std::collections::BTreeSet;
use std::fmt;

use crate::submit::error::{FaultKind, SubmitError};

/// A lookup that failed.
#[derive(Debug)]
pub enum PackageError {
    /// An index cannot be reached or does not answer as one.
    Failed {
        /// The package.
        name: String,
        /// What happened.
        error: Box<SubmitError>,
    },
    /// The indexes have no version that the steps could install; carries the sentence.
    Absent(String),
    /// A file or a setting cannot be used; carries the sentence.
    Config(String),
}

impl PackageError {
    /// Whether the indexes answered that there is no such version: trying again does not help.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }

    /// What a person can do.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Failed { error, .. } => match error.kind {
                FaultKind::Refused { status: 401 | 403, .. } => Some(
                    "give the credentials of the index in your own configuration: its URL in \
                     `pip.conf` or `PIP_INDEX_URL`, or a token for its host in `~/.npmrc`",
                ),
                FaultKind::Refused { .. } => Some("try again later"),
                FaultKind::Unreachable(_) | FaultKind::Broken(_) | FaultKind::Timeout => {
                    Some("check the network and the index's URL; the lock is unchanged")
                }
                _ => Some("check that the URL is that of an index"),
            },
            Self::Absent(_) => {
                Some("check the name, and write a version if there is one that fits")
            }
            Self::Config(_) => None,
        }
    }

    pub(super) fn failed(name: &str, error: SubmitError) -> Self {
        Self::Failed { name: name.to_owned(), error: Box::new(error) }
    }

    /// No release fits; `is_known` if an index has the package.
    pub(super) fn absent(
        name: &str,
        asked: &BTreeSet<String>,
        is_known: bool,
        pythons: &BTreeSet<String>,
    ) -> Self {
        let asked = list(asked);
        if !is_known {
            return Self::Absent(format!("there is no package `{name}` on {asked}"));
        }
        let pythons = if pythons.is_empty() {
            "Linux on amd64".to_owned()
        } else {
            format!("Python {}", list(pythons))
        };
        Self::Absent(format!("no release of `{name}` on {asked} is for {pythons}"))
    }

    /// No version has the tag.
    pub(super) fn untagged(
        name: &str,
        tag: &str,
        asked: &BTreeSet<String>,
        is_known: bool,
    ) -> Self {
        let asked = list(asked);
        Self::Absent(if is_known {
            format!("`{name}` has no version with the tag `{tag}` on {asked}")
        } else {
            format!("there is no package `{name}` on {asked}")
        })
    }

    /// The registries of equal steps answer differently.
    pub(super) fn ambiguous(name: &str, tag: &str, asked: &BTreeSet<String>) -> Self {
        let asked = list(asked);
        Self::Absent(format!(
            "`{tag}` of `{name}` is not the same version on all of the steps' registries: {asked}"
        ))
    }
}

/// Names, as a sentence has them.
fn list(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    names.join(" and ")
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { name, error } => {
                write!(f, "could not look up the package `{name}`: {} ", error.reason())?;
                write!(f, "({})", error.request())
            }
            Self::Absent(sentence) | Self::Config(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for PackageError {}
