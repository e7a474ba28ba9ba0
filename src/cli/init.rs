//! `sbx init`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `sbx init`
#[derive(Debug, Args)]
pub struct Init {
    /// The directory for the sandbox.toml
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
    /// Set the template's name [default: the directory's name]
    #[arg(long)]
    pub name: Option<String>,
    /// Begin with an example of this kind [default: what fits the project in DIR, or python]
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<InitKind>,
    /// Build the template from this Dockerfile, given relative to DIR
    #[arg(long, value_name = "PATH", conflicts_with = "kind")]
    pub from_dockerfile: Option<PathBuf>,
    /// Overwrite an existing sandbox.toml
    #[arg(long)]
    pub force: bool,
}

/// What a new template is built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InitKind {
    /// Python, with a web server that Python includes
    Python,
    /// Node.js, with a small web server
    Node,
    /// Ubuntu, with packages and a file
    Ubuntu,
}
