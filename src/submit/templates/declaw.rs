//! The templates of a Declaw account: no builds, no tags, and no call that takes an alias.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::Method;

use super::super::error::{Call, SubmitError};
use super::super::http::{Credential, Http};
use super::super::retry::{Limit, retried};
use super::super::{Connection, Observer};
use super::{Details, Lookup, Template, TemplateStore};
use crate::scalar::TemplateRef;
use crate::wire::declaw::{TemplateList, TemplateSummary};

/// A client for the templates of an account.
#[derive(Debug)]
pub(in crate::submit) struct Templates {
    http: Http,
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
        _: usize,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Details, SubmitError>> {
        Box::pin(self.details(template_id, observer))
    }

    fn delete<'a>(&'a self, template_id: &'a str) -> BoxFuture<'a, Result<(), SubmitError>> {
        Box::pin(self.remove(template_id))
    }
}

impl Templates {
    pub(in crate::submit) fn new(connection: Connection<'_>) -> Result<Self, SubmitError> {
        let http = Http::new(connection.endpoint, Credential::Bearer, connection.retry_policy)?;
        Ok(Self { http })
    }

    async fn all(
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
    async fn resolve(
        &self,
        reference: &TemplateRef,
        observer: Observer<'_>,
    ) -> Result<Lookup, SubmitError> {
        let templates = self.all(usize::MAX, observer).await?;
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

    async fn details(
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

    async fn remove(&self, template_id: &str) -> Result<(), SubmitError> {
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
        last_status: None,
        tags_only: false,
        build_id: None,
        public: None,
        cpu_count: None,
        memory_mb: None,
        disk_mb: None,
        build_count: None,
        spawn_count: None,
        // JSON outputs promise a time, and the server's text may be any.
        created_at: summary.created_at.filter(|time| time.parse::<Timestamp>().is_ok()),
        updated_at: None,
        last_spawned_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_time_is_passed_on_as_one() {
        let created_at = |written: Option<&str>| {
            template(TemplateSummary {
                template_id: "t".to_owned(),
                alias: None,
                created_at: written.map(str::to_owned),
            })
            .created_at
        };
        let time = "2026-11-26T10:00:00.5Z";
        assert_eq!(created_at(Some(time)).as_deref(), Some(time));
        for other in [None, Some(""), Some("yesterday"), Some("1795763801")] {
            assert_eq!(created_at(other), None, "{other:?}");
        }
    }
}
