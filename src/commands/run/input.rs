//! Standard input, passed on to a process in a sandbox.

use std::future::pending;
use std::io::{self, IsTerminal as _, Read as _};
use std::thread;

use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;

use crate::sandbox::Control;
use crate::submit::{FaultKind, SubmitError};

/// The most bytes of one read.
const PIECE: usize = 64 * 1024;

/// The most bytes of one request, unless a read has returned more.
const MOST: usize = 512 * 1024;

/// How many pieces are read ahead.
const AHEAD: usize = 8;

/// What the program in a sandbox says of a process that has closed its input.
const INPUT_IS_CLOSED: &[&str] = &["error writing to ", "error closing stdin"];

/// Standard input on its way to a process; dropping it stops it.
pub(in crate::commands) struct Input {
    /// `None` once it is at its end.
    task: Option<JoinHandle<Result<(), SubmitError>>>,
}

impl Input {
    /// Whether standard input is a terminal.
    pub(in crate::commands) fn is_terminal() -> bool {
        io::stdin().is_terminal()
    }

    /// Whether reading standard input leaves the process running: one in the background that reads
    /// its terminal is stopped.
    pub(in crate::commands) fn is_readable() -> bool {
        !Self::is_terminal() || tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }

    /// Begins to pass standard input on to a process. At its end, `end` is written, or without one
    /// the input of the process is closed.
    ///
    /// # Errors
    /// No thread can be started.
    pub(in crate::commands) fn pass_on(control: Control, end: Option<u8>) -> io::Result<Self> {
        let pieces = read()?;
        Ok(Self { task: Some(tokio::spawn(write(pieces, control, end))) })
    }

    /// Resolves if what was read cannot be passed on.
    pub(super) async fn failed(&mut self) -> SubmitError {
        if let Some(task) = &mut self.task {
            let ended = task.await;
            self.task = None;
            if let Ok(Err(error)) = ended {
                return error;
            }
        }
        pending().await
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Reads standard input in a thread, which ends with this process at the latest: nothing interrupts a
/// read.
fn read() -> io::Result<Receiver<Vec<u8>>> {
    let (sender, receiver) = channel(AHEAD);
    thread::Builder::new().spawn(move || {
        let mut buffer = vec![0; PIECE];
        loop {
            let length = match io::stdin().lock().read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            if sender.blocking_send(buffer[..length].to_vec()).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Writes pieces to a process in their order, as many at once as are there.
async fn write(
    mut pieces: Receiver<Vec<u8>>,
    control: Control,
    end: Option<u8>,
) -> Result<(), SubmitError> {
    while let Some(mut bytes) = pieces.recv().await {
        while bytes.len() < MOST
            && let Ok(more) = pieces.try_recv()
        {
            bytes.extend(more);
        }
        match control.write(bytes).await {
            Err(error) if takes_no_more(&error) => return Ok(()),
            written => written?,
        }
    }
    let ended = match end {
        Some(byte) => control.write(vec![byte]).await,
        None => control.close().await,
    };
    match ended {
        Err(error) if takes_no_more(&error) => Ok(()),
        ended => ended,
    }
}

/// Whether a process has ended or has closed its input, which is no error: its exit code is what
/// counts. Any other refusal is one, because the process would wait for the rest of its input.
fn takes_no_more(error: &SubmitError) -> bool {
    match &error.kind {
        FaultKind::Refused { status: 404, .. } => true,
        FaultKind::Refused { status: 500, message, .. } => {
            INPUT_IS_CLOSED.iter().any(|words| message.contains(words))
        }
        _ => false,
    }
}
