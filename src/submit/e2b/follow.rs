//! A build's log, to its end.

use std::time::Duration;

use super::super::error::SubmitError;
use super::super::{Build, Event, LogLine, Observer, Outcome, Reason};
use super::client::Client;
use crate::wire::e2b::{BuildState, LOG_PAGE};

/// The shortest and the longest time between two questions: as long as a build says something it
/// is asked often.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

pub(super) async fn follow(
    client: &Client,
    build: &Build,
    observer: Observer<'_>,
) -> Result<Outcome, SubmitError> {
    let mut offset = 0;
    let mut pause = SHORTEST;
    let mut end: Option<Outcome> = None;
    loop {
        let status = client.status(build, offset, observer).await?;
        let count = status.log_entries.len();
        offset += count;
        for entry in status.log_entries {
            observer(Event::Log(LogLine {
                timestamp: Some(entry.timestamp),
                level: entry.level,
                message: entry.message,
                step: entry.step,
            }));
        }
        // The first answer that names an end decides; those after it only bring the rest of the
        // log, of which an answer holds a page at most.
        if end.is_none() && matches!(status.status, BuildState::Ready | BuildState::Error) {
            end = Some(Outcome {
                ready: status.status == BuildState::Ready,
                reason: status.reason.map(|it| Reason { message: it.message, step: it.step }),
            });
        }
        if count == 0
            && let Some(outcome) = end
        {
            return Ok(outcome);
        }
        // A full page, or one after the end, is followed by the next at once.
        if end.is_none() && count < LOG_PAGE {
            pause = if count > 0 { SHORTEST } else { (pause * 3 / 2).min(LONGEST) };
            tokio::time::sleep(pause).await;
        }
    }
}
