//! The manifests that start from what another one builds.

use super::subject::Subject;
use crate::commands::graph::Node;
use crate::commands::remember::Memory;
use crate::plan::Action;
use crate::settings::ManifestChoice;
use crate::state::canonical;

/// The manifests that were applied on this machine, start from what would be built, and are not in
/// the same plan.
pub(super) fn of(
    subject: &Subject,
    action: &Action,
    planned: &[ManifestChoice],
    memory: &Memory<'_>,
) -> Vec<String> {
    if !matches!(action, Action::Build(_)) {
        return Vec::new();
    }
    let node = Node::of(&subject.analysis);
    let platform = subject.analysis.platform.name();
    let planned: Vec<_> = planned.iter().map(|manifest| canonical(&manifest.file)).collect();
    let histories = memory.histories().into_iter();
    let dependants = histories.filter(|history| {
        let from = history.builds.first().and_then(|built| built.inputs.template());
        history.platform == platform
            && from.is_some_and(|from| node.is_base(from))
            && !planned.iter().any(|file| file.as_os_str() == history.manifest.as_str())
    });
    dependants.map(|history| history.manifest).collect()
}
