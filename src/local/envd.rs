//! The calls of `envd` for the sandboxes of the local platform: processes, files and health.
//!
//! What they answer is that of `envd` 0.6.13, from E2B's open server (packages/envd).
//!
//! | module | subject |
//! |---|---|
//! | `access` | tokens, signatures and users |
//! | `connect` | the server's side of the Connect protocol |
//! | `download`, `upload` | `/files` |
//! | `entry` | what the agent says of a file |
//! | `filesystem` | `filesystem.Filesystem` |
//! | `process` | `process.Process` |
//! | `processes` | the processes of a sandbox |
//! | `watch`, `watchers` | watching directories |

mod access;
mod connect;
mod download;
mod entry;
mod filesystem;
mod process;
mod processes;
mod upload;
mod watch;
mod watchers;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::api_error::ApiError;
use super::app::App;
use super::sandboxes::channel::Events;
use super::sandboxes::link::Link;
use super::sandboxes::sandbox::Sandbox;
use crate::wire::envd::connect::ConnectError;
pub(super) use access::{has_token, is_authorized, is_signed};
use processes::Processes;
pub(super) use processes::{Command, Process};
use watchers::Watchers;

/// What the processes of a sandbox are started with.
#[derive(Debug)]
pub(super) struct Defaults {
    /// The user of calls that name none.
    pub(super) user: String,
    /// The directory of calls that name none; empty is the user's home directory.
    pub(super) workdir: String,
    /// The variables of processes.
    pub(super) variables: BTreeMap<String, String>,
}

/// What a sandbox's `envd` knows.
#[derive(Debug)]
pub(super) struct Envd {
    link: Arc<Link>,
    defaults: Defaults,
    processes: Arc<Processes>,
    watchers: Arc<Watchers>,
}

impl Envd {
    pub(super) fn new(link: Arc<Link>, defaults: Defaults) -> Self {
        Self { link, defaults, processes: Arc::default(), watchers: Arc::default() }
    }

    /// Opens a channel to a call about files.
    async fn file(
        &self,
        call: &str,
        user: Option<&str>,
        arguments: &[&str],
    ) -> Result<Events, ConnectError> {
        let user = user.unwrap_or(&self.defaults.user);
        let mut all = vec!["file", call, user, &self.defaults.workdir];
        all.extend(arguments);
        let all: Vec<&[u8]> = all.into_iter().map(str::as_bytes).collect();
        self.link.open(&all).await.map(|(_, events)| events)
    }
}

/// Answers a call of a sandbox's `envd`.
pub(super) async fn serve(app: &Arc<App>, sandbox: &Arc<Sandbox>, request: Request) -> Response {
    if let Err(refused) = access::check(sandbox, &request) {
        return refused.into_response();
    }
    let path = request.uri().path().to_owned();
    if let Some(call) = path.strip_prefix("/process.Process/") {
        return process::serve(app, sandbox, call, request).await;
    }
    if let Some(call) = path.strip_prefix("/filesystem.Filesystem/") {
        return filesystem::serve(app, sandbox, call, request).await;
    }
    match (request.method(), path.as_str()) {
        (&Method::GET, "/health") => StatusCode::NO_CONTENT.into_response(),
        (&Method::GET | &Method::HEAD, "/files") => download::serve(sandbox, request).await,
        (&Method::POST, "/files") => upload::serve(sandbox, request).await,
        _ => {
            let message = format!("the local platform does not serve {path} of a sandbox");
            ApiError::new(StatusCode::NOT_IMPLEMENTED, message).into_response()
        }
    }
}
