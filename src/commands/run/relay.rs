//! What a process in a sandbox reads and writes, on its way from and to this process.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use super::input::Input;
use crate::commands::remote::failure;
use crate::commands::{Exit, Failure};
use crate::host::describe;
use crate::printer::{Printer, Stream};
use crate::sandbox::{Event, Process};
use crate::submit::SubmitError;

/// The exit code of a program that writes to a closed pipe.
const BROKEN_PIPE: u8 = 128 + 13;

/// How long a process may go on whose input cannot be passed on.
const GRACE: Duration = Duration::from_secs(2);

/// Passes on what a process writes, as it comes, until it ends. Returns its exit code.
pub(in crate::commands) async fn relay(
    mut process: Process,
    mut input: Option<Input>,
    printer: &Printer,
) -> Result<u8, Failure> {
    let output = printer.raw_output().map_err(|error| own(&error))?;
    let mut lost = pin!(lost(&mut input));
    let code = loop {
        let event = tokio::select! {
            biased;
            event = process.next() => event.map_err(|error| failure(&error))?,
            error = &mut lost => return Err(failure(&error)),
        };
        let is_taken = match event {
            Event::Stdout(bytes) => output.write(Stream::Out, bytes).await,
            Event::Stderr(bytes) => output.write(Stream::Err, bytes).await,
            Event::Ended(ended) => break ended.code(),
        };
        if !is_taken {
            break BROKEN_PIPE;
        }
    };
    let is_complete = output.finish().await.map_err(|error| {
        let message = format!("cannot write to standard output: {}", describe(&error));
        Failure::new(Exit::Platform, message).help("the output is incomplete")
    })?;
    Ok(if is_complete { code } else { BROKEN_PIPE })
}

/// Resolves if the process waits for input that cannot be passed on: one that ends meanwhile has not
/// needed it, or has got it although the answer was lost.
async fn lost(input: &mut Option<Input>) -> SubmitError {
    let Some(input) = input else { return pending().await };
    let error = input.failed().await;
    sleep(GRACE).await;
    error
}

/// The failure of what this machine does not allow.
pub(in crate::commands) fn own(error: &io::Error) -> Failure {
    Failure::new(Exit::Platform, format!("cannot start a thread: {}", describe(error)))
}
