//! `GET /v2/templates` in the two forms of the family, and pages by cursor.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::{Params, bounded};
use crate::local::store::{Build, State as BuildState, Store, Template};
use crate::wire::e2b::{DEFAULT_TAG, TemplatePage, TemplateSummary};

/// The largest page.
const MOST: usize = 100;

/// The default size of a numbered page.
const FEW: usize = 20;

/// The build ID of a template that has no ready build.
const NO_BUILD: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Debug, Deserialize)]
pub(super) struct ListParams {
    template_type: Option<String>,
    page: Option<i64>,
    limit: Option<i64>,
    #[serde(rename = "nextToken")]
    next_token: Option<String>,
}

/// The team's templates, newest first: numbered pages for a request in Novita's form
/// (`template_type` or `page`), pages by cursor for one in E2B's.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Params(params): Params<ListParams>,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let store = app.store();
        if params.template_type.is_some() || params.page.is_some() {
            return Ok(Json(numbered(&store, &params)?).into_response());
        }
        let page = Page::read(&PageParams { limit: params.limit, next_token: params.next_token })?;
        let key = |template: &&Template| (template.created_at, template.id.clone());
        let (templates, headers) = page.cut(store.templates().collect(), key);
        let templates: Vec<TemplateSummary> = templates.into_iter().map(summary).collect();
        Ok((headers, Json(templates)).into_response())
    })
    .await
}

/// `GET /templates`, the form of older clients: all at once.
pub(super) async fn list_all(
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<TemplateSummary>>, ApiError> {
    let templates = blocking(&app, |app| {
        let store = app.store();
        let mut templates: Vec<&Template> = store.templates().collect();
        templates.sort_unstable_by_key(|template| {
            std::cmp::Reverse((template.created_at, &template.id))
        });
        Ok(templates.into_iter().map(summary).collect())
    });
    Ok(Json(templates.await?))
}

fn numbered(store: &Store, params: &ListParams) -> Result<TemplatePage, ApiError> {
    let page = bounded("page", params.page, 1, (1, i32::MAX as usize))?;
    let limit = bounded("limit", params.limit, FEW, (1, MOST))?;
    let mut templates: Vec<&Template> = match params.template_type.as_deref() {
        None | Some("template_build") => store.templates().collect(),
        // Snapshots come from sandboxes, which do not exist here.
        Some("snapshot_template") => Vec::new(),
        Some(other) => {
            let message = format!(
                "parameter \"template_type\" in query has an error: `{other}` is not one of \
                 `template_build`, `snapshot_template`"
            );
            return Err(ApiError::bad_request(message));
        }
    };
    templates
        .sort_unstable_by_key(|template| std::cmp::Reverse((template.created_at, &template.id)));
    let total = templates.len();
    let shown = templates.into_iter().skip((page - 1).saturating_mul(limit)).take(limit);
    Ok(TemplatePage {
        templates: shown.map(summary).collect(),
        total: total as u64,
        page: page as u64,
        limit: limit as u64,
        total_pages: total.div_ceil(limit) as u64,
    })
}

/// A template in a list: the state of the last build with the default tag, and the resources of
/// the last ready one.
pub(super) fn summary(template: &Template) -> TemplateSummary {
    let (ready, last) = (template.ready(DEFAULT_TAG), template.default_build());
    TemplateSummary {
        template_id: template.id.clone(),
        build_id: ready.map_or_else(|| NO_BUILD.to_owned(), |build| build.id.clone()),
        cpu_count: ready.map_or(0, |build| build.cpu_count),
        memory_mb: ready.map_or(0, |build| build.memory_mb),
        disk_size_mb: 0,
        public: template.public,
        aliases: template.aliases(),
        names: template.names(),
        created_at: template.created_at,
        updated_at: template.updated_at,
        created_by: None,
        last_spawned_at: None,
        spawn_count: 0,
        build_count: template.builds.len() as u64,
        envd_version: String::new(),
        build_status: Some(last.map_or(BuildState::Waiting, |build| build.state).into()),
        recorded: last.is_some_and(Build::is_recorded),
    }
}

#[derive(Debug, Deserialize)]
pub(in crate::local) struct PageParams {
    pub(in crate::local) limit: Option<i64>,
    #[serde(rename = "nextToken")]
    pub(in crate::local) next_token: Option<String>,
}

/// A page by cursor: newest first, after the element in the token.
#[derive(Debug)]
pub(in crate::local) struct Page {
    limit: usize,
    after: Option<(Timestamp, String)>,
}

impl Page {
    pub(in crate::local) fn read(params: &PageParams) -> Result<Self, ApiError> {
        let limit = bounded("limit", params.limit, MOST, (1, MOST))?;
        let token = params.next_token.as_ref().filter(|token| !token.is_empty());
        let after = token.map(|token| {
            let read = || {
                let (time, id) = token.split_once('.')?;
                Some((Timestamp::from_microsecond(time.parse().ok()?).ok()?, id.to_owned()))
            };
            read().ok_or_else(|| ApiError::bad_request("Invalid next token"))
        });
        Ok(Self { limit, after: after.transpose()? })
    }

    /// The same with the oldest element first.
    pub(in crate::local) fn cut_ascending<T>(
        &self,
        mut elements: Vec<T>,
        key: impl Fn(&T) -> (Timestamp, String),
    ) -> (Vec<T>, HeaderMap) {
        elements.sort_by_key(&key);
        if let Some(after) = &self.after {
            elements.retain(|element| key(element) > *after);
        }
        self.head(elements, key)
    }

    /// The elements of the page, and a header with the token of the next page if there is one.
    pub(in crate::local) fn cut<T>(
        &self,
        mut elements: Vec<T>,
        key: impl Fn(&T) -> (Timestamp, String),
    ) -> (Vec<T>, HeaderMap) {
        elements.sort_by_key(|element| std::cmp::Reverse(key(element)));
        if let Some(after) = &self.after {
            elements.retain(|element| key(element) < *after);
        }
        self.head(elements, key)
    }

    fn head<T>(
        &self,
        mut elements: Vec<T>,
        key: impl Fn(&T) -> (Timestamp, String),
    ) -> (Vec<T>, HeaderMap) {
        let mut headers = HeaderMap::new();
        if elements.len() > self.limit {
            elements.truncate(self.limit);
            let next = elements
                .last()
                .map(key)
                .map(|(time, id)| HeaderValue::try_from(format!("{}.{id}", time.as_microsecond())));
            if let Some(Ok(next)) = next {
                headers.insert("x-next-token", next);
            }
        }
        (elements, headers)
    }
}
