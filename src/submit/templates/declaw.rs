//! The templates of a Declaw account: no builds, no tags, and no call that takes an alias.

use reqwest::Method;

use super::super::Observer;
use super::super::error::{Call, SubmitError};
use super::super::http::{Credential, Http};
use super::super::retry::{Limit, RetryPolicy, retried};
use super::{Details, Lookup, Template};
use crate::settings::{Endpoint, Reference};
use crate::wire::declaw::{TemplateList, TemplateSummary};

/// A client for the templates of an account.
#[derive(Debug)]
pub(super) struct Templates {
    http: Http,
}

impl Templates {
    pub(super) fn new(endpoint: &Endpoint, retry_policy: RetryPolicy) -> Result<Self, SubmitError> {
        Ok(Self { http: Http::new(endpoint, Credential::Bearer, retry_policy)? })
    }

    pub(super) async fn list(
        &self,
        limit: usize,
        observer: Observer<'_>,
    ) -> Result<Vec<Template>, SubmitError> {
        let call = Call::new("list the templates", "GET /templates");
        let list: TemplateList = retried(self.http.waits(Limit::Call), observer, || async {
            self.http.json(&call, self.http.request(Method::GET, &["templates"])?).await
        })
        .await?;
        Ok(list.templates.into_iter().flatten().take(limit).map(template).collect())
    }

    /// Looks through the list: an alias first, as it is what people know.
    pub(super) async fn look_up(
        &self,
        reference: &Reference,
        observer: Observer<'_>,
    ) -> Result<Lookup, SubmitError> {
        let templates = self.list(usize::MAX, observer).await?;
        // A manifest's namespace is not part of the alias that is built.
        let alias = reference.name.rsplit('/').next().unwrap_or_default();
        let named = templates.iter().find(|it| it.names.iter().any(|name| name == alias));
        let is_meant = |it: &&Template| it.template_id.eq_ignore_ascii_case(&reference.name);
        let found = named.or_else(|| templates.iter().find(is_meant));
        Ok(found.map_or(Lookup::Missing, |found| Lookup::Found {
            template_id: found.template_id.clone(),
            public: None,
        }))
    }

    pub(super) async fn show(
        &self,
        template_id: &str,
        observer: Observer<'_>,
    ) -> Result<Details, SubmitError> {
        let call = Call::new("read the template", format!("GET /templates/{template_id}"));
        let summary: TemplateSummary = retried(self.http.waits(Limit::Call), observer, || async {
            let request = self.http.request(Method::GET, &["templates", template_id])?;
            self.http.json(&call, request).await
        })
        .await?;
        Ok(Details { template: template(summary), builds: None, tags: None })
    }

    pub(super) async fn delete(&self, template_id: &str) -> Result<(), SubmitError> {
        let call = Call::new("delete the template", format!("DELETE /templates/{template_id}"));
        let request = self.http.request(Method::DELETE, &["templates", template_id])?;
        self.http.send(&call, request).await.map(drop)
    }
}

fn template(summary: TemplateSummary) -> Template {
    Template {
        template_id: summary.template_id,
        names: summary.alias.into_iter().collect(),
        status: None,
        build_id: None,
        public: None,
        cpu_count: None,
        memory_mb: None,
        disk_mb: None,
        build_count: None,
        spawn_count: None,
        created_at: summary.created_at,
        updated_at: None,
        last_spawned_at: None,
    }
}
