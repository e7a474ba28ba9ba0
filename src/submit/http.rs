//! Requests and answers, whatever the protocol: how to sign in, what is tried again, and what an
//! answer that is no success says.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::error::{FaultKind, SubmitError};
use super::{Event, Observer};
use crate::settings::Endpoint;

/// How long it may take to reach a server at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest answer to a failed call that is read, in bytes.
const MAX_MESSAGE: usize = 2000;

/// How a key is shown to a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// The header `X-API-Key`.
    Key,
    /// The header `Authorization`, as a bearer token.
    Bearer,
}

/// A client of one platform's API.
///
/// It speaks HTTP/2 wherever the server offers it in the TLS handshake, as each platform's does,
/// and HTTP/1.1 without TLS: so do the platforms' own clients.
pub(super) struct Http {
    client: reqwest::Client,
    base: Url,
}

impl fmt::Debug for Http {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("host", &self.base.host_str()).finish_non_exhaustive()
    }
}

impl Http {
    pub(super) fn new(endpoint: &Endpoint, credential: Credential) -> Result<Self, SubmitError> {
        let mut header = None;
        if let Some(key) = &endpoint.api_key {
            let key = key.expose_secret();
            let (name, value) = match credential {
                Credential::Key => (HeaderName::from_static("x-api-key"), key.to_owned()),
                Credential::Bearer => (AUTHORIZATION, format!("Bearer {key}")),
            };
            let mut value = HeaderValue::from_str(&value).map_err(|_| {
                let reason = "the API key holds characters that no key has".to_owned();
                SubmitError::new("", FaultKind::Local(reason))
            })?;
            value.set_sensitive(true);
            header = Some((name, value));
        }
        let client = builder(endpoint.request_timeout, header)?;
        Ok(Self { client, base: endpoint.api_url.clone() })
    }

    /// A request below the API's URL. The parts of the path are escaped.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
    ) -> Result<RequestBuilder, SubmitError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        } else {
            let reason = "the URL cannot be that of an API".to_owned();
            return Err(SubmitError::new("", FaultKind::Local(reason)));
        }
        Ok(self.client.request(method, url))
    }
}

/// A client that sends `header` with each request, if there is one.
pub(super) fn builder(
    timeout: Duration,
    header: Option<(HeaderName, HeaderValue)>,
) -> Result<reqwest::Client, SubmitError> {
    // A second call in the same process finds the provider that the first one installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("sbx/", env!("CARGO_PKG_VERSION")))
        .default_headers(HeaderMap::from_iter(header))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        // A redirect would carry the key to whoever the answer names.
        .redirect(Policy::none())
        .build()
        .map_err(|error| SubmitError::new("", FaultKind::Local(chain(&error))))
}

/// How long to wait between attempts: half a second at first, twice as long each time, with
/// jitter, five times.
pub(super) fn waits() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(20))
        .with_max_times(5)
        .with_jitter()
        .build()
}

/// Makes a call that may be repeated until it succeeds or fails for good.
pub(super) async fn retried<T, F: Future<Output = Result<T, SubmitError>>>(
    name: &str,
    observer: Observer<'_>,
    mut call: impl FnMut() -> F,
) -> Result<T, SubmitError> {
    let mut waits = waits();
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

pub(super) async fn pause(name: &str, error: &SubmitError, wait: Duration, observer: Observer<'_>) {
    let wait = error.retry_after().map_or(wait, |asked| asked.max(wait));
    observer(Event::Retry { request: name.to_owned(), wait, reason: error.reason() });
    tokio::time::sleep(wait).await;
}

pub(super) async fn json<T: DeserializeOwned>(
    name: &str,
    request: RequestBuilder,
) -> Result<T, SubmitError> {
    let response = answer(name, request).await?;
    let bytes = response.bytes().await.map_err(|error| fault(name, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        let reason = format!("{error}; it begins with `{}`", shown.escape_debug());
        SubmitError::new(name, FaultKind::BadAnswer(reason))
    })
}

/// Sends a request; an answer that is no success is an error.
pub(super) async fn answer(name: &str, request: RequestBuilder) -> Result<Response, SubmitError> {
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
    let message = said(&body).unwrap_or_else(|| plain(&body));
    let kind = FaultKind::Refused { status: status.as_u16(), message, retry_after };
    Err(SubmitError::new(name, kind))
}

/// What an error of a protocol says, in the field that one protocol or the other has for it.
fn said(body: &[u8]) -> Option<String> {
    let error: Value = serde_json::from_slice(body).ok()?;
    let message = error.get("message").and_then(Value::as_str);
    message.or_else(|| error.get("error")?.as_str()).map(str::to_owned)
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
