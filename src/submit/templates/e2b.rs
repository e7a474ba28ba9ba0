//! The templates of a platform of the E2B family.

use futures_util::future::BoxFuture;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::super::error::{Call, FaultKind, SubmitError};
use super::super::http::{Credential, Http, read_json};
use super::super::retry::{Limit, retried};
use super::super::{Connection, Observer};
use super::{Details, Lookup, TagAssignment, Template, TemplateBuild, TemplateStore, refused};
use crate::scalar::TemplateRef;
use crate::wire::e2b::{
    AliasResponse, AssignTags, AssignedTags, BuildState, DeleteTags, TemplateDetails, TemplatePage,
    TemplateSummary, TemplateTag, UpdateTemplate,
};

/// The most elements that a page may have.
const PAGE: usize = 100;

/// The header that names the next page, where pages have no numbers.
const NEXT: &str = "x-next-token";

/// A client for the templates of one platform.
#[derive(Debug)]
pub(in crate::submit) struct Templates {
    http: Http,
    /// Whether the list's pages have numbers, as novita's do, and not tokens.
    numbered: bool,
}

impl TemplateStore for Templates {
    fn list<'a>(
        &'a self,
        limit: Option<usize>,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Vec<Template>, SubmitError>> {
        Box::pin(self.all(limit.unwrap_or(usize::MAX), observer))
    }

    fn look_up<'a>(
        &'a self,
        reference: &'a TemplateRef,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Lookup, SubmitError>> {
        Box::pin(self.resolve(reference, observer))
    }

    fn show<'a>(
        &'a self,
        template_id: &'a str,
        limit: usize,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Details, SubmitError>> {
        Box::pin(self.details(template_id, limit, observer))
    }

    fn delete<'a>(&'a self, template_id: &'a str) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.remove(template_id))
    }

    fn publish<'a>(
        &'a self,
        template_id: &'a str,
        public: bool,
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.set_public(template_id, public))
    }

    fn tags<'a>(
        &'a self,
        template_id: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Vec<TagAssignment>, SubmitError>> {
        Box::pin(self.assignments(template_id, observer))
    }

    fn add_tags<'a>(
        &'a self,
        reference: &'a TemplateRef,
        tags: &'a [String],
    ) -> BoxFuture<'a, Result<(String, Vec<String>), SubmitError>> {
        Box::pin(self.assign(reference, tags))
    }

    fn remove_tags<'a>(
        &'a self,
        name: &'a str,
        tags: &'a [String],
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.unassign(name, tags))
    }
}

impl Templates {
    pub(in crate::submit) fn new(connection: Connection<'_>) -> Result<Self, SubmitError> {
        let http = Http::new(connection.endpoint, Credential::Key, connection.retry_policy)?;
        Ok(Self { http, numbered: connection.platform.facts().numbered_listing })
    }

    async fn all(
        &self,
        limit: usize,
        observer: Observer<'_>,
    ) -> Result<Vec<Template>, SubmitError> {
        let mut list = List { limit, found: Vec::new() };
        if self.numbered {
            self.numbered_pages(&mut list, observer).await?;
        } else {
            self.pages_by_token(&mut list, observer).await?;
        }
        Ok(list.found.into_iter().map(template).collect())
    }

    async fn numbered_pages(
        &self,
        list: &mut List,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let limit = list.limit.min(PAGE).to_string();
        for number in 1_u64.. {
            let page = number.to_string();
            let query =
                [("template_type", "template_build"), ("page", &page), ("limit", limit.as_str())];
            let (_, page): (_, TemplatePage) =
                self.get(&["v2", "templates"], &query, observer).await?;
            let ended = page.templates.is_empty() || number >= page.total_pages;
            if !list.take(page.templates) || ended {
                break;
            }
        }
        Ok(())
    }

    async fn pages_by_token(
        &self,
        list: &mut List,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let limit = list.limit.min(PAGE).to_string();
        let mut next = None;
        loop {
            let mut query = vec![("limit", limit.as_str())];
            query.extend(next.as_deref().map(|next| ("nextToken", next)));
            let (headers, page): (_, Vec<TemplateSummary>) =
                self.get(&["v2", "templates"], &query, observer).await?;
            let after = next_token(&headers);
            if !list.take(page) || after.is_none() {
                return Ok(());
            }
            if after == next {
                return Err(endless("GET /v2/templates"));
            }
            next = after;
        }
    }

    async fn resolve(
        &self,
        reference: &TemplateRef,
        observer: Observer<'_>,
    ) -> Result<Lookup, SubmitError> {
        let path = ["templates", "aliases", &reference.to_string()];
        match self.get::<AliasResponse>(&path, &[], observer).await {
            Ok((_, alias)) => {
                return Ok(Lookup::Found {
                    template_id: alias.template_id,
                    public: Some(alias.public),
                });
            }
            Err(error) => match refused(&error) {
                Some(403) => return Ok(Lookup::NotYours),
                Some(404) => {}
                _ => return Err(error),
            },
        }
        // An ID has neither a namespace nor a tag.
        if reference.tag.is_none() && !reference.name.contains('/') {
            let path = ["templates", reference.name.as_str()];
            match self.get::<TemplateDetails>(&path, &[("limit", "1")], observer).await {
                Ok((_, details)) => {
                    return Ok(Lookup::Found {
                        template_id: details.template.template_id,
                        public: Some(details.template.public),
                    });
                }
                Err(error) => match refused(&error) {
                    Some(403) => return Ok(Lookup::NotYours),
                    Some(404) => {}
                    _ => return Err(error),
                },
            }
        }
        // Whatever answers at a wrong address says 404 as well; only an API has a list.
        self.all(1, observer).await?;
        Ok(Lookup::Missing)
    }

    async fn details(
        &self,
        template_id: &str,
        limit: usize,
        observer: Observer<'_>,
    ) -> Result<Details, SubmitError> {
        let size = limit.min(PAGE).to_string();
        let path = ["templates", template_id];
        let (mut headers, mut details): (_, TemplateDetails) =
            self.get(&path, &[("limit", &size)], observer).await?;
        let mut last = None;
        while let Some(next) = next_token(&headers)
            && details.builds.len() < limit
        {
            let query = [("limit", size.as_str()), ("nextToken", next.as_str())];
            let page: TemplateDetails;
            (headers, page) = self.get(&path, &query, observer).await?;
            details.builds.extend(page.builds);
            if last.as_ref() == Some(&next) {
                return Err(endless(&format!("GET /templates/{template_id}")));
            }
            last = Some(next);
        }
        details.builds.truncate(limit);
        let tags = match self.assignments(template_id, observer).await {
            Ok(tags) => Some(tags),
            // A template that was found has tags, unless the platform knows none.
            Err(error) if refused(&error) == Some(404) => None,
            Err(error) => return Err(error),
        };
        let builds = details.builds.into_iter().map(build).collect();
        Ok(Details { template: template(details.template), builds: Some(builds), tags })
    }

    async fn remove(&self, template_id: &str) -> Result<(), SubmitError> {
        let call = Call::new("delete the template", format!("DELETE /templates/{template_id}"));
        let request = self.http.request(Method::DELETE, &["templates", template_id])?;
        self.http.send(&call, request).await.map(drop)
    }

    async fn set_public(&self, template_id: &str, public: bool) -> Result<(), SubmitError> {
        let doing = if public { "publish the template" } else { "unpublish the template" };
        let call = Call::new(doing, format!("PATCH /v2/templates/{template_id}"));
        let request = self.http.request(Method::PATCH, &["v2", "templates", template_id])?;
        let request = request.json(&UpdateTemplate { public: Some(public) });
        self.http.send(&call, request).await.map(drop)
    }

    async fn assignments(
        &self,
        template_id: &str,
        observer: Observer<'_>,
    ) -> Result<Vec<TagAssignment>, SubmitError> {
        let path = ["templates", template_id, "tags"];
        let (_, tags): (_, Vec<TemplateTag>) = self.get(&path, &[], observer).await?;
        let mut tags: Vec<_> = tags.into_iter().map(assignment).collect();
        tags.sort_by(|a, b| a.tag.cmp(&b.tag));
        Ok(tags)
    }

    async fn assign(
        &self,
        reference: &TemplateRef,
        tags: &[String],
    ) -> Result<(String, Vec<String>), SubmitError> {
        let call = Call::new("assign the tags", "POST /templates/tags");
        let body = AssignTags { target: reference.to_string(), tags: tags.to_vec() };
        let request = self.http.request(Method::POST, &["templates", "tags"])?.json(&body);
        let assigned: AssignedTags = self.http.json(&call, request).await?;
        Ok((assigned.build_id, assigned.tags))
    }

    async fn unassign(&self, name: &str, tags: &[String]) -> Result<(), SubmitError> {
        let call = Call::new("remove the tags", "DELETE /templates/tags");
        let body = DeleteTags { name: name.to_owned(), tags: tags.to_vec() };
        let request = self.http.request(Method::DELETE, &["templates", "tags"])?.json(&body);
        self.http.send(&call, request).await.map(drop)
    }

    /// Reads something, which may be repeated: the headers of the answer and what it says.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        observer: Observer<'_>,
    ) -> Result<(HeaderMap, T), SubmitError> {
        let call = Call::new(READ, format!("GET /{}", path.join("/")));
        retried(self.http.waits(Limit::Call), observer, || async {
            let request = self.http.request(Method::GET, path)?.query(query);
            let response = self.http.send(&call, request).await?;
            let headers = response.headers().clone();
            Ok((headers, read_json(&call, response).await?))
        })
        .await
    }
}

/// What is done with templates before anything else.
const READ: &str = "read the templates";

fn next_token(headers: &HeaderMap) -> Option<String> {
    let token = headers.get(NEXT)?.to_str().ok()?;
    (!token.is_empty()).then(|| token.to_owned())
}

fn endless(name: &str) -> SubmitError {
    let reason = "a page is its own next one".to_owned();
    SubmitError::of(&Call::new(READ, name), FaultKind::BadAnswer(reason))
}

/// The templates that were listed so far.
struct List {
    limit: usize,
    found: Vec<TemplateSummary>,
}

impl List {
    /// Takes up a page; whether there is room for another. A template moves to a later page when
    /// a new one is registered meanwhile, and is taken once all the same.
    fn take(&mut self, page: Vec<TemplateSummary>) -> bool {
        for template in page {
            let known = self.found.iter().any(|it| it.template_id == template.template_id);
            if !known && self.found.len() < self.limit {
                self.found.push(template);
            }
        }
        self.found.len() < self.limit
    }
}

fn template(summary: TemplateSummary) -> Template {
    let counted = |count: u64| (count > 0).then_some(count);
    let names = if summary.names.is_empty() { summary.aliases } else { summary.names };
    Template {
        template_id: summary.template_id,
        names,
        status: summary.build_status.as_ref().map(state),
        // A UUID of zeros means that there is none.
        build_id: Some(summary.build_id).filter(|id| id.chars().any(|c| !matches!(c, '0' | '-'))),
        public: Some(summary.public),
        cpu_count: counted(summary.cpu_count),
        memory_mb: counted(summary.memory_mb),
        disk_mb: counted(summary.disk_size_mb),
        build_count: Some(summary.build_count),
        spawn_count: Some(summary.spawn_count),
        created_at: Some(summary.created_at.to_string()),
        updated_at: Some(summary.updated_at.to_string()),
        last_spawned_at: summary.last_spawned_at.map(|time| time.to_string()),
    }
}

fn build(build: crate::wire::e2b::TemplateBuild) -> TemplateBuild {
    let counted = |count: u64| (count > 0).then_some(count);
    TemplateBuild {
        build_id: build.build_id,
        status: state(&build.status),
        cpu_count: counted(build.cpu_count),
        memory_mb: counted(build.memory_mb),
        created_at: build.created_at.to_string(),
        finished_at: build.finished_at.map(|time| time.to_string()),
    }
}

fn assignment(tag: TemplateTag) -> TagAssignment {
    TagAssignment { tag: tag.tag, build_id: tag.build_id, created_at: tag.created_at.to_string() }
}

fn state(state: &BuildState) -> String {
    match state {
        BuildState::Waiting => "waiting".to_owned(),
        BuildState::Building => "building".to_owned(),
        BuildState::Ready => "ready".to_owned(),
        BuildState::Error => "error".to_owned(),
        BuildState::Other(state) => state.clone(),
    }
}
