//! Which builds run, and how they are stopped.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// The builds that run now.
#[derive(Debug)]
pub(super) struct Running {
    stops: Mutex<HashMap<String, Arc<AtomicBool>>>,
    count: watch::Sender<usize>,
}

impl Running {
    pub(super) fn new() -> Self {
        Self { stops: Mutex::default(), count: watch::Sender::new(0) }
    }

    /// Notes that a build runs, until the ticket is dropped.
    pub(super) fn begin(self: &Arc<Self>, build_id: &str) -> BuildGuard {
        let stop = Arc::new(AtomicBool::new(false));
        self.stops().insert(build_id.to_owned(), Arc::clone(&stop));
        self.count.send_modify(|count| *count += 1);
        BuildGuard { running: Arc::clone(self), build_id: build_id.to_owned(), stop }
    }

    /// Asks a build to stop, which it does soon and without writing anything more.
    pub(super) fn stop(&self, build_id: &str) {
        if let Some(stop) = self.stops().get(build_id) {
            stop.store(true, Ordering::Release);
        }
    }

    /// Asks every build to stop.
    pub(super) fn stop_all(&self) {
        self.stops().values().for_each(|stop| stop.store(true, Ordering::Release));
    }

    /// Resolves when no build runs.
    pub(super) async fn idle(&self) {
        // The sender lives in `self`, so the wait cannot fail while it is borrowed.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<String, Arc<AtomicBool>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running build's place among [`Running`]; dropping it ends the build's run, however it ended.
#[derive(Debug)]
pub(super) struct BuildGuard {
    running: Arc<Running>,
    build_id: String,
    stop: Arc<AtomicBool>,
}

impl BuildGuard {
    /// Whether the build was asked to stop.
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Sleeps, but not beyond a request to stop.
    pub(super) fn pause(&self, mut remaining: Duration) {
        const GRAIN: Duration = Duration::from_millis(10);
        while !remaining.is_zero() && !self.stopped() {
            std::thread::sleep(remaining.min(GRAIN));
            remaining = remaining.saturating_sub(GRAIN);
        }
    }
}

impl Drop for BuildGuard {
    fn drop(&mut self) {
        self.running.stops().remove(&self.build_id);
        self.running.count.send_modify(|count| *count -= 1);
    }
}
