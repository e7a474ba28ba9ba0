//! The container engine of this machine, Docker or Podman, through its own command line.
//!
//! The command line brings what its user has set up: contexts, `DOCKER_HOST`, credential helpers,
//! remote engines. The module knows nothing of templates and imports no other module; its calls
//! block, so asynchronous code makes them on a thread of their own.
//!
//! | module | subject |
//! |---|---|
//! | `attached` | containers whose first process talks with this one |
//! | `build` | building and pushing images of Dockerfiles |
//! | `client` | the program, its environment, and runs with a time limit |
//! | `configuration` | the configuration of Docker's client |
//! | `container` | a running container, and commands executed in it |
//! | `error` | what an engine says when it cannot do something |
//! | `image` | the images that it holds |
//! | `invoke` | calls of the client |
//! | `limits` | how long the client may take |
//! | `missing` | what is not there, or goes while it is looked at |
//! | `pull` | pulling images |
//! | `probe` | whether an engine answers, and if not, why |
//! | `process` | processes in containers, and the clients that are attached to them |
//! | `resources` | containers and volumes by their names |
//! | `shell` | the first process of a container |
//! | `spec` | what a container is started with |
//! | `unavailable` | the reasons, with what to do about them |
//! | `usage` | what an engine says of itself and of its disk space |
//! | `variables` | the variables of this machine for processes in containers |

mod attached;
mod build;
mod client;
mod configuration;
mod container;
mod error;
mod image;
mod invoke;
mod limits;
mod missing;
mod probe;
mod process;
mod pull;
mod resources;
mod shell;
mod spec;
mod unavailable;
mod usage;
mod variables;

use std::fmt;
use std::process::Command;
use std::str::FromStr;

pub use attached::Attached;
pub use build::{Builder, ImageSpec, Lines};
use client::Client;
pub use container::Container;
pub use error::EngineError;
pub use image::Image;
pub use process::{Attachment, Process};
pub use pull::Credentials;
pub use spec::{ContainerSpec, Limits, Network};
pub use unavailable::{Reason, Unavailable};
pub use usage::{Report, StoredImage};
pub use variables::Variables;

/// A kind of container engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Docker, or what speaks its API.
    Docker,
    /// Podman, also where it is called `docker`.
    Podman,
}

impl Kind {
    /// The name of its program.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
        })
    }
}

/// Which engine to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The first that answers, Docker before Podman; none where neither does.
    #[default]
    Auto,
    /// Docker and no other.
    Docker,
    /// Podman and no other.
    Podman,
    /// No engine.
    None,
}

impl Choice {
    /// Every choice, the default first.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Docker, Self::Podman, Self::None];

    /// Its name, as arguments and variables have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::None => "none",
        }
    }

    /// Whether it names an engine, so that another one, or none, will not do.
    #[must_use]
    pub const fn is_explicit(self) -> bool {
        matches!(self, Self::Docker | Self::Podman)
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a [`Choice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownChoice;

impl FromStr for Choice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        Self::ALL.into_iter().find(|choice| choice.name() == text).ok_or(UnknownChoice)
    }
}

/// The engine to use, and what its containers get.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Which engine.
    pub choice: Choice,
    /// The network of the containers that run steps; `None` is the engine's own.
    pub network: Option<String>,
    /// More arguments for the containers that run steps, such as mounts and variables.
    pub arguments: Vec<String>,
}

impl fmt::Debug for Selection {
    /// The arguments may hold credentials and are not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selection")
            .field("choice", &self.choice)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

/// What [`find`] found.
#[derive(Debug, Clone)]
pub enum Found {
    /// An engine that answers.
    Engine(Engine),
    /// No engine, and why.
    Nothing(String),
}

/// Looks for the engine that is selected. It takes at most about ten seconds where Docker does not
/// answer, and two minutes where Podman does not.
///
/// # Errors
/// An engine was asked for by name and does not answer.
pub fn find(selection: &Selection) -> Result<Found, Unavailable> {
    probe::find(selection, &probe::Search::default())
}

/// A container engine that answers.
#[derive(Clone)]
pub struct Engine {
    kind: Kind,
    /// Whose command line the client has: Docker's can speak to Podman.
    client_kind: Kind,
    version: String,
    client: Client,
    network: Option<String>,
    arguments: Vec<String>,
}

impl fmt::Debug for Engine {
    /// The arguments may hold credentials and are not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("kind", &self.kind)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The version of what runs the containers, which may be another one than the client's.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The network of the containers that run steps; `None` is the engine's own.
    #[must_use]
    pub fn network(&self) -> Option<&str> {
        self.network.as_deref()
    }

    /// More arguments for the containers that run steps.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The client, without a subcommand: with messages in English and no standard input.
    #[must_use]
    pub fn command(&self) -> Command {
        self.client.command()
    }
}
