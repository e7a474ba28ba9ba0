//! The E2B family: register, upload what the platform does not have, start, follow.

mod client;
mod follow;
mod put;
mod upload;

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::error::{RemoteState, SubmitError};
use super::pace::Bounds;
use super::retry::{Limit, RetryPolicy};
use super::templates::{self, TemplateStore};
use super::{Build, BuildStatus, Clients, Connection, Cursor, Driver, Event, Observer};
use crate::context::FileSet;
use crate::lower::{Plan, Purpose};
use crate::template::CopyMap;
use client::Client;
pub(super) use follow::{BOUNDS, LOCAL_BOUNDS};

/// How long after its registration a build is started without reading its status: uploads take
/// their time, in which another registration may take the build's place. A start would then cancel
/// the newer build.
const FRESH: Duration = Duration::from_secs(10);

/// The clients of the family.
pub(super) struct E2b;

impl Clients for E2b {
    fn driver(&self, connection: Connection<'_>) -> Result<Box<dyn Driver>, SubmitError> {
        Ok(Box::new(Client::new(connection)?))
    }

    fn templates(&self, connection: Connection<'_>) -> Result<Box<dyn TemplateStore>, SubmitError> {
        Ok(Box::new(templates::e2b::Templates::new(connection)?))
    }
}

impl Driver for Client {
    fn start<'a>(
        &'a self,
        plan: &'a Plan,
        files: &'a CopyMap<FileSet>,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Build, SubmitError>> {
        Box::pin(async move {
            let build = register(self, &plan.body_of(Purpose::Register), observer).await?;
            let registered = Instant::now();
            let not_started = |error: SubmitError| {
                error.leaving(RemoteState::Registered(Box::new(build.clone())))
            };
            upload::all(self, &build, plan, files, observer).await.map_err(not_started)?;
            let started = async {
                if registered.elapsed() >= FRESH
                    && !self.is_waiting(&build, false, observer).await?
                {
                    return Ok(());
                }
                self.start(&build, &plan.body(), observer).await
            };
            started.await.map_err(not_started)?;
            observer(Event::Started);
            Ok(build)
        })
    }

    fn poll<'a>(
        &'a self,
        build: &'a Build,
        cursor: &'a mut Cursor,
        limit: Limit,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<BuildStatus, SubmitError>> {
        Box::pin(follow::poll(self, build, cursor, limit, observer))
    }

    fn has_archive<'a>(
        &'a self,
        template_id: &'a str,
        files_hash: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Option<bool>, SubmitError>> {
        Box::pin(async move {
            let link = self.link(template_id, files_hash, observer).await?;
            Ok(Some(link.present))
        })
    }

    fn bounds(&self) -> Bounds {
        if self.is_local() { LOCAL_BOUNDS } else { BOUNDS }
    }

    fn retry_policy(&self) -> RetryPolicy {
        self.retry_policy()
    }
}

async fn register(
    client: &Client,
    body: &Value,
    observer: Observer<'_>,
) -> Result<Build, SubmitError> {
    let registered = client.register(body, observer).await?;
    let build = Build { template_id: registered.template_id, build_id: registered.build_id };
    observer(Event::Registered {
        template_id: build.template_id.clone(),
        build_id: build.build_id.clone(),
    });
    Ok(build)
}
