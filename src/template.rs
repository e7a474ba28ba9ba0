//! The platform-neutral template: what is built, in the order in which it is built.
//!
//! `resolve` makes it of a manifest; `context` matches its copies, `lint` and `lower` read it.
//! Every part knows its [`Origin`], so each step on the wire leads back to what a person wrote.
//!
//! Guarantees, if no stage reported an error: the name and tags are ones that platforms take;
//! references between variables are resolved as far as they can be; commands are quoted; a copy has
//! one source, relative to the context and within it.

mod id;
mod image;
mod image_build;
mod install;
mod test;
mod write;

use crate::registry::Auth;
use crate::scalar::{Inherit, Mode, ModeChange, Text};
use crate::source::{FileId, Span, Spanned};

pub use id::{CopyMap, InstructionId};
pub use image::{ImageConfig, ImageFault, ImageLookup, ImageQuery, Login, Pins, Resolution};
pub use image_build::ImageBuild;
pub use install::{Install, Installer};
pub use test::{Expectation, Expected, Test, TestValue, TestVariable};
pub use write::Write;

/// Why something is in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A person wrote it there, in the manifest or in a Dockerfile.
    Written(Span),
    /// `sbx` added it, because of what stands at the place if there is one.
    Added {
        /// The reason, as the end of the sentence "added by sbx …".
        because: &'static str,
        /// What caused it.
        span: Option<Span>,
    },
}

impl Origin {
    /// The place to show.
    #[must_use]
    pub const fn span(self) -> Option<Span> {
        match self {
            Self::Written(span) => Some(span),
            Self::Added { span, .. } => span,
        }
    }
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The name of the template family.
    pub name: Spanned<String>,
    /// The labels of this build.
    pub tags: Vec<String>,
    /// Where the list of tags stands.
    pub tags_span: Option<Span>,
    /// Whether other teams can start sandboxes from it; `None` leaves that unchanged.
    pub public: Option<Spanned<bool>>,
    /// What a sandbox gets.
    pub resources: Resources,
    /// Where it starts.
    pub base: Base,
    /// What is done to the base, in order.
    pub instructions: Vec<Instruction>,
    /// How many instructions come before the first part of a Dockerfile that could not be converted,
    /// if there is one: all later ones lack its effects.
    pub refused: Option<usize>,
    /// The command that is running when a sandbox starts.
    pub start: Option<Command>,
    /// The command that exits 0 when the start command counts as healthy.
    pub ready: Option<Command>,
    /// The command that is run on the base image before its first boot.
    pub pre_boot: Option<Command>,
    /// The tests of the finished template. They are no part of what is built.
    pub tests: Vec<Test>,
    /// The text of the Dockerfile, if it is all that shapes the template and it copies no file of
    /// the context: a platform that builds Dockerfiles can be given it as it is.
    pub dockerfile: Option<String>,
}

/// What a sandbox gets; `None` leaves it to the platform.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resources {
    /// Virtual CPUs.
    pub cpu: Option<Spanned<u64>>,
    /// Memory in MiB.
    pub memory_mib: Option<Spanned<u64>>,
    /// Free disk space in MiB.
    pub disk_mib: Option<Spanned<u64>>,
}

/// Where a template starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The source.
    pub source: BaseSource,
    /// The place that names it.
    pub span: Span,
    /// How to sign in to its registry.
    pub auth: Option<Spanned<Auth>>,
    /// What is kept of what the image declares.
    pub inherit: Vec<Inherit>,
    /// What the image declares, if its registry was asked or a lock has it.
    pub config: Option<Box<ImageConfig>>,
    /// What a lock has in place of the source.
    pub pins: Pins,
    /// What the image is built from, if this machine builds it.
    pub build: Option<Box<ImageBuild>>,
}

impl Base {
    /// The reference of the image that is sent: the locked one, or else the written one.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        match &self.source {
            BaseSource::Image(written) => Some(self.pins.image.as_deref().unwrap_or(written)),
            BaseSource::PlatformDefault | BaseSource::Template(_) => None,
        }
    }

    /// The reference of the parent template that is sent to the platform of this name.
    #[must_use]
    pub fn template(&self, platform: &str) -> Option<&str> {
        match &self.source {
            BaseSource::Template(written) => {
                Some(self.pins.templates.get(platform).map_or(written, |pinned| pinned))
            }
            BaseSource::PlatformDefault | BaseSource::Image(_) => None,
        }
    }
}

/// The source of a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseSource {
    /// An image, by reference.
    Image(String),
    /// The platform's own base image.
    PlatformDefault,
    /// Another template of the platform.
    Template(String),
}

/// A shell command and why it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The command.
    pub text: String,
    /// Why it is there.
    pub origin: Origin,
}

/// One thing that is done to the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// What is done.
    pub kind: InstructionKind,
    /// Why it is there.
    pub origin: Origin,
    /// What progress and logs call it.
    pub label: Option<String>,
    /// Whether to rebuild this and all later instructions, regardless of the cache.
    pub no_cache: bool,
    /// Where its parts stand, for faults that are about one of them.
    pub spans: Spans,
}

impl Instruction {
    /// Whether it states a default of Dockerfiles or of sandboxes, which the Dockerfile does not
    /// set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        let Origin::Added { span: Some(span), .. } = self.origin else { return false };
        span.file != FileId::MANIFEST
    }
}

/// Where the parts of an instruction stand, as far as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans {
    /// The user.
    pub user: Option<Span>,
    /// The owner of a copy.
    pub owner: Option<Span>,
    /// The target of a copy, if it is written apart from the sources.
    pub target: Option<Span>,
    /// The content of a written file.
    pub content: Option<Span>,
    /// The key that grants `sudo`.
    pub sudo: Option<Span>,
    /// The key that turns the cache off; only where it stands, not on all that follow.
    pub no_cache: Option<Span>,
    /// The values of variables, in their order.
    pub values: Vec<Span>,
    /// All lines that a command was made of, if its own place is the first of them.
    pub lines: Option<Span>,
    /// The commands that were joined with ` && ` into one, if there are several, as written.
    pub joined: Vec<Spanned<String>>,
}

/// What an instruction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstructionKind {
    /// Copy files of the build context.
    Copy(Copy),
    /// Run a shell command.
    Run(Run),
    /// Write a small file.
    Write(Write),
    /// Set variables for what follows.
    Env {
        /// Whether the running sandbox shall see them too.
        scope: EnvScope,
        /// The variables in order, at least one.
        variables: Vec<(String, Text)>,
    },
    /// Set the user of what follows, and of the sandbox.
    User(User),
    /// Set the working directory of what follows, and of the sandbox.
    Workdir(String),
}

/// Who sees a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvScope {
    /// The steps only: `build_env`.
    Build,
    /// The steps, start, ready and the running sandbox: `env`.
    Sandbox,
}

/// A shell command of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The command.
    pub command: String,
    /// The user that runs it; `None` is the current one.
    pub user: Option<String>,
    /// The packages, if the command does nothing but install them with apt and its defaults:
    /// some platforms do that by themselves.
    pub apt: Option<Vec<String>>,
    /// What the command installs, if it is that of a `pip`, `npm` or `bun` step that names packages.
    pub install: Option<Install>,
    /// Whether a Dockerfile's `SHELL` asks for `bash`: some platforms run steps in `sh`.
    pub bash: bool,
    /// What people see in place of the command, if `sbx` made all of it.
    pub label: Option<String>,
}

impl Run {
    /// A command that is nothing but a command.
    #[must_use]
    pub const fn new(command: String, user: Option<String>) -> Self {
        Self { command, user, apt: None, install: None, bash: false, label: None }
    }

    /// The same, run by root.
    #[must_use]
    pub fn as_root(command: String) -> Self {
        Self::new(command, Some("root".to_owned()))
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// Whether the user may use `sudo` without a password, where the platform can grant it.
    pub sudo: bool,
}

impl User {
    /// A user without further rights.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), sudo: false }
    }
}

/// Files of the build context and where they go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// One source, as it is written: a path or a glob.
    pub source: String,
    /// The target, as it is written.
    pub target: String,
    /// `user` or `user:group`; `None` is the current user.
    pub owner: Option<String>,
    /// The permissions; `None` keeps the files' own.
    pub mode: Option<Mode>,
    /// What is changed of the files' own permissions, where `mode` is `None`.
    pub mode_change: Option<ModeChange>,
    /// Whether links to files are followed.
    pub follow_symlinks: bool,
    /// Whether the archive is uploaded even if one is present.
    pub force_upload: bool,
    /// How archives among the files are extracted into the target; `None` copies them.
    pub unpack: Option<Unpack>,
}

/// How an archive is extracted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unpack {
    /// The owner of all files; `None` keeps those of the archive.
    pub owner: Option<String>,
}

impl Copy {
    /// A copy as it is where nothing else is asked for.
    #[must_use]
    pub fn new(source: &str, target: &str) -> Self {
        Self {
            source: source.to_owned(),
            target: target.to_owned(),
            owner: None,
            mode: None,
            mode_change: None,
            follow_symlinks: false,
            force_upload: false,
            unpack: None,
        }
    }
}
