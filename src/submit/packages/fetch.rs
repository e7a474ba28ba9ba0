//! Requests to indexes.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode};
use url::Url;

use super::error::PackageError;
use super::page::{Kind, Page};
use crate::registry::is_local;
use crate::secrets::Redaction;
use crate::submit::error::{Call, FaultKind, Operation, SubmitError};
use crate::submit::event::Observer;
use crate::submit::http::{body, client, fault, success};
use crate::submit::retry::{Limit, RetryPolicy, retried};
use crate::submit::route::Contact;

/// How long one request may take: the page of a package with thousands of releases has megabytes.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The longest page that is read, in bytes: the longest known ones have about 30 MB.
const MAX_PAGE: usize = 128 * 1024 * 1024;

/// The most redirects that one request may take.
const MAX_REDIRECTS: usize = 5;

/// An index, and how to sign in to it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Index {
    /// Its URL, without user name and password and with a slash at the end.
    url: Url,
    /// The value of `Authorization`.
    authorization: Option<String>,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Index {
    /// An index; a URL without a slash at the end gets one.
    pub(super) fn new(mut url: Url, authorization: Option<String>) -> Self {
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Self { url, authorization }
    }

    /// Its URL.
    pub(super) const fn url(&self) -> &Url {
        &self.url
    }

    /// The value of `Authorization`.
    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Its host, as messages name it.
    pub(super) fn host(&self) -> String {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.url.host_str().unwrap_or_default())
    }

    /// Whether a place that the index redirects to may be asked: the index itself, another machine
    /// with TLS, or this machine if the index is on it.
    fn may_redirect_to(&self, url: &Url) -> bool {
        let is_public = url.scheme() == "https" && !is_local(url);
        let no_login = url.username().is_empty() && url.password().is_none();
        let is_web = matches!(url.scheme(), "http" | "https");
        let stays = self.url.origin() == url.origin() || (is_local(&self.url) && is_local(url));
        no_login && is_web && (is_public || stays)
    }
}

/// What asks the indexes.
pub(super) struct Fetcher<'a> {
    redaction: &'a Redaction,
    retry_policy: RetryPolicy,
    observer: Observer<'a>,
    /// For other machines.
    remote: OnceLock<reqwest::Client>,
    /// For this one, without a proxy.
    local: OnceLock<reqwest::Client>,
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(
        redaction: &'a Redaction,
        retry_policy: RetryPolicy,
        observer: Observer<'a>,
    ) -> Self {
        let (remote, local) = Default::default();
        Self { redaction, retry_policy, observer, remote, local }
    }

    /// The client for a URL, which keeps its connections from one page to the next.
    fn client(&self, url: &Url) -> Result<&reqwest::Client, SubmitError> {
        let cell = if is_local(url) { &self.local } else { &self.remote };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let made = client(url, TIMEOUT, None)?;
        Ok(cell.get_or_init(|| made))
    }

    /// What an index has about a package.
    pub(super) async fn page(
        &self,
        index: &Index,
        kind: Kind,
        name: &str,
    ) -> Result<Page, PackageError> {
        let url = kind.url(index.url(), name);
        let call = Call::new("look a package up", format!("GET {url}")).about(Operation::Package);
        let contact = Contact::default();
        let waits = self.retry_policy.waits(Limit::Call, contact.clone());
        let request = || async {
            let answered = self.ask(&call, index, kind, url.clone()).await;
            if !answered.as_ref().is_err_and(SubmitError::is_unreachable) {
                contact.make();
            }
            answered
        };
        let page = retried(waits, self.observer, request).await;
        page.map_err(|error| PackageError::failed(name, error))
    }

    async fn ask(
        &self,
        call: &Call,
        index: &Index,
        kind: Kind,
        url: Url,
    ) -> Result<Page, SubmitError> {
        let response = self.follow(call, index, kind, url).await?;
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(Page::Missing);
        }
        let response = success(call, response, self.redaction).await?;
        let (url, content_type) = (response.url().clone(), content_type(&response));
        let bytes = body(call, response, MAX_PAGE).await?;
        Page::read(kind, &content_type, &bytes).map_err(|reason| {
            SubmitError::of(call, FaultKind::BadAnswer(reason)).asking(Some(&url))
        })
    }

    /// Sends a request and follows redirects. Only the index itself gets the credentials.
    async fn follow(
        &self,
        call: &Call,
        index: &Index,
        kind: Kind,
        mut url: Url,
    ) -> Result<Response, SubmitError> {
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.client(&url)?.request(Method::GET, url.clone());
            request = request.header(ACCEPT, kind.accept());
            if let Some(value) =
                index.authorization().filter(|_| url.origin() == index.url.origin())
            {
                let mut value = HeaderValue::from_str(value)
                    .map_err(|_| SubmitError::local("the credentials are not those of an index"))?;
                value.set_sensitive(true);
                request = request.header(AUTHORIZATION, value);
            }
            let response = request.send().await.map_err(|error| fault(call, &error))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            match location.and_then(|location| url.join(location).ok()) {
                Some(next) if index.may_redirect_to(&next) => url = next,
                _ => return success(call, response, self.redaction).await,
            }
        }
        let reason = "it redirects again and again".to_owned();
        Err(SubmitError::of(call, FaultKind::BadAnswer(reason)).asking(Some(&url)))
    }
}

fn content_type(response: &Response) -> String {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let value = value.unwrap_or_default().split(';').next().unwrap_or_default();
    value.trim().to_ascii_lowercase()
}
