//! The state of the server and its loop.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Message, Notification};
use serde_json::Value;

use super::client::Client;
use super::document::Documents;
use super::manifest::Manifest;
use super::outgoing::{Outgoing, Refusal};
use super::publish::Ledger;
use super::session::{Phase, cancelled};
use super::transport::{self, Incoming};
use super::worker::{self, Job, Outcome};
use super::{Config, Ended};

/// How many analyses are made at once: a slow one, of a large context, holds up no other manifest.
const WORKERS: usize = 2;

/// How long the loop waits if nothing is due.
const IDLE: Duration = Duration::from_hours(1);

/// What the loop waits for.
pub(super) enum Event {
    Incoming(Incoming),
    Analyzed(Box<Outcome>),
}

/// Serves one client.
///
/// # Errors
/// No thread can be started.
pub(super) fn run(
    config: &Config<'_>,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> io::Result<Ended> {
    let (events, inbox) = mpsc::channel();
    let (jobs, waiting) = mpsc::channel();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            let (events, waiting) = (events.clone(), &waiting);
            let work = move || worker::work(config, waiting, &events);
            thread::Builder::new().spawn_scoped(scope, work)?;
        }
        // It may wait for input that never comes, so nothing waits for this thread.
        thread::Builder::new().spawn(move || read_all(input, &events))?;
        let mut server = Server::new(config, jobs, Outgoing::new(output));
        let ended = server.run(&inbox);
        server.cancel_all();
        Ok(ended)
    })
}

/// Passes on messages until the last one.
fn read_all(input: impl Read, events: &Sender<Event>) {
    let mut input = BufReader::new(input);
    loop {
        let incoming = transport::read(&mut input);
        let is_last = match &incoming {
            Incoming::End => true,
            Incoming::Message(Message::Notification(message)) => message.method == "exit",
            _ => false,
        };
        if events.send(Event::Incoming(incoming)).is_err() || is_last {
            return;
        }
    }
}

/// The state of the server.
pub(super) struct Server<'a> {
    pub(super) config: &'a Config<'a>,
    pub(super) jobs: Sender<Job>,
    pub(super) outgoing: Outgoing<'a>,
    pub(super) phase: Phase,
    pub(super) client: Client,
    pub(super) documents: Documents,
    /// The open manifests by their URIs.
    pub(super) manifests: BTreeMap<String, Manifest>,
    pub(super) ledger: Ledger,
    /// The directories of the workspace.
    pub(super) folders: Vec<PathBuf>,
}

impl<'a> Server<'a> {
    fn new(config: &'a Config<'a>, jobs: Sender<Job>, outgoing: Outgoing<'a>) -> Self {
        Self {
            config,
            jobs,
            outgoing,
            phase: Phase::Uninitialized,
            client: Client::read(&Value::Null),
            folders: Vec::new(),
            documents: Documents::default(),
            manifests: BTreeMap::new(),
            ledger: Ledger::default(),
        }
    }

    fn run(&mut self, inbox: &Receiver<Event>) -> Ended {
        let mut queue = VecDeque::new();
        loop {
            if queue.is_empty() {
                match inbox.recv_timeout(self.idle_for()) {
                    Ok(event) => queue.push_back(event),
                    Err(RecvTimeoutError::Timeout) => self.guarded(Self::wake),
                    Err(RecvTimeoutError::Disconnected) => return Ended::Abandoned,
                }
            }
            for event in inbox.try_iter() {
                if let Some(id) = cancelled(&event, &mut queue) {
                    let refusal = Refusal::new(ErrorCode::RequestCanceled, "cancelled");
                    self.outgoing.answer(id, Err(refusal));
                }
                queue.push_back(event);
            }
            match queue.pop_front() {
                Some(Event::Incoming(Incoming::End)) => return self.phase.ended(),
                Some(Event::Incoming(Incoming::Message(Message::Notification(message))))
                    if message.method == "exit" =>
                {
                    return self.phase.ended();
                }
                Some(event) => self.handle(event),
                None => {}
            }
        }
    }

    /// Handles one event; a panic, which is a bug, costs no more than the answer.
    fn handle(&mut self, event: Event) {
        match event {
            Event::Incoming(Incoming::Message(Message::Request(request))) => {
                let id = request.id.clone();
                let answered = catch_unwind(AssertUnwindSafe(|| self.request(request)));
                if answered.is_err() {
                    let refusal = Refusal::new(ErrorCode::InternalError, "sbx has a bug here");
                    self.outgoing.answer(id, Err(refusal));
                }
            }
            Event::Incoming(Incoming::Message(Message::Notification(message))) => {
                let method = message.method.clone();
                self.guarded(|server| {
                    if let Err(error) = server.notification(message) {
                        server.log(&format!("`{method}` is ignored: {error}"));
                    }
                });
            }
            // Nothing depends on the answers to the server's own requests.
            Event::Incoming(Incoming::Message(Message::Response(_)) | Incoming::End) => {}
            Event::Incoming(Incoming::Malformed(reason)) => {
                self.log(&reason);
                self.outgoing.refuse(&Value::Null, ErrorCode::ParseError, &reason);
            }
            Event::Incoming(Incoming::OddId(id)) => {
                let reason = "the ID of a request is a text or a number of 32 bits";
                self.outgoing.refuse(&id, ErrorCode::InvalidRequest, reason);
            }
            Event::Analyzed(outcome) => self.guarded(|server| server.analyzed(*outcome)),
        }
    }

    /// Does something that gives no answer.
    fn guarded(&mut self, act: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| act(self))).is_err() {
            self.log("sbx has a bug: it panicked, and goes on");
        }
    }

    /// Logs for the person at the editor, on both ways that editors show.
    pub(super) fn log(&self, text: &str) {
        (self.config.log)(text);
        if self.phase == Phase::Running {
            self.outgoing.log(text);
        }
    }

    fn notification(&mut self, message: Notification) -> Result<(), serde_json::Error> {
        if self.phase != Phase::Running {
            return Ok(());
        }
        match message.method.as_str() {
            "initialized" => self.watch(),
            "textDocument/didOpen" => self.opened(serde_json::from_value(message.params)?),
            "textDocument/didChange" => self.changed(serde_json::from_value(message.params)?),
            "textDocument/didSave" => self.reread_files(),
            "textDocument/didClose" => self.closed(serde_json::from_value(message.params)?),
            "workspace/didChangeWatchedFiles" => {
                self.files_changed(&serde_json::from_value(message.params)?);
            }
            "workspace/didChangeWorkspaceFolders" => {
                self.folders_changed(&serde_json::from_value(message.params)?);
            }
            "$/cancelRequest" => self.cancel(&message.params),
            // The protocol lets a server ignore what it does not know.
            _ => {}
        }
        Ok(())
    }

    /// The time until something is due.
    fn idle_for(&self) -> Duration {
        let next = self.manifests.values().filter_map(Manifest::wakes_at).min();
        next.map_or(IDLE, |next| next.saturating_duration_since(Instant::now()))
    }
}
