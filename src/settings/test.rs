//! The settings of `sbx test`.

use std::path::PathBuf;

use super::endpoint::{EndpointChoice, endpoint};
use super::local::{LocalChoice, local};
use super::trust::{Trust, consent};
use super::{UsageError, imitated, manifest_at, platform};
use crate::cli;
use crate::host::FileSystem;
use crate::platform::{Imitated, Platform};
use crate::scalar::is_uuid;
use crate::validate::tag_fault;

/// `sbx test`
#[derive(Debug)]
pub struct Test {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// The tag or the ID of the build that is tested instead of those of the declared tags.
    pub build: Option<String>,
    /// The platform that overrides the manifest's.
    pub platform: Option<Platform>,
    /// Whose rules the local platform follows, if the arguments say so.
    pub imitated: Option<Imitated>,
    /// Where the arguments say that the platform is.
    pub endpoint: EndpointChoice,
    /// The data and the engine of the local platform.
    pub local: LocalChoice,
    /// What the manifests may do.
    pub trust: Trust,
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
        files: args.files.iter().map(|file| manifest_at(file, files)).collect(),
        build: args.build,
        platform: platform(args.platform.platform.as_ref())?,
        imitated: imitated(&args.imitated),
        endpoint: endpoint(args.endpoint)?,
        local: local(args.data.data, args.data.engine.engine),
        trust: consent(args.trust, args.consent),
        format: args.format.into(),
    })
}
