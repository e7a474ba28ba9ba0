//! What an update of an entry changes, in words.

use std::collections::BTreeMap;

use super::pin::Pin;

/// The differences between two entries of the same step: `fastapi 0.115.0 → 0.116.1`.
#[must_use]
pub fn changes(before: &[String], after: &[String]) -> Vec<String> {
    let (before, after) = (versions(before), versions(after));
    let mut changes = Vec::new();
    for (name, version) in &after {
        match before.get(name) {
            None => changes.push(format!("{name} {version} is new")),
            Some(old) if old != version => changes.push(format!("{name} {old} → {version}")),
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
    changes.extend(gone.map(|(name, version)| format!("{name} {version} is not needed any more")));
    changes
}

fn versions(resolved: &[String]) -> BTreeMap<String, String> {
    resolved.iter().filter_map(|text| Pin::parse(text)).map(|pin| (pin.name, pin.version)).collect()
}
