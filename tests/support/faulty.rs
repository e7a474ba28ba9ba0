//! A server on plain sockets that does wrong what it is told to do wrong, at any request: resets
//! and truncations are real ones.

mod exchange;
mod listener;
pub mod model;
mod plan;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use listener::{any_port, fill_queue, own_socket};
use model::Model;
pub use plan::{Call, Fault, Phase, Plan};

/// A running server.
pub struct Faulty {
    pub address: SocketAddr,
    pub model: Arc<Mutex<Model>>,
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    model: Arc<Mutex<Model>>,
    plan: Mutex<Plan>,
    /// Counts how often every connection was closed.
    closed: watch::Sender<usize>,
    down: Duration,
    listening: Mutex<Option<JoinHandle<()>>>,
    /// Keeps the port while no process listens on it.
    _reserved: TcpSocket,
    /// Where a redirect leads, and where no process takes connections.
    trap: SocketAddr,
    unconnected: SocketAddr,
    dead: SocketAddr,
    _held: (TcpListener, Vec<TcpStream>, TcpSocket),
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().expect("a runtime")
    })
}

impl Faulty {
    /// Starts to answer for `model`.
    ///
    /// `down` is how long it does not listen before the plan is asked again about that.
    pub fn start(mut model: Model, mut plan: Plan, down: Duration) -> Self {
        runtime().block_on(async move {
            let reserved = own_socket();
            let address = reserved.local_addr().expect("an address");
            let dead = own_socket();
            // A queue of one connection that no process takes: those after it are not answered.
            let full = own_socket().listen(0).expect("a listener");
            let unconnected = full.local_addr().expect("an address");
            let queue = fill_queue(unconnected, Duration::from_millis(200)).await;
            let trap = TcpListener::bind(any_port()).await.expect("a port on loopback");
            let trapped = trap.local_addr().expect("an address");
            model.url = format!("http://{address}");
            let model = Arc::new(Mutex::new(model));
            let seen = Arc::clone(&model);
            tokio::spawn(async move {
                while trap.accept().await.is_ok() {
                    seen.lock().expect("not poisoned").fault("a redirect was followed");
                }
            });
            let first = model.lock().expect("not poisoned").next;
            let refused = plan(first, Phase::Connection);
            let shared = Arc::new(Shared {
                address,
                model: Arc::clone(&model),
                plan: Mutex::new(plan),
                closed: watch::channel(0).0,
                down,
                listening: Mutex::default(),
                dead: dead.local_addr().expect("an address"),
                _reserved: reserved,
                trap: trapped,
                unconnected,
                _held: (full, queue, dead),
            });
            match refused {
                Some(fault) => Arc::clone(&shared).go_down(fault).await,
                None => shared.go_up(),
            }
            Self { address, model, shared }
        })
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.shared.closed.send_replace(usize::MAX);
    }
}

impl Shared {
    fn fault(&self, call: Call, phase: Phase) -> Option<Fault> {
        let fault = (self.plan.lock().expect("not poisoned"))(call, phase);
        fault.filter(|fault| fault.phase() == phase)
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().expect("not poisoned")
    }
}
