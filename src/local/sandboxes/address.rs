//! Which sandbox and port a request is for.
//!
//! Clients name them in headers, or in the host name `PORT-SANDBOX.localhost`. A signed address has
//! neither, so that its signature says which sandbox it is for; and Novita's SDK for Python sends
//! the token of a sandbox alone after it has connected to it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::sandbox::Sandbox;
use super::{body, port};
use crate::local::api::host::{RequestedHost, check_web_page};
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::envd;
use crate::wire::envd::PORT;

/// The names of the headers with the ID and with the port, of each platform.
const HEADERS: [(&str, &str); 2] =
    [("e2b-sandbox-id", "e2b-sandbox-port"), ("novita-sandbox-id", "novita-sandbox-port")];

/// A port of a sandbox. The sandbox need not exist.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    sandbox: String,
    port: u16,
}

/// Answers requests that are for a sandbox, and passes on all others.
pub(in crate::local) async fn direct(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.extensions().get::<RequestedHost>().and_then(RequestedHost::name);
    let address = by_headers(&request).or_else(|| by_host(&host?));
    let address = match address {
        None => by_secret(&app, &request),
        address => Ok(address),
    };
    let address = match address {
        Ok(Some(address)) => address,
        Ok(None) => return next.run(request).await,
        Err(refused) => return refused.into_response(),
    };
    if let Err(refused) = check_web_page(&app, &request, true) {
        return refused.into_response();
    }
    let request = match body::read(request).await {
        Ok(request) => request,
        Err(broken) => return broken.into_response(),
    };
    let Some(sandbox) = app.sandboxes.get(&address.sandbox) else {
        return failed(&address, "The sandbox was not found");
    };
    if sandbox.is_paused() && !wake(&app, &sandbox).await {
        return failed(&address, "The sandbox is paused and was not found among those that run");
    }
    if address.port == PORT {
        return envd::serve(&app, &sandbox, request).await;
    }
    match port::forward(&sandbox, address.port, request).await {
        Ok(response) => response,
        Err(port::Closed) => failed(&address, "The sandbox is running but port is not open"),
    }
}

/// Resumes a sandbox that calls resume; whether it runs.
async fn wake(app: &Arc<App>, sandbox: &Arc<Sandbox>) -> bool {
    let resumed = Arc::clone(sandbox);
    sandbox.resumes()
        && blocking(app, move |_| resumed.resume(None).map_err(ApiError::internal)).await.is_ok()
}

/// Novita's SDK sends the headers with calls of the control plane, too, whose paths envd has not.
fn by_headers(request: &Request) -> Option<Address> {
    let text = |name: &str| request.headers().get(name)?.to_str().ok();
    let address = HEADERS.iter().find_map(|(id, port)| {
        let port = text(port).map_or(Some(PORT), |port| port.parse().ok())?;
        Some(Address { sandbox: text(id)?.to_owned(), port })
    })?;
    let path = request.uri().path();
    let path = path.strip_prefix("/v2").unwrap_or(path);
    let is_call = path == "/sandboxes" || path.starts_with("/sandboxes/");
    (address.port != PORT || !is_call).then_some(address)
}

/// The sandbox of a name such as `3000-i0123.localhost`.
fn by_host(host: &str) -> Option<Address> {
    let (port, sandbox) = host.strip_suffix(".localhost")?.split_once('-')?;
    Some(Address { sandbox: sandbox.to_owned(), port: port.parse().ok()? })
}

/// The sandbox whose token a call of `envd` has, or is signed with.
fn by_secret(app: &App, request: &Request) -> Result<Option<Address>, ApiError> {
    let path = request.uri().path();
    let is_file = path == "/files";
    let services = ["/process.Process/", "/filesystem.Filesystem/"];
    let is_call = is_file || path == "/health" || services.iter().any(|one| path.starts_with(one));
    let all = app.sandboxes.all();
    let find = |is_it: &dyn Fn(&Sandbox) -> bool| all.iter().find(|sandbox| is_it(sandbox));
    let found = if is_call && envd::has_token(request) {
        // One that is not there has ended.
        let sandbox = find(&|sandbox| envd::is_authorized(sandbox, request));
        sandbox.map(|sandbox| sandbox.id.clone()).unwrap_or_default()
    } else if is_file && request.uri().query().is_some_and(|query| query.contains("signature=")) {
        let sandbox = find(&|sandbox| envd::is_signed(sandbox, request));
        let sandbox = sandbox.ok_or_else(|| {
            let message = "invalid signature: no running sandbox has signed this address";
            ApiError::new(StatusCode::UNAUTHORIZED, message)
        })?;
        sandbox.id.clone()
    } else {
        return Ok(None);
    };
    Ok(Some(Address { sandbox: found, port: PORT }))
}

/// The answer of the platform's proxy.
#[derive(Debug, Serialize)]
struct Failure<'a> {
    #[serde(rename = "sandboxId")]
    sandbox_id: &'a str,
    message: &'a str,
    port: u16,
    code: u16,
}

/// The failure to reach a port. Clients look for the words of its message.
fn failed(address: &Address, message: &str) -> Response {
    let code = StatusCode::BAD_GATEWAY;
    let answer =
        Failure { sandbox_id: &address.sandbox, message, port: address.port, code: code.as_u16() };
    // A browser keeps no answer of a sandbox that starts in a moment. A long body is not read, so
    // that the connection cannot be used again; a client that does not know that would try.
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::CONNECTION, "close")];
    (code, headers, Json(answer)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_has_a_port_and_a_sandbox() {
        let address = by_host("3000-iabc.localhost").expect("an address");
        assert_eq!((address.port, address.sandbox.as_str()), (3000, "iabc"));
        for other in ["localhost", "iabc.localhost", "3000-iabc.evil.example", "70000-i.localhost"]
        {
            assert_eq!(by_host(other), None, "{other}");
        }
    }

    #[test]
    fn headers_lead_to_ports_and_not_from_the_control_plane() {
        let port = |path: &str, port: Option<&str>| {
            let request = axum::http::Request::builder().uri(path).header("e2b-sandbox-id", "iabc");
            let request = match port {
                Some(port) => request.header("e2b-sandbox-port", port),
                None => request,
            };
            let request = request.body(axum::body::Body::empty()).expect("a request");
            by_headers(&request).map(|address| address.port)
        };
        assert_eq!(port("/health", None), Some(PORT));
        assert_eq!(port("/sandboxes/iabc/connect", None), None);
        assert_eq!(port("/v2/sandboxes/iabc/connect", Some("49983")), None);
        assert_eq!(port("/sandboxes/iabc", Some("80")), Some(80));
        assert_eq!(port("/health", Some("x")), None);
    }
}
