//! Creates sandboxes and ends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use uuid::Uuid;

use super::command::Command;
use super::envd::Envd;
use super::process::Process;
use super::{Gateway, LIFETIME};
use crate::platform::Platform;
use crate::submit::http::{Credential, Http, nothing};
use crate::submit::retry::retried;
use crate::submit::{Call, Endpoint, Limit, Observer, RetryPolicy, SubmitError};
use crate::wire::sandboxes::{CreateSandbox, SandboxDetails, SetTimeout};

/// The metadata by which the sandboxes of one client are found again.
const OWNER: &str = "sbx";

/// The most sandboxes that one page of the list has.
const PAGE: usize = 100;

/// A client for the sandboxes of one platform.
#[derive(Debug)]
pub struct Sandboxes {
    http: Http,
    endpoint: Endpoint,
    gateway: Gateway,
    has_older_routes: bool,
    /// Known to this client alone.
    owner: String,
}

/// A running sandbox.
#[derive(Debug)]
pub struct Sandbox {
    /// Its ID.
    pub id: String,
    envd: Arc<Envd>,
}

impl Sandbox {
    /// Starts a command, and waits until it runs.
    ///
    /// # Errors
    /// The command cannot be started, or the sandbox does not answer.
    pub async fn start(&self, command: &Command) -> Result<Process, SubmitError> {
        Process::start(Arc::clone(&self.envd), command).await
    }
}

impl Sandboxes {
    /// Whether there is a client for a platform's sandboxes.
    #[must_use]
    pub const fn supports(platform: Platform) -> bool {
        platform.facts().has_envd
    }

    /// A client for the sandboxes of `platform`, which is at `endpoint`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(
        platform: Platform,
        endpoint: &Endpoint,
        gateway: Gateway,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        let http = Http::new(endpoint, Credential::Key, retry_policy)?;
        let has_older_routes = platform.facts().older_sandbox_routes;
        let owner = Uuid::new_v4().simple().to_string();
        Ok(Self { http, endpoint: endpoint.clone(), gateway, has_older_routes, owner })
    }

    /// Creates a sandbox of a template: `name`, `name:tag`, an ID, or a build's.
    ///
    /// After a lost answer, the sandbox that may have been made is looked for and ended before the
    /// call is repeated.
    ///
    /// # Errors
    /// The template is not there, or the platform does not create one.
    pub async fn create(
        &self,
        template: &str,
        observer: Observer<'_>,
    ) -> Result<Sandbox, SubmitError> {
        let path: &[_] = if self.has_older_routes { &["sandboxes"] } else { &["v2", "sandboxes"] };
        let call = Call::new("create a sandbox", format!("POST /{}", path.join("/")));
        let body = CreateSandbox {
            template_id: template.to_owned(),
            timeout: Some(LIFETIME.as_secs()),
            metadata: BTreeMap::from([(OWNER.to_owned(), self.owner.clone())]),
            secure: self.has_older_routes.then_some(true),
            ..CreateSandbox::default()
        };
        let mut waits = self.http.waits(Limit::Call);
        loop {
            let request = self.http.request(Method::POST, path)?.json(&body);
            let error = match self.http.json(&call, request).await {
                Ok(created) => return self.opened(created, observer).await,
                Err(error) => error,
            };
            if error.may_be_heard() {
                self.sweep(observer).await?;
            }
            waits.pause(error, observer).await?;
        }
    }

    /// A sandbox as the platform describes it. One that cannot be reached is ended.
    async fn opened(
        &self,
        created: crate::wire::sandboxes::Sandbox,
        observer: Observer<'_>,
    ) -> Result<Sandbox, SubmitError> {
        match Envd::new(&self.endpoint, &self.gateway, &created) {
            Ok(envd) => Ok(Sandbox { id: created.sandbox_id, envd: Arc::new(envd) }),
            Err(error) => {
                self.kill(&created.sandbox_id, observer).await?;
                Err(error)
            }
        }
    }

    /// Lets a sandbox live for `lifetime` from now on.
    ///
    /// # Errors
    /// The sandbox has ended, or the platform does not answer.
    pub async fn extend(
        &self,
        id: &str,
        lifetime: Duration,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let call = Call::new("extend the sandbox's lifetime", "POST /sandboxes/ID/timeout");
        let body = SetTimeout { timeout: lifetime.as_secs() };
        retried(self.http.waits(Limit::Call), observer, || async {
            let request = self.http.request(Method::POST, &["sandboxes", id, "timeout"])?;
            nothing(&call, self.http.send(&call, request.json(&body)).await?).await
        })
        .await
    }

    /// Ends a sandbox. One that is gone already is no error.
    ///
    /// # Errors
    /// The platform does not end it, or does not answer.
    pub async fn kill(&self, id: &str, observer: Observer<'_>) -> Result<(), SubmitError> {
        let call = Call::new("end the sandbox", "DELETE /sandboxes/ID");
        let killed = retried(self.http.waits(Limit::Call), observer, || async {
            let request = self.http.request(Method::DELETE, &["sandboxes", id])?;
            nothing(&call, self.http.send(&call, request).await?).await
        });
        match killed.await {
            Err(error) if !error.has_status(404) => Err(error),
            _ => Ok(()),
        }
    }

    /// Ends every sandbox that this client has created, those of lost answers included.
    ///
    /// # Errors
    /// The platform does not end them, or does not answer.
    pub async fn sweep(&self, observer: Observer<'_>) -> Result<(), SubmitError> {
        let call = Call::new("look for sandboxes", "GET /v2/sandboxes");
        let metadata = format!("{OWNER}={}", self.owner);
        let found: Vec<SandboxDetails> =
            retried(self.http.waits(Limit::Call), observer, || async {
                let request = self.http.request(Method::GET, &["v2", "sandboxes"])?;
                let query = [("metadata", metadata.clone()), ("limit", PAGE.to_string())];
                self.http.json(&call, request.query(&query)).await
            })
            .await?;
        let is_ours = |sandbox: &&SandboxDetails| {
            let metadata = sandbox.metadata.as_ref();
            metadata.and_then(|all| all.get(OWNER)).is_some_and(|owner| *owner == self.owner)
        };
        for sandbox in found.iter().filter(is_ours) {
            self.kill(&sandbox.sandbox_id, observer).await?;
        }
        Ok(())
    }
}
