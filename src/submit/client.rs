//! The calls of the E2B family, each with its own rule for repeating it.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{FaultKind, SubmitError};
use super::{Build, Event, Observer};
use crate::settings::Endpoint;
use crate::wire::e2b::{
    ApiError, BuildState, BuildStatus, FileLink, RegisterRequest, RegisterResponse, StartRequest,
};

/// How long it may take to reach a server at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an upload may take: archives can be large.
const UPLOAD_TIMEOUT: Duration = Duration::from_hours(1);

/// The longest answer to a failed call that is read, in bytes.
const MAX_MESSAGE: usize = 2000;

/// A client of one platform.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    /// Without the API key: an upload goes to a store of somebody else's.
    store: reqwest::Client,
    base: Url,
}

impl Client {
    pub(super) fn new(endpoint: &Endpoint) -> Result<Self, SubmitError> {
        // A second call in the same process finds the provider that the first one installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        if let Some(key) = &endpoint.api_key {
            let mut value = HeaderValue::from_str(key.expose_secret()).map_err(|_| {
                SubmitError::new(
                    "",
                    FaultKind::Local("the API key holds characters that no key has".to_owned()),
                )
            })?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static("x-api-key"), value);
        }
        let build = |headers: HeaderMap, timeout: Duration| {
            reqwest::Client::builder()
                .user_agent(concat!("sbx/", env!("CARGO_PKG_VERSION")))
                .default_headers(headers)
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(timeout)
                // A redirect would carry the key to whoever the answer names.
                .redirect(Policy::none())
                .build()
                .map_err(|error| SubmitError::new("", FaultKind::Local(chain(&error))))
        };
        Ok(Self {
            http: build(headers, endpoint.request_timeout)?,
            store: build(HeaderMap::new(), UPLOAD_TIMEOUT)?,
            base: endpoint.api_url.clone(),
        })
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
            json(name, self.request(Method::POST, &["v3", "templates"])?.json(body)).await
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
            json(&name, self.request(Method::GET, &path)?).await
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
        let mut waits = backoff().build();
        loop {
            let request = self.request(Method::POST, &path)?.json(body);
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
            let request = self.request(Method::GET, &path)?.query(&[("logsOffset", offset)]);
            json(&name, request).await
        })
        .await
    }

    /// A request below the API's URL. The parts of the path are escaped.
    fn request(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, SubmitError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        } else {
            let reason = "the URL cannot be that of an API".to_owned();
            return Err(SubmitError::new("", FaultKind::Local(reason)));
        }
        Ok(self.http.request(method, url))
    }
}

/// How long to wait between attempts: half a second at first, twice as long each time, with
/// jitter, five times.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(20))
        .with_max_times(5)
        .with_jitter()
}

/// Makes a call that may be repeated until it succeeds or fails for good.
pub(super) async fn retried<T, F: Future<Output = Result<T, SubmitError>>>(
    name: &str,
    observer: Observer<'_>,
    mut call: impl FnMut() -> F,
) -> Result<T, SubmitError> {
    let mut waits = backoff().build();
    loop {
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) if error.is_transient() => error,
            Err(error) => return Err(error),
        };
        let Some(wait) = waits.next() else {
            return Err(error);
        };
        pause(name, &error, wait, observer).await;
    }
}

async fn pause(name: &str, error: &SubmitError, wait: Duration, observer: Observer<'_>) {
    let wait = error.retry_after().map_or(wait, |asked| asked.max(wait));
    observer(Event::Retry { request: name.to_owned(), wait, reason: error.reason() });
    tokio::time::sleep(wait).await;
}

async fn json<T: DeserializeOwned>(name: &str, request: RequestBuilder) -> Result<T, SubmitError> {
    let response = answer(name, request).await?;
    let bytes = response.bytes().await.map_err(|error| fault(name, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        let reason = format!("{error}; it begins with `{}`", shown.escape_debug());
        SubmitError::new(name, FaultKind::BadAnswer(reason))
    })
}

/// Sends a request; an answer that is no success is an error.
async fn answer(name: &str, request: RequestBuilder) -> Result<Response, SubmitError> {
    let response = request.send().await.map_err(|error| fault(name, &error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs));
    let body = response.bytes().await.unwrap_or_default();
    let message = match serde_json::from_slice::<ApiError>(&body) {
        Ok(error) => error.message,
        Err(_) => plain(&body),
    };
    let kind = FaultKind::Refused { status: status.as_u16(), message, retry_after };
    Err(SubmitError::new(name, kind))
}

/// What can be shown of a body that is no error of the protocol: its first line, if it is text.
fn plain(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_MESSAGE)]);
    let line = text.trim().lines().next().unwrap_or_default();
    if line.starts_with('<') { String::new() } else { line.to_owned() }
}

fn fault(name: &str, error: &reqwest::Error) -> SubmitError {
    let kind = if error.is_timeout() {
        FaultKind::Timeout
    } else if error.is_body() || error.is_connect() || error.is_request() || error.is_decode() {
        FaultKind::Unreachable(chain(error))
    } else {
        FaultKind::Local(chain(error))
    };
    SubmitError::new(name, kind)
}

/// The innermost reasons of an error, which are those that say something; never the URL, which
/// may be a signed link.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut reasons = Vec::new();
    let mut source = error.source();
    while let Some(inner) = source {
        reasons.push(inner.to_string());
        source = inner.source();
    }
    reasons.pop().unwrap_or_else(|| "the connection failed".to_owned())
}
