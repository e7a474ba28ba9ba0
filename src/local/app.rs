//! The shared state of the endpoints.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Config;
use super::advertise::{self, Token};
use super::api_error::ApiError;
use super::engine_use::EngineUse;
use super::links::Links;
use super::running::Running;
use super::sandboxes::Sandboxes;
use super::store::{State, Store};

/// The reason of a build that was interrupted by the end of the server.
const STOPPED: &str = "the local platform was stopped while the build was running";

/// The store, the open upload links and the running builds.
pub(super) struct App {
    pub(super) config: Config,
    pub(super) address: SocketAddr,
    pub(super) running: Arc<Running>,
    /// What proves the identity of the server.
    pub(super) token: Token,
    pub(super) engine: EngineUse,
    pub(super) sandboxes: Sandboxes,
    store: Mutex<Store>,
    links: Mutex<Links>,
}

impl fmt::Debug for App {
    /// Omits the open links, which are credentials.
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
        let (running, store) = (Arc::new(Running::new()), Mutex::new(store));
        let (token, engine, sandboxes) =
            (Token::random(), EngineUse::default(), Sandboxes::default());
        Self { config, address, running, token, engine, sandboxes, store, links }
    }

    /// The store, after failing the builds that waited too long for their start.
    ///
    /// The lock covers writes to the disk: take it on a blocking thread (see [`blocking`]).
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        let mut store = self.lock_store();
        // A failure is retried at the next request, so that reading works on a full disk.
        let _ = store.expire(self.config.start_within);
        store
    }

    pub(super) fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a key is the configured one.
    pub(super) fn admits(&self, key: &[u8]) -> bool {
        let Some(expected) = &self.config.api_key else {
            return true;
        };
        // Comparing digests of equal length does not leak the key through timing.
        let (given, expected) = (Sha256::digest(key), Sha256::digest(expected.as_bytes()));
        given.iter().zip(expected.iter()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
    }

    /// Fails a running build and asks it to stop. A build that is not running is unchanged.
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

    /// Fails the running builds, ends the sandboxes, waits for their end and releases the data directory.
    pub(super) async fn close(self: &Arc<Self>) {
        let app = Arc::clone(self);
        // Ignore a failure: opening the directory again repairs it.
        let _ = tokio::task::spawn_blocking(move || {
            let mut store = app.lock_store();
            for (template_id, build_id) in store.builds_in(State::Building) {
                let _ = app.cancel(&mut store, &template_id, &build_id, STOPPED);
            }
        })
        .await;
        self.sandboxes.close().await;
        self.running.idle().await;
        advertise::remove(&self.config.data);
        self.lock_store().release();
    }

    /// Says to other processes what this one is.
    pub(super) fn introduce(&self, process: &str) {
        self.lock_store().introduce(process);
    }

    /// The store without that.
    pub(super) fn lock_store(&self) -> MutexGuard<'_, Store> {
        // Memory changes only after the disk, so the store is consistent after a panic.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs blocking work to its end, even if the client disconnects.
pub(super) async fn blocking<T, F>(app: &Arc<App>, work: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&Arc<App>) -> Result<T, ApiError> + Send + 'static,
{
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || work(&app)).await.map_err(ApiError::internal)?
}
