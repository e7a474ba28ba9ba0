//! A server on plain sockets that does wrong what it is told to do wrong, at any request: resets
//! and truncations are real ones.

pub mod model;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use model::{Model, Request};

/// The requests that a submission makes, and those about the templates that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Register,
    Link,
    Put,
    Start,
    Status,
    Lookup,
    Delete,
    Build,
    Question,
    Alias,
    Tags,
    History,
    Assign,
    Unassign,
    Details,
    List,
    Publish,
    Create,
    Living,
    Extend,
    Kill,
    Execute,
    Input,
    CloseInput,
    Resize,
    Output,
    KillCommand,
}

impl Call {
    /// Whether it goes into a sandbox, and not to the platform.
    const fn is_of_envd(self) -> bool {
        matches!(self, Self::Execute | Self::Input | Self::CloseInput | Self::Resize)
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nobody listens.
    Refused,
    /// Nobody takes the connection.
    Unconnected,
    /// The connection is reset at the request's first bytes, in its midst, or at its end; the
    /// request is not heard.
    ResetBefore,
    ResetWithin,
    ResetAfter,
    /// The request is heard, and the connection reset before the answer or in its midst.
    LostAnswer,
    ResetAnswer,
    /// The request is not heard, and nothing is answered.
    Silent,
    /// The request is heard, and nothing is answered.
    Late,
    /// The request is heard, and the answer stops in its midst, or drips.
    Stalled,
    Dripping,
    /// The request is not heard; this status is answered, with this header.
    Answer(u16, &'static str),
    /// The request is heard, and this status is answered all the same.
    HeardBut(u16),
    /// A page of a proxy's, with this status.
    Html(u16),
    /// The answer is shorter than it says, cut, another JSON, or without an end.
    Short,
    Cut,
    Wrong,
    Endless,
    /// The answer has more fields, or a state that nobody knows.
    MoreFields,
    UnknownState,
    /// The request's body is not read.
    Stuck,
    /// Somebody else is to be asked.
    Redirect,
}

/// When a plan is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before the request has a connection: only faults of the connection count.
    Connection,
    /// At the request: all other faults count.
    Request,
}

impl Fault {
    pub const fn phase(self) -> Phase {
        match self {
            Self::Refused | Self::Unconnected => Phase::Connection,
            _ => Phase::Request,
        }
    }
}

/// Decides what goes wrong.
pub type Plan = Box<dyn FnMut(Call, Phase) -> Option<Fault> + Send>;

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
    /// Keeps the port while nobody listens on it.
    _reserved: TcpSocket,
    /// Where a redirect leads, and where nobody takes connections.
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
fn own_socket() -> TcpSocket {
    static ONE_BY_ONE: Mutex<()> = Mutex::new(());
    let _one = ONE_BY_ONE.lock().expect("not poisoned");
    loop {
        let alone = std::net::TcpListener::bind(any_port()).expect("a port on loopback");
        let address = alone.local_addr().expect("an address");
        drop(alone);
        // Somebody may have taken it meanwhile.
        if let Ok(socket) = try_socket(address) {
            return socket;
        }
    }
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

impl Faulty {
    /// Starts to answer for `model`.
    ///
    /// `down` is how long it listens for nobody before the plan is asked again about that.
    pub fn start(mut model: Model, mut plan: Plan, down: Duration) -> Self {
        runtime().block_on(async move {
            let reserved = own_socket();
            let address = reserved.local_addr().expect("an address");
            let dead = own_socket();
            // A queue of one connection that nobody takes: those after it are not answered.
            let full = own_socket().listen(0).expect("a listener");
            let unconnected = full.local_addr().expect("an address");
            let mut queue = Vec::new();
            while let Ok(Ok(stream)) =
                tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(unconnected))
                    .await
            {
                queue.push(stream);
            }
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

    fn model(&self) -> std::sync::MutexGuard<'_, Model> {
        self.model.lock().expect("not poisoned")
    }

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
    fn go_up(self: &Arc<Self>) {
        let task = tokio::spawn(Arc::clone(self).listen());
        *self.listening.lock().expect("not poisoned") = Some(task);
    }

    /// Takes no connections any more, from the moment that this returns, until the plan lets it:
    /// it is asked again and again.
    async fn go_down(self: Arc<Self>, fault: Fault) {
        self.closed.send_modify(|count| *count += 1);
        let task = self.listening.lock().expect("not poisoned").take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
        let mut queue = Vec::new();
        let full = (fault == Fault::Unconnected).then(|| socket(self.address).listen(0));
        if full.is_some() {
            // Whoever comes later finds no place in the queue.
            while let Ok(Ok(stream)) =
                tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(self.address))
                    .await
            {
                queue.push(stream);
            }
        }
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

    async fn converse(self: Arc<Self>, mut stream: TcpStream) {
        let mut closed = self.closed.subscribe();
        loop {
            let head = tokio::select! {
                _ = closed.changed() => return,
                head = head(&mut stream) => head,
            };
            let Ok((head, body)) = head else { return };
            if !Arc::clone(&self).exchange(&mut stream, &head, body).await.unwrap_or(false) {
                return;
            }
        }
    }

    /// Takes one request and answers it; says whether the connection lives on.
    async fn exchange(
        self: Arc<Self>,
        stream: &mut TcpStream,
        head: &str,
        mut body: Vec<u8>,
    ) -> std::io::Result<bool> {
        let mut request = Request::parse(head);
        let call = self.model().call(&request);
        let fault = call.and_then(|call| self.fault(call, Phase::Request));
        let reset = |stream: &TcpStream| stream.set_zero_linger();
        // Input is waited for as long as the connection lasts.
        let silence = Duration::from_secs(if call == Some(Call::Input) { 3 } else { 60 });
        match fault {
            Some(Fault::ResetBefore) => return reset(stream).map(|()| false),
            Some(Fault::ResetWithin) => {
                let half = request.length / 2;
                read_to(stream, &mut body, half).await?;
                return reset(stream).map(|()| false);
            }
            Some(Fault::Stuck) => {
                tokio::time::sleep(silence).await;
                return Ok(false);
            }
            _ => read_to(stream, &mut body, request.length).await?,
        }
        request.body = body;
        match fault {
            Some(Fault::ResetAfter) => return reset(stream).map(|()| false),
            Some(Fault::Silent) => {
                tokio::time::sleep(silence).await;
                return Ok(false);
            }
            Some(Fault::Answer(status, header)) => {
                let body = r#"{"message":"as the test asked for"}"#;
                return self.write(stream, status, header, body).await;
            }
            Some(Fault::Html(status)) => {
                let page = "<!DOCTYPE html>\n<html><body>A proxy's page</body></html>";
                return self.write(stream, status, "Content-Type: text/html", page).await;
            }
            Some(Fault::Redirect) => {
                let header = format!("Location: http://{}/elsewhere?secret=1", self.trap);
                return self.write(stream, 307, &header, "").await;
            }
            Some(Fault::Endless) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").await?;
                let many = vec![b' '; 1 << 20];
                loop {
                    stream.write_all(&many).await?;
                }
            }
            _ => {}
        }
        let (mut status, mut answer, next) = self.model().respond(&request, fault);
        // What goes wrong with the connection of the next request is decided now.
        let down = next.and_then(|next| self.fault(next, Phase::Connection));
        let mut close = false;
        if next == Some(Call::Put) {
            answer = self.elsewhere(&answer, down);
        } else if let (Some(next), Some(fault)) = (next, down) {
            self.model().next = next;
            close = true;
            Arc::clone(&self).go_down(fault).await;
        }
        match fault {
            Some(Fault::LostAnswer) => return reset(stream).map(|()| false),
            Some(Fault::Late) => {
                tokio::time::sleep(silence).await;
                return Ok(false);
            }
            Some(fault @ (Fault::ResetAnswer | Fault::Stalled | Fault::Dripping)) => {
                let text = reply(status, "", &answer);
                let half = text.len() - (answer.len() / 2).max(3);
                let (begin, end) = text.as_bytes().split_at(half);
                stream.write_all(begin).await?;
                return break_off(stream, end, fault, silence).await;
            }
            Some(Fault::HeardBut(other)) => {
                (status, answer) = (other, r#"{"message":"as the test asked for"}"#.to_owned());
            }
            Some(Fault::Short) => {
                let text = reply(status, "", &answer);
                stream.write_all(&text.as_bytes()[..text.len() - 2]).await?;
                return Ok(false);
            }
            Some(Fault::Cut) => answer.truncate(answer.len() / 2),
            Some(Fault::Wrong) => "[1, 2]".clone_into(&mut answer),
            _ => {}
        }
        if call == Some(Call::Execute) && self.model().sandboxes.is_open() {
            return self.hold(stream, &answer).await.map(|()| false);
        }
        let header = if close { "Connection: close" } else { "" };
        self.write(stream, status, header, &answer).await?;
        if matches!(fault, None | Some(Fault::MoreFields)) {
            self.model().told(&answer);
        }
        Ok(!close)
    }

    /// Begins a stream, and ends it when its process does.
    async fn hold(&self, stream: &mut TcpStream, begin: &str) -> std::io::Result<()> {
        let head = "HTTP/1.1 200 X\r\nConnection: close\r\n\r\n";
        stream.write_all(format!("{head}{begin}").as_bytes()).await?;
        let mut rest = [0; 1];
        loop {
            let end = self.model().sandboxes.end_of_process();
            if let Some(end) = end {
                return stream.write_all(end.as_bytes()).await;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
                // The client goes.
                _ = stream.read(&mut rest) => return Ok(()),
            }
        }
    }

    /// A link whose upload will find no connection, if the plan wants that.
    fn elsewhere(&self, answer: &str, fault: Option<Fault>) -> String {
        let own = self.address.to_string();
        match fault {
            Some(Fault::Refused) => answer.replace(&own, &self.dead.to_string()),
            Some(Fault::Unconnected) => answer.replace(&own, &self.unconnected.to_string()),
            _ => answer.to_owned(),
        }
    }

    async fn write(
        &self,
        stream: &mut TcpStream,
        status: u16,
        header: &str,
        body: &str,
    ) -> std::io::Result<bool> {
        stream.write_all(reply(status, header, body).as_bytes()).await?;
        Ok(true)
    }
}

/// What goes wrong in the midst of an answer; says whether the connection lives on.
async fn break_off(
    stream: &mut TcpStream,
    rest: &[u8],
    fault: Fault,
    silence: Duration,
) -> std::io::Result<bool> {
    match fault {
        Fault::ResetAnswer => {
            // What was written is not to be lost with the connection.
            tokio::time::sleep(Duration::from_millis(5)).await;
            stream.set_zero_linger().map(|()| false)
        }
        Fault::Dripping => {
            for byte in rest {
                tokio::time::sleep(Duration::from_secs(4)).await;
                stream.write_all(&[*byte]).await?;
            }
            Ok(true)
        }
        _ => {
            tokio::time::sleep(silence).await;
            Ok(false)
        }
    }
}

fn reply(status: u16, header: &str, body: &str) -> String {
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{header}\r\n{body}", body.len())
}

/// Reads a request up to its body, of which the beginning may come along.
async fn head(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), body));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn read_to(stream: &mut TcpStream, body: &mut Vec<u8>, length: usize) -> std::io::Result<()> {
    while body.len() < length {
        if stream.read_buf(body).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
