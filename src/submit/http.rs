//! Requests and answers, whatever the protocol: how to sign in, and what an answer that is no
//! success says.

use std::error::Error as _;
use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::error::{Call, FaultKind, SubmitError};
use super::retry::{Limit, RetryPolicy, Waits};
use super::route::{Contact, client_for};
use crate::registry::is_local;
use crate::secrets::Redaction;
use crate::submit::Endpoint;
use crate::wire::declaw::sandboxes::IN_PROGRESS;

/// How long it may take to reach a server at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes: a hundred log entries are a small part of it.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// The longest answer to a failed call that is read, in bytes.
const MAX_REFUSAL: usize = 64 * 1024;

/// The most characters of a platform's own words that are shown.
const MAX_SHOWN: usize = 500;

/// Says whether another try makes sense, on platforms that know it.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("should-retry");

/// How a key is shown to a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The header `X-API-Key`.
    Key,
    /// The header `Authorization`, as a bearer token.
    Bearer,
}

/// A client of one platform's API.
///
/// It speaks HTTP/2 wherever the server offers it in the TLS handshake, as each platform's does,
/// and HTTP/1.1 without TLS: so do the platforms' own clients.
pub(crate) struct Http {
    client: reqwest::Client,
    base: Url,
    redaction: Redaction,
    retry_policy: RetryPolicy,
    key_variable: Option<String>,
    contact: Contact,
}

impl fmt::Debug for Http {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("host", &self.base.host_str()).finish_non_exhaustive()
    }
}

impl Http {
    pub(crate) fn new(
        endpoint: &Endpoint,
        credential: Credential,
        retry_policy: RetryPolicy,
    ) -> Result<Self, SubmitError> {
        let mut header = None;
        let redaction = endpoint.redaction.clone();
        if let Some(key) = &endpoint.api_key {
            let key = key.expose_secret();
            redaction.register(key);
            let (name, value) = match credential {
                Credential::Key => (HeaderName::from_static("x-api-key"), key.to_owned()),
                Credential::Bearer => (AUTHORIZATION, format!("Bearer {key}")),
            };
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| SubmitError::local("the API key holds characters that no key has"))?;
            value.set_sensitive(true);
            header = Some((name, value));
        }
        let client = client(&endpoint.api_url, endpoint.request_timeout, header)?;
        let (base, contact) = (endpoint.api_url.clone(), endpoint.contact.clone());
        let key_variable = endpoint.key_variable.clone();
        Ok(Self { client, base, redaction, retry_policy, key_variable, contact })
    }

    /// Whether the server is on this machine.
    pub(super) fn is_local(&self) -> bool {
        is_local(&self.base)
    }

    pub(super) const fn retry_policy(&self) -> RetryPolicy {
        self.retry_policy
    }

    /// The waits between the tries of one call.
    pub(crate) fn waits(&self, limit: Limit) -> Waits {
        self.retry_policy.waits(limit, self.contact.clone())
    }

    /// A request below the API's URL. The parts of the path are escaped.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
    ) -> Result<RequestBuilder, SubmitError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        } else {
            return Err(SubmitError::local("the URL cannot be that of an API"));
        }
        Ok(self.client.request(method, url))
    }

    /// Sends a request and reads the answer's JSON.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        call: &Call,
        request: RequestBuilder,
    ) -> Result<T, SubmitError> {
        let response = self.send(call, request).await?;
        read_json(call, response).await
    }

    /// Sends a request; an answer that is no success is an error.
    pub(crate) async fn send(
        &self,
        call: &Call,
        request: RequestBuilder,
    ) -> Result<Response, SubmitError> {
        let answered = answer(call, request, &self.redaction).await;
        if !answered.as_ref().is_err_and(SubmitError::is_unreachable) {
            self.contact.make();
        }
        answered.map_err(|error| error.signed_with(self.key_variable.as_deref()))
    }
}

/// Reads an answer's JSON.
pub(crate) async fn read_json<T: DeserializeOwned>(
    call: &Call,
    response: Response,
) -> Result<T, SubmitError> {
    let url = response.url().clone();
    let bytes = body(call, response, MAX_ANSWER).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // The words around the place are not shown whole: an answer may hold a signed link.
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        let reason = format!("{error}; it begins with `{}`", start.escape_debug());
        SubmitError::of(call, FaultKind::BadAnswer(reason)).asking(Some(&url))
    })
}

/// A client for servers like that of `url`, which sends `header` with each request, if there is one.
pub(crate) fn client(
    url: &Url,
    timeout: Duration,
    header: Option<(HeaderName, HeaderValue)>,
) -> Result<reqwest::Client, SubmitError> {
    client_for(url)
        .default_headers(HeaderMap::from_iter(header))
        // Shorter than the whole, so that it is known when nothing was sent.
        .connect_timeout(CONNECT_TIMEOUT.min(timeout / 2))
        .timeout(timeout)
        .build()
        .map_err(|error| SubmitError::local(chain(&error)))
}

/// Sends a request; an answer that is no success is an error, in whose words no secret is left.
pub(crate) async fn answer(
    call: &Call,
    request: RequestBuilder,
    redaction: &Redaction,
) -> Result<Response, SubmitError> {
    let response = request.send().await.map_err(|error| fault(call, &error))?;
    let response = success(call, response, redaction).await?;
    // None of the calls has pages for people as its answer, but a proxy has.
    if text(response.headers(), &CONTENT_TYPE).is_some_and(|it| it.starts_with("text/html")) {
        let reason = format!("{} with a web page", response.status().as_u16());
        let error = SubmitError::of(call, FaultKind::BadAnswer(reason));
        return Err(error.asking(Some(response.url())));
    }
    Ok(response)
}

/// A response, if it is a success.
pub(crate) async fn success(
    call: &Call,
    mut response: Response,
    redaction: &Redaction,
) -> Result<Response, SubmitError> {
    let url = response.url().clone();
    let error = |kind| SubmitError::of(call, kind).asking(Some(&url));
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    if status.is_redirection() {
        let to = target(&response);
        let kind = FaultKind::Redirected { status: status.as_u16(), to };
        return Err(error(kind));
    }
    let retry_after = retry_after(response.headers());
    let should_retry = text(response.headers(), &SHOULD_RETRY)
        .and_then(|value| value.trim().to_ascii_lowercase().parse().ok());
    let body = read(&mut response, MAX_REFUSAL).await.map(|(body, _)| body).unwrap_or_default();
    let should_retry = should_retry.or_else(|| is_in_progress(&body).then_some(true));
    let message = message(&body, redaction);
    let status = status.as_u16();
    let kind = FaultKind::Refused { status, message, retry_after, should_retry };
    Err(error(kind))
}

/// Reads the body of an answer of at most `limit` bytes.
pub(crate) async fn body(
    call: &Call,
    mut response: Response,
    limit: usize,
) -> Result<Vec<u8>, SubmitError> {
    let url = response.url().clone();
    let read = read(&mut response, limit).await;
    let (bytes, whole) = read.map_err(|error| fault(call, &error.with_url(url.clone())))?;
    if whole {
        return Ok(bytes);
    }
    let reason = format!("it is longer than {} MiB", limit / 1024 / 1024);
    Err(SubmitError::of(call, FaultKind::BadAnswer(reason)).asking(Some(&url)))
}

/// Reads an answer that has nothing to say.
pub(crate) async fn nothing(call: &Call, mut response: Response) -> Result<(), SubmitError> {
    let url = response.url().clone();
    match read(&mut response, MAX_REFUSAL).await {
        Ok((_, true)) => Ok(()),
        Ok((_, false)) => {
            let reason = format!("it is longer than {} KiB", MAX_REFUSAL / 1024);
            Err(SubmitError::of(call, FaultKind::BadAnswer(reason)).asking(Some(&url)))
        }
        Err(error) => Err(fault(call, &error.with_url(url))),
    }
}

/// Reads an answer, but no more than `limit` bytes; and whether that was all of it.
async fn read(response: &mut Response, limit: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - bytes.len();
        if chunk.len() > room {
            bytes.extend_from_slice(&chunk[..room]);
            return Ok((bytes, false));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, true))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// How long a platform asks us to wait: seconds, or a date, which its own clock explains.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text| Some(rfc2822::parse(text).ok()?.timestamp());
    // A clock of this machine that no timestamp can express is of no use.
    let clock = || Timestamp::try_from(SystemTime::now()).ok();
    let now = text(headers, &DATE).and_then(date).or_else(clock)?;
    let wait = date(value)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or_default())
}

/// Where a redirect leads, without the rest of the address, which may be a secret.
fn target(response: &Response) -> Option<String> {
    let to = response.url().join(text(response.headers(), &LOCATION)?).ok()?;
    let port = to.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", to.scheme(), to.host_str()?))
}

/// What a refusal says, as it may be shown.
fn message(body: &[u8], redaction: &Redaction) -> String {
    let message = said(body).unwrap_or_else(|| plain(body));
    // Before it is shortened: a part of a secret would not be known any more.
    shown(&redaction.clean(&message))
}

/// What an error of a protocol says, in the field that one protocol or the other has for it.
fn said(body: &[u8]) -> Option<String> {
    let error: Value = serde_json::from_slice(body).ok()?;
    let message = error.get("message").and_then(Value::as_str);
    message.or_else(|| error.get("error")?.as_str()).map(str::to_owned)
}

/// Whether a refusal says that an earlier try of the same call is still under way.
fn is_in_progress(body: &[u8]) -> bool {
    let error: Option<Value> = serde_json::from_slice(body).ok();
    error.is_some_and(|error| error["code"] == IN_PROGRESS)
}

/// What can be shown of a body that is no error of the protocol: its first line, if it is text.
fn plain(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.trim().lines().next().unwrap_or_default();
    if line.starts_with('<') { String::new() } else { line.to_owned() }
}

/// Foreign text that is safe to print to a terminal.
pub(crate) fn shown(words: &str) -> String {
    let plain = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(MAX_SHOWN).collect::<String>().trim().to_owned()
}

pub(crate) fn fault(call: &Call, error: &reqwest::Error) -> SubmitError {
    let kind = if error.is_connect() && error.is_timeout() {
        FaultKind::Unreachable("it takes too long to connect".to_owned())
    } else if error.is_connect() {
        FaultKind::Unreachable(chain(error))
    } else if error.is_timeout() {
        FaultKind::Timeout
    } else if error.is_body() || error.is_request() || error.is_decode() {
        FaultKind::Broken(chain(error))
    } else {
        FaultKind::Local(chain(error))
    };
    SubmitError::of(call, kind).asking(error.url())
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
    let reason = reasons.pop().unwrap_or_else(|| "the connection failed".to_owned());
    // The system's number says nothing to people.
    let reason = reason.split(" (os error").next().unwrap_or(&reason);
    let mut characters = reason.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(HeaderName, &'static str)]) -> Option<u64> {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        retry_after(&headers.collect()).map(|wait| wait.as_secs())
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_refusal_is_shortened() {
        let redaction = Redaction::of(["password-of-the-test"]);
        let text = format!("{}password-of-the-test", "x".repeat(MAX_SHOWN - 9));
        let body = serde_json::json!({ "message": text }).to_string();
        for body in [body, text] {
            let message = message(body.as_bytes(), &redaction);
            assert!(message.contains("x[secret]"), "{message}");
        }
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_by_a_date_on_the_server_s_clock() {
        let date = (DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(asked(&[(RETRY_AFTER, "7")]), Some(7));
        assert_eq!(asked(&[(RETRY_AFTER, "soon")]), None);
        let later = (RETRY_AFTER, "Sun, 06 Nov 1994 08:50:00 GMT");
        assert_eq!(asked(&[later.clone(), date.clone()]), Some(23));
        // By this machine's clock it is long over.
        assert_eq!(asked(&[later]), Some(0));
        assert_eq!(asked(&[(RETRY_AFTER, "Sat, 05 Nov 1994 08:50:00 GMT"), date]), Some(0));
    }

    #[test]
    fn foreign_words_are_harmless_on_a_terminal() {
        assert_eq!(shown("a\u{1b}[31mb\n"), "a [31mb");
        assert_eq!(shown(&"é".repeat(1000)).chars().count(), MAX_SHOWN);
        assert_eq!(plain(b"<html>"), "");
    }
}
