//! One diagnostic for instructions of a Dockerfile that are ignored for the same reason.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostics, Label};

/// The largest number of related locations.
const MOST_RELATED: usize = 8;

/// Merges the warnings about ignored parts of a Dockerfile that say the same.
///
/// This is done after comments have silenced some of them, each at its own place.
pub(super) fn group(diagnostics: &mut Diagnostics) {
    let mut places: HashMap<String, Vec<_>> = HashMap::new();
    for diagnostic in
        diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::DockerfileIgnored)
    {
        places.entry(diagnostic.message.clone()).or_default().extend(diagnostic.span);
    }
    let mut seen = HashSet::new();
    diagnostics.retain(|diagnostic| {
        diagnostic.code != Code::DockerfileIgnored || seen.insert(diagnostic.message.clone())
    });
    for diagnostic in
        diagnostics.iter_mut().filter(|diagnostic| diagnostic.code == Code::DockerfileIgnored)
    {
        let Some([_, others @ ..]) = places.get(&diagnostic.message).map(Vec::as_slice) else {
            continue;
        };
        let shown = others.iter().take(MOST_RELATED);
        let shown = shown.map(|span| Label { span: *span, message: "here, too".to_owned() });
        diagnostic.related.extend(shown);
        if others.len() > MOST_RELATED {
            diagnostic.label = format!("and in {} other places", others.len());
        }
    }
}
