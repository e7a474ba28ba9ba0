//! The container engine that runs builds of the local platform.

use super::{Exit, Failure};
use crate::engine::{Selection, Unavailable, find};

/// Fails if an engine was asked for by name and does not answer. It blocks for as long as the engine
/// takes.
pub(super) fn require(selection: &Selection) -> Result<(), Failure> {
    if selection.choice.is_explicit() {
        find(selection).map_err(|error| failure(&error))?;
    }
    Ok(())
}

fn failure(error: &Unavailable) -> Failure {
    let program = error.engine.program();
    Failure::new(Exit::Platform, error.to_string()).help(format!(
        "{}; `--engine none` or `SBX_ENGINE=none` does without {program}",
        error.help()
    ))
}
