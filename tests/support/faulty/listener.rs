//! The port and its listener: whether connections are accepted, refused or time out.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};

use super::{Fault, Phase, Shared};

fn socket(address: SocketAddr) -> TcpSocket {
    try_socket(address).expect("a port on loopback")
}

fn try_socket(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// A socket on a port that no other test has. The system gives a port that is shared on purpose
/// to several, so one is asked for that is not.
pub(super) fn own_socket() -> TcpSocket {
    static ONE_BY_ONE: Mutex<()> = Mutex::new(());
    let _one = ONE_BY_ONE.lock().expect("not poisoned");
    loop {
        let alone = std::net::TcpListener::bind(any_port()).expect("a port on loopback");
        let address = alone.local_addr().expect("an address");
        drop(alone);
        // Another process may have taken it meanwhile.
        if let Ok(socket) = try_socket(address) {
            return socket;
        }
    }
}

pub(super) fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Fills the queue of a listener that accepts no connections, so that others time out as long as
/// those that are returned are open. The queue is full once connecting takes longer than `wait`.
pub(super) async fn fill_queue(address: SocketAddr, wait: Duration) -> Vec<TcpStream> {
    let mut queue = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(wait, TcpStream::connect(address)).await {
        queue.push(stream);
    }
    queue
}

impl Shared {
    /// Takes connections until they are to be closed.
    async fn listen(self: Arc<Self>) {
        let mut closed = self.closed.subscribe();
        let listener = socket(self.address).listen(64).expect("a listener");
        loop {
            tokio::select! {
                _ = closed.changed() => return,
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        tokio::spawn(Arc::clone(&self).converse(stream));
                    }
                }
            }
        }
    }

    /// Begins to take connections.
    pub(super) fn go_up(self: &Arc<Self>) {
        let task = tokio::spawn(Arc::clone(self).listen());
        *self.listening.lock().expect("not poisoned") = Some(task);
    }

    /// Takes no connections any more, from the moment that this returns, until the plan lets it:
    /// it is asked again and again.
    pub(super) async fn go_down(self: Arc<Self>, fault: Fault) {
        let full = (fault == Fault::Unconnected)
            .then(|| socket(self.address).listen(0).expect("a listener"));
        let task = self.listening.lock().expect("not poisoned").take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
        let queue = if full.is_some() {
            fill_queue(self.address, Duration::from_millis(100)).await
        } else {
            Vec::new()
        };
        // A client may reconnect as soon as its connection is closed, and must then find what the
        // fault asks for. If connections were closed first, it could still reach the old listener,
        // be refused because there is no listener yet, or get the free place of the queue.
        // If the server was dropped meanwhile, the count is at its maximum.
        self.closed.send_modify(|count| *count = count.saturating_add(1));
        // The answer to the current request follows. Before that, the client has to see that its
        // idle connections are closed, or it sends the next request over one of them.
        tokio::time::sleep(Duration::from_millis(10)).await;
        tokio::spawn(async move {
            tokio::time::sleep(self.down).await;
            loop {
                let next = self.model().next;
                if self.fault(next, Phase::Connection).is_none() {
                    break;
                }
                tokio::time::sleep(self.down).await;
                if *self.closed.borrow() > usize::MAX / 2 {
                    return;
                }
            }
            drop((full, queue));
            self.go_up();
        });
    }
}
