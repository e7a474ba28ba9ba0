//! Declaw: one request starts a build, others poll it.
//!
//! Templates are immutable there. To rebuild an alias, its template must be deleted first, which
//! only happens on request. The platform can also rebuild a failed template, but from its original
//! request, which may differ from the current manifest. So `sbx` does not use that.

mod build;
mod client;
mod window;

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::error::SubmitError;
use super::pace::Bounds;
use super::retry::{Limit, RetryPolicy};
use super::templates::{self, TemplateStore};
use super::{Build, BuildStatus, Clients, Connection, Cursor, Driver, LogLine, Observer, State};
use crate::context::FileSet;
use crate::lower::Plan;
use crate::scalar::LogLevel;
use crate::template::CopyMap;
use crate::wire::declaw::BuildState;
use client::Client;

/// The times between two polls: each answer holds the whole log.
pub(super) const BOUNDS: Bounds = Bounds {
    shortest: Duration::from_millis(500),
    talking: Duration::from_secs(2),
    silent: Duration::from_secs(5),
};

/// The clients of Declaw.
pub(super) struct Declaw;

impl Clients for Declaw {
    fn driver(&self, connection: Connection<'_>) -> Result<Box<dyn Driver>, SubmitError> {
        Ok(Box::new(Client::new(connection.endpoint, connection.retry_policy)?))
    }

    fn templates(&self, connection: Connection<'_>) -> Result<Box<dyn TemplateStore>, SubmitError> {
        Ok(Box::new(templates::declaw::Templates::new(connection)?))
    }
}

impl Driver for Client {
    fn start<'a>(
        &'a self,
        plan: &'a Plan,
        _: &'a CopyMap<FileSet>,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Build, SubmitError>> {
        Box::pin(build::start(self, plan, observer))
    }

    fn poll<'a>(
        &'a self,
        build: &'a Build,
        cursor: &'a mut Cursor,
        limit: Limit,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<BuildStatus, SubmitError>> {
        Box::pin(async move {
            let status = self.status(build, limit, observer).await?;
            let lines = status.logs.unwrap_or_default();
            let new = window::take(cursor, &lines).iter().map(|line| LogLine {
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
        })
    }

    fn bounds(&self) -> Bounds {
        BOUNDS
    }

    fn retry_policy(&self) -> RetryPolicy {
        self.retry_policy()
    }
}
