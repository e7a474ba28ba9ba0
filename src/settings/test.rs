//! The settings of `sbx test`.

use super::UsageError;
use super::destination::{Destination, destination};
use super::manifest::{ManifestChoice, choices};
use super::reading::{Reading, sending};
use crate::cli;
use crate::host::FileSystem;
use crate::scalar::is_uuid;
use crate::validate::tag_fault;

/// `sbx test`
#[derive(Debug)]
pub struct Test {
    /// The manifests.
    pub manifests: Vec<ManifestChoice>,
    /// The tag or the ID of the build that is tested instead of those of the declared tags.
    pub build: Option<String>,
    /// Where the templates are built.
    pub destination: Destination,
    /// How the manifests are read.
    pub reading: Reading,
    /// The format of the report.
    pub format: TestFormat,
}

/// The format of a test report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestFormat {
    /// A line for each test, and excerpts.
    Human,
    /// One JSON object.
    Json,
    /// A `JUnit` XML file.
    Junit,
    /// Annotations of a GitHub workflow.
    Github,
}

impl From<cli::TestFormat> for TestFormat {
    fn from(format: cli::TestFormat) -> Self {
        match format {
            cli::TestFormat::Human => Self::Human,
            cli::TestFormat::Json => Self::Json,
            cli::TestFormat::Junit => Self::Junit,
            cli::TestFormat::Github => Self::Github,
        }
    }
}

pub(super) fn test(args: cli::Test, files: &dyn FileSystem) -> Result<Test, UsageError> {
    if let Some(build) = args.build.as_deref().filter(|build| !is_uuid(build))
        && let Some(reason) = tag_fault(build)
    {
        let message = format!("`{}` is neither a tag nor a build's ID", build.escape_debug());
        return Err(UsageError::new(message, reason));
    }
    Ok(Test {
        manifests: choices(&args.files, &args.manifest.profile, files),
        build: args.build,
        destination: destination(args.target)?,
        reading: sending(args.manifest, args.consent),
        format: args.format.into(),
    })
}
