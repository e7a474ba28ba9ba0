//! `sbx check --fix`: applies the fixes of diagnostics.

use std::path::Path;

use super::super::{Failure, analyze, write};
use crate::diagnostic::{Diagnostics, Fix};
use crate::host::Host;
use crate::pipeline::{self, Analysis, Options, Variants};
use crate::settings::Fixes;
use crate::source::Source;

/// Fixes the manifest at `path`, and returns the number of fixes.
pub(super) fn fix(
    host: &dyn Host,
    path: &Path,
    options: &Options,
    which: Fixes,
) -> Result<usize, Failure> {
    fix_all(host, path, options, which, |analysis| analysis.diagnostics)
}

/// Fixes the comments in the manifest at `path` that silence nothing in any of its profiles.
pub(super) fn fix_unused(
    host: &dyn Host,
    path: &Path,
    options: &Options,
    which: Fixes,
) -> Result<usize, Failure> {
    fix_all(host, path, options, which, |analysis| {
        let mut unused = Diagnostics::new();
        unused.extend(Variants::of(analysis, host).unused());
        unused
    })
}

fn fix_all(
    host: &dyn Host,
    path: &Path,
    options: &Options,
    which: Fixes,
    diagnostics: impl Fn(Analysis) -> Diagnostics,
) -> Result<usize, Failure> {
    let analysis = analyze(host, path, options.clone());
    // A manifest that cannot be read is reported by the check itself.
    let text = analysis.sources.manifest().text();
    let check = |text: &str| {
        let source = Source::new(path, text.to_owned());
        diagnostics(pipeline::analyze_text(host, source, options.clone()))
    };
    let wanted = |fix: &Fix| fix.safe || which == Fixes::All;
    let (fixed, count) = pipeline::fixed(text, check, wanted);
    if count > 0 {
        write::replace(host, path, text, &fixed)?;
    }
    Ok(count)
}
