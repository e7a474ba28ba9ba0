//! The signals that ask a command to end.

use std::fs;
use std::future::pending;

use tokio::signal::unix::{SignalKind, signal};

/// Resolves when the process is asked to end: by Ctrl-C, by a supervisor, or because its terminal
/// was closed.
///
/// The handlers are installed when this is polled first and stay until the process ends, so that a
/// later signal has an effect only while this is awaited again.
pub(super) async fn asked_to_end() {
    let hung_up = async {
        if is_hangup_ignored() { pending().await } else { received(SignalKind::hangup()).await }
    };
    tokio::select! {
        () = received(SignalKind::interrupt()) => {}
        () = received(SignalKind::terminate()) => {}
        () = hung_up => {}
    }
}

/// Without a handler, the signal ends the process at once, which the local platform survives.
async fn received(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => pending().await,
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
