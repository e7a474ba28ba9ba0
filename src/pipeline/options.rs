//! How a manifest is analysed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::cancellation::Cancellation;
use crate::context::FileCache;
use crate::diagnostic::Levels;
use crate::platform::{Imitated, Platform};
use crate::trust::KeyFile;

/// How far an analysis goes; each depth includes the ones before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The text alone: TOML syntax, keys, and types of values.
    Syntax,
    /// Everything that needs no directory: the Dockerfile is read, the build context is not.
    Manifest,
    /// Everything, with the files of the build context.
    #[default]
    Files,
}

impl Depth {
    /// The depth that must be reached first.
    pub(super) const fn before(self) -> Self {
        match self {
            Self::Syntax | Self::Manifest => Self::Syntax,
            Self::Files => Self::Manifest,
        }
    }
}

/// How a manifest is analysed: by default for the platform that it names, and to the end.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The platform, which overrides the manifest's.
    pub platform: Option<Platform>,
    /// The profile of the manifest; `None` is the manifest without one.
    pub profile: Option<String>,
    /// Whose rules the local platform follows.
    pub imitated: Imitated,
    /// The levels of warnings, which override the manifest's.
    pub levels: Levels,
    /// Tags that the build gets beside those of the manifest.
    pub extra_tags: Vec<String>,
    /// The values of the variables in tags; `None` leaves the tags as they are written.
    pub tag_values: Option<Arc<BTreeMap<String, String>>>,
    /// How far the analysis goes.
    pub depth: Depth,
    /// Paths outside of the project that the manifest may name, because a person said so.
    pub allow_outside: Vec<PathBuf>,
    /// The files of platforms' API keys, which are no secrets of the manifest.
    pub key_files: Vec<KeyFile>,
    /// The platforms whose API is on this machine, so that they reach its registries.
    pub same_machine: Vec<Platform>,
    /// Whether there has to be a lock with everything that the manifest needs.
    pub locked: bool,
    /// What earlier analyses of the same manifest selected; a clone of these options shares it.
    pub cache: FileCache,
    /// Stops the analysis.
    pub cancellation: Cancellation,
}

impl Options {
    /// With another depth.
    #[must_use]
    pub fn depth(self, depth: Depth) -> Self {
        Self { depth, ..self }
    }
}

impl From<Option<Platform>> for Options {
    fn from(platform: Option<Platform>) -> Self {
        Self { platform, ..Self::default() }
    }
}

impl From<Depth> for Options {
    fn from(depth: Depth) -> Self {
        Self { depth, ..Self::default() }
    }
}
