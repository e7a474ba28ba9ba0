//! One locked package, as the lock writes it: `fastapi==0.116.1`, `@scope/name@1.2.3`.

use std::fmt;

use super::name::{is_npm_name, is_python_name};
use crate::template::Installer;

/// A package and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// The package, as the index names it.
    pub name: String,
    /// The version.
    pub version: String,
    /// What stands between them.
    separator: &'static str,
}

impl Pin {
    /// A pin in the form of the installer.
    #[must_use]
    pub fn new(installer: Installer, name: &str, version: &str) -> Self {
        let separator = match installer {
            Installer::Pip => "==",
            Installer::Npm | Installer::Bun => "@",
        };
        Self { name: name.to_owned(), version: version.to_owned(), separator }
    }

    /// Reads a pin in the form of either kind of installer.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, version, separator) = match text.split_once("==") {
            Some((name, version)) if is_python_name(name) => (name, version, "=="),
            _ => {
                let at = text.rfind('@').filter(|at| *at > 0)?;
                (&text[..at], &text[at + 1..], "@")
            }
        };
        let is_name = if separator == "@" { is_npm_name(name) } else { true };
        let pin = Self { name: name.to_owned(), version: version.to_owned(), separator };
        (is_name && is_version(version)).then_some(pin)
    }

    /// The separator and the version, as they stand behind a name.
    pub(super) fn suffix(&self) -> String {
        format!("{}{}", self.separator, self.version)
    }
}

/// Whether a text can be a version of either kind, with nothing that a shell or a URL reads.
pub(super) fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.len() <= 128
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+!_".contains(c))
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.name, self.separator, self.version)
    }
}
