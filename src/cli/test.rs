//! `sbx test`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ConsentArgs, ManifestArgs, TargetArgs, heading};

/// `sbx test`
#[derive(Debug, Args)]
pub struct Test {
    /// Manifests, or directories that contain a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Test this tag or build ID instead of the builds that the declared tags point to
    #[arg(long, value_name = "TAG|BUILD_ID")]
    pub build: Option<String>,
    /// Where templates are built.
    #[command(flatten)]
    pub target: TargetArgs,
    /// How the manifests are read.
    #[command(flatten)]
    pub manifest: ManifestArgs,
    /// Which secrets may be sent.
    #[command(flatten)]
    pub consent: ConsentArgs,
    /// Select the output format
    #[arg(
        long, value_enum, default_value_t = TestFormat::Human, value_name = "FORMAT",
        help_heading = heading::OUTPUT
    )]
    pub format: TestFormat,
}

/// The formats of a test report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// A line for each test, with an excerpt where it fails
    Human,
    /// One JSON object
    Json,
    /// A `JUnit` XML file
    Junit,
    /// Annotations of a GitHub workflow
    Github,
}
