//! The sandboxes of any platform.

use std::sync::Arc;
use std::time::Duration;

use super::command::{Command, Event, Size};
use super::driver::{Created, Driver, Input, Output, Shell, Started};
use super::{Gateway, driver};
use crate::platform::Platform;
use crate::submit::{Endpoint, Observer, RetryPolicy, SubmitError};

/// A client for the sandboxes of one platform.
#[derive(Debug)]
pub struct Sandboxes {
    driver: Box<dyn Driver>,
}

/// A running sandbox.
#[derive(Debug)]
pub struct Sandbox {
    /// Its ID.
    pub id: String,
    shell: Box<dyn Shell>,
}

/// A process that was started, and what it writes.
#[derive(Debug)]
pub struct Process {
    output: Box<dyn Output>,
    control: Control,
}

/// Writes to a process and ends it, while its output is read elsewhere.
#[derive(Debug, Clone)]
pub struct Control {
    input: Arc<dyn Input>,
}

impl Sandboxes {
    /// A client for the sandboxes of `platform`, which is at `endpoint`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(
        platform: Platform,
        endpoint: &Endpoint,
        gateway: Gateway,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        Ok(Self { driver: driver(platform, endpoint, gateway, retry_policy)? })
    }

    /// Creates a sandbox of a template: `name`, `name:tag`, an ID, or a build's.
    ///
    /// A call whose answer is lost is repeated so that no sandbox of an earlier try is left.
    ///
    /// # Errors
    /// The template is not there, or the platform does not create one. A sandbox may exist then,
    /// which [`sweep`](Self::sweep) ends.
    pub async fn create(
        &self,
        template: &str,
        observer: Observer<'_>,
    ) -> Result<Sandbox, SubmitError> {
        let Created { id, shell } = self.driver.create(template, observer).await?;
        Ok(Sandbox { id, shell })
    }

    /// Lets a sandbox live for `lifetime` from now on.
    ///
    /// # Errors
    /// The sandbox has ended, or the platform does not answer.
    pub async fn extend(
        &self,
        id: &str,
        lifetime: Duration,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        self.driver.extend(id, lifetime, observer).await
    }

    /// Ends a sandbox. One that is gone already is no error.
    ///
    /// # Errors
    /// The platform does not end it, or does not answer.
    pub async fn kill(&self, id: &str, observer: Observer<'_>) -> Result<(), SubmitError> {
        self.driver.kill(id, observer).await
    }

    /// Ends every sandbox that this client has created, those of lost answers included.
    ///
    /// # Errors
    /// The platform does not end them, or does not answer.
    pub async fn sweep(&self, observer: Observer<'_>) -> Result<(), SubmitError> {
        self.driver.sweep(observer).await
    }
}

impl Sandbox {
    /// Starts a command, and waits until it runs.
    ///
    /// # Errors
    /// The command cannot be started, or the sandbox does not answer.
    pub async fn start(&self, command: &Command) -> Result<Process, SubmitError> {
        let Started { output, input } = self.shell.start(command).await?;
        Ok(Process { output, control: Control { input } })
    }
}

impl Process {
    /// The other half of the connection.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The next event. After the last one there is no other.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn next(&mut self) -> Result<Event, SubmitError> {
        self.output.next().await
    }
}

impl Control {
    /// Writes to its standard input or its terminal.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn write(&self, bytes: Vec<u8>) -> Result<(), SubmitError> {
        self.input.write(bytes).await
    }

    /// Closes its standard input.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn close(&self) -> Result<(), SubmitError> {
        self.input.close().await
    }

    /// Resizes its terminal.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn resize(&self, size: Size) -> Result<(), SubmitError> {
        self.input.resize(size).await
    }

    /// Kills it.
    ///
    /// # Errors
    /// The process has ended, or the connection broke.
    pub async fn kill(&self) -> Result<(), SubmitError> {
        self.input.kill().await
    }
}
