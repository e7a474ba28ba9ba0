//! Watchers that collect events until they are asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;
use uuid::Uuid;

use super::watch::Watched;
use crate::wire::envd::FilesystemEvent;
use crate::wire::envd::connect::{Code, ConnectError};

/// The most events that wait in a watcher. A client that does not ask for more of them than that has
/// lost interest.
const WAITING: usize = 100_000;

/// The most watchers of a sandbox.
const MOST: usize = 256;

/// The watchers of a sandbox.
#[derive(Debug, Default)]
pub(super) struct Watchers(Mutex<HashMap<String, Watcher>>);

#[derive(Debug)]
struct Watcher {
    collected: Arc<Mutex<Collected>>,
    task: AbortHandle,
}

#[derive(Debug, Default)]
struct Collected {
    events: Vec<FilesystemEvent>,
    error: Option<ConnectError>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watchers {
    /// Collects events; the ID of the new watcher.
    pub(super) fn add(&self, mut watched: Watched) -> Result<String, ConnectError> {
        let mut watchers = lock(&self.0);
        if watchers.len() >= MOST {
            let message = format!("a sandbox has at most {MOST} watchers");
            return Err(ConnectError::new(Code::ResourceExhausted, message));
        }
        let collected = Arc::new(Mutex::new(Collected::default()));
        let all = Arc::clone(&collected);
        let task = tokio::spawn(async move {
            loop {
                let event = watched.next().await;
                let mut all = lock(&all);
                match event {
                    Ok(event) if all.events.len() < WAITING => all.events.push(event),
                    Ok(_) => {
                        let message = "too many events were not asked for";
                        all.error = Some(ConnectError::new(Code::ResourceExhausted, message));
                        return;
                    }
                    Err(error) => {
                        all.error = Some(error);
                        return;
                    }
                }
            }
        });
        let id = format!("w{}", Uuid::new_v4().simple());
        watchers.insert(id.clone(), Watcher { collected, task: task.abort_handle() });
        Ok(id)
    }

    /// The events since the last call.
    pub(super) fn take(&self, id: &str) -> Result<Vec<FilesystemEvent>, ConnectError> {
        let watchers = lock(&self.0);
        let watcher = watchers.get(id).ok_or_else(|| not_found(id))?;
        let mut collected = lock(&watcher.collected);
        match &collected.error {
            Some(error) => Err(error.clone()),
            None => Ok(std::mem::take(&mut collected.events)),
        }
    }

    /// Removes a watcher.
    pub(super) fn remove(&self, id: &str) -> Result<(), ConnectError> {
        lock(&self.0).remove(id).map(|_| ()).ok_or_else(|| not_found(id))
    }
}

fn not_found(id: &str) -> ConnectError {
    ConnectError::new(Code::NotFound, format!("watcher with id {id} not found"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
