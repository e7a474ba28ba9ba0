//! The lock of the data directory, which one process holds at a time.

use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::local::error::LocalError;

/// The most bytes that are read of what a holder says of itself.
const MAX_HOLDER: u64 = 200;

/// A locked data directory. The end of the process unlocks it, too.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Locks a directory.
    pub(super) fn hold(root: &Path) -> Result<Self, LocalError> {
        let path = root.join("lock");
        let failed = |source| LocalError::Store { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                // What the holder before was.
                let _ = file.set_len(0);
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => {
                Err(LocalError::Held { path: root.to_owned(), by: holder(&file) })
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Says to those who want the lock what holds it.
    pub(super) fn introduce(&self, holder: &str) {
        // If it is not written, they wait.
        let _ = self.0.write_at(holder.as_bytes(), 0);
    }

    /// Unlocks the directory.
    pub(super) fn release(&self) {
        let _ = self.0.unlock();
    }
}

/// What the holder says that it is.
fn holder(lock: &File) -> Option<String> {
    let mut bytes = Vec::new();
    lock.take(MAX_HOLDER).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held_by(root: &Path) -> Option<String> {
        match Lock::hold(root) {
            Err(LocalError::Held { by, .. }) => by,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_holder_says_what_it_is() {
        let root = tempfile::tempdir().expect("a directory");
        let first = Lock::hold(root.path()).expect("free");
        assert_eq!(held_by(root.path()), None);
        first.introduce("`sbx shell` \u{1b}[1m(process 1)");
        assert_eq!(held_by(root.path()).as_deref(), Some("`sbx shell` [1m(process 1)"));
        first.release();
        let _second = Lock::hold(root.path()).expect("free again");
        assert_eq!(held_by(root.path()), None);
    }
}
