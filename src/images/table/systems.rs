//! Operating systems.

use super::{BUILDPACK, Family, PLAIN, configuration, dockerfile};
use crate::platform::Distribution;

pub(super) const ROWS: &[Family] = &[
    Family {
        repository: "debian",
        source: configuration(
            "docker-library/official-images@37079fb (2026-08-21), library/debian; programs from the \
             packages of Debian 12",
        ),
        ..PLAIN
    },
    Family {
        repository: "ubuntu",
        distribution: Distribution::Ubuntu,
        source: configuration(
            "docker-library/official-images@37079fb (2026-08-21), library/ubuntu; its user from \
             devcontainers/images@bed3eb2 (2026-07-01), src/base-ubuntu",
        ),
        ..PLAIN
    },
    Family {
        repository: "buildpack-deps",
        full: BUILDPACK,
        // `curl` and `scm` are tags of their own.
        is_complete: false,
        source: dockerfile("docker-library/buildpack-deps@8330ca1 (2025-11-13)"),
        ..PLAIN
    },
];
