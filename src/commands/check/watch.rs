//! `sbx check --watch`: checks again whenever something that the last check has read is different.
//!
//! What counts is the state of the files ([`seen`]), compared with that of the last check. The events
//! of the system ([`events`]) only say when to look: they may be lost, they do not exist on some
//! network file systems, and most of them are about files that no manifest names.

mod events;
mod seen;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use self::seen::{Observed, Seen};
use super::{Exit, Failure, once};
use crate::commands::serve::runtime;
use crate::commands::signals::Signals;
use crate::host::{Host, WithFiles};
use crate::printer::Printer;
use crate::settings::Check;

/// How long files have to be quiet before they are read: an editor or a checkout writes several.
const QUIET: Duration = Duration::from_millis(50);

/// How long a check waits for files that do not get quiet.
const BUSIEST: Duration = Duration::from_secs(1);

/// How often files are looked at where the system tells of changes, since it may miss some.
const SELDOM: Duration = Duration::from_secs(3);

/// How often, where it does not.
const OFTEN: Duration = Duration::from_millis(500);

/// Between two looks, so many times the duration of one passes, so that a large context leaves the
/// machine idle: after an event, and without one.
const IDLE_AFTER_EVENT: u32 = 10;
const IDLE: u32 = 50;

pub(super) fn run(settings: &Check, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    runtime()?.block_on(async {
        let mut signals = Signals::listen();
        let mut is_first = true;
        loop {
            let files = Observed::new(host, printer.output_files());
            if let Err(failure) = once(settings, &WithFiles::new(&files, host), printer) {
                // It depends on the manifest, which may change.
                printer.failure(&failure.message, failure.help.as_deref());
            }
            if printer.output_error().is_some() || printer.has_lost_reader() {
                return Ok(Exit::Done);
            }
            let seen = files.seen();
            let (sender, mut events) = mpsc::channel(1);
            let watcher = events::watch(&seen.directories(host), sender.clone());
            if let (true, Err(reason)) = (is_first, &watcher) {
                printer.note(&format!("{reason}, so changes are noticed a little later"));
            }
            printer.note("watching for changes; Ctrl-C ends");
            is_first = false;
            let rest = if watcher.is_ok() { SELDOM } else { OFTEN };
            let Some(changed) = changed(&seen, host, rest, &mut events, &mut signals).await else {
                return Ok(Exit::Interrupted);
            };
            printer.notes(&[String::new(), announcement(&changed)]);
        }
    })
}

/// The paths that have changed, when they do; `None` if the process is asked to end before.
async fn changed(
    seen: &Seen,
    host: &dyn Host,
    rest: Duration,
    events: &mut mpsc::Receiver<()>,
    signals: &mut Signals,
) -> Option<Vec<PathBuf>> {
    loop {
        // What changed before the watchers were there caused no event.
        let begun = Instant::now();
        let changed = seen.changed(host);
        let took = begun.elapsed();
        if !changed.is_empty() {
            let busiest = begun + BUSIEST;
            while timeout(QUIET, events.recv()).await.is_ok() && Instant::now() < busiest {
                sleep(QUIET / 5).await;
            }
            return Some(changed);
        }
        let event = async {
            sleep(took * IDLE_AFTER_EVENT).await;
            events.recv().await
        };
        tokio::select! {
            () = signals.received() => return None,
            _ = event => {}
            () = sleep(rest.max(took * IDLE)) => {}
        }
    }
}

/// What the next check is for.
fn announcement(changed: &[PathBuf]) -> String {
    let shown = |path: &Path| path.strip_prefix(".").unwrap_or(path).display().to_string();
    match changed {
        [] => "changed".to_owned(),
        [one] => format!("{} changed", shown(one)),
        [first, others @ ..] => format!("{} and {} more changed", shown(first), others.len()),
    }
}
