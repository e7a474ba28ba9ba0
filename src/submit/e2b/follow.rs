//! A build's log, page by page.

use std::time::Duration;

use super::super::error::SubmitError;
use super::super::pace::Bounds;
use super::super::retry::Limit;
use super::super::{Build, BuildStatus, Cursor, Event, LogLine, Observer, Reason, State};
use super::client::Client;
use crate::lower::BuildStep;
use crate::scalar::LogLevel;
use crate::wire::e2b::{self, BuildState, LOG_PAGE, LogEntry};

/// The times between two polls.
pub(in crate::submit) const BOUNDS: Bounds = Bounds {
    shortest: Duration::from_millis(50),
    talking: Duration::from_secs(1),
    silent: Duration::from_secs(3),
};

/// The same for a platform on this machine, which a request costs nothing.
pub(in crate::submit) const LOCAL_BOUNDS: Bounds = Bounds {
    shortest: Duration::from_millis(50),
    talking: Duration::from_millis(100),
    silent: Duration::from_millis(200),
};

/// The most characters of a step's name, which each line of its log begins with.
const MAX_STEP: usize = 40;

pub(super) async fn poll(
    client: &Client,
    build: &Build,
    cursor: &mut Cursor,
    limit: Limit,
    observer: Observer<'_>,
) -> Result<BuildStatus, SubmitError> {
    let status = client.status(build, cursor.offset, limit, observer).await?;
    let count = status.log_entries.len();
    let lines: Vec<_> = status.log_entries.into_iter().map(line).collect();
    cursor.offset += count;
    cursor.ended |= matches!(status.status, BuildState::Ready | BuildState::Error);
    // An answer holds a page at most, after the end too: only an empty one is the last.
    let is_full = count >= LOG_PAGE;
    let mut more = if cursor.ended { count > 0 } else { is_full };
    if more && let Some(reason) = cursor.pages.take(&lines, is_full, cursor.ended) {
        more = false;
        if cursor.ended {
            observer(Event::LogCut { reason: reason.to_owned() });
        }
    }
    Ok(BuildStatus {
        state: match status.status {
            BuildState::Waiting => State::Waiting,
            BuildState::Building => State::Building,
            BuildState::Ready if status.recorded => {
                State::Recorded { because: status.recorded_reason }
            }
            BuildState::Ready => State::Ready,
            BuildState::Error => State::Failed,
            BuildState::Other(state) => State::Other(state),
        },
        lines,
        reason: status.reason.map(reason),
        more,
    })
}

fn line(entry: LogEntry) -> LogLine {
    LogLine {
        timestamp: entry.timestamp,
        level: match entry.level {
            e2b::LogLevel::Debug => LogLevel::Debug,
            e2b::LogLevel::Info => LogLevel::Info,
            e2b::LogLevel::Warn => LogLevel::Warn,
            e2b::LogLevel::Error => LogLevel::Error,
            e2b::LogLevel::Other(level) => LogLevel::Other(level),
        },
        message: entry.message,
        step: step(entry.step),
    }
}

fn reason(reason: e2b::Reason) -> Reason {
    Reason { message: reason.message, step: step(reason.step) }
}

fn step(name: Option<String>) -> Option<BuildStep> {
    let name: String = name?.chars().take(MAX_STEP).collect();
    BuildStep::parse(&name)
}
