//! Whether an engine may hold what no record knows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Store, disk};
use crate::engine::Kind;

/// The marks of engines: a file for each, which a clean end removes.
#[derive(Debug)]
pub(in crate::local) struct EngineMarks {
    root: PathBuf,
}

impl EngineMarks {
    /// Marks an engine.
    pub(in crate::local) fn set(&self, kind: Kind) -> io::Result<()> {
        disk::replace(&self.root, &self.path(kind), b"")
    }

    /// Whether an engine is marked.
    pub(in crate::local) fn is_set(&self, kind: Kind) -> bool {
        self.path(kind).exists()
    }

    /// Removes the mark of an engine. One that stays costs a look at the next start.
    pub(in crate::local) fn remove(&self, kind: Kind) {
        let _ = fs::remove_file(self.path(kind));
    }

    fn path(&self, kind: Kind) -> PathBuf {
        self.root.join(format!("using-{}", kind.program()))
    }
}

impl Store {
    /// The marks of engines.
    pub(in crate::local) fn engine_marks(&self) -> EngineMarks {
        let root: &Path = &self.root;
        EngineMarks { root: root.to_owned() }
    }
}
