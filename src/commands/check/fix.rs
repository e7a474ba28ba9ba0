//! `sbx check --fix`: applies the fixes of diagnostics.

use std::path::Path;

use super::super::{Failure, analyze, write};
use crate::diagnostic::Fix;
use crate::host::Host;
use crate::pipeline::{self, FixRound, Options};
use crate::settings::Fixes;
use crate::source::Source;

/// Makes the fixes of one round in the manifest at `path`, and returns their number.
pub(super) fn fix(
    host: &dyn Host,
    path: &Path,
    options: &Options,
    round: &FixRound,
    which: Fixes,
) -> Result<usize, Failure> {
    let analysis = analyze(host, path, options.clone());
    // A manifest that cannot be read is reported by the check itself.
    let text = analysis.sources.manifest().text();
    let check = |text: &str| {
        round.diagnostics(host, |profile| {
            let source = Source::new(path, text.to_owned());
            pipeline::analyze_text(host, source, Options { profile, ..options.clone() })
        })
    };
    let wanted = |fix: &Fix| fix.safe || which == Fixes::All;
    let (fixed, count) = pipeline::fixed(text, check, wanted);
    if count > 0 {
        write::replace(host, path, text, &fixed)?;
    }
    Ok(count)
}
