//! Declaw's calls, each with its own rule for repeating it.

use reqwest::Method;

use super::super::error::{FaultKind, SubmitError};
use super::super::http::{Credential, Http, answer, json, retried};
use super::super::{Build, Observer};
use crate::settings::Endpoint;
use crate::wire::declaw::{BuildRequest, BuildStarted, BuildStatus, TemplateList};

/// The build call, for people.
pub(super) const BUILD: &str = "POST /templates/build";

/// A client of Declaw.
#[derive(Debug)]
pub(in crate::submit) struct Client {
    http: Http,
}

impl Client {
    pub(in crate::submit) fn new(endpoint: &Endpoint) -> Result<Self, SubmitError> {
        Ok(Self { http: Http::new(endpoint, Credential::Bearer)? })
    }

    /// Starts a build, once: a second call would find the alias taken by the first.
    pub(super) async fn build(&self, body: &BuildRequest) -> Result<Build, SubmitError> {
        let request = self.http.request(Method::POST, &["templates", "build"])?.json(body);
        let started: BuildStarted = json(BUILD, request).await?;
        Ok(Build { template_id: started.template_id, build_id: started.build_id })
    }

    /// Where the build stands, and its log's newest lines.
    pub(super) async fn status(
        &self,
        build: &Build,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        let name = format!("GET /templates/builds/{}", build.build_id);
        retried(&name, observer, || async {
            let path = ["templates", "builds", &build.build_id];
            json(&name, self.http.request(Method::GET, &path)?).await
        })
        .await
    }

    /// The account's templates.
    pub(super) async fn templates(
        &self,
        observer: Observer<'_>,
    ) -> Result<TemplateList, SubmitError> {
        let name = "GET /templates";
        retried(name, observer, || async {
            json(name, self.http.request(Method::GET, &["templates"])?).await
        })
        .await
    }

    /// Deletes a template. One that is gone already is what was asked for.
    pub(super) async fn delete(
        &self,
        template_id: &str,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let name = format!("DELETE /templates/{template_id}");
        retried(&name, observer, || async {
            let request = self.http.request(Method::DELETE, &["templates", template_id])?;
            match answer(&name, request).await {
                Err(error) if matches!(error.kind, FaultKind::Refused { status: 404, .. }) => {
                    Ok(())
                }
                result => result.map(drop),
            }
        })
        .await
    }
}
