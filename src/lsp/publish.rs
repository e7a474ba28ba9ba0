//! Which diagnostics the client was sent for each file.
//!
//! Several manifests may name one Dockerfile: its diagnostics are those of all of them, without
//! duplicates, and are cleared when the last one has gone.

use std::collections::{BTreeMap, BTreeSet};

use gen_lsp_types::{Diagnostic, Uri};

use super::reports::ByFile;

/// What open manifests say about files, and what was sent.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// For each manifest, the diagnostics of each file.
    manifests: BTreeMap<String, ByFile>,
    /// The last diagnostics of each file that has any.
    sent: BTreeMap<String, Vec<Diagnostic>>,
}

impl Ledger {
    /// Replaces what a manifest says, and returns the files whose diagnostics changed.
    pub(super) fn replace(&mut self, manifest: &Uri, files: ByFile) -> Vec<(Uri, Vec<Diagnostic>)> {
        let before = self.manifests.insert(manifest.0.clone(), files);
        self.changed(manifest, before.as_ref())
    }

    /// Forgets a manifest, and returns the files whose diagnostics changed.
    pub(super) fn remove(&mut self, manifest: &Uri) -> Vec<(Uri, Vec<Diagnostic>)> {
        let before = self.manifests.remove(&manifest.0);
        self.changed(manifest, before.as_ref())
    }

    fn changed(&mut self, manifest: &Uri, before: Option<&ByFile>) -> Vec<(Uri, Vec<Diagnostic>)> {
        let now = self.manifests.get(&manifest.0);
        let files = before.into_iter().chain(now).flat_map(BTreeMap::keys).cloned();
        let files: BTreeSet<String> = files.collect();
        let mut changed = Vec::new();
        for file in files {
            let merged = self.merged(&file);
            if self.sent.get(&file).map_or(&[][..], Vec::as_slice) == merged {
                continue;
            }
            if merged.is_empty() {
                self.sent.remove(&file);
            } else {
                self.sent.insert(file.clone(), merged.clone());
            }
            changed.push((Uri(file), merged));
        }
        changed
    }

    /// What all manifests say about a file.
    pub(super) fn merged(&self, file: &str) -> Vec<Diagnostic> {
        let mut merged: Vec<Diagnostic> = Vec::new();
        for diagnostic in self.manifests.values().filter_map(|files| files.get(file)).flatten() {
            if !merged.contains(diagnostic) {
                merged.push(diagnostic.clone());
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostics(messages: &[&str]) -> Vec<Diagnostic> {
        let diagnostic =
            |message: &&str| Diagnostic { message: (*message).into(), ..Diagnostic::default() };
        messages.iter().map(diagnostic).collect()
    }

    #[test]
    fn a_file_of_two_manifests_has_the_diagnostics_of_both_until_they_have_gone() {
        let mut ledger = Ledger::default();
        let (one, two) = (Uri("one".to_owned()), Uri("two".to_owned()));
        let says = |of: &[&str]| ByFile::from([("Dockerfile".to_owned(), diagnostics(of))]);
        let file = Uri("Dockerfile".to_owned());
        let changed = ledger.replace(&one, says(&["a", "b"]));
        assert_eq!(changed, [(file.clone(), diagnostics(&["a", "b"]))]);
        assert_eq!(ledger.replace(&two, says(&["b"])), []);
        assert_eq!(ledger.replace(&one, says(&["a"])), []);
        let changed = ledger.replace(&one, ByFile::new());
        assert_eq!(changed, [(file.clone(), diagnostics(&["b"]))]);
        assert_eq!(ledger.remove(&one), []);
        assert_eq!(ledger.remove(&two), [(file, Vec::new())]);
        assert_eq!(ledger.remove(&two), []);
    }
}
