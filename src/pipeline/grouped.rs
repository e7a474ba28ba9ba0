//! One diagnostic for instructions of a Dockerfile that are ignored or refused for the same reason.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Label};

/// The largest number of related locations.
const MOST_RELATED: usize = 8;

/// Merges the diagnostics about ignored or unsupported parts of a Dockerfile that say the same.
///
/// This is done after comments have silenced some of them, each at its own place.
pub(super) fn group(diagnostics: &mut Diagnostics) {
    let key = |diagnostic: &Diagnostic| {
        (diagnostic.code, diagnostic.message.clone(), diagnostic.help.clone())
    };
    let mut places: HashMap<_, Vec<_>> = HashMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| is_grouped(diagnostic)) {
        places.entry(key(diagnostic)).or_default().extend(diagnostic.span);
    }
    let mut seen = HashSet::new();
    diagnostics.retain(|diagnostic| !is_grouped(diagnostic) || seen.insert(key(diagnostic)));
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| is_grouped(diagnostic)) {
        let Some([_, others @ ..]) = places.get(&key(diagnostic)).map(Vec::as_slice) else {
            continue;
        };
        let shown = others.iter().take(MOST_RELATED);
        let shown = shown.map(|span| Label { span: *span, message: "here, too".to_owned() });
        diagnostic.related.extend(shown);
        if others.len() > MOST_RELATED && diagnostic.label.is_empty() {
            diagnostic.label = format!("and in {} other places", others.len());
        }
    }
}

const fn is_grouped(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code, Code::DockerfileIgnored | Code::DockerfileUnsupported)
}
