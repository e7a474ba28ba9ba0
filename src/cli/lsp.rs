//! `sbx lsp`

use clap::Args;

use super::{LintArgs, ManifestArgs, PlatformArg};

/// `sbx lsp`
#[derive(Debug, Args)]
pub struct Lsp {
    /// Talk over standard input and output, which is the default: for editors that add it
    #[arg(long)]
    pub stdio: bool,
    /// The platform.
    #[command(flatten)]
    pub platform: PlatformArg,
    /// How the manifests are read.
    #[command(flatten)]
    pub manifest: ManifestArgs,
    /// Lint levels.
    #[command(flatten)]
    pub lints: LintArgs,
}
