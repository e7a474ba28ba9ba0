//! The calls of the E2B family, each with its own rule for repeating it.

use std::time::Duration;

use reqwest::Method;

use super::super::error::{FaultKind, SubmitError};
use super::super::http::{Credential, Http, answer, builder, json, pause, retried, waits};
use super::super::{Build, Observer};
use crate::settings::Endpoint;
use crate::wire::e2b::{
    BuildState, BuildStatus, FileLink, RegisterRequest, RegisterResponse, StartRequest,
};

/// How long an upload may take: archives can be large.
const UPLOAD_TIMEOUT: Duration = Duration::from_hours(1);

/// A client of one platform.
#[derive(Debug)]
pub(in crate::submit) struct Client {
    http: Http,
    /// Without the API key: an upload goes to a store of somebody else's.
    store: reqwest::Client,
}

impl Client {
    pub(in crate::submit) fn new(endpoint: &Endpoint) -> Result<Self, SubmitError> {
        let http = Http::new(endpoint, Credential::Key)?;
        Ok(Self { http, store: builder(UPLOAD_TIMEOUT, None)? })
    }

    /// Registers a build. A lost answer leaves an orphan that fails by itself, so the call may be
    /// repeated.
    pub(super) async fn register(
        &self,
        body: &RegisterRequest,
        observer: Observer<'_>,
    ) -> Result<RegisterResponse, SubmitError> {
        let name = "POST /v3/templates";
        retried(name, observer, || async {
            json(name, self.http.request(Method::POST, &["v3", "templates"])?.json(body)).await
        })
        .await
    }

    /// Asks where an archive goes.
    pub(super) async fn link(
        &self,
        build: &Build,
        files_hash: &str,
        observer: Observer<'_>,
    ) -> Result<FileLink, SubmitError> {
        let name = format!("GET /templates/{}/files/{files_hash}", build.template_id);
        retried(&name, observer, || async {
            let path = ["templates", &build.template_id, "files", files_hash];
            json(&name, self.http.request(Method::GET, &path)?).await
        })
        .await
    }

    /// Uploads an archive, once: a link may work only once, so who repeats it asks for another.
    pub(super) async fn put(
        &self,
        link: &FileLink,
        url: &str,
        body: reqwest::Body,
        bytes: u64,
    ) -> Result<(), SubmitError> {
        let name = "PUT of an archive";
        let mut request = self.store.put(url);
        for (header, value) in link.headers.iter().flatten() {
            if !header.eq_ignore_ascii_case("content-length") {
                request = request.header(header, value);
            }
        }
        // The exact length: a signed link takes no chunks.
        let request = request.header(reqwest::header::CONTENT_LENGTH, bytes).body(body);
        answer(name, request).await.map(drop)
    }

    /// Starts the build.
    ///
    /// The call is not repeated blindly: after a lost answer the build's status tells whether it
    /// was heard.
    pub(super) async fn start(
        &self,
        build: &Build,
        body: &StartRequest,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let path = ["v2", "templates", &build.template_id, "builds", &build.build_id];
        let name = format!("POST /v2/templates/{}/builds/{}", build.template_id, build.build_id);
        let mut sent_before = false;
        let mut waits = waits();
        loop {
            let request = self.http.request(Method::POST, &path)?.json(body);
            let Err(error) = answer(&name, request).await else { return Ok(()) };
            // An earlier attempt was heard after all.
            let replayed =
                sent_before && matches!(error.kind, FaultKind::Refused { status: 400, .. });
            if !(error.is_transient() || replayed) {
                return Err(error);
            }
            sent_before = true;
            if self.status(build, 0, observer).await?.status != BuildState::Waiting {
                return Ok(());
            }
            let Some(wait) = waits.next().filter(|_| !replayed) else {
                return Err(error);
            };
            pause(&name, &error, wait, observer).await;
        }
    }

    /// Where the build stands, and its log from `offset` on.
    pub(super) async fn status(
        &self,
        build: &Build,
        offset: usize,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        let path = ["templates", &build.template_id, "builds", &build.build_id, "status"];
        let name = format!("GET /templates/{}/builds/{}/status", build.template_id, build.build_id);
        retried(&name, observer, || async {
            let request = self.http.request(Method::GET, &path)?.query(&[("logsOffset", offset)]);
            json(&name, request).await
        })
        .await
    }
}
