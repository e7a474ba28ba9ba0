//! Images of servers.

use super::super::tag::Tags;
use super::{Directory, Family, PLAIN, Packages, configuration, directory, dockerfile};
use crate::platform::Distribution;

pub(super) const ROWS: &[Family] = &[
    Family {
        repository: "postgres",
        full: &[Packages::Own(&[
            "gnupg",
            "less",
            "locales",
            "postgresql-client",
            "xz-utils",
            "zstd",
        ])],
        path: &[Directory {
            path: "/usr/lib/postgresql/{major}/bin",
            programs: &["initdb", "pg_ctl", "postgres"],
            tags: Tags::All,
        }],
        users: &[("postgres", 999)],
        source: configuration("docker-library/postgres@6edb0a8 (2026-02-26)"),
        ..PLAIN
    },
    Family {
        repository: "redis",
        programs: &["redis-cli", "redis-server"],
        users: &[("redis", 999)],
        // Newer versions have modules with packages of their own.
        is_complete: false,
        source: dockerfile("docker-library/redis@e920499 (2024-06-28)"),
        ..PLAIN
    },
    Family {
        repository: "nginx",
        full: &[Packages::Own(&["ca-certificates", "curl", "gettext-base", "nginx"])],
        users: &[("nginx", 101)],
        // Its variants add modules.
        is_complete: false,
        source: dockerfile("nginx/docker-nginx@0d7f438 (2026-04-14), mainline/debian"),
        ..PLAIN
    },
    Family {
        repository: "selenium/",
        distribution: Distribution::Ubuntu,
        full: &[Packages::Own(&[
            "bzip2",
            "ca-certificates",
            "curl",
            "default-jre-headless",
            "gnupg",
            "jq",
            "sudo",
            "supervisor",
            "unzip",
            "wget",
        ])],
        users: &[("seluser", 1200)],
        is_complete: false,
        source: dockerfile("SeleniumHQ/docker-selenium@3290a30 (2024-10-24), Base"),
        ..PLAIN
    },
    Family { repository: "jupyter/", source: dockerfile(JUPYTER), ..NOTEBOOK },
    Family { repository: "quay.io/jupyter/", source: dockerfile(JUPYTER), ..NOTEBOOK },
];

const JUPYTER: &str = "jupyter/docker-stacks@8209386 (2026-08-08), images/docker-stacks-foundation";

/// The user of the images is not the sandbox's, who cannot change `/opt/conda`.
const NOTEBOOK: Family = Family {
    distribution: Distribution::Ubuntu,
    full: &[Packages::Own(&["ca-certificates", "locales", "netbase", "sudo", "tini", "wget"])],
    path: &[directory(
        "/opt/conda/bin",
        &["conda", "jupyter", "mamba", "pip", "pip3", "python", "python3"],
    )],
    users: &[("jovyan", 1000)],
    is_complete: false,
    ..PLAIN
};
