//! The keys of what is being built, so that two builds do not build the same at once.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the condition to stop is looked at while another build holds a key.
const GRAIN: Duration = Duration::from_millis(50);

/// The keys that builds hold.
#[derive(Debug, Default)]
pub(super) struct Claims {
    held: Mutex<HashSet<String>>,
    freed: Condvar,
}

/// A key that a build holds until this is dropped. A build that holds one never waits for another,
/// so builds cannot wait for each other.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    key: String,
}

impl Claims {
    /// Waits until no other build holds the key; `None` if `stopped` says so first.
    pub(super) fn claim(&self, key: &str, stopped: impl Fn() -> bool) -> Option<Claim<'_>> {
        let mut held = self.held();
        while held.contains(key) {
            if stopped() {
                return None;
            }
            let waited = self.freed.wait_timeout(held, GRAIN);
            held = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        held.insert(key.to_owned());
        Some(Claim { claims: self, key: key.to_owned() })
    }

    fn held(&self) -> MutexGuard<'_, HashSet<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claims.held().remove(&self.key);
        self.claims.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_key_is_held_by_one_build_at_a_time() {
        let claims = Claims::default();
        let first = claims.claim("a", || false);
        assert!(claims.claim("a", || true).is_none());
        assert!(claims.claim("b", || true).is_some());
        thread::scope(|scope| {
            let waiting = scope.spawn(|| claims.claim("a", || false).is_some());
            drop(first);
            assert!(waiting.join().unwrap());
        });
        assert!(claims.claim("a", || true).is_some());
    }
}
