//! What diagnostic codes are about.

/// The subject that a code belongs to, in the order in which topics are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The text of the manifest: its syntax, keys and values.
    Manifest,
    /// The template's name and tags.
    Naming,
    /// The base image, its registry, or the template that another one starts from.
    Image,
    /// A Dockerfile that is the source of a template.
    Dockerfile,
    /// The build context and what is copied from it.
    Context,
    /// Environment variables and the references in them.
    Variables,
    /// Installing packages.
    Packages,
    /// Commands and users of the build steps.
    Commands,
    /// The start command and its readiness check.
    Start,
    /// Credentials.
    Secrets,
    /// Limits of a platform, and what it reports of a build.
    Platform,
}

impl Topic {
    /// Every topic, in the order in which they are listed.
    pub const ALL: &'static [Self] = &[
        Self::Manifest,
        Self::Naming,
        Self::Image,
        Self::Dockerfile,
        Self::Context,
        Self::Variables,
        Self::Packages,
        Self::Commands,
        Self::Start,
        Self::Secrets,
        Self::Platform,
    ];

    /// The heading above the codes of the topic.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Manifest => "Manifest syntax and values",
            Self::Naming => "Names and tags",
            Self::Image => "Base image and registry",
            Self::Dockerfile => "Dockerfiles",
            Self::Context => "Build context and copies",
            Self::Variables => "Environment variables",
            Self::Packages => "Packages and tools",
            Self::Commands => "Commands and users",
            Self::Start => "Start command and readiness check",
            Self::Secrets => "Secrets",
            Self::Platform => "Platforms and builds",
        }
    }
}
