//! The calls that watch directories.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use tokio::time::{Instant, sleep};

use super::connect::{Next, Source, deadline, first_message, keepalive, message, reached};
use super::entry::{Record, Reply, entry, text};
use super::{Envd, access};
use crate::local::app::App;
use crate::local::sandboxes::channel::lost;
use crate::wire::envd::connect::{Code, ConnectError};
use crate::wire::envd::{
    CreateWatcher, Created, Empty, EventType, FilesystemEvent, OfWatcher, WatchDir, WatchMessage,
    WatcherEvents,
};

/// A directory that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    reply: Reply,
    includes_entry: bool,
}

impl Watched {
    /// Begins to watch.
    async fn open(
        envd: &Envd,
        user: Option<&str>,
        request: &WatchDir,
    ) -> Result<Self, ConnectError> {
        let is_recursive = if request.recursive { "1" } else { "" };
        let networks = if request.allow_network_mounts { "1" } else { "" };
        let arguments = [request.path.as_str(), is_recursive, networks];
        let mut reply = Reply::new(envd.file("watch", user, &arguments).await?);
        // The first record says that it has begun.
        reply.next().await?.ok_or_else(lost)?;
        Ok(Self { reply, includes_entry: request.include_entry })
    }

    /// The next event.
    pub(super) async fn next(&mut self) -> Result<FilesystemEvent, ConnectError> {
        let record = self.reply.next().await?.ok_or_else(lost)?;
        event(&record, self.includes_entry).ok_or_else(lost)
    }
}

/// Reads an event: its type, its path, and the entry.
fn event(record: &Record, includes_entry: bool) -> Option<FilesystemEvent> {
    let [kind, name, rest @ ..] = record.as_slice() else { return None };
    let kind = match kind.as_slice() {
        b"create" => EventType::Create,
        b"write" => EventType::Write,
        b"remove" => EventType::Remove,
        b"rename" => EventType::Rename,
        b"chmod" => EventType::Chmod,
        _ => EventType::Unspecified,
    };
    let entry = if includes_entry { entry(rest) } else { None };
    Some(FilesystemEvent { name: text(name), kind, entry })
}

/// The events of a directory for one client.
pub(super) struct Stream {
    is_started: bool,
    watched: Watched,
    keepalive: Duration,
    deadline: Option<Instant>,
}

impl Source for Stream {
    type Message = WatchMessage;

    async fn next(&mut self) -> Next<WatchMessage> {
        if !std::mem::replace(&mut self.is_started, true) {
            return Next::Message(WatchMessage::Start(Empty {}));
        }
        tokio::select! {
            biased;
            event = self.watched.next() => match event {
                Ok(event) => Next::Message(WatchMessage::Filesystem(Box::new(event))),
                Err(error) => Next::Failed(error),
            },
            () = reached(self.deadline) => {
                let message = "the time limit of the call is over";
                Next::Failed(ConnectError::new(Code::DeadlineExceeded, message))
            }
            () = sleep(self.keepalive) => Next::Message(WatchMessage::Keepalive(Empty {})),
        }
    }
}

pub(super) async fn watch(
    app: &Arc<App>,
    envd: &Envd,
    request: Request,
) -> Result<Stream, ConnectError> {
    let headers = request.headers().clone();
    let deadline = deadline(&headers)?;
    let request: WatchDir = first_message(app, request).await?;
    let watched = Watched::open(envd, access::user(&headers).as_deref(), &request).await?;
    Ok(Stream { is_started: false, watched, keepalive: keepalive(&headers), deadline })
}

pub(super) async fn create(
    app: &Arc<App>,
    envd: &Envd,
    request: Request,
) -> Result<Created, ConnectError> {
    let user = access::user(request.headers());
    let request: CreateWatcher = message(app, request).await?;
    let watched = Watched::open(envd, user.as_deref(), &request).await?;
    Ok(Created { watcher_id: envd.watchers.add(watched)? })
}

pub(super) async fn events(
    app: &Arc<App>,
    envd: &Envd,
    request: Request,
) -> Result<WatcherEvents, ConnectError> {
    let OfWatcher { watcher_id } = message(app, request).await?;
    Ok(WatcherEvents { events: envd.watchers.take(&watcher_id)? })
}

pub(super) async fn remove(
    app: &Arc<App>,
    envd: &Envd,
    request: Request,
) -> Result<Empty, ConnectError> {
    let OfWatcher { watcher_id } = message(app, request).await?;
    envd.watchers.remove(&watcher_id)?;
    Ok(Empty {})
}
