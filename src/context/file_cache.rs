//! What copies selected in an earlier analysis of the same manifest.
//!
//! Nothing here looks at the disk: the owner counts revisions, and what was selected at one
//! revision is used until the next. An editor that watches files starts a new revision when one of
//! them changes, and walks no directory for a keystroke.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{ContextError, Selected};
use crate::scalar::ModeChange;

/// How many analyses later an unused selection is dropped: a step that is being typed is missing
/// from the manifest for a few.
const MOST_UNUSED: u64 = 16;

/// All that a selection depends on, apart from the files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) root: PathBuf,
    /// The ignore patterns in their order.
    pub(super) patterns: Vec<String>,
    pub(super) source: String,
    pub(super) follow_symlinks: bool,
    /// The change of permissions.
    pub(super) mode_change: Option<ModeChange>,
}

/// What the source of a copy selects, or why it selects nothing.
pub(super) type Selection = Result<Selected, Arc<ContextError>>;

/// The selected files of one manifest's copies; clones share them.
#[derive(Debug, Clone, Default)]
pub struct FileCache(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    revision: u64,
    /// Counts the analyses.
    analysis: u64,
    /// Each selection of this revision, and the last analysis that used it.
    selections: HashMap<Key, (Selection, u64)>,
}

impl FileCache {
    /// Begins a new revision, because files have changed or may have.
    pub fn begin_revision(&self) {
        let mut state = self.state();
        state.revision += 1;
        state.selections.clear();
    }

    /// Begins an analysis, and drops what has not been used for a while.
    pub(crate) fn begin_analysis(&self) {
        let mut state = self.state();
        state.analysis += 1;
        let now = state.analysis;
        state.selections.retain(|_, (_, used)| now - *used <= MOST_UNUSED);
    }

    /// The selection under a key; `select` makes one that is missing.
    pub(super) fn get(
        &self,
        key: Key,
        select: impl FnOnce() -> Result<Selected, ContextError>,
    ) -> Selection {
        let revision = match self.known(&key) {
            Ok(known) => return known,
            Err(revision) => revision,
        };
        // Without the lock: at worst, two analyses at once select the same files.
        let selection = select().map_err(Arc::new);
        let is_cancelled =
            matches!(&selection, Err(error) if matches!(**error, ContextError::Cancelled));
        let mut state = self.state();
        // What was selected while the files changed belongs to no revision.
        if !is_cancelled && state.revision == revision {
            let now = state.analysis;
            state.selections.insert(key, (selection.clone(), now));
        }
        selection
    }

    /// The selection under a key, or else the revision that it is to be made for.
    fn known(&self, key: &Key) -> Result<Selection, u64> {
        let mut state = self.state();
        let (now, revision) = (state.analysis, state.revision);
        let (selection, used) = state.selections.get_mut(key).ok_or(revision)?;
        *used = now;
        Ok(selection.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::SystemTime;

    use super::*;

    fn key(source: &str) -> Key {
        let (root, source) = (PathBuf::from("."), source.to_owned());
        Key { root, patterns: Vec::new(), source, follow_symlinks: false, mode_change: None }
    }

    fn nothing() -> Selected {
        Selected { entries: Arc::default(), since: SystemTime::UNIX_EPOCH }
    }

    /// Whether a selection has to be made.
    fn selects(cache: &FileCache, source: &str) -> bool {
        let made = Cell::new(false);
        let select = || {
            made.set(true);
            Ok(nothing())
        };
        cache.get(key(source), select).expect("a selection");
        made.get()
    }

    #[test]
    fn a_selection_is_made_once_a_revision() {
        let cache = FileCache::default();
        assert!(selects(&cache, "a") && selects(&cache, "b"));
        assert!(!selects(&cache, "a") && !selects(&cache.clone(), "b"));
        cache.begin_revision();
        assert!(selects(&cache, "a"));
    }

    #[test]
    fn what_is_selected_while_the_revision_changes_is_not_kept() {
        let cache = FileCache::default();
        let selection = cache.get(key("a"), || {
            cache.begin_revision();
            Ok(nothing())
        });
        assert!(selection.is_ok());
        assert!(selects(&cache, "a"));
    }

    #[test]
    fn errors_are_kept_and_cancelled_work_is_not() {
        let cache = FileCache::default();
        let not_found = || Err(ContextError::NotFound { near: None });
        assert!(cache.get(key("a"), not_found).is_err());
        assert!(cache.get(key("a"), || Ok(nothing())).is_err());
        assert!(cache.get(key("b"), || Err(ContextError::Cancelled)).is_err());
        assert!(cache.get(key("b"), || Ok(nothing())).is_ok());
    }

    #[test]
    fn an_unused_selection_is_dropped_in_the_end() {
        let cache = FileCache::default();
        selects(&cache, "used");
        selects(&cache, "unused");
        for _ in 0..=MOST_UNUSED {
            cache.begin_analysis();
            assert!(!selects(&cache, "used"));
        }
        assert!(selects(&cache, "unused"));
    }
}
