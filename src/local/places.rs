//! The places of open connections, of which there is a fixed number.
//!
//! When all are taken, the connection that has made no progress for the longest time gives up its
//! place, so that many slow clients do not lock others out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a connection keeps its place without progress, however many others wait for one.
const GRACE: Duration = Duration::from_secs(1);

/// How long to wait before the next connection is asked for its place, if none became free.
const PATIENCE: Duration = Duration::from_millis(100);

/// The places of a listener.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    holders: HashMap<u64, Arc<Holder>>,
}

/// What is known of a connection that holds a place.
#[derive(Debug)]
struct Holder {
    /// The time of its last progress.
    progress: Mutex<Instant>,
    is_evicted: AtomicBool,
    waker: AtomicWaker,
}

/// The place of a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    holder: Arc<Holder>,
    places: Arc<Places>,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Mutex::default(), freed: Notify::new() }
    }

    /// Takes a place; if there is none, waits until another connection ends or gives up its own.
    pub(super) async fn take(self: &Arc<Self>) -> Place {
        loop {
            if let Some(place) = self.try_take() {
                return place;
            }
            self.evict();
            tokio::select! {
                () = self.freed.notified() => {}
                () = tokio::time::sleep(PATIENCE) => {}
            }
        }
    }

    fn try_take(self: &Arc<Self>) -> Option<Place> {
        let mut taken = self.taken();
        if taken.holders.len() >= self.most {
            return None;
        }
        let id = taken.next;
        taken.next += 1;
        let holder = Arc::new(Holder {
            progress: Mutex::new(Instant::now()),
            is_evicted: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        taken.holders.insert(id, Arc::clone(&holder));
        Some(Place { id, holder, places: Arc::clone(self) })
    }

    /// Evicts the connection whose last progress is the oldest, if it is old enough.
    fn evict(&self) {
        let taken = self.taken();
        let staying =
            taken.holders.values().filter(|holder| !holder.is_evicted.load(Ordering::Acquire));
        let oldest = staying.min_by_key(|holder| holder.progress());
        if let Some(holder) = oldest.filter(|holder| holder.progress().elapsed() >= GRACE) {
            holder.is_evicted.store(true, Ordering::Release);
            holder.waker.wake();
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder {
    fn progress(&self) -> Instant {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Notes progress of the connection.
    pub(super) fn note_progress(&self) {
        *self.holder.progress.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether the connection has lost its place, which wakes the task of `context`.
    pub(super) fn is_lost(&self, context: &Context<'_>) -> bool {
        self.holder.waker.register(context.waker());
        self.holder.is_evicted.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().holders.remove(&self.id);
        self.places.freed.notify_one();
    }
}
