//! The running builds, and how to stop them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// The running builds.
#[derive(Debug)]
pub(super) struct Running {
    stops: Mutex<HashMap<String, Arc<AtomicBool>>>,
    count: watch::Sender<usize>,
}

impl Running {
    pub(super) fn new() -> Self {
        Self { stops: Mutex::default(), count: watch::Sender::new(0) }
    }

    /// Registers a running build until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>, build_id: &str) -> BuildGuard {
        let stop = Arc::new(AtomicBool::new(false));
        self.stops().insert(build_id.to_owned(), Arc::clone(&stop));
        self.count.send_modify(|count| *count += 1);
        BuildGuard { running: Arc::clone(self), build_id: build_id.to_owned(), stop }
    }

    /// Asks a build to stop, which it does soon and without writing anything else.
    pub(super) fn stop(&self, build_id: &str) {
        if let Some(stop) = self.stops().get(build_id) {
            stop.store(true, Ordering::Release);
        }
    }

    /// Asks every build to stop.
    pub(super) fn stop_all(&self) {
        self.stops().values().for_each(|stop| stop.store(true, Ordering::Release));
    }

    /// Resolves when no build is running.
    pub(super) async fn idle(&self) {
        // `self` owns the sender, so waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<String, Arc<AtomicBool>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The registration of a running build, which ends when the guard is dropped.
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

    /// Sleeps until the time is over or the build is asked to stop.
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
