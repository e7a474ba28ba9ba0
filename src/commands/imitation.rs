//! `--as`: whose rules the local platform follows.

use super::{Exit, Failure};
use crate::local::Rules;
use crate::pipeline::Analysis;
use crate::platform::Imitated;

/// Refuses `--as` for a manifest of another platform.
pub(super) fn reject_elsewhere(
    imitated: Option<Imitated>,
    analysis: &Analysis,
) -> Result<(), Failure> {
    if imitated.is_none() || analysis.platform.is_local() {
        return Ok(());
    }
    let manifest = analysis.sources.manifest().name();
    let platform = analysis.platform;
    let message = format!("`--as` is for the local platform, and `{manifest}` is for `{platform}`");
    Err(Failure::new(Exit::Usage, message).help("add `--platform local`, or remove `--as`"))
}

/// The rules of the local platform's builder.
pub(super) const fn rules(imitated: Imitated) -> Rules {
    match imitated {
        Imitated::Novita => Rules::Novita,
        Imitated::E2b => Rules::E2b,
    }
}
