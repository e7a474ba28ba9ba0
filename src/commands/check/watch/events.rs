//! The system's events about changes in directories.

use std::collections::BTreeSet;
use std::path::PathBuf;

use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::Sender;

use crate::host::describe;

/// Tells of changes in directories, not of those in the directories below them, for as long as the
/// result lives. Events for which the channel has no place are dropped.
///
/// # Errors
/// Why the system does not tell of all of them.
pub(super) fn watch(
    directories: &BTreeSet<PathBuf>,
    changes: Sender<()>,
) -> Result<RecommendedWatcher, String> {
    let tell = move |event: notify::Result<Event>| {
        // Reading a file is an event as well.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = changes.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(tell).map_err(|error| reason(&error))?;
    for directory in directories {
        match watcher.watch(directory, RecursiveMode::NonRecursive) {
            Ok(()) => {}
            // It has gone since.
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(reason(&error)),
        }
    }
    Ok(watcher)
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn reason(error: &notify::Error) -> String {
    let cause = match &error.kind {
        ErrorKind::MaxFilesWatch => "too many directories are watched".to_owned(),
        ErrorKind::Io(error) => describe(error),
        other => format!("{other:?}"),
    };
    format!("the system cannot watch all files: {cause}")
}
