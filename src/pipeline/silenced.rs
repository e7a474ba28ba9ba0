//! Applies comments, the manifest's `lints` and the arguments to warnings.

use std::collections::HashSet;

use super::Depth;
use super::front::Front;
use super::grouped::group;
use crate::diagnostic::{Code, Diagnostics, Levels};
use crate::platform::Platform;
use crate::silence::{Allowed, Silences};
use crate::source::Span;

/// Warnings that depend on the image's registry: without its answer, a comment about one may not be
/// unused.
const ONLINE: &[Code] = &[Code::ImageConfigLost, Code::RegistryUnreachable];

/// Drops silenced warnings, and reports comments that are unused on every platform.
///
/// Those of a manifest with profiles are returned instead: another profile may use them.
pub(super) fn silence(
    front: &Front,
    platform: Platform,
    levels: &Levels,
    diagnostics: &mut Diagnostics,
) -> Diagnostics {
    let silences = Silences::read(&front.sources, front.dockerfile);
    let mut unused = silences.apply(diagnostics);
    if !front.is_asked {
        unused.retain(|allowed| !ONLINE.contains(&allowed.code));
    }
    if diagnostics.has_errors() || front.depth < Depth::Files {
        // Parts that were not read may have the silenced warnings.
        unused.clear();
    }
    if !unused.is_empty() {
        let elsewhere = used_elsewhere(front, platform, &unused);
        unused.retain(|allowed| !elsewhere.contains(&allowed.span));
    }
    diagnostics.extend(silences.faults().iter().cloned());
    let mut unused_here = Diagnostics::new();
    let has_profiles = front.manifest.profiles.is_some();
    let reported = if has_profiles { &mut unused_here } else { &mut *diagnostics };
    reported.extend(unused.into_iter().map(Allowed::unused));

    let of_manifest = front.manifest.lints.as_ref().map(|lints| &lints.value.levels);
    let levels = of_manifest.map_or_else(|| levels.clone(), |lints| levels.over(lints));
    levels.apply(diagnostics);
    levels.apply(&mut unused_here);
    group(diagnostics);
    unused_here
}

/// The spans of comments that are used on another platform, since a manifest may be for several
/// platforms.
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
