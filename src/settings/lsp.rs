//! The settings of `sbx lsp`.

use super::levels::levels;
use super::manifest::{one_profile, selected};
use super::reading::{Reading, reading};
use super::{UsageError, platform};
use crate::cli;
use crate::diagnostic::Levels;
use crate::platform::Platform;

/// `sbx lsp`
#[derive(Debug)]
pub struct Lsp {
    /// The platform that overrides those of manifests.
    pub platform: Option<Platform>,
    /// The profile of the manifests that is reported on; `None` is each manifest without one.
    pub profile: Option<String>,
    /// Whether no profile is selected, so that every profile is reported on, too.
    pub every_profile: bool,
    /// Lint levels.
    pub levels: Levels,
    /// How the manifests are read.
    pub reading: Reading,
}

pub(super) fn lsp(args: cli::Lsp) -> Result<Lsp, UsageError> {
    Ok(Lsp {
        platform: platform(args.platform.platform.as_ref())?,
        profile: one_profile(&args.manifest.profile)?,
        every_profile: selected(&args.manifest.profile).is_empty(),
        levels: levels(&args.lints)?,
        reading: reading(args.manifest),
    })
}
