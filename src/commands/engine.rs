//! The container engine that runs builds of the local platform.

use super::{Exit, Failure};
use crate::engine::{Choice, Selection, Unavailable, find};
use crate::platform::Platform;
use crate::settings::LocalChoice;

/// Fails if an engine was asked for by name and does not answer. It blocks for as long as the engine
/// takes.
pub(super) fn require(selection: &Selection) -> Result<(), Failure> {
    if selection.choice.is_explicit() {
        find(selection).map_err(|error| failure(&error))?;
    }
    Ok(())
}

/// Whether a build on the platform pulls its image, for which a private registry's credentials are
/// sent. The local platform pulls it with its engine, and the answer does not depend on which engines
/// this machine has: without consent, what is sent would.
pub(super) fn pulls_images(platform: Platform, local: &LocalChoice) -> bool {
    !platform.is_local() || local.engine != Choice::None
}

/// The failure of a command whose engine does not answer.
pub(super) fn failure(error: &Unavailable) -> Failure {
    let program = error.engine.program();
    Failure::new(Exit::Platform, error.to_string()).help(format!(
        "{}; `--engine none` or `SBX_ENGINE=none` does without {program}",
        error.help()
    ))
}
