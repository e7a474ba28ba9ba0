//! What a family of platforms does for its sandboxes.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::command::{Command, Event, Size};
use crate::submit::{Observer, SubmitError};

/// Creates sandboxes and ends them. [`Sandboxes`](super::Sandboxes) says what each call is for.
pub(super) trait Driver: Debug + Send + Sync {
    fn create<'a>(
        &'a self,
        template: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Created, SubmitError>>;

    fn extend<'a>(
        &'a self,
        id: &'a str,
        lifetime: Duration,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>>;

    fn kill<'a>(
        &'a self,
        id: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>>;

    fn sweep<'a>(&'a self, observer: Observer<'a>) -> BoxFuture<'a, Result<(), SubmitError>>;
}

/// A sandbox that was created, and the way into it.
#[derive(Debug)]
pub(super) struct Created {
    pub(super) id: String,
    pub(super) shell: Box<dyn Shell>,
}

/// Starts commands in one sandbox.
pub(super) trait Shell: Debug + Send + Sync {
    fn start<'a>(&'a self, command: &'a Command) -> BoxFuture<'a, Result<Started, SubmitError>>;
}

/// A command that runs: both halves of the connection to it.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) output: Box<dyn Output>,
    pub(super) input: Arc<dyn Input>,
}

/// What a process writes. [`Process`](super::Process) says more.
pub(super) trait Output: Debug + Send {
    fn next(&mut self) -> BoxFuture<'_, Result<Event, SubmitError>>;
}

/// Writes to a process and ends it. [`Control`](super::Control) says what each call is for.
pub(super) trait Input: Debug + Send + Sync {
    fn write(&self, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), SubmitError>>;

    fn close(&self) -> BoxFuture<'_, Result<(), SubmitError>>;

    fn resize(&self, size: Size) -> BoxFuture<'_, Result<(), SubmitError>>;

    fn kill(&self) -> BoxFuture<'_, Result<(), SubmitError>>;
}
