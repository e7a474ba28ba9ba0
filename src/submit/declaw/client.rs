//! Declaw's calls, each with its own rule for repeating it.

use reqwest::Method;
use serde_json::Value;

use super::super::error::{Call, RemoteState, SubmitError};
use super::super::http::{Credential, Http};
use super::super::retry::{Limit, RetryPolicy, Waits, retried};
use super::super::{Build, Observer};
use crate::submit::Endpoint;
use crate::wire::declaw::{BuildStarted, BuildStatus, TemplateList};

/// A client of Declaw.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
}

impl Client {
    pub(super) fn new(endpoint: &Endpoint, retry_policy: RetryPolicy) -> Result<Self, SubmitError> {
        Ok(Self { http: Http::new(endpoint, Credential::Bearer, retry_policy)? })
    }

    pub(super) const fn retry_policy(&self) -> RetryPolicy {
        self.http.retry_policy()
    }

    pub(super) fn waits(&self) -> Waits {
        self.http.waits(Limit::Call)
    }

    /// Starts a build, once: a second call would find the alias taken by the first.
    pub(super) async fn build(&self, body: &Value) -> Result<Build, SubmitError> {
        let call = Call::new("start the build", "POST /templates/build");
        let request = self.http.request(Method::POST, &["templates", "build"])?.json(body);
        let started: BuildStarted = self.http.json(&call, request).await?;
        Ok(Build { template_id: started.template_id, build_id: started.build_id })
    }

    /// The state of the build, and the newest lines of its log.
    pub(super) async fn status(
        &self,
        build: &Build,
        limit: Limit,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        let request = format!("GET /templates/builds/{}", build.build_id);
        let call = Call::new("ask how the build stands", request);
        retried(self.http.waits(limit), observer, || async {
            let path = ["templates", "builds", &build.build_id];
            self.http.json(&call, self.http.request(Method::GET, &path)?).await
        })
        .await
    }

    /// The account's templates.
    pub(super) async fn templates(
        &self,
        observer: Observer<'_>,
    ) -> Result<TemplateList, SubmitError> {
        let call = Call::new("look the name up", "GET /templates");
        retried(self.waits(), observer, || async {
            self.http.json(&call, self.http.request(Method::GET, &["templates"])?).await
        })
        .await
    }

    /// Deletes a template. One that is gone already is what was asked for.
    pub(super) async fn delete(
        &self,
        template_id: &str,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let call = Call::new("delete the old template", format!("DELETE /templates/{template_id}"));
        let mut waits = self.waits();
        let mut heard = false;
        loop {
            let request = self.http.request(Method::DELETE, &["templates", template_id])?;
            let error = match self.http.send(&call, request).await {
                Ok(_) => return Ok(()),
                Err(error) if error.has_status(404) => return Ok(()),
                Err(error) => error,
            };
            heard |= error.may_be_heard();
            let left = if heard { RemoteState::PerhapsDeleted } else { RemoteState::Nothing };
            waits.pause(error.leaving(left), observer).await?;
        }
    }
}
