//! Official images, recognized by their reference alone.
//!
//! The tables follow the images' own Dockerfiles: `python` and `node` are based on
//! `buildpack-deps` or `debian:*-slim`, `oven/bun` on Debian; Debian and Ubuntu contain neither
//! `pip` nor Node. Nothing is assumed about an image that is not listed.

use crate::template::{Base, BaseSource};

/// An official image that is based on Debian or Ubuntu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Image<'a> {
    pub(super) family: Family,
    /// The tag, without a digest.
    pub(super) tag: &'a str,
}

/// The images that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `python`
    Python,
    /// `node`
    Node,
    /// `oven/bun`
    Bun,
    /// `debian`
    Debian,
    /// `ubuntu`
    Ubuntu,
}

/// Parts of tags that mean an operating system other than Debian or Ubuntu.
const OTHER_SYSTEMS: &[&str] = &["alpine", "windowsservercore", "nanoserver", "distroless"];

impl<'a> Image<'a> {
    /// The image of a base, if it is recognized.
    pub(super) fn of(base: &'a Base) -> Option<Self> {
        let BaseSource::Image(reference) = &base.source else { return None };
        let (repository, tag) = split(reference);
        let mut repository = repository;
        for registry in ["docker.io/", "index.docker.io/", "public.ecr.aws/docker/", "library/"] {
            repository = repository.strip_prefix(registry).unwrap_or(repository);
        }
        let family = match repository {
            "python" => Family::Python,
            "node" => Family::Node,
            "oven/bun" => Family::Bun,
            "debian" => Family::Debian,
            "ubuntu" => Family::Ubuntu,
            _ => return None,
        };
        // A digest alone does not reveal the operating system.
        let tag = match tag {
            Some(tag) => tag,
            None if reference.contains('@') => return None,
            None => "latest",
        };
        (!OTHER_SYSTEMS.iter().any(|other| tag.contains(other))).then_some(Self { family, tag })
    }

    /// Whether `/etc/profile` assigns `PATH`, as Debian's does and Ubuntu's does not.
    pub(super) fn profile_sets_path(self) -> bool {
        self.family != Family::Ubuntu
    }

    /// The name of its repository.
    pub(super) const fn name(self) -> &'static str {
        match self.family {
            Family::Python => "python",
            Family::Node => "node",
            Family::Bun => "oven/bun",
            Family::Debian => "debian",
            Family::Ubuntu => "ubuntu",
        }
    }
}

/// The repository and the tag of a reference, without its digest.
pub(super) fn split(reference: &str) -> (&str, Option<&str>) {
    let name = reference.split('@').next().unwrap_or(reference);
    let path = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[path..].find(':') {
        Some(colon) => (&name[..path + colon], Some(&name[path + colon + 1..])),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn base(reference: &str) -> Base {
        Base {
            source: BaseSource::Image(reference.to_owned()),
            span: Span::manifest(0, 0),
            auth: None,
            inherit: Vec::new(),
        }
    }

    #[test]
    fn official_images_are_recognized_by_every_name() {
        let family = |reference| Image::of(&base(reference)).map(|image| image.family);
        assert_eq!(family("python:3.12-slim"), Some(Family::Python));
        assert_eq!(family("docker.io/library/node"), Some(Family::Node));
        assert_eq!(family("public.ecr.aws/docker/library/debian:12"), Some(Family::Debian));
        assert_eq!(family("oven/bun:1.2-slim"), Some(Family::Bun));
        for other in ["python:3.12-alpine", "bitnami/python:3", "ghcr.io/a/node", "node@sha256:0"] {
            assert_eq!(family(other), None, "{other}");
        }
    }
}
