//! Declaw: one build call, then questions about the build.
//!
//! Templates do not change there. Whoever wants to build an alias anew has to delete its template
//! first, which is done only if it was asked for. The platform can also rebuild a failed template,
//! but out of what it was told then: what the manifest says by now would not be built, and no
//! answer shows whether that is the same. So `sbx` does not.

mod client;
mod window;

use std::time::Duration;

use super::error::{FaultKind, RemoteState, SubmitError};
use super::pace::Bounds;
use super::retry::{Limit, RetryPolicy};
use super::{Build, BuildStatus, Event, LogLine, Observer, Reason, State};
use crate::lower::DeclawRequests;
use crate::settings::Endpoint;
use crate::wire::declaw::{BuildState, Parts, TemplateSpec};
use crate::wire::e2b::LogLevel;
use window::Window;

pub(super) use client::Client;

/// The times between two questions: each answer holds the whole log.
pub(super) const BOUNDS: Bounds = Bounds {
    shortest: Duration::from_millis(500),
    talking: Duration::from_secs(2),
    silent: Duration::from_secs(5),
};

/// A place in a build's log.
#[derive(Debug)]
pub(super) struct Log<'a> {
    client: &'a Client,
    build: &'a Build,
    window: Window,
}

impl<'a> Log<'a> {
    pub(super) fn new(client: &'a Client, build: &'a Build, offset: usize) -> Self {
        Self { client, build, window: Window::after(offset) }
    }

    pub(super) async fn poll(
        &mut self,
        limit: Limit,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        let status = self.client.status(self.build, limit, observer).await?;
        let lines = status.logs.unwrap_or_default();
        let new = self.window.take(&lines).iter().map(|line| LogLine {
            timestamp: None,
            level: LogLevel::Info,
            message: line.clone(),
            step: None,
        });
        Ok(BuildStatus {
            state: match status.status {
                BuildState::Building => State::Building,
                BuildState::Completed => State::Ready,
                BuildState::Failed => State::Failed,
                BuildState::Other(state) => State::Other(state),
            },
            lines: new.collect(),
            reason: None,
            more: false,
        })
    }

    /// The last lines that were told.
    pub(super) fn told(&self) -> &[String] {
        self.window.told()
    }
}

/// A submission to Declaw.
#[derive(Debug)]
pub(super) struct Submission<'a> {
    pub(super) client: Client,
    pub(super) requests: &'a DeclawRequests,
    replace: bool,
}

impl<'a> Submission<'a> {
    pub(super) fn new(
        endpoint: &Endpoint,
        requests: &'a DeclawRequests,
        replace: bool,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        Ok(Self { client: Client::new(endpoint, retry_policy)?, requests, replace })
    }

    pub(super) async fn start(&self, observer: Observer<'_>) -> Result<Build, SubmitError> {
        // Asked before the build call, so that a template which is there after an answer was lost
        // is known to be the one of this call.
        let existing =
            self.existing(observer).await.map_err(|it| it.leaving(RemoteState::Nothing))?;
        let mut left = RemoteState::Nothing;
        if let Some(template_id) = existing {
            if !self.replace {
                return Err(self.taken(Some(template_id)));
            }
            self.client.delete(&template_id, observer).await?;
            observer(Event::Deleted { template_id });
            left = RemoteState::Deleted;
        }
        let build = self.build(observer).await.map_err(|error| error.leaving(left))?;
        observer(Event::Registered {
            template_id: build.template_id.clone(),
            build_id: build.build_id.clone(),
        });
        observer(Event::Started);
        Ok(build)
    }

    /// Makes the build call. A refusal that may pass is waited out; after a lost answer the alias
    /// tells whether the call was heard, and only one that was not is repeated.
    async fn build(&self, observer: Observer<'_>) -> Result<Build, SubmitError> {
        let mut lost = false;
        let mut waits = self.client.waits();
        loop {
            let error = match self.client.build(&self.requests.build).await {
                Ok(build) => return Ok(build),
                Err(error) => error,
            };
            let taken = error.has_status(409);
            lost |= error.may_be_heard();
            if taken || error.may_be_heard() {
                let existing = self.existing(observer).await;
                match existing.map_err(|it| it.leaving(RemoteState::PerhapsTaken))? {
                    Some(template_id) if lost => {
                        let alias = self.requests.build.alias.clone();
                        return Err(SubmitError::new(FaultKind::Lost { alias, template_id }));
                    }
                    template_id if taken => return Err(self.taken(template_id)),
                    _ => {}
                }
            }
            waits.pause(error, observer).await?;
        }
    }

    /// The template that has the alias.
    async fn existing(&self, observer: Observer<'_>) -> Result<Option<String>, SubmitError> {
        let list = self.client.templates(observer).await?;
        let alias = &self.requests.build.alias;
        let mut templates = list.templates.into_iter().flatten();
        let found = templates.find(|template| template.alias.as_ref() == Some(alias));
        Ok(found.map(|template| template.template_id))
    }

    fn taken(&self, template_id: Option<String>) -> SubmitError {
        let alias = self.requests.build.alias.clone();
        SubmitError::new(FaultKind::Taken { alias, template_id })
    }
}

/// The step that a failed build's log names last, if it repeats what it was told to run.
///
/// The platform does not say which step failed. Builders of images write a command into their
/// log when they come to it, so the last one that stands there whole is the one to look at; a
/// log that names none leaves the question open.
pub(super) fn last_named(requests: &DeclawRequests, log: &[String]) -> Option<Reason> {
    let TemplateSpec::Parts(Parts { run_cmds, .. }) = &requests.build.template else {
        // Of a Dockerfile the platform's own words name the line.
        return None;
    };
    let step = log.iter().rev().find_map(|line| {
        let named = run_cmds.iter().enumerate().filter(|(_, command)| names(line, command));
        // A line may hold a shorter command within a longer one.
        named.max_by_key(|(_, command)| command.len()).map(|(at, _)| at + 1)
    })?;
    let message = "the last step that the build's log names".to_owned();
    Some(Reason { message, step: Some(step.to_string()) })
}

/// Whether a line of a log is about a command, and does not just hold its words: `make` alone
/// stands in many lines.
fn names(line: &str, command: &str) -> bool {
    let line = line.trim();
    ["RUN ", "sh -c ", "+ "].iter().any(|before| {
        line.match_indices(before).any(|(at, _)| line[at + before.len()..].starts_with(command))
    }) || line == command
}
