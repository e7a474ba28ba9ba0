//! The tags that lead to builds that are ready, each with its newest assignments.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;

use super::history::{by_id, of_tag};
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Params, Segments, bounded};
use crate::local::store::Template;
use crate::wire::e2b::{TagCount, TagGroup, TagGroups};

/// The default and the largest number of tags of a page.
const TAGS: (usize, usize) = (25, 100);

/// The default and the largest number of assignments of a tag.
const ASSIGNMENTS: (usize, usize) = (6, 25);

/// The most characters to search for.
const SEARCH: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::local::api) struct GroupParams {
    assignment_limit: Option<i64>,
    tags_limit: Option<i64>,
    tags_cursor: Option<String>,
    search: Option<String>,
    sort: Option<String>,
}

/// The order of tags. Those that were assigned last at the same time are in the order of their
/// names.
#[derive(Debug, Clone, Copy)]
enum Sort {
    LatestDesc,
    LatestAsc,
    NameAsc,
    NameDesc,
}

/// The place of a tag: when it was assigned last, and its name.
type Place = (Timestamp, String);

impl Sort {
    const ALL: [(&str, Self); 4] = [
        ("latest_desc", Self::LatestDesc),
        ("latest_asc", Self::LatestAsc),
        ("name_asc", Self::NameAsc),
        ("name_desc", Self::NameDesc),
    ];

    fn read(text: Option<&str>) -> Result<(&'static str, Self), ApiError> {
        let text = text.unwrap_or("latest_desc");
        let known = Self::ALL.into_iter().find(|(name, _)| *name == text);
        known.ok_or_else(|| ApiError::bad_request("Invalid sort parameter"))
    }

    fn compare(self, a: &Place, b: &Place) -> Ordering {
        match self {
            Self::LatestDesc => Reverse(a.0).cmp(&Reverse(b.0)).then_with(|| a.1.cmp(&b.1)),
            Self::LatestAsc => a.cmp(b),
            Self::NameAsc => a.1.cmp(&b.1),
            Self::NameDesc => b.1.cmp(&a.1),
        }
    }
}

/// `GET /templates/{id}/tags/groups`: the tags that lead to a ready build. It takes the template's
/// ID, not its name.
pub(in crate::local::api) async fn groups(
    State(app): State<Arc<App>>,
    Segments(template_id): Segments<String>,
    Params(params): Params<GroupParams>,
) -> Result<Json<TagGroups>, ApiError> {
    let (sort_name, sort) = Sort::read(params.sort.as_deref())?;
    let search = search(params.search.as_deref())?;
    let after = read_cursor(params.tags_cursor.as_deref(), sort_name)?;
    let tags_limit = bounded("tagsLimit", params.tags_limit, TAGS.0, (1, TAGS.1))?;
    let assignments =
        bounded("assignmentLimit", params.assignment_limit, ASSIGNMENTS.0, (1, ASSIGNMENTS.1))?;
    let groups = blocking(&app, move |app| {
        let store = app.store();
        let mut all = all(by_id(&store, &template_id)?);
        all.retain(|(place, _)| {
            let is_later = |after: &Place| sort.compare(place, after) == Ordering::Greater;
            place.1.contains(&search) && after.as_ref().is_none_or(is_later)
        });
        all.sort_by(|(a, _), (b, _)| sort.compare(a, b));
        let has_more = all.len() > tags_limit;
        all.truncate(tags_limit);
        let next_cursor = all
            .last()
            .filter(|_| has_more)
            .map(|((latest, tag), _)| format!("{sort_name}|{latest}|{tag}"));
        let tags = all.into_iter().map(|(_, group)| cut(group, assignments)).collect();
        Ok(TagGroups { tags, next_cursor })
    });
    Ok(Json(groups.await?))
}

/// `GET /templates/{id}/tags/count`: how many tags lead to a ready build.
pub(in crate::local::api) async fn count(
    State(app): State<Arc<App>>,
    Segments(template_id): Segments<String>,
) -> Result<Json<TagCount>, ApiError> {
    let count = blocking(&app, move |app| {
        let store = app.store();
        let total = all(by_id(&store, &template_id)?).len() as u64;
        Ok(TagCount { total })
    });
    Ok(Json(count.await?))
}

/// Every tag that leads to a ready build, with its place and all such assignments.
fn all(template: &Template) -> Vec<(Place, TagGroup)> {
    let tags = template.current_tags().into_iter().map(|row| row.tag.clone());
    let groups = tags.filter_map(|tag| {
        let assignments = of_tag(template, &tag);
        let latest = assignments.first()?.assigned_at;
        Some(((latest, tag.clone()), TagGroup { tag, assignments, has_more: false }))
    });
    groups.collect()
}

fn cut(mut group: TagGroup, limit: usize) -> TagGroup {
    group.has_more = group.assignments.len() > limit;
    group.assignments.truncate(limit);
    group
}

fn search(text: Option<&str>) -> Result<String, ApiError> {
    let text = text.unwrap_or_default().trim().to_lowercase();
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if text.len() > SEARCH || !text.chars().all(is_known) {
        return Err(ApiError::bad_request("Invalid search parameter"));
    }
    Ok(text)
}

/// Reads `{sort}|{latest_assigned_at}|{tag}`.
fn read_cursor(cursor: Option<&str>, sort: &str) -> Result<Option<Place>, ApiError> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let invalid = || ApiError::bad_request("Invalid cursor");
    let (of, place) = cursor.split_once('|').ok_or_else(invalid)?;
    let (latest, tag) = place.split_once('|').ok_or_else(invalid)?;
    if of != sort {
        let message = "Cursor was issued for a different sort; clear the cursor and restart";
        return Err(ApiError::bad_request(message));
    }
    let latest = latest.parse().map_err(|_| invalid())?;
    Ok(Some((latest, tag.to_owned())))
}
