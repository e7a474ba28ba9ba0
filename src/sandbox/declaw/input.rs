//! What is written to a process.

use std::str;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use reqwest::{Method, RequestBuilder, Response};

use super::super::command::Size;
use super::super::driver::Input;
use super::{Handle, Kind};
use crate::submit::http::{nothing, read_json};
use crate::submit::{Call, FaultKind, Limit, SubmitError};
use crate::wire::declaw::sandboxes::{CommandInput, Killed, ResizeTerminal, TerminalInput};
use crate::wire::e2b::Sensitive;
use crate::wire::envd::Bytes;

/// Writes to a process and ends it.
#[derive(Debug)]
pub(super) struct Control {
    handle: Arc<Handle>,
    /// The beginning of a character: the platform takes the keys of a terminal as text.
    begun: Mutex<Vec<u8>>,
}

impl Input for Control {
    fn write(&self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(self.write(bytes))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(self.close())
    }

    fn resize(&self, size: Size) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(self.resize(size))
    }

    fn kill(&self) -> BoxFuture<'_, Result<(), SubmitError>> {
        Box::pin(async { self.kill().await.map(drop) })
    }
}

impl Control {
    pub(super) fn new(handle: Arc<Handle>) -> Self {
        Self { handle, begun: Mutex::default() }
    }

    async fn write(&self, bytes: Vec<u8>) -> Result<(), SubmitError> {
        let call = self.handle.call("write to the command", "POST", "/stdin");
        let request = self.request(Method::POST, &["stdin"])?;
        let request = match self.handle.kind {
            Kind::Command => request.json(&CommandInput { data: Bytes(bytes) }),
            Kind::Terminal => {
                let text = self.text(&bytes);
                if text.is_empty() {
                    return Ok(());
                }
                request.json(&TerminalInput { data: Sensitive(text) })
            }
        };
        // What may have been written is not written a second time.
        match self.send(&call, &request, |error| !error.may_be_heard()).await {
            Err(error) if is_closed(&error) => Ok(()),
            written => nothing(&call, written?).await,
        }
    }

    /// Closes the standard input. A refusal is no error: it is closed already, or the command has
    /// ended.
    async fn close(&self) -> Result<(), SubmitError> {
        let call = self.handle.call("close the command's input", "POST", "/stdin/close");
        let request = self.request(Method::POST, &["stdin", "close"])?;
        match self.send(&call, &request, |_| true).await {
            Err(error) if is_closed(&error) => Ok(()),
            closed => closed.map(drop),
        }
    }

    async fn resize(&self, size: Size) -> Result<(), SubmitError> {
        let call = self.handle.call("resize the terminal", "PATCH", "");
        let request = self.request(Method::PATCH, &[])?.json(&ResizeTerminal { size });
        self.send(&call, &request, |_| true).await.map(drop)
    }

    /// Kills the process. Whether it was there to be killed.
    pub(super) async fn kill(&self) -> Result<bool, SubmitError> {
        let call = self.handle.call("kill the command", "DELETE", "");
        let request = self.request(Method::DELETE, &[])?;
        let response = match self.send(&call, &request, |_| true).await {
            Err(error) if error.has_status(404) => return Ok(false),
            response => response?,
        };
        let Killed { killed } = read_json(&call, response).await?;
        Ok(killed)
    }

    fn request(&self, method: Method, rest: &[&str]) -> Result<RequestBuilder, SubmitError> {
        self.handle.request(&self.handle.api.calls, method, rest)
    }

    /// Sends a request, again after an error that says that it may be.
    async fn send(
        &self,
        call: &Call,
        request: &RequestBuilder,
        is_repeatable: impl Fn(&SubmitError) -> bool,
    ) -> Result<Response, SubmitError> {
        let http = &self.handle.api.calls;
        let mut waits = http.waits(Limit::Call);
        loop {
            let request = request.try_clone();
            let request = request.ok_or_else(|| SubmitError::local("a body without an end"))?;
            match http.send(call, request).await {
                Err(error) if is_repeatable(&error) => waits.pause(error, &|_| {}).await?,
                sent => return sent,
            }
        }
    }

    /// The characters that are complete, with those that were begun before.
    fn text(&self, bytes: &[u8]) -> String {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.extend_from_slice(bytes);
        take_text(&mut begun)
    }
}

/// Whether the platform takes no more input because the command has ended or its input is closed.
const fn is_closed(error: &SubmitError) -> bool {
    matches!(error.kind, FaultKind::Refused { status: 400 | 404 | 409, .. })
}

/// Takes the text out of some bytes, and leaves the beginning of a character at their end. What is no
/// text is replaced, as the platform's own client does.
fn take_text(bytes: &mut Vec<u8>) -> String {
    let mut text = String::new();
    let mut left = Vec::new();
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.push_str(chunk.valid());
        let invalid = chunk.invalid();
        let is_begun = str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if is_begun && chunks.peek().is_none() {
            left = invalid.to_vec();
        } else if !invalid.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    *bytes = left;
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_arrive_whole() {
        let mut bytes = Vec::new();
        let mut read = String::new();
        for byte in "aé€😀\u{3}".bytes() {
            bytes.push(byte);
            read.push_str(&take_text(&mut bytes));
        }
        assert_eq!(read, "aé€😀\u{3}");
        let mut bytes = b"a\xffb\xe2\x82".to_vec();
        assert_eq!(take_text(&mut bytes), "a\u{fffd}b");
        assert_eq!(bytes, b"\xe2\x82");
        bytes.push(b'x');
        assert_eq!(take_text(&mut bytes), "\u{fffd}x");
    }
}
