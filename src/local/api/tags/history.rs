//! The history of a tag: every assignment of it to a build that is ready, newest first.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Params, Segments, bounded};
use crate::local::store::{Store, Template};
use crate::local::validate::clean_tags;
use crate::wire::e2b::{TagAssignment, TagHistory};

/// The default size of a page.
const FEW: usize = 50;

/// The largest page.
const MOST: usize = 100;

#[derive(Debug, Deserialize)]
pub(in crate::local::api) struct HistoryParams {
    cursor: Option<String>,
    limit: Option<i64>,
}

/// `GET /templates/{id}/tags/{tag}/assignments`: the history of a tag. It takes the template's ID,
/// not its name.
pub(in crate::local::api) async fn assignments(
    State(app): State<Arc<App>>,
    Segments((template_id, tag)): Segments<(String, String)>,
    Params(params): Params<HistoryParams>,
) -> Result<Json<TagHistory>, ApiError> {
    let limit = bounded("limit", params.limit, FEW, (1, MOST))?;
    let cursor = params.cursor.filter(|cursor| !cursor.is_empty());
    let after = match cursor.as_deref() {
        None => None,
        Some(cursor) => {
            let place = read_cursor(cursor);
            Some(place.ok_or_else(|| ApiError::bad_request("invalid cursor"))?)
        }
    };
    let history = blocking(&app, move |app| {
        let store = app.store();
        let template = by_id(&store, &template_id)?;
        let tag = clean_tags(&[tag])?.into_iter().next().unwrap_or_default();
        let mut data = of_tag(template, &tag);
        if let Some(after) = after {
            data.retain(|assignment| place(assignment) < after);
        }
        let has_more = data.len() > limit;
        data.truncate(limit);
        let next_cursor = data.last().filter(|_| has_more).map(|last| {
            let (assigned_at, id) = place(last);
            format!("{assigned_at}|{id}")
        });
        Ok(TagHistory { data, next_cursor })
    });
    Ok(Json(history.await?))
}

/// The template with an ID, which a name cannot take the place of.
pub(super) fn by_id<'store>(
    store: &'store Store,
    template_id: &str,
) -> Result<&'store Template, ApiError> {
    let template = store.get(template_id);
    template.ok_or_else(|| ApiError::not_found(format!("Template '{template_id}' not found")))
}

/// The assignments of a tag to builds that are ready, newest first.
pub(super) fn of_tag(template: &Template, tag: &str) -> Vec<TagAssignment> {
    let rows = template.tags.iter().filter(|row| row.tag == tag);
    let ready = rows.filter_map(|row| {
        let build = template.build(&row.build).filter(|build| build.is_ready())?;
        Some(TagAssignment {
            assignment_id: row.id(&template.id).to_string(),
            build_id: row.build.clone(),
            assigned_at: row.created_at,
            build_created_at: build.created_at,
            build_finished_at: build.finished_at,
        })
    });
    let mut assignments: Vec<_> = ready.collect();
    assignments.sort_by_key(|assignment| Reverse(place(assignment)));
    assignments
}

/// What assignments are sorted by.
fn place(assignment: &TagAssignment) -> (Timestamp, Uuid) {
    (assignment.assigned_at, assignment.assignment_id.parse().unwrap_or_default())
}

/// Reads `{assigned_at}|{assignment_id}`.
fn read_cursor(cursor: &str) -> Option<(Timestamp, Uuid)> {
    let (assigned_at, id) = cursor.split_once('|')?;
    Some((assigned_at.parse().ok()?, id.parse().ok()?))
}
