//! What the calls share.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Config;
use super::api_error::ApiError;
use super::links::Links;
use super::running::Running;
use super::store::{State, Store};

/// Why a build that the server's own end cut short has failed.
const STOPPED: &str = "the local platform was stopped while the build was running";

/// What the calls share: the store, the open links and the running builds.
pub(super) struct App {
    pub(super) config: Config,
    pub(super) address: SocketAddr,
    pub(super) running: Arc<Running>,
    store: Mutex<Store>,
    links: Mutex<Links>,
}

impl fmt::Debug for App {
    /// The open links are credentials and are not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("config", &self.config)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl App {
    pub(super) fn new(config: Config, address: SocketAddr, store: Store) -> Self {
        let links = Mutex::new(Links::new(config.link_lifetime));
        Self { config, address, running: Arc::new(Running::new()), store: Mutex::new(store), links }
    }

    /// The store, with the builds that waited too long for their start already failed.
    ///
    /// The lock covers writes to the disk: take it on a blocking thread (see [`blocking`]).
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        let mut store = self.lock_store();
        // What cannot be written now is tried again at the next call, which may only want to read.
        let _ = store.expire(self.config.start_within);
        store
    }

    pub(super) fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request with this `X-API-KEY` is one of the team's.
    pub(super) fn admits(&self, key: &[u8]) -> bool {
        let Some(expected) = &self.config.api_key else {
            return true;
        };
        // Digests of equal length are compared in full, so the time tells nothing about the key.
        let (given, expected) = (Sha256::digest(key), Sha256::digest(expected.as_bytes()));
        given.iter().zip(expected.iter()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
    }

    /// Fails a running build and asks it to stop. A build that is not running stays as it is.
    pub(super) fn cancel(
        &self,
        store: &mut Store,
        template_id: &str,
        build_id: &str,
        reason: &str,
    ) -> std::io::Result<()> {
        store.finish(template_id, build_id, Err(super::store::Reason::new(reason, None)))?;
        self.running.stop(build_id);
        Ok(())
    }

    /// Fails the builds that still run, waits for their end and frees the data directory.
    pub(super) async fn close(self: &Arc<Self>) {
        let app = Arc::clone(self);
        // The outcome of the task is of no interest: what could not be written down now is
        // written down when the directory is opened again.
        let _ = tokio::task::spawn_blocking(move || {
            let mut store = app.lock_store();
            for (template_id, build_id) in store.builds_in(State::Building) {
                let _ = app.cancel(&mut store, &template_id, &build_id, STOPPED);
            }
        })
        .await;
        self.running.idle().await;
        self.lock_store().release();
    }

    fn lock_store(&self) -> MutexGuard<'_, Store> {
        // The store changes in memory only after the disk has changed, so a panic elsewhere while
        // the lock was held leaves it whole.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does work that may wait for the disk, to its end even if the client does not wait for it.
pub(super) async fn blocking<T, F>(app: &Arc<App>, work: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&Arc<App>) -> Result<T, ApiError> + Send + 'static,
{
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || work(&app)).await.map_err(ApiError::internal)?
}
