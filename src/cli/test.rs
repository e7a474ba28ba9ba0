//! `sbx test`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AsArg, ConsentArgs, DataArg, EndpointArgs, PlatformArg, TrustArgs, heading};

/// `sbx test`
#[derive(Debug, Args)]
pub struct Test {
    /// Manifests, or directories that contain a sandbox.toml
    #[arg(default_value = "sandbox.toml", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Test this tag or build ID instead of the builds that the declared tags point to
    #[arg(long, value_name = "TAG|BUILD_ID")]
    pub build: Option<String>,
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// Whose rules the local platform follows.
    #[command(flatten, next_help_heading = heading::PLATFORM)]
    pub imitated: AsArg,
    /// Where the platform is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
    /// The data of the local platform.
    #[command(flatten)]
    pub data: DataArg,
    /// What the manifest may do.
    #[command(flatten)]
    pub trust: TrustArgs,
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
