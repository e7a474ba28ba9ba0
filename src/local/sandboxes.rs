//! The sandboxes of local templates: their control plane, their containers and how long they live.
//!
//! A sandbox is a container of the template's image. Its first process is the agent, over which all
//! calls reach it; see `agent`. Sandboxes are in no file: they end with the server, and what a
//! killed one has left is removed at the next start.
//!
//! | module | subject |
//! |---|---|
//! | `address` | which sandbox and port a request is for |
//! | `agent` | the program in the container |
//! | `api` | the calls of the control plane |
//! | `body` | bodies that calls do not need |
//! | `channel`, `link` | talking with the agent |
//! | `create` | starting a sandbox |
//! | `port` | requests to ports of a sandbox |
//! | `sandbox` | one sandbox |
//! | `start_command` | the template's start command and its check |

pub(super) mod address;
mod agent;
pub(super) mod api;
mod before;
mod body;
pub(super) mod channel;
mod create;
pub(super) mod link;
pub(super) mod port;
pub(super) mod sandbox;
mod start_command;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{sleep_until, timeout};

use sandbox::Sandbox;

/// How long the end of the server waits for the removal of containers.
const END: Duration = Duration::from_secs(30);

/// The running sandboxes.
#[derive(Default)]
pub(super) struct Sandboxes(Mutex<State>);

#[derive(Default)]
struct State {
    running: HashMap<String, Arc<Sandbox>>,
    /// The number of those that are being started.
    starting: usize,
    /// Whether the server ends, and none is started any more.
    is_closed: bool,
}

impl fmt::Debug for Sandboxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sandboxes", self.lock().running.len())
    }
}

impl Sandboxes {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sandbox with an ID.
    pub(super) fn get(&self, id: &str) -> Option<Arc<Sandbox>> {
        self.lock().running.get(id).cloned()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<Sandbox>> {
        self.lock().running.values().cloned().collect()
    }

    /// Whether one of a template exists.
    pub(super) fn uses(&self, template_id: &str) -> bool {
        self.lock().running.values().any(|sandbox| sandbox.origin.template_id == template_id)
    }

    /// Takes a sandbox out of the list. Who gets it removes its container.
    fn take(&self, id: &str) -> Option<Arc<Sandbox>> {
        self.lock().running.remove(id)
    }

    /// Ends a sandbox; whether there was one.
    pub(super) async fn kill(&self, id: &str) -> bool {
        let Some(sandbox) = self.take(id) else { return false };
        remove(sandbox).await;
        true
    }

    /// Ends all sandboxes, and starts no other.
    pub(super) async fn close(&self) {
        let sandboxes: Vec<_> = {
            let mut state = self.lock();
            state.is_closed = true;
            state.running.drain().map(|(_, sandbox)| sandbox).collect()
        };
        let _ = timeout(END, join_all(sandboxes.into_iter().map(remove))).await;
    }
}

async fn remove(sandbox: Arc<Sandbox>) {
    let _ = tokio::task::spawn_blocking(move || sandbox.remove()).await;
}

/// Ends a sandbox at its timeout, or when its container has ended by itself.
async fn watch_over(app: Arc<super::app::App>, sandbox: Arc<Sandbox>) {
    loop {
        let timed_out = async {
            match sandbox.deadline() {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sandbox.moved.notified() => continue,
            () = sandbox.link.lost() => {}
            () = timed_out => {
                let paused = Arc::clone(&sandbox);
                let is_paused = sandbox.pauses()
                    && tokio::task::spawn_blocking(move || paused.pause().is_ok())
                        .await
                        .unwrap_or_default();
                if is_paused {
                    continue;
                }
            }
        }
        app.sandboxes.kill(&sandbox.id).await;
        return;
    }
}
