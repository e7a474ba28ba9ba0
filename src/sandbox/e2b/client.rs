//! Creates sandboxes and ends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::Method;
use uuid::Uuid;

use super::super::driver::{Created, Driver};
use super::super::{Gateway, LIFETIME, OWNER, PAGE};
use super::Connected;
use super::envd::Envd;
use crate::platform::Platform;
use crate::submit::http::{Credential, Http, nothing};
use crate::submit::retry::retried;
use crate::submit::{Call, Endpoint, Limit, Observer, RetryPolicy, SubmitError};
use crate::wire::sandboxes::{CreateSandbox, Sandbox, SandboxDetails, SetTimeout};

/// A client for the sandboxes of one platform.
#[derive(Debug)]
pub(in crate::sandbox) struct Client {
    http: Http,
    endpoint: Endpoint,
    gateway: Gateway,
    has_older_routes: bool,
    /// Known to this client alone.
    owner: String,
}

impl Driver for Client {
    fn create<'a>(
        &'a self,
        template: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Created, SubmitError>> {
        Box::pin(self.create(template, observer))
    }

    fn extend<'a>(
        &'a self,
        id: &'a str,
        lifetime: Duration,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.extend(id, lifetime, observer))
    }

    fn kill<'a>(
        &'a self,
        id: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.kill(id, observer))
    }

    fn sweep<'a>(&'a self, observer: Observer<'a>) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.sweep(observer))
    }
}

impl Client {
    pub(in crate::sandbox) fn new(
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

    /// After a lost answer, the sandbox that may have been made is looked for and ended before the
    /// call is repeated.
    async fn create(&self, template: &str, observer: Observer<'_>) -> Result<Created, SubmitError> {
        let path: &[_] = if self.has_older_routes { &["sandboxes"] } else { &["v2", "sandboxes"] };
        let call = Call::of_sandbox("create a sandbox", format!("POST /{}", path.join("/")));
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
        created: Sandbox,
        observer: Observer<'_>,
    ) -> Result<Created, SubmitError> {
        match Envd::new(&self.endpoint, &self.gateway, &created) {
            Ok(envd) => {
                Ok(Created { id: created.sandbox_id, shell: Box::new(Connected(Arc::new(envd))) })
            }
            Err(error) => {
                self.kill(&created.sandbox_id, observer).await?;
                Err(error)
            }
        }
    }

    async fn extend(
        &self,
        id: &str,
        lifetime: Duration,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let call = Call::of_sandbox("extend the sandbox's lifetime", "POST /sandboxes/ID/timeout");
        let body = SetTimeout { timeout: lifetime.as_secs() };
        retried(self.http.waits(Limit::Call), observer, || async {
            let request = self.http.request(Method::POST, &["sandboxes", id, "timeout"])?;
            nothing(&call, self.http.send(&call, request.json(&body)).await?).await
        })
        .await
    }

    async fn kill(&self, id: &str, observer: Observer<'_>) -> Result<(), SubmitError> {
        let call = Call::of_sandbox("end the sandbox", "DELETE /sandboxes/ID");
        let killed = retried(self.http.waits(Limit::Call), observer, || async {
            let request = self.http.request(Method::DELETE, &["sandboxes", id])?;
            nothing(&call, self.http.send(&call, request).await?).await
        });
        match killed.await {
            Err(error) if !error.has_status(404) => Err(error),
            _ => Ok(()),
        }
    }

    async fn sweep(&self, observer: Observer<'_>) -> Result<(), SubmitError> {
        let call = Call::of_sandbox("look for sandboxes", "GET /v2/sandboxes");
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
