//! Processes whose end is waited for no longer than a few minutes: a test that never ends stops the
//! whole run, and does not say why.

use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a process may run: far longer than any takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// How long the pipes of a process that was killed are read.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A program that does not outlive its test, also if that fails.
pub struct Program(pub Child);

impl Deref for Program {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Program {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Something that runs to its end, and fails the test where it does not end within [`PATIENCE`].
pub trait ToEnd {
    /// How it ended, and what it printed.
    fn to_end(self) -> Output;
}

impl ToEnd for &mut Command {
    /// Without standard input.
    fn to_end(self) -> Output {
        to_end_into(Stdio::piped(), self)
    }
}

impl ToEnd for Child {
    /// What it printed to the pipes that are not taken.
    fn to_end(self) -> Output {
        let process = Pid::from_child(&self);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(self.wait_with_output()));
        if let Ok(output) = receiver.recv_timeout(PATIENCE) {
            return output.expect("the pipes are read");
        }
        let _ = kill_process(process, Signal::KILL);
        // If another process holds its pipes, there is no answer.
        let printed = receiver.recv_timeout(LAST_WORDS);
        panic!("it does not end within {PATIENCE:?}: {printed:?}");
    }
}

/// Runs a command to its end, without standard input and with this standard output.
pub fn to_end_into(stdout: impl Into<Stdio>, command: &mut Command) -> Output {
    let command = command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    command.spawn().expect("the program runs").to_end()
}

/// How a process ended, under the same limit.
pub fn end_of(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("it is our process") {
            return status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("it does not end within {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// A process whose output is read while it runs.
pub trait Limited {
    /// Kills it on Linux if it still runs after [`PATIENCE`], so that reading what it prints ends.
    fn limited(self) -> Self;
}

impl Limited for Child {
    #[cfg(target_os = "linux")]
    fn limited(self) -> Self {
        use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
        // Its ID may be that of another process by then.
        let process = pidfd_open(Pid::from_child(&self), PidfdFlags::empty()).expect("it is ours");
        thread::spawn(move || {
            thread::sleep(PATIENCE);
            // An error says that it has ended.
            let _ = pidfd_send_signal(process, Signal::KILL);
        });
        self
    }

    #[cfg(not(target_os = "linux"))]
    fn limited(self) -> Self {
        self
    }
}
