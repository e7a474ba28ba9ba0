//! The E2B family: register, upload what the platform does not have, start, follow.

mod client;
mod follow;
mod upload;

use super::error::SubmitError;
use super::{Build, Event, Observer, Outcome};
use crate::context::FileSet;
use crate::lower::E2bRequests;
use crate::settings::Endpoint;

pub(super) use client::Client;
pub(super) use follow::{follow, look};

/// A submission to a platform of the family.
#[derive(Debug)]
pub(super) struct Submission<'a> {
    client: Client,
    requests: &'a E2bRequests,
}

impl<'a> Submission<'a> {
    pub(super) fn new(endpoint: &Endpoint, requests: &'a E2bRequests) -> Result<Self, SubmitError> {
        Ok(Self { client: Client::new(endpoint)?, requests })
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
        upload::all(&self.client, &build, self.requests, files, observer).await?;
        self.client.start(&build, &self.requests.start, observer).await?;
        observer(Event::Started);
        Ok(build)
    }

    pub(super) async fn follow(
        &self,
        build: &Build,
        observer: Observer<'_>,
    ) -> Result<Outcome, SubmitError> {
        follow(&self.client, build, 0, observer).await
    }
}
