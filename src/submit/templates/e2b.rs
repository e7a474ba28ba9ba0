//! The templates of a platform of the E2B family.

mod convert;
mod images;
mod list;
mod tags;

use futures_util::future::BoxFuture;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::super::error::{Call, Operation, SubmitError};
use super::super::http::{Credential, Http, read_json};
use super::super::retry::{Limit, retried};
use super::super::{Connection, Observer};
use super::{
    Before, Details, Lookup, LostBuilds, PastAssignment, TagAssignment, Template, TemplateStore,
    refused,
};
use crate::scalar::TemplateRef;
use crate::wire::e2b::{AliasResponse, TemplateDetails, UpdateTemplate, UpdatedTemplate};

/// The most elements that a page may have.
const PAGE: usize = 100;

/// A client for the templates of one platform.
#[derive(Debug)]
pub(in crate::submit) struct Templates {
    http: Http,
    /// Whether the list's pages have numbers, as novita's do, and not tokens.
    numbered: bool,
    /// Whether builds are images of a container engine, which can lose them.
    in_engine: bool,
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
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.set_public(template_id, public, observer))
    }

    fn tags<'a>(
        &'a self,
        template_id: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Option<Vec<TagAssignment>>, SubmitError>> {
        Box::pin(self.newest_assignments(template_id, observer))
    }

    fn history<'a>(
        &'a self,
        template_id: &'a str,
        tag: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Option<Vec<PastAssignment>>, SubmitError>> {
        Box::pin(self.history_of(template_id, tag, observer))
    }

    fn lost_builds<'a>(
        &'a self,
        template_id: &'a str,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<LostBuilds, SubmitError>> {
        Box::pin(self.lost(template_id, observer))
    }

    fn add_tags<'a>(
        &'a self,
        reference: &'a TemplateRef,
        tags: &'a [String],
        before: &'a Before,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<(String, Vec<String>), SubmitError>> {
        Box::pin(self.assign(reference, tags, before, observer))
    }

    fn remove_tags<'a>(
        &'a self,
        name: &'a str,
        tags: &'a [String],
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.unassign(name, tags, observer))
    }
}

impl Templates {
    pub(in crate::submit) fn new(connection: Connection<'_>) -> Result<Self, SubmitError> {
        let http = Http::new(connection.endpoint, Credential::Key, connection.retry_policy)?;
        let platform = connection.platform;
        let numbered = platform.facts().numbered_listing;
        Ok(Self { http, numbered, in_engine: platform.is_local() })
    }

    async fn all(
        &self,
        limit: usize,
        observer: Observer<'_>,
    ) -> Result<Vec<Template>, SubmitError> {
        let listed = list::read(self, limit, observer).await?;
        let mut templates: Vec<_> = listed.into_iter().map(convert::template).collect();
        self.settle(&mut templates, observer).await?;
        Ok(templates)
    }

    async fn resolve(
        &self,
        reference: &TemplateRef,
        observer: Observer<'_>,
    ) -> Result<Lookup, SubmitError> {
        match self.alias(&reference.to_string(), observer).await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            // An older server may refuse a name with a tag.
            Err(error) if reference.tag.is_some() && refused(&error) == Some(400) => {}
            Err(error) => return Err(error),
        }
        if let Some(tag) = &reference.tag {
            return self.resolve_build(&reference.name, tag, observer).await;
        }
        // An ID has no namespace.
        if !reference.name.contains('/') {
            let path = ["templates", reference.name.as_str()];
            let found = self.get::<TemplateDetails>(&path, &[("limit", "1")], observer).await;
            let found = found.map(|(_, details)| Lookup::Found {
                template_id: details.template.template_id,
                public: Some(details.template.public),
            });
            if let Some(found) = known(found)? {
                return Ok(found);
            }
        }
        // Whatever answers at a wrong address says 404 as well; only an API has a list.
        list::read(self, 1, observer).await?;
        Ok(Lookup::Missing)
    }

    /// What a name means, with a tag or without; `None` if it is not known.
    async fn alias(
        &self,
        name: &str,
        observer: Observer<'_>,
    ) -> Result<Option<Lookup>, SubmitError> {
        let path = ["templates", "aliases", name];
        let found = self.get::<AliasResponse>(&path, &[], observer).await;
        known(found.map(|(_, alias)| Lookup::Found {
            template_id: alias.template_id,
            public: Some(alias.public),
        }))
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
        while let Some(next) = list::next_token(&headers)
            && details.builds.len() < limit
        {
            let query = [("limit", size.as_str()), ("nextToken", next.as_str())];
            let page: TemplateDetails;
            (headers, page) = self.get(&path, &query, observer).await?;
            if page.builds.is_empty() || list::next_token(&headers).as_ref() == Some(&next) {
                return Err(list::endless(&format!("GET /templates/{template_id}")));
            }
            details.builds.extend(page.builds);
        }
        details.builds.truncate(limit);
        let mut builds: Vec<_> = details.builds.into_iter().map(convert::build).collect();
        self.mark_lost(template_id, &mut builds, observer).await?;
        let mut template = convert::template(details.template);
        let tags = self.assignments(template_id, &builds, observer).await?;
        if let Some(tags) = &tags {
            for build in &mut builds {
                build.label(tags);
            }
            self.settle_by_tags(&mut template, tags, observer).await?;
        }
        Ok(Details { template, builds: Some(builds), tags })
    }

    async fn remove(&self, template_id: &str) -> Result<(), SubmitError> {
        let call = Call::new("delete the template", format!("DELETE /templates/{template_id}"))
            .about(Operation::Templates);
        let request = self.http.request(Method::DELETE, &["templates", template_id])?;
        self.http.send(&call, request).await.map(drop)
    }

    /// Sets the visibility. Sent twice, it is the same as sent once.
    async fn set_public(
        &self,
        template_id: &str,
        public: bool,
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let doing = if public { "publish the template" } else { "unpublish the template" };
        let call = Call::new(doing, format!("PATCH /v2/templates/{template_id}"))
            .about(Operation::Templates);
        let body = UpdateTemplate { public: Some(public) };
        retried(self.http.waits(Limit::Call), observer, || async {
            let request = self.http.request(Method::PATCH, &["v2", "templates", template_id])?;
            self.http.json::<UpdatedTemplate>(&call, request.json(&body)).await
        })
        .await
        .map(drop)
    }

    /// Reads something, which may be repeated: the headers of the answer and what it says.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        observer: Observer<'_>,
    ) -> Result<(HeaderMap, T), SubmitError> {
        let call = Call::new(READ, format!("GET /{}", path.join("/"))).about(Operation::Templates);
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

/// What a lookup found; `None` if the platform does not know it.
fn known(found: Result<Lookup, SubmitError>) -> Result<Option<Lookup>, SubmitError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) => match refused(&error) {
            Some(403) => Ok(Some(Lookup::NotYours)),
            Some(404) => Ok(None),
            _ => Err(error),
        },
    }
}
