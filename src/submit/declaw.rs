//! Declaw: one build call, then questions about the build.
//!
//! Templates do not change there. Whoever wants to build an alias anew has to delete its template
//! first, which is done only if it was asked for. The platform can also rebuild a failed template,
//! but out of what it was told then: what the manifest says by now would not be built, and no
//! answer shows whether that is the same. So `sbx` does not.

mod client;
mod window;

use std::time::Duration;

use super::error::{FaultKind, SubmitError};
use super::http::{pause, waits};
use super::{Build, Event, LogLine, Look, Observer, Outcome, Reason, State};
use crate::lower::DeclawRequests;
use crate::settings::Endpoint;
use crate::wire::declaw::{BuildState, Parts, TemplateSpec};
use crate::wire::e2b::LogLevel;
use window::Window;

pub(super) use client::Client;

/// The shortest and the longest time between two questions: each answer holds the whole log.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(3);

/// A submission to Declaw.
#[derive(Debug)]
pub(super) struct Submission<'a> {
    client: Client,
    requests: &'a DeclawRequests,
    replace: bool,
}

impl<'a> Submission<'a> {
    pub(super) fn new(
        endpoint: &Endpoint,
        requests: &'a DeclawRequests,
        replace: bool,
    ) -> Result<Self, SubmitError> {
        Ok(Self { client: Client::new(endpoint)?, requests, replace })
    }

    pub(super) async fn start(&self, observer: Observer<'_>) -> Result<Build, SubmitError> {
        // Asked before the build call, so that a template which is there after an answer was lost
        // is known to be the one of this call.
        if let Some(template_id) = self.existing(observer).await? {
            if !self.replace {
                return Err(self.taken(Some(template_id)));
            }
            self.client.delete(&template_id, observer).await?;
            observer(Event::Deleted { template_id });
        }
        let build = self.build(observer).await?;
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
        let mut waits = waits();
        loop {
            let error = match self.client.build(&self.requests.build).await {
                Ok(build) => return Ok(build),
                Err(error) => error,
            };
            let taken = matches!(error.kind, FaultKind::Refused { status: 409, .. });
            let unheard = is_unheard(&error.kind);
            lost |= !unheard;
            if taken || !unheard {
                match self.existing(observer).await? {
                    Some(template_id) if lost => {
                        let alias = self.requests.build.alias.clone();
                        return Err(SubmitError::new("", FaultKind::Lost { alias, template_id }));
                    }
                    template_id if taken => return Err(self.taken(template_id)),
                    _ => {}
                }
            }
            let Some(wait) = waits.next().filter(|_| error.is_transient()) else {
                return Err(error);
            };
            pause(client::BUILD, &error, wait, observer).await;
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
        SubmitError::new("", FaultKind::Taken { alias, template_id })
    }

    pub(super) async fn follow(
        &self,
        build: &Build,
        observer: Observer<'_>,
    ) -> Result<Outcome, SubmitError> {
        let (mut outcome, log) = follow(&self.client, build, 0, observer).await?;
        if !outcome.ready {
            outcome.reason = last_named(self.requests, &log);
        }
        Ok(outcome)
    }
}

/// A line of the log, of which the platform tells nothing but the text.
fn line(message: &str) -> LogLine {
    let message = message.to_owned();
    LogLine { timestamp: None, level: LogLevel::Info, message, step: None }
}

/// Looks at a build, and at what is kept of its log from line `offset` on.
pub(super) async fn look(
    client: &Client,
    build: &Build,
    offset: usize,
    observer: Observer<'_>,
) -> Result<Look, SubmitError> {
    let status = client.status(build, observer).await?;
    let lines = status.logs.unwrap_or_default();
    Ok(Look {
        state: match status.status {
            BuildState::Building => State::Building,
            BuildState::Completed => State::Ready,
            BuildState::Failed => State::Failed,
            BuildState::Other(state) => State::Other(state),
        },
        lines: lines.iter().skip(offset).map(|text| line(text)).collect(),
        reason: None,
        more: false,
    })
}

/// Follows a build to its end; with the outcome comes what its last answer holds of the log.
pub(super) async fn follow(
    client: &Client,
    build: &Build,
    offset: usize,
    observer: Observer<'_>,
) -> Result<(Outcome, Vec<String>), SubmitError> {
    let mut window = Window::after(offset);
    let mut wait = SHORTEST;
    loop {
        let status = client.status(build, observer).await?;
        let lines = status.logs.unwrap_or_default();
        let new = window.take(&lines);
        for text in new {
            observer(Event::Log(line(text)));
        }
        match status.status {
            BuildState::Completed => return Ok((Outcome { ready: true, reason: None }, lines)),
            BuildState::Failed => return Ok((Outcome { ready: false, reason: None }, lines)),
            BuildState::Building | BuildState::Other(_) => {}
        }
        wait = if new.is_empty() { (wait * 3 / 2).min(LONGEST) } else { SHORTEST };
        tokio::time::sleep(wait).await;
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

/// Whether a fault says that the platform did nothing. One of the server's own, or an answer that
/// did not come or made no sense, can follow a call that was heard.
const fn is_unheard(kind: &FaultKind) -> bool {
    match kind {
        FaultKind::Refused { status, .. } => *status < 500,
        FaultKind::Unreachable(_) | FaultKind::Timeout | FaultKind::BadAnswer(_) => false,
        _ => true,
    }
}
