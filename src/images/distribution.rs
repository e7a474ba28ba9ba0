//! What a repository or a tag says about the operating system.

use super::{Reference, table};
use crate::platform::Distribution;

/// Repositories, with what their tags are built on unless they name something else. A final `/`
/// stands for everything below.
///
/// Sources: the Dockerfiles of the projects and the pages of their registries, November 2026.
const REPOSITORIES: &[(&str, Distribution)] = &[
    ("alpine", Distribution::Alpine),
    ("alpine/", Distribution::Alpine),
    ("busybox", Distribution::BusyBox),
    ("caddy", Distribution::Alpine),
    ("docker", Distribution::Alpine),
    ("fedora", Distribution::Fedora),
    ("fedora/fedora", Distribution::Fedora),
    ("quay.io/fedora/fedora", Distribution::Fedora),
    ("registry.fedoraproject.org/fedora", Distribution::Fedora),
    ("rockylinux", Distribution::Rocky),
    ("rockylinux/rockylinux", Distribution::Rocky),
    ("quay.io/rockylinux/rockylinux", Distribution::Rocky),
    ("almalinux", Distribution::Alma),
    ("almalinux/", Distribution::Alma),
    ("quay.io/almalinuxorg/almalinux", Distribution::Alma),
    ("centos", Distribution::CentOs),
    ("centos/centos", Distribution::CentOs),
    ("quay.io/centos/centos", Distribution::CentOs),
    ("amazonlinux", Distribution::Amazon),
    ("public.ecr.aws/amazonlinux/amazonlinux", Distribution::Amazon),
    ("public.ecr.aws/lambda/", Distribution::Amazon),
    ("oraclelinux", Distribution::Oracle),
    ("container-registry.oracle.com/os/oraclelinux", Distribution::Oracle),
    ("archlinux", Distribution::Arch),
    ("archlinux/archlinux", Distribution::Arch),
    ("opensuse/", Distribution::Suse),
    ("registry.opensuse.org/", Distribution::Suse),
    ("registry.suse.com/", Distribution::Suse),
    ("redhat/ubi8", Distribution::RedHat),
    ("redhat/ubi8-minimal", Distribution::RedHat),
    ("redhat/ubi9", Distribution::RedHat),
    ("redhat/ubi9-minimal", Distribution::RedHat),
    ("redhat/ubi10", Distribution::RedHat),
    ("redhat/ubi10-minimal", Distribution::RedHat),
    ("registry.access.redhat.com/", Distribution::RedHat),
    ("registry.redhat.io/", Distribution::RedHat),
    ("mcr.microsoft.com/azurelinux/", Distribution::Azure),
    ("mcr.microsoft.com/cbl-mariner/", Distribution::Azure),
    ("mcr.microsoft.com/windows", Distribution::Windows),
    ("mcr.microsoft.com/windows/", Distribution::Windows),
    ("cgr.dev/chainguard/", Distribution::Wolfi),
    ("chainguard/", Distribution::Wolfi),
    ("hello-world", Distribution::None),
    ("gcr.io/distroless/", Distribution::None),
    ("ghcr.io/astral-sh/uv", Distribution::None),
];

/// Codenames and other parts of tags.
const TAGS: &[(&str, Distribution)] = &[
    ("stretch", Distribution::Debian),
    ("buster", Distribution::Debian),
    ("bullseye", Distribution::Debian),
    ("bookworm", Distribution::Debian),
    ("trixie", Distribution::Debian),
    ("forky", Distribution::Debian),
    ("sid", Distribution::Debian),
    ("debian", Distribution::Debian),
    ("bionic", Distribution::Ubuntu),
    ("focal", Distribution::Ubuntu),
    ("jammy", Distribution::Ubuntu),
    ("noble", Distribution::Ubuntu),
    ("plucky", Distribution::Ubuntu),
    ("questing", Distribution::Ubuntu),
    ("resolute", Distribution::Ubuntu),
    ("windowsservercore", Distribution::Windows),
    ("nanoserver", Distribution::Windows),
    ("distroless", Distribution::None),
];

/// Beginnings of parts of tags that a version may follow.
const VERSIONED: &[(&str, Distribution)] = &[
    ("alpine", Distribution::Alpine),
    ("ubuntu", Distribution::Ubuntu),
    ("debian", Distribution::Debian),
    ("fedora", Distribution::Fedora),
    ("rockylinux", Distribution::Rocky),
    ("almalinux", Distribution::Alma),
    ("centos", Distribution::CentOs),
    ("oraclelinux", Distribution::Oracle),
    ("oracle", Distribution::Oracle),
    ("amazonlinux", Distribution::Amazon),
    ("archlinux", Distribution::Arch),
    ("busybox", Distribution::BusyBox),
    ("ubi", Distribution::RedHat),
    ("azurelinux", Distribution::Azure),
    ("mariner", Distribution::Azure),
    ("cbl-mariner", Distribution::Azure),
    ("ltsc", Distribution::Windows),
];

/// What an image is built on, as far as its reference says.
#[must_use]
pub fn distribution(reference: &str) -> Option<Distribution> {
    let reference = Reference::parse(reference);
    if let Some(named) = reference.tag.and_then(of_tag) {
        return Some(named);
    }
    let of_repository = REPOSITORIES.iter().find(|(name, _)| match name.strip_suffix('/') {
        Some(_) => reference.repository.starts_with(name),
        None => reference.repository == *name,
    });
    match of_repository {
        Some((_, distribution)) => Some(*distribution),
        // A digest alone may be that of any variant.
        None if reference.tag.is_none() && reference.digest.is_some() => None,
        None => table::find(reference.repository).map(|family| family.distribution),
    }
}

/// The distribution that a tag names.
pub(super) fn of_tag(tag: &str) -> Option<Distribution> {
    tag.split('-').find_map(|part| {
        let part = part.split('_').next().unwrap_or(part);
        let named = TAGS.iter().find(|(name, _)| *name == part);
        named.map(|(_, distribution)| *distribution).or_else(|| versioned(part))
    })
}

fn versioned(part: &str) -> Option<Distribution> {
    let is_version = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || c == '.');
    let found = VERSIONED.iter().find(|(name, _)| part.strip_prefix(name).is_some_and(is_version));
    found.map(|(_, distribution)| *distribution)
}
