//! What comments, the manifest's `lints` and the arguments make of the warnings.

use std::collections::HashSet;

use super::{Analysis, collect};
use crate::diagnostic::Code;
use crate::host::Host;
use crate::platform::Platform;
use crate::silence::{Allowed, Silences};
use crate::source::Span;
use crate::template::ImageLookup;

/// What only an image's registry can show: without its answer nobody can say that a comment about
/// it silences nothing.
const ONLINE: &[Code] = &[Code::ImageConfigLost, Code::RegistryUnreachable];

/// Drops what is silenced, and reports the comments that silence nothing on any platform.
pub(super) fn silence(host: &dyn Host, analysis: &mut Analysis) {
    let silences = Silences::read(&analysis.sources, analysis.dockerfile);
    let mut unused = silences.apply(&mut analysis.diagnostics);
    if analysis.resolution.image == ImageLookup::Unasked {
        unused.retain(|allowed| !ONLINE.contains(&allowed.code));
    }
    if analysis.diagnostics.has_errors() {
        // What cannot be read may hold what they silence.
        unused.clear();
    }
    if !unused.is_empty() {
        let of_others = elsewhere(host, analysis, &unused);
        unused.retain(|allowed| !of_others.contains(&allowed.span));
    }
    analysis.diagnostics.extend(silences.faults().iter().cloned());
    analysis.diagnostics.extend(unused.into_iter().map(Allowed::unused));

    let levels = match &analysis.manifest.lints {
        Some(lints) => analysis.levels.over(&lints.value.levels),
        None => analysis.levels.clone(),
    };
    levels.apply(&mut analysis.diagnostics);
}

/// The places of those comments that silence something on another platform: a manifest may be
/// meant for several, and what is wrong on one of them may be right on the next.
fn elsewhere(host: &dyn Host, analysis: &Analysis, unused: &[&Allowed]) -> HashSet<Span> {
    let others = Platform::ALL.iter().filter(|platform| **platform != analysis.platform);
    let mut used = HashSet::new();
    for platform in others {
        let source = analysis.sources.manifest().clone();
        let other = collect(host, source, Some(*platform), analysis.resolution.clone());
        let silencing = unused.iter().filter(|allowed| {
            other.diagnostics.iter().any(|diagnostic| allowed.silences(diagnostic))
        });
        used.extend(silencing.map(|allowed| allowed.span));
    }
    used
}
