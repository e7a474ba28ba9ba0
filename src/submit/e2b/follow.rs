//! A build's log, page by page.

use std::time::Duration;

use super::super::error::SubmitError;
use super::super::pace::Bounds;
use super::super::retry::Limit;
use super::super::{Build, BuildStatus, LogLine, Observer, Reason, State};
use super::client::Client;
use crate::wire::e2b::{BuildState, LOG_PAGE};

/// The times between two questions.
pub(in crate::submit) const BOUNDS: Bounds = Bounds {
    shortest: Duration::from_millis(50),
    talking: Duration::from_secs(1),
    silent: Duration::from_secs(3),
};

/// A place in a build's log.
#[derive(Debug)]
pub(in crate::submit) struct Log<'a> {
    client: &'a Client,
    build: &'a Build,
    offset: usize,
    /// Whether an answer has named an end: no other takes it back.
    ended: bool,
}

impl<'a> Log<'a> {
    pub(in crate::submit) const fn new(
        client: &'a Client,
        build: &'a Build,
        offset: usize,
    ) -> Self {
        Self { client, build, offset, ended: false }
    }

    pub(in crate::submit) async fn poll(
        &mut self,
        limit: Limit,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        let status = self.client.status(self.build, self.offset, limit, observer).await?;
        let count = status.log_entries.len();
        self.offset += count;
        self.ended |= matches!(status.status, BuildState::Ready | BuildState::Error);
        let lines = status.log_entries.into_iter().map(|entry| LogLine {
            timestamp: Some(entry.timestamp),
            level: entry.level,
            message: entry.message,
            step: entry.step,
        });
        Ok(BuildStatus {
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
            more: if self.ended { count > 0 } else { count >= LOG_PAGE },
        })
    }
}
