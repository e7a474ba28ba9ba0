//! Whether containers of an engine may be left by a process that was killed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Store, disk};
use crate::engine::Kind;

/// The marks of engines in use: a file for each, which a clean end removes.
#[derive(Debug)]
pub(in crate::local) struct EngineUse {
    root: PathBuf,
}

impl EngineUse {
    /// Marks an engine as used.
    pub(in crate::local) fn note(&self, kind: Kind) -> io::Result<()> {
        disk::replace(&self.root, &self.path(kind), b"")
    }

    /// Whether an engine is marked.
    pub(in crate::local) fn is_left(&self, kind: Kind) -> bool {
        self.path(kind).exists()
    }

    /// Removes the mark of an engine. One that stays costs a look at the next start.
    pub(in crate::local) fn forget(&self, kind: Kind) {
        let _ = fs::remove_file(self.path(kind));
    }

    fn path(&self, kind: Kind) -> PathBuf {
        self.root.join(format!("using-{}", kind.program()))
    }
}

impl Store {
    /// The marks of engines in use.
    pub(in crate::local) fn engine_use(&self) -> EngineUse {
        let root: &Path = &self.root;
        EngineUse { root: root.to_owned() }
    }
}
