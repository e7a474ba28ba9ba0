//! The log of one build.
//!
//! Any thread can append to it and read from it, without the lock of the store. Entries are
//! collected and written in batches, at the latest [`DELAY`] after they were appended; a reader has
//! them written first, so it misses none. Memory holds one batch and a sparse index, not the log.

mod batch;
mod entry;
mod index;
mod read;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::{Span, Timestamp};

use super::now;
use crate::wire::e2b::LogLevel;
use batch::Batch;
pub(in crate::local) use entry::Line;
use entry::NewEntry;
use index::Index;
pub(in crate::local) use read::Page;

/// How long an entry may wait for others that are written with it.
const DELAY: Duration = Duration::from_millis(50);

/// The log of a build. There is one of it for a file at a time; see [`Logs`](super::logs::Logs).
#[derive(Debug)]
pub(in crate::local) struct BuildLog {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The entries in the file.
    index: Index,
    /// Whether the index has the entries that an earlier process wrote.
    is_indexed: bool,
    /// The entries that are not written yet.
    batch: Batch,
    /// Whether a thread is about to write the batch.
    write_is_due: bool,
    /// The file, once it is written to.
    file: Option<File>,
    /// The time of the last entry.
    last: Timestamp,
    /// The first error of writing, since which entries are missing.
    error: Option<io::Error>,
    has_ended: bool,
}

impl BuildLog {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default() }
    }

    /// Appends a text, one entry per line.
    ///
    /// # Errors
    ///
    /// If the log has ended, or if this or earlier entries could not be written.
    pub(in crate::local) fn append(
        self: &Arc<Self>,
        level: &LogLevel,
        step: Option<&str>,
        text: &str,
    ) -> io::Result<()> {
        let mut state = self.lock()?;
        if state.has_ended {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the build's log has ended"));
        }
        state.intact()?;
        state.push(&self.path, level, step, text)?;
        if !state.batch.is_empty() && !state.write_is_due {
            state.write_is_due = true;
            drop(state);
            self.write_soon()?;
        }
        Ok(())
    }

    /// Whether nothing can be appended any more.
    pub(in crate::local) fn has_ended(&self) -> bool {
        self.locked().has_ended
    }

    /// Writes all entries to the file.
    ///
    /// # Errors
    ///
    /// If these or earlier entries could not be written.
    pub(in crate::local) fn flush(&self) -> io::Result<()> {
        let mut state = self.lock()?;
        state.intact()?;
        state.write(&self.path)
    }

    /// Appends the last line and syncs the log to the disk. Then `store` stores how the build
    /// ended, and if that succeeds, the log has ended. Until it returns, appending waits.
    pub(super) fn end(
        &self,
        level: &LogLevel,
        step: Option<&str>,
        line: &str,
        store: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let mut state = self.lock()?;
        state.push(&self.path, level, step, line)?;
        state.write(&self.path)?;
        if let Some(file) = &state.file {
            file.sync_all()?;
        }
        store()?;
        state.close();
        Ok(())
    }

    /// Ends the log with what is written, because its build was deleted or the disk is full.
    pub(super) fn close(&self) {
        self.locked().close();
    }

    /// Writes the batch after a delay. A thread per batch is simpler than one per log, which would
    /// have to end with it, and costs little: there are at most twenty in a second.
    fn write_soon(self: &Arc<Self>) -> io::Result<()> {
        let log = Arc::clone(self);
        let started = thread::Builder::new().name("log".to_owned()).spawn(move || {
            thread::sleep(DELAY);
            log.write_now()
        });
        started.map_or_else(|_| self.write_now(), |_| Ok(()))
    }

    fn write_now(&self) -> io::Result<()> {
        let mut state = self.locked();
        state.write_is_due = false;
        state.write(&self.path)
    }

    /// The state after everything that could be written is written.
    fn written(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.lock()?;
        // The build fails with this error. Reading works on a full disk.
        let _ = state.write(&self.path);
        Ok(state)
    }

    /// The state with the index of what is in the file.
    fn lock(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.locked();
        if !state.is_indexed {
            state.index = Index::scan(&self.path)?;
            state.last = state.index.end().time;
            state.is_indexed = true;
        }
        Ok(state)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Fails if entries are missing.
    fn intact(&self) -> io::Result<()> {
        self.error.as_ref().map_or(Ok(()), |error| Err(copy(error)))
    }

    fn push(
        &mut self,
        path: &Path,
        level: &LogLevel,
        step: Option<&str>,
        text: &str,
    ) -> io::Result<()> {
        for line in text.lines() {
            self.last = now().max(after(self.last));
            let (timestamp, message) = (self.last, entry::shortened(line));
            self.batch.push(&NewEntry { timestamp, level, message, step })?;
            if self.batch.is_full() {
                self.write(path)?;
            }
        }
        Ok(())
    }

    /// Writes the batch.
    fn write(&mut self, path: &Path) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let written = match &mut self.file {
            Some(file) => self.batch.write(file, &mut self.index),
            None => open(path, &self.index)
                .and_then(|file| self.batch.write(self.file.insert(file), &mut self.index)),
        };
        written.inspect_err(|error| {
            self.batch.clear();
            // Opening it again truncates what is not indexed.
            self.file = None;
            self.error.get_or_insert_with(|| copy(error));
        })
    }

    fn close(&mut self) {
        self.has_ended = true;
        self.batch.clear();
        self.file = None;
    }
}

/// The next time after another one that clients can tell from it.
///
/// Pages by time need times that do not decrease. Times that are equal would make pages of equal
/// lines equal: clients take that for a server that repeats itself.
fn after(time: Timestamp) -> Timestamp {
    time.checked_add(Span::new().microseconds(1)).unwrap_or(time)
}

/// Opens a log to append to it, without an incomplete line at its end.
fn open(path: &Path, index: &Index) -> io::Result<File> {
    let file = File::options().create(true).append(true).open(path)?;
    let end = index.end().position;
    if file.metadata()?.len() > end {
        file.set_len(end)?;
    }
    Ok(file)
}

/// The same error again: [`io::Error`] cannot be cloned.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
