//! What comments, the manifest's `lints` and the arguments make of the warnings.

use std::collections::HashSet;

use super::Depth;
use super::front::Front;
use crate::diagnostic::{Code, Diagnostics, Levels};
use crate::platform::Platform;
use crate::silence::{Allowed, Silences};
use crate::source::Span;
use crate::template::ImageLookup;

/// What only an image's registry can show: without its answer, a comment about it may silence
/// something.
const ONLINE: &[Code] = &[Code::ImageConfigLost, Code::RegistryUnreachable];

/// Drops what is silenced, and reports the comments that silence nothing on any platform.
pub(super) fn silence(
    front: &Front,
    platform: Platform,
    levels: &Levels,
    diagnostics: &mut Diagnostics,
) {
    let silences = Silences::read(&front.sources, front.dockerfile);
    let mut unused = silences.apply(diagnostics);
    if front.resolution.image == ImageLookup::Unasked {
        unused.retain(|allowed| !ONLINE.contains(&allowed.code));
    }
    if diagnostics.has_errors() || front.depth < Depth::Files {
        // What was not read may hold what they silence.
        unused.clear();
    }
    if !unused.is_empty() {
        let elsewhere = used_elsewhere(front, platform, &unused);
        unused.retain(|allowed| !elsewhere.contains(&allowed.span));
    }
    diagnostics.extend(silences.faults().iter().cloned());
    diagnostics.extend(unused.into_iter().map(Allowed::unused));

    let of_manifest = front.manifest.lints.as_ref().map(|lints| &lints.value.levels);
    let levels = of_manifest.map_or_else(|| levels.clone(), |lints| levels.over(lints));
    levels.apply(diagnostics);
}

/// The places of those comments that silence something on another platform: a manifest may be
/// meant for several, and what is wrong on one of them may be right on the next.
fn used_elsewhere(front: &Front, platform: Platform, unused: &[&Allowed]) -> HashSet<Span> {
    let others = Platform::ALL.iter().filter(|other| **other != platform);
    let mut used = HashSet::new();
    for other in others {
        let findings = front.findings(*other);
        let silencing = unused.iter().filter(|allowed| {
            findings.diagnostics.iter().any(|diagnostic| allowed.silences(diagnostic))
        });
        used.extend(silencing.map(|allowed| allowed.span));
    }
    used
}
