//! The signals that ask a command to end.

use std::fs;
use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask the process to end: Ctrl-C, those of a supervisor, and the one that is sent
/// when its terminal is closed.
///
/// The handlers stay until the process ends, so that a later signal has an effect only while there
/// is a listener. Without a handler, a signal ends the process at once, which the local platform
/// survives.
pub(super) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hangup: Option<Signal>,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> Self {
        let hangup = (!is_hangup_ignored()).then(|| signal(SignalKind::hangup()).ok()).flatten();
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
            hangup,
        }
    }

    /// Resolves when one of them has come since the last time.
    pub(super) async fn received(&mut self) {
        tokio::select! {
            () = next(&mut self.interrupt) => {}
            () = next(&mut self.terminate) => {}
            () = next(&mut self.hangup) => {}
        }
    }
}

/// Resolves when the process is asked to end after this is polled first.
pub(super) async fn asked_to_end() {
    Signals::listen().received().await;
}

async fn next(signals: &mut Option<Signal>) {
    match signals {
        Some(signals) => {
            signals.recv().await;
        }
        None => pending().await,
    }
}

/// Whether the process was started to outlive its terminal, for example by `nohup`. Where the
/// system does not say, it counts as such.
fn is_hangup_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit stands for signal 1, which is SIGHUP.
    ignored.is_none_or(|mask| mask & 1 == 1)
}
