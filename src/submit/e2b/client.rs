//! The calls of the E2B family, each with its own rule for repeating it.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::super::error::{Call, FaultKind, Operation, RemoteState, Retry, SubmitError};
use super::super::http::{Credential, Http};
use super::super::retry::{Limit, RetryPolicy, Waits, retried};
use super::super::{Build, Connection, Observer};
use super::put::Store;
use crate::wire::e2b::{BuildState, BuildStatus, FileLink, RegisterResponse};
use crate::wire::local;

/// A client of one platform.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    pub(super) store: Store,
    /// Whether the platform is the local one, which has larger pages of logs.
    has_long_pages: bool,
}

impl Client {
    pub(super) fn new(connection: Connection<'_>) -> Result<Self, SubmitError> {
        let Connection { platform, endpoint, retry_policy } = connection;
        let http = Http::new(endpoint, Credential::Key, retry_policy)?;
        let store = Store::new(endpoint.request_timeout);
        Ok(Self { http, store, has_long_pages: platform.is_local() })
    }

    /// Whether the platform is on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.http.is_local()
    }

    pub(super) const fn retry_policy(&self) -> RetryPolicy {
        self.http.retry_policy()
    }

    pub(super) fn waits(&self) -> Waits {
        self.http.waits(Limit::Call)
    }

    /// Registers a build. A lost answer leaves an orphan that fails by itself, so the call may be
    /// repeated.
    ///
    /// 429 is the limit of builds at once: it passes when one of them ends, so it is queued for.
    pub(super) async fn register(
        &self,
        body: &Value,
        observer: Observer<'_>,
    ) -> Result<RegisterResponse, SubmitError> {
        let call =
            Call::new("register the build", "POST /v3/templates").about(Operation::Registration);
        let (mut waits, mut queue) = (self.waits(), self.http.waits(Limit::Queue));
        let mut orphan = false;
        loop {
            let request = self.http.request(Method::POST, &["v3", "templates"])?.json(body);
            let error = match self.http.json(&call, request).await {
                Ok(registered) => return Ok(registered),
                Err(error) => error,
            };
            orphan |= error.may_be_heard();
            let left = if orphan { RemoteState::Orphan } else { RemoteState::Nothing };
            let waits = if error.has_status(429) { &mut queue } else { &mut waits };
            waits.pause(error.leaving(left), observer).await?;
        }
    }

    /// Asks where an archive goes.
    pub(super) async fn link(
        &self,
        template_id: &str,
        files_hash: &str,
        observer: Observer<'_>,
    ) -> Result<FileLink, SubmitError> {
        let call = link_call(template_id, files_hash);
        retried(self.waits(), observer, || async {
            let path = ["templates", template_id, "files", files_hash];
            self.http.json(&call, self.http.request(Method::GET, &path)?).await
        })
        .await
    }

    /// Starts the build, once.
    ///
    /// A request that reached the platform is not repeated before the build's status was read: even
    /// a start that is refused cancels the running builds that share a tag, and so would kill a
    /// newer one. The status also says whether a request without an answer was processed. The same
    /// holds for a 400, which is the answer for a build that is not waiting any more, perhaps
    /// because a proxy has repeated the request.
    pub(super) async fn start(
        &self,
        build: &Build,
        body: &Value,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let mut waits = self.waits();
        loop {
            let Err(error) = self.start_once(build, body).await else { return Ok(()) };
            let (sent, heard) = (error.was_sent(), error.may_be_heard());
            if heard || error.has_status(400) {
                match self.is_waiting(build, heard, observer).await {
                    Ok(true) => {}
                    Ok(false) => return Ok(()),
                    // A refusal is final, whatever the status would have been.
                    Err(_) if error.retry() == Retry::Never => return Err(error),
                    Err(lost) => return Err(lost),
                }
            }
            waits.pause(error, observer).await?;
            // During the wait, another registration may have taken the build's place.
            if sent && !self.is_waiting(build, heard, observer).await? {
                return Ok(());
            }
        }
    }

    async fn start_once(&self, build: &Build, body: &Value) -> Result<(), SubmitError> {
        let path = ["v2", "templates", &build.template_id, "builds", &build.build_id];
        let request = format!("POST /v2/templates/{}/builds/{}", build.template_id, build.build_id);
        let call = Call::new("start the build", request).about(Operation::Build);
        let request = self.http.request(Method::POST, &path)?.json(body);
        let response = self.http.send(&call, request).await?;
        if response.status() == StatusCode::ACCEPTED {
            return Ok(());
        }
        // The response may come from a proxy, and the build would wait forever.
        let reason = format!("{} where 202 was due", response.status().as_u16());
        Err(SubmitError::of(&call, FaultKind::BadAnswer(reason)))
    }

    /// Whether a build still waits for its start, perhaps after one that the platform may have
    /// `heard`.
    pub(super) async fn is_waiting(
        &self,
        build: &Build,
        heard: bool,
        observer: Observer<'_>,
    ) -> Result<bool, SubmitError> {
        match self.status(build, 0, Limit::Call, observer).await {
            Ok(status) => Ok(status.status == BuildState::Waiting),
            Err(lost) if heard => {
                Err(lost.leaving(RemoteState::PerhapsStarted(Box::new(build.clone()))))
            }
            Err(lost) => Err(lost),
        }
    }

    /// The state of the build, and its log from `offset` on.
    pub(super) async fn status(
        &self,
        build: &Build,
        offset: usize,
        limit: Limit,
        observer: Observer<'_>,
    ) -> Result<BuildStatus, SubmitError> {
        let path = ["templates", &build.template_id, "builds", &build.build_id, "status"];
        let request =
            format!("GET /templates/{}/builds/{}/status", build.template_id, build.build_id);
        let call = Call::new("ask how the build stands", request).about(Operation::Build);
        retried(self.http.waits(limit), observer, || async {
            let mut request =
                self.http.request(Method::GET, &path)?.query(&[("logsOffset", offset)]);
            if self.has_long_pages {
                request = request.query(&[("sbxLimit", local::LOG_PAGE)]);
            }
            self.http.json(&call, request).await
        })
        .await
    }
}

pub(super) fn link_call(template_id: &str, files_hash: &str) -> Call {
    let request = format!("GET /templates/{template_id}/files/{files_hash}");
    Call::new("ask where an archive goes", request).about(Operation::Build)
}
