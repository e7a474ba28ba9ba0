//! What is known about the base image beyond its reference.
//!
//! A registry reports it; `resolve` and the rules on a template read it. This module itself makes
//! no requests.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::registry::RegistryHost;

/// What is known outside of the manifest: what a registry says about the base image, and the lock.
///
/// A manifest with `from.inherit` is lowered only when the answer is [`ImageLookup::Known`], so
/// that compile and apply always agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// What is known about the image.
    pub image: ImageLookup,
    /// The locked versions of packages: the words of a step, as
    /// `lock::package::step_of` spells them, and one word for each package.
    pub packages: BTreeMap<String, Vec<String>>,
    /// What the base is pinned to.
    pub pins: Pins,
    /// The reference of the image that was built for the manifest; on the local platform, its ID.
    pub built: Option<String>,
}

/// The references that a lock has for the base, which are sent in place of the written one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins {
    /// The image by its digest.
    pub image: Option<String>,
    /// The parent template by the tag of a build, by the name of the platform.
    pub templates: BTreeMap<String, String>,
}

/// What is known about an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ImageLookup {
    /// The registry was not asked.
    #[default]
    Unasked,
    /// The image is there, and this is its configuration.
    Known(Box<ImageConfig>),
    /// The image cannot be used, or nothing can be said about it.
    Fault(ImageFault),
}

/// Why an image cannot be used, or why nothing can be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFault {
    /// The registry says that there is no such image, or none for us; carries what it says.
    Absent(String),
    /// The image has no variant for `linux/amd64`; carries those that it has.
    WithoutAmd64(Vec<String>),
    /// The registry refuses the manifest's user name and password.
    SignInRefused,
    /// The registry did not answer, or its answer says nothing; carries why.
    Unknown(String),
}

/// What an image declares about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// The digest of what the reference led to: an index, or the only manifest.
    pub index: String,
    /// The digest of the manifest that the reference led to: that of the `linux/amd64` variant.
    pub digest: String,
    /// The variables, each name once, none of those that describe the machine it was built on.
    pub env: Vec<(String, String)>,
    /// The working directory; `/` is what every image has and counts as none.
    pub workdir: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The program that every container runs.
    pub entrypoint: Vec<String>,
    /// What it runs when nothing else is asked for.
    pub cmd: Vec<String>,
    /// How each layer was made, as far as the image tells.
    pub history: Vec<String>,
    /// When it was made, as it is written there.
    pub created: Option<String>,
    /// Its version, by its label `org.opencontainers.image.version`.
    pub version: Option<String>,
}

/// Programs that do nothing without a terminal, as the start command of a sandbox.
const INTERACTIVE: &[&str] =
    &["sh", "bash", "dash", "ash", "zsh", "python", "python2", "python3", "node", "bun", "irb"];

impl ImageConfig {
    /// Whether a container runs an interactive program, which does nothing in a sandbox.
    #[must_use]
    pub fn is_interactive(&self) -> bool {
        let Some(program) = self.command().last() else { return false };
        let alone = self.cmd.len() == 1 || (self.cmd.is_empty() && self.entrypoint.len() == 1);
        let name = program.rsplit('/').next().unwrap_or(program);
        alone && INTERACTIVE.contains(&name)
    }

    /// The words of what a container runs: the entry point with the command as its arguments. A
    /// shell form is stored as the words of a shell that runs it, so it needs no rule of its own.
    pub fn command(&self) -> impl Iterator<Item = &str> {
        self.entrypoint.iter().chain(&self.cmd).map(String::as_str)
    }
}

impl Resolution {
    /// The image's configuration, if it is known.
    #[must_use]
    pub fn config(&self) -> Option<&ImageConfig> {
        match &self.image {
            ImageLookup::Known(config) => Some(config),
            ImageLookup::Unasked | ImageLookup::Fault(_) => None,
        }
    }
}

/// What a registry is asked.
#[derive(Debug, Clone)]
pub struct ImageQuery {
    /// The image's reference.
    pub reference: String,
    /// Who asks; `None` is everybody.
    pub login: Option<Login>,
}

/// How to sign in to a registry that takes a user name and a password.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user name.
    pub username: SecretString,
    /// The password.
    pub password: SecretString,
    /// The hosts that may get both: the registry's, and those of its token servers.
    pub hosts: Vec<RegistryHost>,
}
