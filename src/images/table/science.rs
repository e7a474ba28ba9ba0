//! Images for data science.

use super::super::tag::Tags;
use super::{Directory, Family, PLAIN, Packages, directory, dockerfile, secondary};
use crate::platform::Distribution;

const CONDA: &[&str] = &["conda", "mamba", "pip", "pip3", "python", "python3"];

pub(super) const ROWS: &[Family] = &[
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
        // Its `profile.d/conda.sh` makes `conda` a function of login shells.
        is_complete: false,
        source: dockerfile("ContinuumIO/docker-images@dc64b23 (2024-07-02), miniconda3/debian"),
        ..PLAIN
    },
    Family {
        repository: "continuumio/anaconda3",
        is_complete: false,
        source: dockerfile("ContinuumIO/docker-images@dc64b23 (2024-07-02), anaconda3/debian"),
        ..PLAIN
    },
    Family {
        repository: "condaforge/miniforge3",
        distribution: Distribution::Ubuntu,
        full: &[Packages::Own(&["bzip2", "ca-certificates", "git", "tini", "wget"])],
        path: &[directory("/opt/conda/bin", CONDA)],
        // `/etc/skel/.bashrc` activates the environment for users that are created later.
        is_complete: false,
        source: dockerfile("conda-forge/miniforge-images@841e405 (2026-07-01)"),
        ..PLAIN
    },
    Family {
        repository: "pytorch/pytorch",
        distribution: Distribution::Ubuntu,
        // Python is in `/opt/conda` before 2.10, and in a virtual environment since.
        is_complete: false,
        source: dockerfile("pytorch/pytorch, Dockerfile@01343dc and pull request 169873 (2025-12)"),
        ..PLAIN
    },
    Family {
        repository: "nvidia/cuda",
        distribution: Distribution::Ubuntu,
        path: &[
            directory("/usr/local/nvidia/bin", &[]),
            Directory {
                path: "/usr/local/cuda/bin",
                programs: &["nvcc"],
                tags: Tags::With("devel"),
            },
        ],
        is_complete: false,
        source: secondary(
            "a copy of NVIDIA's Dockerfile of 12.4.1 for Ubuntu 22.04 in \
             taehun-kmu/FMCL-Docker@53a6a10",
        ),
        ..PLAIN
    },
];
