//! The table of well-known images.
//!
//! A row holds for all tags of a repository; what only some of them have is an [`Addition`]. What a
//! variant installs is written as packages of Debian, so that one table of programs serves all
//! images. `docs/images.md` is generated from the rows, and `tests/images/configurations.json` has
//! the images' own configuration that they are compared with.

mod agents;
mod languages;
mod science;
mod services;
mod systems;

use super::tag::Tags;
use crate::platform::Distribution;

/// A directory of an image's own `PATH` that is in no login shell's, and its programs.
#[derive(Debug, PartialEq, Eq)]
pub struct Directory {
    /// The absolute path; `{major}` stands for the major version of the tag.
    pub path: &'static str,
    /// The programs in it that scripts call.
    pub programs: &'static [&'static str],
    /// The tags that have the programs.
    pub tags: Tags,
}

/// A set of packages that several images share.
#[derive(Debug, PartialEq, Eq)]
pub enum Packages {
    /// `buildpack-deps:curl`.
    Curl,
    /// `buildpack-deps:scm`, in addition.
    Scm,
    /// `buildpack-deps`, in addition.
    Build,
    /// Those of one image.
    Own(&'static [&'static str]),
}

impl Packages {
    /// The names of the packages.
    ///
    /// Source: docker-library/buildpack-deps@8330ca1 (2025-11-13), and the histories of
    /// `python:3.12`, `golang` and `rust` in docker-library/repo-info. Checked on Debian 12: what
    /// they bring.
    #[must_use]
    pub const fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Curl => &["ca-certificates", "curl", "gnupg", "netbase", "wget"],
            // `mercurial` depends on `python3`.
            Self::Scm => &["git", "mercurial", "openssh-client", "procps", "python3", "subversion"],
            // `libglib2.0-dev` brings `pkg-config`.
            Self::Build => &[
                "autoconf",
                "automake",
                "bzip2",
                "dpkg-dev",
                "file",
                "g++",
                "gcc",
                "imagemagick",
                "libtool",
                "make",
                "patch",
                "pkg-config",
                "unzip",
                "xz-utils",
            ],
            Self::Own(names) => names,
        }
    }
}

/// A variable of an image.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: &'static str,
    /// Parts of commands that make it unnecessary.
    pub unless: &'static [&'static str],
}

/// What only some tags have.
#[derive(Debug, PartialEq, Eq)]
pub struct Addition {
    /// The tags.
    pub tags: Tags,
    /// Packages of Debian.
    pub packages: &'static [&'static str],
    /// Programs that come from no package of the distribution.
    pub programs: &'static [&'static str],
}

/// What a row was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The configuration and the history of the images, in `tests/images/configurations.json`, and
    /// their Dockerfile.
    Configuration,
    /// The Dockerfile, or what makes the image.
    Dockerfile,
    /// Neither can be had here, or only a copy.
    Secondary,
}

/// Where the facts of a row come from.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Repository, commit and date.
    pub place: &'static str,
    /// What the row was compared with.
    pub evidence: Evidence,
}

/// The images of one repository.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// The repository, without what stands for Docker Hub. A final `/` stands for all below.
    pub repository: &'static str,
    /// What a tag is built on that names nothing else.
    pub distribution: Distribution,
    /// Tags that name no distribution and are built on another one.
    pub others: &'static [(Tags, Distribution)],
    /// The packages of a variant that is not slim.
    pub full: &'static [Packages],
    /// The packages of a slim variant.
    pub slim: &'static [Packages],
    /// Programs in `/usr/local/bin` or `/usr/bin` that come from no package of the distribution.
    pub(super) programs: &'static [&'static str],
    /// What only some tags have.
    pub(super) additions: &'static [Addition],
    /// What is on the image's own `PATH` alone; [`Image::path`](super::Image::path) is that of a tag.
    pub(super) path: &'static [Directory],
    /// Variables of the image without which its programs fail.
    pub env: &'static [Variable],
    /// Users that the image creates, with their UIDs.
    pub users: &'static [(&'static str, u32)],
    /// Directories in which every user may write.
    pub open: &'static [&'static str],
    /// The command that starts the server that the image exists for, and the URL that says when it is
    /// ready.
    pub service: Option<Service>,
    /// Whether it has no other programs, users and directories than are listed here and than its
    /// distribution has.
    pub is_complete: bool,
    /// Where the facts come from.
    pub source: Source,
}

/// The server that an image exists for, which nothing starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// The command that starts it.
    pub start: &'static str,
    /// The URL that answers once it is ready.
    pub ready: &'static str,
    /// The port that clients connect to.
    pub port: u16,
    /// A template of the platform that has the image's namespace, with the server running.
    pub template: &'static str,
}

pub(super) const BUILDPACK: &[Packages] = &[Packages::Curl, Packages::Scm, Packages::Build];

/// A row without additions.
const PLAIN: Family = Family {
    repository: "",
    distribution: Distribution::Debian,
    others: &[],
    full: &[],
    slim: &[],
    programs: &[],
    additions: &[],
    path: &[],
    env: &[],
    users: &[],
    open: &[],
    service: None,
    is_complete: true,
    source: Source { place: "", evidence: Evidence::Secondary },
};

/// An image that is not in the table, of which its registry says something.
pub(super) static UNLISTED: Family = Family { is_complete: false, ..PLAIN };

/// A directory that all tags have.
const fn directory(path: &'static str, programs: &'static [&'static str]) -> Directory {
    Directory { path, programs, tags: Tags::All }
}

const fn configuration(place: &'static str) -> Source {
    Source { place, evidence: Evidence::Configuration }
}

const fn dockerfile(place: &'static str) -> Source {
    Source { place, evidence: Evidence::Dockerfile }
}

const fn secondary(place: &'static str) -> Source {
    Source { place, evidence: Evidence::Secondary }
}

/// Every row.
pub(super) fn all() -> impl Iterator<Item = &'static Family> {
    let rows = [systems::ROWS, languages::ROWS, science::ROWS, services::ROWS, agents::ROWS];
    rows.into_iter().flatten()
}

/// The row of a repository, as [`Reference`](super::Reference) names it.
pub(super) fn find(repository: &str) -> Option<&'static Family> {
    all().find(|family| is_below(repository, family.repository))
}

/// Whether a repository is the one named, or below it if the name ends with `/`.
pub(super) fn is_below(repository: &str, name: &str) -> bool {
    if name.ends_with('/') { repository.starts_with(name) } else { repository == name }
}
