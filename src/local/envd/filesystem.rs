//! `filesystem.Filesystem`

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use super::connect::{answer, message, no_such_call, streamed};
use super::entry::{Reply, entry};
use super::{Envd, access, watch};
use crate::local::app::App;
use crate::local::sandboxes::sandbox::Sandbox;
use crate::wire::envd::connect::ConnectError;
use crate::wire::envd::{Empty, ListDir, Listed, Move, OfPath, WithEntry};

/// Answers a call.
pub(super) async fn serve(
    app: &Arc<App>,
    sandbox: &Arc<Sandbox>,
    call: &str,
    request: Request,
) -> Response {
    let envd = &sandbox.envd;
    match call {
        "Stat" => answer(entry_of(app, envd, "stat", request).await),
        "MakeDir" => answer(entry_of(app, envd, "make", request).await),
        "Move" => answer(rename(app, envd, request).await),
        "ListDir" => answer(list(app, envd, request).await),
        "Remove" => answer(remove(app, envd, request).await),
        "WatchDir" => streamed(watch::watch(app, envd, request).await),
        "CreateWatcher" => answer(watch::create(app, envd, request).await),
        "GetWatcherEvents" => answer(watch::events(app, envd, request).await),
        "RemoveWatcher" => answer(watch::remove(app, envd, request).await),
        _ => answer::<Empty>(Err(no_such_call(call))),
    }
}

async fn entry_of(
    app: &Arc<App>,
    envd: &Envd,
    call: &str,
    request: Request,
) -> Result<WithEntry, ConnectError> {
    let user = access::user(request.headers());
    let OfPath { path } = message(app, request).await?;
    let reply = Reply::new(envd.file(call, user.as_deref(), &[&path]).await?);
    Ok(WithEntry { entry: reply.entry().await? })
}

async fn rename(app: &Arc<App>, envd: &Envd, request: Request) -> Result<WithEntry, ConnectError> {
    let user = access::user(request.headers());
    let Move { source, destination } = message(app, request).await?;
    let events = envd.file("move", user.as_deref(), &[&source, &destination]).await?;
    Ok(WithEntry { entry: Reply::new(events).entry().await? })
}

async fn list(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Listed, ConnectError> {
    let user = access::user(request.headers());
    let ListDir { path, depth } = message(app, request).await?;
    let depth = depth.max(1).to_string();
    let events = envd.file("list", user.as_deref(), &[&path, &depth]).await?;
    let records = Reply::new(events).all().await?;
    Ok(Listed { entries: records.iter().filter_map(|record| entry(record)).collect() })
}

async fn remove(app: &Arc<App>, envd: &Envd, request: Request) -> Result<Empty, ConnectError> {
    let user = access::user(request.headers());
    let OfPath { path } = message(app, request).await?;
    Reply::new(envd.file("remove", user.as_deref(), &[&path]).await?).all().await?;
    Ok(Empty {})
}
