//! The table of well-known images.
//!
//! Each row follows the Dockerfiles of the image as they were at the named commit. What a variant
//! installs is written as packages of Debian, so that one table of programs serves all images.
//! Checked against Debian 12: the packages that `mercurial` brings.

use crate::platform::Distribution;

/// A directory of an image's own `PATH` that is in no login shell's, and its programs.
#[derive(Debug, PartialEq, Eq)]
pub struct Directory {
    /// The absolute path.
    pub path: &'static str,
    /// The programs in it that scripts call.
    pub programs: &'static [&'static str],
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
    /// Source: docker-library/buildpack-deps@8330ca1 (2025-11-13).
    #[must_use]
    pub const fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Curl => &["ca-certificates", "curl", "gnupg", "netbase", "wget"],
            // `mercurial` depends on `python3`.
            Self::Scm => &["git", "mercurial", "openssh-client", "procps", "python3", "subversion"],
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

/// The images of one repository.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// The repository, without what stands for Docker Hub.
    pub repository: &'static str,
    /// What a tag is built on that names nothing else.
    pub distribution: Distribution,
    /// The packages of a variant that is not slim.
    pub full: &'static [Packages],
    /// The packages of a slim variant.
    pub slim: &'static [Packages],
    /// Programs in `/usr/local/bin` or `/usr/bin` that come from no package of the distribution.
    pub programs: &'static [&'static str],
    /// What is on the image's own `PATH` alone.
    pub path: &'static [Directory],
    /// Users that the image creates, with their UIDs.
    pub users: &'static [(&'static str, u32)],
    /// Directories in which every user may write.
    pub open: &'static [&'static str],
    /// Whether it has no other programs, users and directories than are listed here and than its
    /// distribution has.
    pub is_complete: bool,
    /// Where the facts come from: repository, commit and date.
    pub source: &'static str,
}

const BUILDPACK: &[Packages] = &[Packages::Curl, Packages::Scm, Packages::Build];

/// A row without additions.
const PLAIN: Family = Family {
    repository: "",
    distribution: Distribution::Debian,
    full: &[],
    slim: &[],
    programs: &[],
    path: &[],
    users: &[],
    open: &[],
    is_complete: true,
    source: "",
};

const FAMILIES: &[Family] = &[
    Family {
        repository: "debian",
        source: "debuerreotype/docker-debian-artifacts, November 2026; programs from the packages \
                 of Debian 12",
        ..PLAIN
    },
    Family {
        repository: "ubuntu",
        distribution: Distribution::Ubuntu,
        source: "the images' manifests of packages at cloud-images.ubuntu.com, from memory of \
                 22.04 and 24.04",
        ..PLAIN
    },
    Family {
        repository: "buildpack-deps",
        full: BUILDPACK,
        // `curl` and `scm` are tags of their own.
        is_complete: false,
        source: "docker-library/buildpack-deps@8330ca1 (2025-11-13)",
        ..PLAIN
    },
    Family {
        repository: "python",
        full: BUILDPACK,
        slim: &[Packages::Own(&["ca-certificates", "netbase"])],
        programs: &["idle3", "pip", "pip3", "pydoc3", "python", "python3"],
        source: "docker-library/python@4f07059 (2026-06-23)",
        ..PLAIN
    },
    Family {
        repository: "node",
        full: BUILDPACK,
        // `yarn` and `corepack` are in some versions.
        programs: &["node", "nodejs", "npm", "npx"],
        users: &[("node", 1000)],
        source: "nodejs/docker-node@f27d936 (2026-08-19)",
        ..PLAIN
    },
    Family {
        repository: "oven/bun",
        programs: &["bun", "bunx"],
        // Newer images have `/usr/local/bun-node-fallback-bin/node` on their `PATH`.
        path: &[Directory { path: "/usr/local/bun-node-fallback-bin", programs: &["node"] }],
        users: &[("bun", 1000)],
        source: "oven-sh/bun, dockerhub/debian and dockerhub/debian-slim (2025)",
        ..PLAIN
    },
    Family {
        repository: "golang",
        full: &[
            Packages::Curl,
            Packages::Scm,
            Packages::Own(&["g++", "gcc", "make", "pkg-config"]),
        ],
        path: &[
            Directory { path: "/usr/local/go/bin", programs: &["go", "gofmt"] },
            Directory { path: "/go/bin", programs: &[] },
        ],
        open: &["/go"],
        source: "docker-library/golang@7c8c182 (2026-08-19)",
        ..PLAIN
    },
    Family {
        repository: "rust",
        full: BUILDPACK,
        slim: &[Packages::Own(&["ca-certificates", "gcc", "wget"])],
        path: &[Directory {
            path: "/usr/local/cargo/bin",
            programs: &["cargo", "rustc", "rustup", "rustdoc"],
        }],
        open: &["/usr/local/cargo", "/usr/local/rustup"],
        source: "rust-lang/docker-rust@7668ee2 (2026-04-03)",
        ..PLAIN
    },
    Family {
        repository: "ruby",
        full: BUILDPACK,
        slim: &[Packages::Own(&["ca-certificates"])],
        programs: &["bundle", "bundler", "erb", "gem", "irb", "racc", "rake", "rdoc", "ri", "ruby"],
        path: &[Directory { path: "/usr/local/bundle/bin", programs: &[] }],
        open: &["/usr/local/bundle"],
        source: "docker-library/ruby@d55e25a (2026-04-21)",
        ..PLAIN
    },
    Family {
        repository: "php",
        full: &[Packages::Own(&[
            "autoconf",
            "ca-certificates",
            "curl",
            "dpkg-dev",
            "file",
            "g++",
            "gcc",
            "make",
            "pkg-config",
            "re2c",
            "xz-utils",
        ])],
        programs: &["pear", "pecl", "php", "phpize"],
        open: &["/var/www/html"],
        source: "docker-library/php@445bf41 (2026-07-30)",
        ..PLAIN
    },
    Family {
        repository: "perl",
        full: BUILDPACK,
        programs: &["cpanm", "perl"],
        source: "Perl/docker-perl@8b707a1 (2026-03-09)",
        ..PLAIN
    },
    Family {
        repository: "eclipse-temurin",
        distribution: Distribution::Ubuntu,
        full: &[Packages::Curl, Packages::Own(&["binutils", "fontconfig", "locales"])],
        path: &[Directory {
            path: "/opt/java/openjdk/bin",
            programs: &["jar", "java", "javac", "jshell", "keytool"],
        }],
        source: "adoptium/containers@d8d18d6 (2026-08-05)",
        ..PLAIN
    },
    Family {
        repository: "openjdk",
        // Since 12, tags without a codename are built on Oracle Linux.
        distribution: Distribution::Oracle,
        is_complete: false,
        source: "docker-library/openjdk, deprecated; from memory, November 2026",
        ..PLAIN
    },
    Family {
        repository: "continuumio/miniconda3",
        full: &[Packages::Own(&[
            "bzip2",
            "ca-certificates",
            "git",
            "mercurial",
            "openssh-client",
            "procps",
            "python3",
            "subversion",
            "wget",
        ])],
        // Its `profile.d/conda.sh` and root's `.bashrc` find the programs of `/opt/conda`.
        is_complete: false,
        source: "ContinuumIO/docker-images@027bce7, miniconda3/debian",
        ..PLAIN
    },
    Family {
        repository: "continuumio/anaconda3",
        is_complete: false,
        source: "ContinuumIO/docker-images@027bce7, anaconda3/debian",
        ..PLAIN
    },
    Family {
        repository: "condaforge/miniforge3",
        distribution: Distribution::Ubuntu,
        is_complete: false,
        source: "conda-forge/miniforge-images, from memory, November 2026",
        ..PLAIN
    },
    Family {
        repository: "nvidia/cuda",
        distribution: Distribution::Ubuntu,
        path: &[Directory { path: "/usr/local/cuda/bin", programs: &["nvcc"] }],
        is_complete: false,
        source: "gitlab.com/nvidia/container-images/cuda, from memory, November 2026",
        ..PLAIN
    },
    Family {
        repository: "pytorch/pytorch",
        distribution: Distribution::Ubuntu,
        is_complete: false,
        source: "pytorch/pytorch, Dockerfile; from memory, November 2026",
        ..PLAIN
    },
    Family {
        repository: "mcr.microsoft.com/playwright",
        distribution: Distribution::Ubuntu,
        full: &[Packages::Own(&[
            "ca-certificates",
            "curl",
            "git",
            "gnupg",
            "openssh-client",
            "wget",
        ])],
        programs: &["node", "npm", "npx", "yarn"],
        // Its UID is the first that is free.
        is_complete: false,
        source: "microsoft/playwright@d4e1023 (2026-08-21), utils/docker",
        ..PLAIN
    },
    Family {
        repository: "e2bdev/code-interpreter",
        full: BUILDPACK,
        programs: &["java", "node", "npm", "npx", "pip", "pip3", "python", "python3"],
        is_complete: false,
        source: "e2b-dev/code-interpreter@7df1757 (2026-08-21), template/template.py",
        ..PLAIN
    },
];

/// The row of a repository, as [`Reference`](super::Reference) names it.
pub(super) fn find(repository: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.repository == repository)
}

/// Every row, for tests.
#[cfg(test)]
pub(super) const fn all() -> &'static [Family] {
    FAMILIES
}
