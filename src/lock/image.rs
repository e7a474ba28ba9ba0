//! A locked image.

use std::collections::BTreeMap;
use std::fmt;

use crate::registry::{Reference, RegistryHost};
use crate::template::ImageConfig;

/// What Docker Hub's references begin with, and its official images.
const HUB: [&str; 2] = ["docker.io/library/", "docker.io/"];

/// An image's reference in the one form by which references are compared: with the registry and the
/// repository in full, and with the tag, or with the digest if the manifest itself has one.
///
/// `python:3.12` and `docker.io/library/python:3.12` are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageKey(String);

impl ImageKey {
    /// The key of a reference as a manifest has it; `None` if it is no reference.
    #[must_use]
    pub fn of(reference: &str) -> Option<Self> {
        let Reference { host, repository, target, .. } = Reference::parse(reference)?;
        let host = RegistryHost::parse(&host)?;
        let separator = if target.contains(':') { '@' } else { ':' };
        Some(Self(format!("{host}/{repository}{separator}{target}")))
    }

    /// The key as a lock has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as people write it: images of Docker Hub without its name.
    #[must_use]
    pub fn familiar(&self) -> &str {
        HUB.iter().find_map(|hub| self.0.strip_prefix(hub)).unwrap_or(&self.0)
    }

    /// The digest, if the manifest itself has one.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, digest)| digest)
    }

    /// The registry and the repository.
    #[must_use]
    pub fn repository(&self) -> &str {
        let name = self.0.split('@').next().unwrap_or(&self.0);
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        name[path..].find(':').map_or(name, |colon| &name[..path + colon])
    }

    /// Whether a person means this image by a reference, or by a repository for all of its tags.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let named = Self::of(name);
        let is_repository =
            !name.contains('@') && !name.rsplit('/').next().is_some_and(|last| last.contains(':'));
        named.is_some_and(|named| {
            named == *self || is_repository && named.repository() == self.repository()
        })
    }
}

/// The short form that people write.
impl fmt::Display for ImageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = HUB.iter().find_map(|prefix| self.0.strip_prefix(prefix));
        f.write_str(short.unwrap_or(&self.0))
    }
}

/// What is locked of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockedImage {
    /// The digest that its reference led to: that of an index, or of the only manifest.
    pub index: String,
    /// The digest of its manifest for `linux/amd64`, which proves that there is one.
    pub amd64: String,
    /// Its variables.
    pub env: BTreeMap<String, String>,
    /// Its working directory, unless that is `/`.
    pub workdir: Option<String>,
    /// Its user.
    pub user: Option<String>,
    /// The program that each of its containers runs.
    pub entrypoint: Vec<String>,
    /// What that runs if nothing else is asked for.
    pub command: Vec<String>,
}

impl LockedImage {
    /// What is locked of an image with this configuration.
    #[must_use]
    pub fn of(config: &ImageConfig) -> Self {
        Self {
            index: config.index.clone(),
            amd64: config.digest.clone(),
            env: config.env.iter().cloned().collect(),
            workdir: config.workdir.clone(),
            user: config.user.clone(),
            entrypoint: config.entrypoint.clone(),
            command: config.cmd.clone(),
        }
    }

    /// The configuration, as far as it is locked.
    #[must_use]
    pub fn config(&self) -> ImageConfig {
        ImageConfig {
            index: self.index.clone(),
            digest: self.amd64.clone(),
            env: self.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            workdir: self.workdir.clone(),
            user: self.user.clone(),
            entrypoint: self.entrypoint.clone(),
            cmd: self.command.clone(),
            ..ImageConfig::default()
        }
    }
}
