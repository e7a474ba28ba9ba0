//! `GET …/status` and `GET …/logs`: the state of a build and its log.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Params, Segments, bounded};
use crate::local::store::{Build, BuildLog, Line, Page, State as BuildState};
use crate::local::version::Version;
use crate::wire::e2b::{BuildLogs, BuildStatus, LOG_PAGE, LogEntry, LogLevel, Reason};
use crate::wire::local;

#[derive(Debug, Deserialize)]
pub(super) struct StatusParams {
    #[serde(rename = "logsOffset")]
    logs_offset: Option<i64>,
    limit: Option<i64>,
    /// As `limit`, from a client that knows this platform.
    #[serde(rename = "sbxLimit")]
    sbx_limit: Option<i64>,
    level: Option<LogLevel>,
}

/// `GET /templates/{template}/builds/{build}/status`.
///
/// The entries of the log from `logsOffset` on, at most [`LOG_PAGE`], even in the last response;
/// none before the build is started. With `sbxLimit`, which only this platform has, they are at most
/// [`local::LOG_PAGE`]. An offset counts the entries of the requested `level` and above.
pub(super) async fn status(
    State(app): State<Arc<App>>,
    Segments((template_id, build_id)): Segments<(String, String)>,
    Params(params): Params<StatusParams>,
) -> Result<Json<BuildStatus<Line>>, ApiError> {
    let offset = bounded("logsOffset", params.logs_offset, 0, (0, i32::MAX as usize))?;
    let limit = bounded("limit", params.limit, LOG_PAGE, (0, LOG_PAGE))?;
    let limit = bounded("sbxLimit", params.sbx_limit, limit, (0, local::LOG_PAGE))?;
    let level = known_level(params.level)?;
    let build_id = read_build_id(&build_id)?;
    let status = blocking(&app, move |app| {
        let (build, log) = find(app, &template_id, &build_id)?;
        let recorded = build.is_recorded();
        let recorded_reason = build.recorded_because().map(str::to_owned);
        let pushed = build.version == Version::Pushed;
        let page = Page { level: &level, limit };
        let log_entries = log.map_or_else(|| Ok(Vec::new()), |log| log.after(offset, page))?;
        let reason = build.reason.map(|reason| Reason {
            log_entries: reason.step.as_ref().map(|step| complaints(&log_entries, step)),
            message: reason.message,
            step: reason.step,
        });
        // Clients that push images only support the plain form.
        let plain = log_entries.iter().filter(|_| pushed).map(plain).collect();
        let (status, logs) = (build.state.into(), plain);
        Ok(BuildStatus {
            template_id,
            build_id,
            status,
            log_entries,
            logs,
            reason,
            recorded,
            recorded_reason,
        })
    });
    Ok(Json(status.await?))
}

#[derive(Debug, Deserialize)]
pub(super) struct LogParams {
    cursor: Option<i64>,
    limit: Option<i64>,
    direction: Option<Direction>,
    level: Option<LogLevel>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Forward,
    Backward,
}

/// `GET /templates/{template}/builds/{build}/logs`: the entries since a time (milliseconds since
/// the epoch), or up to it, newest first.
pub(super) async fn logs(
    State(app): State<Arc<App>>,
    Segments((template_id, build_id)): Segments<(String, String)>,
    Params(params): Params<LogParams>,
) -> Result<Json<BuildLogs<Line>>, ApiError> {
    let limit = bounded("limit", params.limit, LOG_PAGE, (0, LOG_PAGE))?;
    bounded("cursor", params.cursor, 0, (0, usize::MAX))?;
    let level = known_level(params.level)?;
    let build_id = read_build_id(&build_id)?;
    let logs = blocking(&app, move |app| {
        let (_, Some(log)) = find(app, &template_id, &build_id)? else {
            return Ok(BuildLogs { logs: Vec::new() });
        };
        let page = Page { level: &level, limit };
        let logs = if params.direction == Some(Direction::Backward) {
            log.until(params.cursor.unwrap_or(i64::MAX), page)?
        } else {
            log.since(params.cursor.unwrap_or(0), page)?
        };
        Ok(BuildLogs { logs })
    });
    Ok(Json(logs.await?))
}

/// An entry in the form of the oldest clients.
fn plain(line: &Line) -> String {
    let entry = line.entry();
    format!(
        "[{}] {}\n",
        entry.timestamp.unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ"),
        entry.message
    )
}

fn read_build_id(text: &str) -> Result<String, ApiError> {
    let id = Uuid::parse_str(text).map_err(|_| ApiError::bad_request("Invalid build id"))?;
    Ok(id.to_string())
}

/// A build and its log, which is read without the lock of the store; there is none before the build
/// is started. An unknown build is 400 here, not 404.
fn find(
    app: &App,
    template_id: &str,
    build_id: &str,
) -> Result<(Build, Option<Arc<BuildLog>>), ApiError> {
    let mut store = app.store();
    let build = store
        .tagged_build(template_id, build_id)
        .ok_or_else(|| ApiError::bad_request(format!("Build '{build_id}' not found")))?
        .clone();
    // The log of a build that has ended is complete.
    let log = (build.state != BuildState::Waiting).then(|| store.logs().get(build_id));
    Ok((build, log))
}

/// The level to filter by; without one, all entries are wanted.
fn known_level(level: Option<LogLevel>) -> Result<LogLevel, ApiError> {
    match level {
        Some(LogLevel::Other(level)) => Err(ApiError::bad_request(format!(
            "parameter \"level\" in query has an error: `{level}` is not one of `debug`, `info`, \
             `warn`, `error`"
        ))),
        level => Ok(level.unwrap_or(LogLevel::Debug)),
    }
}

/// The warnings and errors of the failed step in a response.
fn complaints(lines: &[Line], step: &str) -> Vec<LogEntry> {
    let entries = lines.iter().map(Line::entry);
    let entries = entries.filter(|entry| entry.step.as_deref() == Some(step));
    entries.filter(|entry| entry.level >= LogLevel::Warn).collect()
}
