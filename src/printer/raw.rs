//! The output of a program in a sandbox, passed on as it is.

use std::io::{self, Write as _};
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::{Printer, Stream};

/// How many pieces wait for a reader that is slower than the program.
const WAITING: usize = 16;

/// Writes bytes as they are: they are the output of a program, and its terminal is this one.
///
/// A thread writes, since a reader that pauses must stop nothing else. Dropping this leaves unwritten
/// what the reader has not taken yet.
#[derive(Debug)]
pub struct RawOutput {
    pieces: mpsc::Sender<(Stream, Vec<u8>)>,
    written: oneshot::Receiver<io::Result<()>>,
}

impl Printer {
    /// The output of a program. Nothing else is to be printed on standard output meanwhile.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn raw_output(&self) -> io::Result<RawOutput> {
        let (pieces, waiting) = mpsc::channel(WAITING);
        let (sender, written) = oneshot::channel();
        thread::Builder::new().spawn(move || {
            let _ = sender.send(write_all(waiting));
        })?;
        Ok(RawOutput { pieces, written })
    }
}

impl RawOutput {
    /// Writes a piece once there is room for it. Returns whether the reader wants more.
    pub async fn write(&self, stream: Stream, bytes: Vec<u8>) -> bool {
        self.pieces.send((stream, bytes)).await.is_ok()
    }

    /// Waits until everything is written. Returns whether the reader has taken all of it.
    ///
    /// # Errors
    /// Standard output cannot be written, for example because the disk is full.
    pub async fn finish(self) -> io::Result<bool> {
        drop(self.pieces);
        match self.written.await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Ok(Err(error)) => Err(error),
            // The thread has panicked, which is reported where that happens.
            Err(_) => Ok(false),
        }
    }
}

/// Writes pieces until the last one, or the first that standard output does not take. There is no
/// place to report an error of standard error.
fn write_all(mut pieces: mpsc::Receiver<(Stream, Vec<u8>)>) -> io::Result<()> {
    while let Some((stream, bytes)) = pieces.blocking_recv() {
        match stream {
            Stream::Out => {
                let mut out = io::stdout().lock();
                out.write_all(&bytes)?;
                out.flush()?;
            }
            Stream::Err => {
                let _ = io::stderr().lock().write_all(&bytes);
            }
        }
    }
    Ok(())
}
