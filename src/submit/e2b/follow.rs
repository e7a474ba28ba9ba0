//! A build's log, to its end.

use std::time::Duration;

use super::super::error::SubmitError;
use super::super::{Build, Event, LogLine, Look, Observer, Outcome, Reason, State};
use super::client::Client;
use crate::wire::e2b::{BuildState, LOG_PAGE};

/// The shortest and the longest time between two questions: as long as a build says something it
/// is asked often.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// Looks at a build, and at a page of its log from `offset` on.
pub(in crate::submit) async fn look(
    client: &Client,
    build: &Build,
    offset: usize,
    observer: Observer<'_>,
) -> Result<Look, SubmitError> {
    let status = client.status(build, offset, observer).await?;
    let count = status.log_entries.len();
    let ended = matches!(status.status, BuildState::Ready | BuildState::Error);
    let lines = status.log_entries.into_iter().map(|entry| LogLine {
        timestamp: Some(entry.timestamp),
        level: entry.level,
        message: entry.message,
        step: entry.step,
    });
    Ok(Look {
        state: match status.status {
            BuildState::Waiting => State::Waiting,
            BuildState::Building => State::Building,
            BuildState::Ready => State::Ready,
            BuildState::Error => State::Failed,
            BuildState::Other(state) => State::Other(state),
        },
        lines: lines.collect(),
        reason: status.reason.map(|it| Reason { message: it.message, step: it.step }),
        // An answer holds a page at most, after the end too: only an empty one is the last.
        more: if ended { count > 0 } else { count >= LOG_PAGE },
    })
}

pub(in crate::submit) async fn follow(
    client: &Client,
    build: &Build,
    mut offset: usize,
    observer: Observer<'_>,
) -> Result<Outcome, SubmitError> {
    let mut pause = SHORTEST;
    let mut end: Option<Outcome> = None;
    loop {
        let look = look(client, build, offset, observer).await?;
        let said = !look.lines.is_empty();
        offset += look.lines.len();
        for line in look.lines {
            observer(Event::Log(line));
        }
        // The first answer that names an end decides; those after it only bring the rest of the
        // log.
        if end.is_none() && matches!(look.state, State::Ready | State::Failed) {
            end = Some(Outcome { ready: look.state == State::Ready, reason: look.reason });
        }
        if look.more {
            continue;
        }
        if let Some(outcome) = end {
            return Ok(outcome);
        }
        pause = if said { SHORTEST } else { (pause * 3 / 2).min(LONGEST) };
        tokio::time::sleep(pause).await;
    }
}
