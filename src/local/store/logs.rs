//! The builds' logs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::log::BuildLog;

/// The number of logs whose index is kept although they are not used: rarely are more read at once.
const KEPT: usize = 64;

/// The logs of builds.
#[derive(Debug)]
pub(in crate::local) struct Logs {
    directory: PathBuf,
    /// The logs that are used, and those that were, the latest last.
    known: Vec<(String, Arc<BuildLog>)>,
}

impl Logs {
    pub(super) fn new(root: &Path) -> Self {
        Self { directory: root.join("logs"), known: Vec::new() }
    }

    /// The log of a build, which may be empty.
    pub(in crate::local) fn get(&mut self, build_id: &str) -> Arc<BuildLog> {
        let known = self.known.iter().position(|(id, _)| id == build_id);
        let log = if let Some(place) = known {
            self.known.remove(place).1
        } else {
            self.make_room();
            Arc::new(BuildLog::new(self.path(build_id)))
        };
        self.known.push((build_id.to_owned(), Arc::clone(&log)));
        log
    }

    /// Ends the log of a build and removes it. If that fails, [`retain`](Self::retain) removes it
    /// later.
    pub(super) fn remove(&mut self, build_id: &str) {
        self.get(build_id).close();
        self.known.retain(|(id, _)| id != build_id);
        let _ = fs::remove_file(self.path(build_id));
    }

    /// Removes the logs of deleted builds.
    pub(super) fn retain(&mut self, mut wanted: impl FnMut(&str) -> bool) {
        let Ok(directory) = fs::read_dir(&self.directory) else {
            return;
        };
        for path in directory.flatten().map(|entry| entry.path()) {
            let build_id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if !wanted(build_id) {
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Forgets the log that was not used for the longest time. One that a build appends to has a
    /// second owner, and there must be no other of it.
    fn make_room(&mut self) {
        let unused = |(_, log): &(String, Arc<BuildLog>)| Arc::strong_count(log) == 1;
        if self.known.len() >= KEPT
            && let Some(place) = self.known.iter().position(unused)
        {
            self.known.remove(place);
        }
    }

    fn path(&self, build_id: &str) -> PathBuf {
        self.directory.join(format!("{build_id}.jsonl"))
    }
}
