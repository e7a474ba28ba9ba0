//! The connection to `envd`, the program in a sandbox that runs processes.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::super::Gateway;
use crate::secrets::Redaction;
use crate::submit::http::{answer, client, read_json, shown};
use crate::submit::{Call, Endpoint, SubmitError};
use crate::wire::envd::{PORT, connect};
use crate::wire::sandboxes;

/// The token of a sandbox.
const TOKEN: HeaderName = HeaderName::from_static("x-access-token");

/// Which sandbox, and which of its ports, a request to a server for all of them is meant for.
const SANDBOX_ID: HeaderName = HeaderName::from_static("e2b-sandbox-id");
const SANDBOX_PORT: HeaderName = HeaderName::from_static("e2b-sandbox-port");

/// The same for Novita, which has names of its own.
const NOVITA_SANDBOX_ID: HeaderName = HeaderName::from_static("novita-sandbox-id");
const NOVITA_SANDBOX_PORT: HeaderName = HeaderName::from_static("novita-sandbox-port");

/// The version of the Connect protocol.
const VERSION: HeaderName = HeaderName::from_static("connect-protocol-version");

/// When a process is killed, in milliseconds.
const TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");

/// How often a silent stream is to have a message, in seconds.
const KEEPALIVE: HeaderName = HeaderName::from_static("keepalive-ping-interval");

/// How often a silent stream has a message.
pub(super) const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(50);

/// Longer than any stream. That a stream is silent is noticed otherwise.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// The connection to one sandbox. It has no key of the platform.
#[derive(Debug)]
pub(super) struct Envd {
    client: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    redaction: Redaction,
}

impl Envd {
    pub(super) fn new(
        endpoint: &Endpoint,
        gateway: &Gateway,
        sandbox: &sandboxes::Sandbox,
    ) -> Result<Self, SubmitError> {
        let mut headers = HeaderMap::new();
        let bad = || SubmitError::local("the platform named a sandbox that no request can name");
        let base = match gateway {
            Gateway::Server(url) => {
                let id = HeaderValue::from_str(&sandbox.sandbox_id).map_err(|_| bad())?;
                for (name, port) in
                    [(SANDBOX_ID, SANDBOX_PORT), (NOVITA_SANDBOX_ID, NOVITA_SANDBOX_PORT)]
                {
                    headers.insert(name, id.clone());
                    headers.insert(port, HeaderValue::from(PORT));
                }
                url.clone()
            }
            Gateway::Domain(domain) => {
                let domain = sandbox.domain.as_ref().unwrap_or(domain);
                let url = format!("https://{PORT}-{}.{domain}/", sandbox.sandbox_id);
                let url = Url::parse(&url).map_err(|_| bad())?;
                // Nothing in the answer may be more than a part of a host.
                let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
                let text = [sandbox.sandbox_id.as_str(), domain].concat();
                Some(url).filter(|_| text.bytes().all(is_part)).ok_or_else(bad)?
            }
        };
        if let Some(token) = &sandbox.envd_access_token {
            endpoint.redaction.register(&token.0);
            let mut value = HeaderValue::from_str(&token.0).map_err(|_| bad())?;
            value.set_sensitive(true);
            headers.insert(TOKEN, value);
        }
        let client = client(&base, endpoint.request_timeout, None)?;
        Ok(Self { client, base, headers, redaction: endpoint.redaction.clone() })
    }

    /// A unary call.
    pub(super) async fn unary<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        method: &str,
        message: &impl Serialize,
    ) -> Result<T, SubmitError> {
        let request = self.request(method)?.json(message);
        self.answered(doing, method, request).await
    }

    /// A unary call that takes as long as the process in the sandbox does. That the sandbox is gone
    /// is noticed by the stream of the process.
    pub(super) async fn slow<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        method: &str,
        message: &impl Serialize,
    ) -> Result<T, SubmitError> {
        let request = self.request(method)?.json(message).timeout(FOREVER);
        self.answered(doing, method, request).await
    }

    async fn answered<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        method: &str,
        request: RequestBuilder,
    ) -> Result<T, SubmitError> {
        let call = Call::of_sandbox(doing, format!("POST /{method}"));
        let response = self.send(&call, request).await?;
        read_json(&call, response).await
    }

    /// Starts a stream of messages. `timeout` is when the server ends it.
    pub(super) async fn stream(
        &self,
        call: &Call,
        method: &str,
        message: &impl Serialize,
        user: Option<&str>,
        timeout: Option<Duration>,
    ) -> Result<Response, SubmitError> {
        let body =
            connect::envelope(0, message).map_err(|error| SubmitError::local(error.to_string()))?;
        let mut request = self
            .request(method)?
            .header(CONTENT_TYPE, connect::STREAM)
            .header(KEEPALIVE, KEEPALIVE_INTERVAL.as_secs())
            .timeout(FOREVER)
            .body(body);
        if let Some(timeout) = timeout {
            request = request.header(TIMEOUT, timeout.as_millis().to_string());
        }
        if let Some(user) = user {
            request = request.basic_auth(user, Some(""));
        }
        debug_assert!(!self.headers.contains_key(AUTHORIZATION));
        self.send(call, request).await
    }

    fn request(&self, method: &str) -> Result<RequestBuilder, SubmitError> {
        let url = self
            .base
            .join(method)
            .map_err(|_| SubmitError::local("the URL cannot be that of a server"))?;
        Ok(self.client.post(url).headers(self.headers.clone()).header(VERSION, "1"))
    }

    async fn send(&self, call: &Call, request: RequestBuilder) -> Result<Response, SubmitError> {
        answer(call, request, &self.redaction).await
    }

    /// Words of the server, as they may be shown.
    pub(super) fn clean(&self, text: &str) -> String {
        shown(&self.redaction.clean(text))
    }
}
