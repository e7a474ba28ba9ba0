//! Which manifests a command is about, and in which profiles.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{UsageError, manifest_at};
use crate::cli;
use crate::host::FileSystem;
use crate::scalar::BASE;
use crate::scalar::shell::quote;

/// The manifest of a command without one.
pub(super) const DEFAULT: &str = "sandbox.toml";

/// A manifest in one of its profiles. Its text for people is the path, with the profile if there is
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestChoice {
    /// The manifest.
    pub file: PathBuf,
    /// The profile; `None` is the manifest without one.
    pub profile: Option<String>,
}

impl fmt::Display for ManifestChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match &self.profile {
            Some(profile) => write!(f, " ({profile})"),
            None => Ok(()),
        }
    }
}

impl ManifestChoice {
    /// The words of a command for it: its path unless that is the default, and its profile.
    #[must_use]
    pub fn words(&self) -> String {
        let file = Some(&self.file).filter(|file| file.as_path() != Path::new(DEFAULT));
        let file = file.map(|file| format!(" {}", quote(&file.to_string_lossy())));
        let profile = self.profile.iter().map(|profile| format!(" --profile {}", quote(profile)));
        file.into_iter().chain(profile).collect()
    }
}

/// The profiles that the arguments or the variable name, each once.
pub(super) fn profiles(arg: &cli::ProfileArg) -> Vec<String> {
    let mut profiles: Vec<String> = Vec::new();
    for name in arg.profiles.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        if !profiles.iter().any(|known| known == name) {
            profiles.push(name.to_owned());
        }
    }
    profiles
}

/// The profile of a command that takes one only; `None` is the manifest without one.
pub(super) fn one_profile(arg: &cli::ProfileArg) -> Result<Option<String>, UsageError> {
    match profiles(arg).as_slice() {
        [] => Ok(None),
        [name] => Ok(named(name)),
        several => {
            let names: Vec<_> = several.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("this command takes one profile, not {}", names.join(", "));
            Err(UsageError::new(
                message,
                "select one with `--profile`, which overrides `SBX_PROFILE`",
            ))
        }
    }
}

/// Each manifest in each of the profiles, once; without any, each manifest without a profile.
pub(super) fn choices(
    files: &[PathBuf],
    arg: &cli::ProfileArg,
    file_system: &dyn FileSystem,
) -> Vec<ManifestChoice> {
    let profiles = selected(arg);
    let profiles = if profiles.is_empty() { vec![None] } else { profiles };
    let in_each = |file: &PathBuf| {
        let file = manifest_at(file, file_system);
        let choice = |profile: &Option<String>| ManifestChoice {
            file: file.clone(),
            profile: profile.clone(),
        };
        profiles.iter().map(choice).collect::<Vec<_>>()
    };
    let mut choices: Vec<ManifestChoice> = Vec::new();
    for choice in files.iter().flat_map(in_each) {
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    choices
}

/// The selected profiles; `None` is the manifest without one.
pub(super) fn selected(arg: &cli::ProfileArg) -> Vec<Option<String>> {
    profiles(arg).iter().map(|name| named(name)).collect()
}

/// The profile of this name.
fn named(name: &str) -> Option<String> {
    (name != BASE).then(|| name.to_owned())
}

/// A manifest without a profile.
impl From<&Path> for ManifestChoice {
    fn from(file: &Path) -> Self {
        Self { file: file.to_owned(), profile: None }
    }
}
