//! The settings of `sbx import`.

use std::path::PathBuf;

use super::{Format, UsageError};
use crate::cli;

/// `sbx import`
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Import {
    /// The source, or the directory that it is in.
    pub path: PathBuf,
    /// Where the manifest goes; `None` is beside the source.
    pub output: Option<PathBuf>,
    /// Whether the manifest is printed.
    pub prints: bool,
    /// The name of the template, if it is given.
    pub name: Option<String>,
    /// Whether a Dockerfile is kept.
    pub keep: bool,
    /// The stage of the Dockerfile.
    pub target: Option<String>,
    /// Whether programs are run.
    pub run: bool,
    /// Whether an existing manifest is overwritten.
    pub force: bool,
    /// Whether the report is JSON.
    pub is_json: bool,
}

pub(super) fn import(args: cli::Import) -> Result<Import, UsageError> {
    let prints = args.output.as_deref() == Some(std::path::Path::new("-"));
    if prints && args.force {
        let message = "`--force` has no effect if the manifest is printed".to_owned();
        return Err(UsageError::new(message, "leave `--force` out"));
    }
    Ok(Import {
        path: args.path,
        output: args.output.filter(|_| !prints),
        prints,
        name: args.name,
        keep: args.keep,
        target: args.target,
        run: args.run,
        force: args.force,
        is_json: Format::from(args.format) == Format::Json,
    })
}
