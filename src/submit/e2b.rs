//! The E2B family: register, upload what the platform does not have, start, follow.

mod client;
mod follow;
mod put;
mod upload;

use super::error::{RemoteState, SubmitError};
use super::retry::RetryPolicy;
use super::{Build, Event, Observer};
use crate::context::FileSet;
use crate::lower::E2bRequests;
use crate::settings::Endpoint;

pub(super) use client::Client;
pub(super) use follow::{BOUNDS, Log};

/// A submission to a platform of the family.
#[derive(Debug)]
pub(super) struct Submission<'a> {
    pub(super) client: Client,
    requests: &'a E2bRequests,
}

impl<'a> Submission<'a> {
    pub(super) fn new(
        endpoint: &Endpoint,
        requests: &'a E2bRequests,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        Ok(Self { client: Client::new(endpoint, retry_policy)?, requests })
    }

    pub(super) async fn start(
        &self,
        files: &[(usize, FileSet)],
        observer: Observer<'_>,
    ) -> Result<Build, SubmitError> {
        let registered = self.client.register(&self.requests.register, observer).await?;
        let build = Build { template_id: registered.template_id, build_id: registered.build_id };
        observer(Event::Registered {
            template_id: build.template_id.clone(),
            build_id: build.build_id.clone(),
        });
        let not_started =
            |error: SubmitError| error.leaving(RemoteState::Registered(Box::new(build.clone())));
        upload::all(&self.client, &build, self.requests, files, observer)
            .await
            .map_err(not_started)?;
        self.client.start(&build, &self.requests.start, observer).await.map_err(not_started)?;
        observer(Event::Started);
        Ok(build)
    }
}
