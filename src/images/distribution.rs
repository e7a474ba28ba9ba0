//! What a repository or a tag says about the operating system.

use super::{Reference, table, tag};
use crate::platform::Distribution;

/// Repositories of which nothing else is known, with what their tags are built on unless they name
/// something else. A final `/` stands for everything below; the first that fits counts.
///
/// Sources: docker-library/official-images@37079fb (2026-08-21) for official images,
/// GoogleContainerTools/distroless@cd08076 (2026-08-21), dotnet/dotnet-docker@3ed00b6 (2026-08-21),
/// and for others the pages of their registries, November 2026.
const REPOSITORIES: &[(&str, Distribution)] = &[
    ("alpine", Distribution::Alpine),
    ("alpine/", Distribution::Alpine),
    ("busybox", Distribution::BusyBox),
    ("caddy", Distribution::Alpine),
    ("composer", Distribution::Alpine),
    ("docker", Distribution::Alpine),
    ("registry", Distribution::Alpine),
    ("traefik", Distribution::Alpine),
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
    ("amazoncorretto", Distribution::Amazon),
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
    ("mcr.microsoft.com/dotnet/framework/", Distribution::Windows),
    ("mcr.microsoft.com/windows", Distribution::Windows),
    ("mcr.microsoft.com/windows/", Distribution::Windows),
    ("cgr.dev/chainguard/static", Distribution::None),
    ("cgr.dev/chainguard/glibc-dynamic", Distribution::None),
    ("cgr.dev/chainguard/", Distribution::Wolfi),
    ("chainguard/", Distribution::Wolfi),
    ("hello-world", Distribution::None),
    ("nats", Distribution::None),
    ("scratch", Distribution::None),
    ("gcr.io/distroless/", Distribution::None),
    ("registry.k8s.io/pause", Distribution::None),
];

/// Parts of tags of images without an operating system, whatever else the tag names.
const BARE: &[&str] = &["chiseled", "distroless", "scratch"];

/// Parts of tags that say nothing about what the image has: hardened images come with and without a
/// shell.
const UNKNOWN: &[&str] = &["dhi"];

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
    ("amazoncorretto", Distribution::Amazon),
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
    if let Some(tag) = reference.tag {
        let has = |words: &[&str]| tag.split('-').any(|part| words.contains(&part));
        if has(BARE) {
            return Some(Distribution::None);
        }
        if has(UNKNOWN) {
            return None;
        }
        if let Some(named) = of_tag(tag) {
            return Some(named);
        }
    }
    let repository = reference.repository;
    let alone = REPOSITORIES.iter().find(|(name, _)| table::is_below(repository, name));
    if let Some((_, distribution)) = alone {
        return Some(*distribution);
    }
    // A digest alone may be that of any variant.
    let tag = match reference.tag {
        Some(tag) => tag,
        None if reference.digest.is_some() => return None,
        None => "latest",
    };
    let family = table::find(repository)?;
    let other = family.others.iter().find(|(tags, _)| tags.include(tag));
    Some(other.map_or(family.distribution, |(_, distribution)| *distribution))
}

/// The repositories of which nothing else is known, for the page about images.
pub(super) fn repositories() -> impl Iterator<Item = &'static (&'static str, Distribution)> {
    REPOSITORIES.iter()
}

/// The distribution that a tag names.
fn of_tag(tag: &str) -> Option<Distribution> {
    tag.split('-').find_map(|part| {
        let part = part.split('_').next().unwrap_or(part);
        let named = TAGS.iter().find(|(name, _)| *name == part);
        named.map(|(_, distribution)| *distribution).or_else(|| versioned(part))
    })
}

fn versioned(part: &str) -> Option<Distribution> {
    let found =
        VERSIONED.iter().find(|(name, _)| part.strip_prefix(name).is_some_and(tag::is_version));
    found.map(|(_, distribution)| *distribution)
}
