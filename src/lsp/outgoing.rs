//! What the server sends.

use std::cell::{Cell, RefCell};
use std::io::Write;

use gen_lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::transport;

/// The stream to the client. A client that has gone takes nothing more, which is no error: the end
/// of its own stream ends the session.
pub(super) struct Outgoing<'a> {
    output: RefCell<Box<dyn Write + 'a>>,
    /// The ID of the last request.
    requests: Cell<i32>,
}

impl<'a> Outgoing<'a> {
    pub(super) fn new(output: impl Write + 'a) -> Self {
        Self { output: RefCell::new(Box::new(output)), requests: Cell::new(0) }
    }

    /// Answers a request.
    pub(super) fn answer(&self, id: RequestId, result: Result<Value, Refusal>) {
        self.send(&match result {
            Ok(value) => Response { id, response_result: Ok(value) }.into(),
            Err(Refusal { code, message }) => Response::new_err(id, code as i32, message).into(),
        });
    }

    /// Answers what cannot be read as a message.
    pub(super) fn refuse(&self, id: &Value, code: ErrorCode, reason: &str) {
        let _ = transport::write_error(&mut *self.output.borrow_mut(), id, code, reason);
    }

    /// Sends the diagnostics of a file.
    pub(super) fn publish(&self, uri: Uri, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let params = PublishDiagnosticsParams { uri, version, diagnostics };
        self.notify("textDocument/publishDiagnostics", &params);
    }

    /// Adds a line to the client's log.
    pub(super) fn log(&self, text: &str) {
        const WARNING: u32 = 2;
        self.notify("window/logMessage", &json!({ "type": WARNING, "message": text }));
    }

    /// Sends a request whose answer does not matter.
    pub(super) fn request(&self, method: &str, params: &impl Serialize) {
        self.requests.set(self.requests.get() + 1);
        let id = RequestId::from(self.requests.get());
        self.send(&Request { id, method: method.to_owned(), params: json!(params) }.into());
    }

    fn notify(&self, method: &str, params: &impl Serialize) {
        self.send(&Notification { method: method.to_owned(), params: json!(params) }.into());
    }

    fn send(&self, message: &Message) {
        let _ = transport::write(&mut *self.output.borrow_mut(), message);
    }
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
