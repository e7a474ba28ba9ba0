//! The parts of an image reference.

use std::net::{IpAddr, SocketAddr};

/// Ways to name Docker Hub and its official images; `amd64/` is Docker's own for one architecture.
const PREFIXES: &[&str] = &[
    "docker.io/",
    "index.docker.io/",
    "registry-1.docker.io/",
    "registry.hub.docker.com/",
    "public.ecr.aws/docker/",
    "mirror.gcr.io/",
    "library/",
    "amd64/",
];

/// Architectures other than amd64, as the last part of a tag.
const ARCHITECTURES: &[&str] = &[
    "aarch64", "arm32v5", "arm32v6", "arm32v7", "arm64", "arm64v8", "armhf", "armv7", "i386",
    "ppc64le", "riscv64", "s390x",
];

/// A reference, taken apart as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The registry and the repository, without what stands for Docker Hub.
    pub repository: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest.
    pub digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Takes a reference apart. Any text has parts; a rule on the manifest checks its grammar.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (mut repository, tag) = Self::split(name);
        for prefix in PREFIXES {
            repository = repository.strip_prefix(prefix).unwrap_or(repository);
        }
        Self { repository, tag, digest }
    }

    /// The name as it is written and the tag, without a digest.
    #[must_use]
    pub fn split(text: &'a str) -> (&'a str, Option<&'a str>) {
        let name = text.split('@').next().unwrap_or(text);
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        match name[path..].find(':') {
            Some(colon) => (&name[..path + colon], Some(&name[path + colon + 1..])),
            None => (name, None),
        }
    }

    /// The host of the registry, if one is written.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        let (host, _) = self.repository.split_once('/')?;
        (host.contains(['.', ':']) || host == "localhost").then_some(host)
    }

    /// Whether the registry is named as the machine that asks, so that no other machine finds it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let Some(host) = self.host() else { return false };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_name =
            name == "localhost" || name.ends_with(".localhost") || name == "host.docker.internal";
        let address = host.parse().map(|socket: SocketAddr| socket.ip());
        let address = address.or_else(|_| host.trim_matches(['[', ']']).parse::<IpAddr>());
        is_name || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
    }

    /// The architecture, if the image is for another one than amd64 alone: its repository is one of
    /// Docker Hub's for it, or its tag ends with it.
    #[must_use]
    pub fn architecture(&self) -> Option<&'a str> {
        const OTHERS: &[&str] = &[
            "arm32v5", "arm32v6", "arm32v7", "arm64v8", "i386", "mips64le", "ppc64le", "riscv64",
            "s390x",
        ];
        let namespace = self.repository.split_once('/').map(|(namespace, _)| namespace);
        let of_tag = || self.tag?.rsplit('-').next().filter(|end| ARCHITECTURES.contains(end));
        namespace.filter(|namespace| OTHERS.contains(namespace)).or_else(of_tag)
    }
}
