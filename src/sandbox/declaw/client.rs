//! Creates sandboxes and ends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::Method;
use uuid::Uuid;

use super::super::driver::{Created, Driver};
use super::super::{LIFETIME, OWNER, PAGE};
use super::{Api, Connected};
use crate::submit::http::{Credential, Http, nothing};
use crate::submit::retry::retried;
use crate::submit::{Call, Endpoint, FaultKind, Limit, Observer, RetryPolicy, SubmitError};
use crate::wire::declaw::sandboxes::{
    CreateSandbox, IDEMPOTENCY_KEY, SandboxCreated, SandboxList, SandboxSummary, SetTimeout,
};

/// After how many pages a list has no end.
const MAX_PAGES: usize = 100;

/// A client for the sandboxes of an account.
#[derive(Debug)]
pub(in crate::sandbox) struct Client {
    api: Arc<Api>,
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
        endpoint: &Endpoint,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        let http = || Http::new(endpoint, Credential::Bearer, retry_policy);
        let api = Arc::new(Api { calls: http()?, streams: http()? });
        Ok(Self { api, owner: Uuid::new_v4().simple().to_string() })
    }

    /// The call is repeated under one key, so that the platform answers with the sandbox of a call
    /// whose answer was lost.
    async fn create(&self, template: &str, observer: Observer<'_>) -> Result<Created, SubmitError> {
        let call = Call::of_sandbox("create a sandbox", "POST /sandboxes");
        let body = CreateSandbox {
            // An alias has no namespace.
            template: template.rsplit('/').next().unwrap_or_default().to_owned(),
            timeout: LIFETIME.as_secs(),
            secure: true,
            metadata: BTreeMap::from([(OWNER.to_owned(), self.owner.clone())]),
        };
        let key = Uuid::new_v4().to_string();
        let http = &self.api.calls;
        let created: SandboxCreated = retried(http.waits(Limit::Call), observer, || async {
            let request = http.request(Method::POST, &["sandboxes"])?;
            http.json(&call, request.header(IDEMPOTENCY_KEY, &key).json(&body)).await
        })
        .await?;
        let id = created.sandbox_id;
        let shell = Box::new(Connected { api: Arc::clone(&self.api), id: id.clone() });
        Ok(Created { id, shell })
    }

    async fn extend(
        &self,
        id: &str,
        lifetime: Duration,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let call = Call::of_sandbox("extend the sandbox's lifetime", "PATCH /sandboxes/ID/timeout");
        let body = SetTimeout { timeout: lifetime.as_secs() };
        let http = &self.api.calls;
        retried(http.waits(Limit::Call), observer, || async {
            let request = http.request(Method::PATCH, &["sandboxes", id, "timeout"])?;
            nothing(&call, http.send(&call, request.json(&body)).await?).await
        })
        .await
    }

    /// The platform answers when the sandbox has ended. Whether it had before makes no difference.
    async fn kill(&self, id: &str, observer: Observer<'_>) -> Result<(), SubmitError> {
        let call = Call::of_sandbox("end the sandbox", "DELETE /sandboxes/ID");
        let http = &self.api.calls;
        let killed = retried(http.waits(Limit::Call), observer, || async {
            let request = http.request(Method::DELETE, &["sandboxes", id])?;
            nothing(&call, http.send(&call, request).await?).await
        });
        match killed.await {
            Err(error) if !error.has_status(404) => Err(error),
            _ => Ok(()),
        }
    }

    /// The platform has no filter for the sandboxes of a client.
    async fn sweep(&self, observer: Observer<'_>) -> Result<(), SubmitError> {
        let call = Call::of_sandbox("look for sandboxes", "GET /sandboxes");
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = self.page(&call, token.as_deref(), observer).await?;
            for sandbox in page.sandboxes.iter().flatten().filter(|sandbox| self.owns(sandbox)) {
                self.kill(&sandbox.sandbox_id, observer).await?;
            }
            let next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(());
            }
            if next == token {
                break;
            }
            token = next;
        }
        let reason = "the list of sandboxes has no end".to_owned();
        Err(SubmitError::of(&call, FaultKind::BadAnswer(reason)))
    }

    fn owns(&self, sandbox: &SandboxSummary) -> bool {
        let metadata = sandbox.metadata.as_ref();
        metadata.and_then(|all| all.get(OWNER)).is_some_and(|owner| *owner == self.owner)
    }

    async fn page(
        &self,
        call: &Call,
        token: Option<&str>,
        observer: Observer<'_>,
    ) -> Result<SandboxList, SubmitError> {
        let http = &self.api.calls;
        retried(http.waits(Limit::Call), observer, || async {
            let request = http.request(Method::GET, &["sandboxes"])?.query(&[("limit", PAGE)]);
            let request = request.query(&token.map(|token| [("next_token", token)]));
            http.json(call, request).await
        })
        .await
    }
}
