//! What `sbx apply` would do.

use super::compare::Difference;
use super::forecast::Forecast;

/// What `sbx apply` would do with one manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing: a build has the digest and the declared tags.
    UpToDate {
        /// The build.
        build_id: String,
        /// Why it is not known where the tags point, if it is not.
        unknown: Option<String>,
    },
    /// Move tags to a build that has the digest.
    MoveTags {
        /// The build.
        build_id: String,
        /// The tags.
        tags: Vec<TagMove>,
    },
    /// Build.
    Build(Box<Build>),
}

impl Action {
    /// The build that exists already, if it is used.
    #[must_use]
    pub fn build_id(&self) -> Option<&str> {
        match self {
            Self::UpToDate { build_id, .. } | Self::MoveTags { build_id, .. } => Some(build_id),
            Self::Build(_) => None,
        }
    }

    /// Whether `sbx apply` would change something.
    #[must_use]
    pub const fn changes(&self) -> bool {
        !matches!(self, Self::UpToDate { .. })
    }
}

/// A tag that would be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagMove {
    /// The tag.
    pub tag: String,
    /// The build that it points to, if it points to any.
    pub from: Option<String>,
}

/// A build that would be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Why.
    pub cause: Cause,
    /// The tags that would point to it.
    pub tags: Vec<TagMove>,
    /// Which of its steps would come from the cache; `None` if nothing is known about that.
    pub forecast: Option<Forecast>,
    /// The archives that it needs, each once.
    pub archives: Vec<Archive>,
    /// Whether there is a template of the name, on a platform that replaces none unless asked to.
    pub needs_replace: bool,
}

/// Why a template would be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// There is no build of it.
    First,
    /// It is not what a build was made of.
    Differs {
        /// The build.
        build_id: String,
        /// The tag by which it was found, if the platform has it.
        tag: Option<String>,
        /// How the build ended.
        state: BuildState,
        /// How it differs; `None` if it is not known what the build was made of.
        differences: Option<Vec<Difference>>,
    },
    /// The template that it starts from would change in the same run.
    Base {
        /// The name of that template.
        name: String,
    },
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildState {
    /// It is ready, or the platform does not tell.
    Ready,
    /// Its steps were only recorded.
    Recorded,
    /// It failed.
    Failed,
    /// It has not ended.
    Unfinished,
    /// It is ready, and the container engine does not have its image.
    Lost,
}

/// An archive that a build needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The copy's source.
    pub source: String,
    /// Its key.
    pub files_hash: String,
    /// How many files, directories and links are in it.
    pub entries: usize,
    /// The bytes of its files, before they are packed.
    pub bytes: u64,
    /// Whether the platform has it already; `None` if that is not known.
    pub present: Option<bool>,
}
