//! The local platform: a server of the E2B protocol family that needs no account and no network.
//!
//! It behaves like the real server: the validation and its messages, the states of a build, the
//! paging of logs, the upload links and the semantics of tags. It runs the steps on the container
//! engine of the machine; where there is none it verifies archives and records the steps, which the
//! log of each build says at its beginning.
//!
//! `bind` opens the data directory and the port, [`Server::run`] serves. The module uses the wire
//! types and nothing of the compiler, and it never prints.
//!
//! | module | subject |
//! |---|---|
//! | `advertise` | how other processes find a running server |
//! | `api` | the endpoints, one file per subject |
//! | `app` | shared state: store, links, running builds |
//! | `archive` | verifies the archive of a `COPY` step and its hash |
//! | `build` | runs a build |
//! | `claims` | which layers are being built |
//! | `engine_use` | the use of the container engine, and what a killed process has left there |
//! | `envd` | the calls to processes and files of a sandbox |
//! | `executor` | what the phases of a build do: run on an engine, or be recorded |
//! | `extract` | request bodies and parameters, with errors in the protocol's form |
//! | `hex` | bytes in hexadecimal |
//! | `images` | whose images an engine holds |
//! | `links` | the upload links |
//! | `listener` | connections with a timeout |
//! | `places` | how many connections may be open, and which gives up its place |
//! | `running` | the running builds, and how to stop them |
//! | `sandboxes` | the sandboxes of templates |
//! | `store` | the data directory |
//! | `validate` | names, tags and resources |
//! | `version` | versions of the builder |

mod advertise;
mod api;
mod api_error;
mod app;
mod archive;
mod build;
mod claims;
mod engine_use;
mod envd;
mod error;
mod executor;
mod extract;
mod images;
mod links;
mod listener;
mod places;
mod running;
mod sandboxes;
mod store;
mod validate;
mod version;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;

pub use advertise::Advertisement;
use app::App;
pub use error::LocalError;
pub use images::Owner;
use listener::TimeoutListener;
use store::Store;

use crate::engine::{Choice, Selection, Unavailable};

/// The namespace of every template: the slug of the local platform's one team.
pub const TEAM: &str = "local";

/// The configuration of the local platform.
#[derive(Clone)]
pub struct Config {
    /// The address to listen on; port 0 picks a free port.
    pub listen: SocketAddr,
    /// The data directory. It is created if it does not exist, and one process can use it at a
    /// time.
    pub data: PathBuf,
    /// The key that clients must send, as `X-API-KEY` or as a bearer token; without one, any key
    /// or none is accepted.
    pub api_key: Option<String>,
    /// The team's limit of builds that are registered or running at once.
    pub concurrent_builds: usize,
    /// The team's limit of virtual CPUs.
    pub max_cpu: u64,
    /// The team's limit of memory, in MiB.
    pub max_memory_mb: u64,
    /// The largest JSON body, in bytes.
    pub max_json_bytes: usize,
    /// The largest archive, in bytes.
    pub max_upload_bytes: u64,
    /// The largest unpacked archive, in bytes.
    pub max_unpacked_bytes: u64,
    /// The lifetime of an upload link.
    pub link_lifetime: Duration,
    /// How long a registered build may wait for its start.
    pub start_within: Duration,
    /// How long a build may take.
    pub build_within: Duration,
    /// The largest number of open connections; for one more, the one without progress for the
    /// longest time is closed.
    pub max_connections: usize,
    /// How long a connection may make no progress.
    pub idle_connection: Duration,
    /// How long the readiness check may take to succeed.
    pub ready_within: Duration,
    /// How long a process may hold the output of a step's command that has ended. The real server
    /// waits as long as a step may take.
    pub held_within: Duration,
    /// A pause before each step, to be able to watch or cancel a build: without it builds take no
    /// time, since nothing is run.
    pub step_pause: Duration,
    /// The container engine that runs the steps.
    pub engine: Selection,
    /// Whose builder is imitated where builders differ.
    pub rules: Rules,
}

/// A platform whose builder is imitated where builders differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rules {
    /// Novita's, which drops the environment of an image.
    #[default]
    Novita,
    /// E2B's, which gives the environment of an image to steps, start and readiness command.
    E2b,
}

impl fmt::Debug for Config {
    /// The key is a credential and is not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// A configuration with the real server's limits and without a container engine.
    #[must_use]
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>) -> Self {
        const MINUTE: Duration = Duration::from_mins(1);
        Self {
            listen,
            data: data.into(),
            api_key: None,
            concurrent_builds: 20,
            max_cpu: 32,
            max_memory_mb: 128 * 1024,
            max_json_bytes: 16 << 20,
            max_upload_bytes: 16 << 30,
            max_unpacked_bytes: 64 << 30,
            link_lifetime: 30 * MINUTE,
            start_within: 40 * MINUTE,
            build_within: 60 * MINUTE,
            max_connections: 512,
            idle_connection: 2 * MINUTE,
            ready_within: 10 * MINUTE,
            held_within: 5 * MINUTE,
            step_pause: Duration::ZERO,
            engine: Selection { choice: Choice::None, ..Selection::default() },
            rules: Rules::default(),
        }
    }
}

/// The first time, since 1970, that HTTP cannot express: the year 10000. The HTTP library panics when
/// it writes the date of an answer after it, or before 1970.
const END_OF_DATES: Duration = Duration::from_hours(70_389_528);

/// Opens the data directory and binds the port.
///
/// # Errors
///
/// When the clock is wrong, when another process holds the directory, when it cannot be read or written or was made by a
/// newer version, or when the address cannot be bound.
pub async fn bind(config: Config) -> Result<Server, LocalError> {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    if !since_epoch.is_ok_and(|since_epoch| since_epoch < END_OF_DATES) {
        return Err(LocalError::Clock);
    }
    let data = config.data.clone();
    let store = tokio::task::spawn_blocking(move || Store::open(&data))
        .await
        .map_err(|error| LocalError::Interrupted(error.to_string()))??;
    let cannot_bind = |source| LocalError::Bind { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(cannot_bind)?;
    let address = listener.local_addr().map_err(cannot_bind)?;
    Ok(Server { address, listener, app: Arc::new(App::new(config, address, store)) })
}

/// The local platform, bound but not yet serving.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    listener: TcpListener,
    app: Arc<App>,
}

impl Server {
    /// The address that clients reach it at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets other processes of the user find the server, until it ends.
    ///
    /// # Errors
    ///
    /// When the file cannot be written into the data directory.
    pub fn advertise(&self) -> io::Result<()> {
        let advertisement = Advertisement::new(self.address, self.app.token.clone());
        advertisement.write(&self.app.config.data)
    }

    /// A view of the server that outlives [`run`](Self::run).
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle { app: Arc::clone(&self.app) }
    }

    /// Serves until `shutdown` resolves and the requests under way are answered.
    ///
    /// Builds that still run then are failed; wait for [`Handle::idle`] first to let them finish.
    /// The data directory is free when this returns.
    ///
    /// # Errors
    ///
    /// When the network fails for good.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Config { idle_connection, max_connections, .. } = self.app.config;
        let listener = TimeoutListener::new(self.listener, idle_connection, max_connections);
        let router = api::router(Arc::clone(&self.app));
        let _guard = StopOnDrop(&self.app);
        let app = Arc::clone(&self.app);
        let recovery = tokio::task::spawn_blocking(move || app.recover_engine());
        let app = Arc::clone(&self.app);
        let ended = async move {
            shutdown.await;
            // Their streams would go on for as long as they do.
            app.sandboxes.close().await;
        };
        let served = axum::serve(listener, router).with_graceful_shutdown(ended).await;
        let _ = recovery.await;
        self.app.close().await;
        served
    }
}

/// Stops the builds if the future of [`Server::run`] is dropped. They are marked as failed when the
/// directory is opened again.
struct StopOnDrop<'a>(&'a App);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.running.stop_all();
    }
}

/// A view of a running [`Server`].
#[derive(Debug, Clone)]
pub struct Handle {
    app: Arc<App>,
}

impl Handle {
    /// Fails if an engine was asked for by name and does not answer. It blocks for as long as the
    /// engine takes.
    ///
    /// # Errors
    ///
    /// Why it does not answer.
    pub fn require_engine(&self) -> Result<(), Unavailable> {
        self.app.require_engine()
    }

    /// Says to other processes what this one is, because it uses the data directory until a person
    /// ends it.
    pub fn introduce(&self, process: &str) {
        self.app.introduce(process);
    }

    /// Resolves when no build is running.
    pub async fn idle(&self) {
        self.app.running.idle().await;
    }
}
