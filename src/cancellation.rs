//! A request to stop work that another thread is doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A token that stops an analysis; clones share it, and it stays cancelled.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Asks the work that holds a clone of this token to stop as soon as it can.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work should stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
