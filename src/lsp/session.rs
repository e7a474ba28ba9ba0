//! The beginning and the end of a session, and requests that are cancelled.

use std::collections::VecDeque;

use gen_lsp_types::CancelParams;
use lsp_server::{ErrorCode, Message, Request, RequestId};
use serde_json::{Value, json};

use super::client::Client;
use super::outgoing::Refusal;
use super::server::{Event, Server};
use super::transport::Incoming;
use super::{Ended, capabilities, watch};

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Uninitialized,
    Running,
    /// Only the notification of the end may come.
    ShutDown,
}

impl Phase {
    /// How a session ends in this phase.
    pub(super) const fn ended(self) -> Ended {
        match self {
            Self::ShutDown => Ended::Orderly,
            Self::Uninitialized | Self::Running => Ended::Abandoned,
        }
    }
}

impl Server<'_> {
    /// Answers a request.
    pub(super) fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let result = match (self.phase, method.as_str()) {
            (Phase::Uninitialized, "initialize") => Ok(self.initialize(&params)),
            (Phase::Uninitialized, _) => {
                Err(Refusal::new(ErrorCode::ServerNotInitialized, "`initialize` comes first"))
            }
            (Phase::Running, "shutdown") => {
                self.shut_down();
                Ok(Value::Null)
            }
            (Phase::Running, "initialize") | (Phase::ShutDown, _) => {
                let message = format!("`{method}` cannot be answered at this point");
                Err(Refusal::new(ErrorCode::InvalidRequest, message))
            }
            (Phase::Running, "textDocument/diagnostic") => match self.pull(&id, params) {
                Ok(Some(report)) => Ok(report),
                // It is answered when the analysis has ended.
                Ok(None) => return,
                Err(refusal) => Err(refusal),
            },
            (Phase::Running, _) => self.dispatch(&method, params),
        };
        self.outgoing.answer(id, result);
    }

    fn initialize(&mut self, params: &Value) -> Value {
        self.client = Client::read(params);
        self.open_folders(params);
        self.phase = Phase::Running;
        json!(capabilities::initialized(self.client))
    }

    fn shut_down(&mut self) {
        self.phase = Phase::ShutDown;
        self.cancel_all();
        for manifest in self.manifests.values_mut() {
            (manifest.preview_at, manifest.reread_at) = (None, None);
            for id in manifest.pulls.drain(..) {
                let refusal = Refusal::new(ErrorCode::RequestCanceled, "the server shuts down");
                self.outgoing.answer(id, Err(refusal));
            }
        }
    }

    /// Stops all analyses.
    pub(super) fn cancel_all(&mut self) {
        for manifest in self.manifests.values_mut() {
            manifest.supersede();
        }
    }

    /// Asks the client to watch the files, if it can.
    pub(super) fn watch(&mut self) {
        if self.client.watches {
            self.outgoing.request("client/registerCapability", &watch::registration());
        }
    }

    /// Cancels a request that waits for an analysis. All others are answered at once.
    pub(super) fn cancel(&mut self, params: &Value) {
        let Some(id) = id_of(params) else { return };
        for manifest in self.manifests.values_mut() {
            if let Some(at) = manifest.pulls.iter().position(|pull| *pull == id) {
                manifest.pulls.remove(at);
                let refusal = Refusal::new(ErrorCode::RequestCanceled, "cancelled");
                self.outgoing.answer(id, Err(refusal));
                return;
            }
        }
    }
}

/// The ID of a request that an event cancels while it waits in the queue, from which it is removed.
pub(super) fn cancelled(event: &Event, queue: &mut VecDeque<Event>) -> Option<RequestId> {
    let Event::Incoming(Incoming::Message(Message::Notification(message))) = event else {
        return None;
    };
    let id = (message.method == "$/cancelRequest").then(|| id_of(&message.params))??;
    let is_it = |event: &Event| matches!(event, Event::Incoming(Incoming::Message(Message::Request(it))) if it.id == id);
    let at = queue.iter().position(is_it)?;
    queue.remove(at);
    Some(id)
}

fn id_of(params: &Value) -> Option<RequestId> {
    let params: CancelParams = serde_json::from_value(params.clone()).ok()?;
    serde_json::from_value(json!(params.id)).ok()
}
