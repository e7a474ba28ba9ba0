//! Whether other teams may use the template, as the manifest declares it.
//!
//! A template becomes private before tags move or a build starts, and public after the tags have
//! moved: nothing that the manifest keeps private is public for a moment.

use super::super::deployed::Tags;
use super::super::report::Reporter;
use super::one::Job;
use crate::submit::SubmitError;
use crate::submit::templates::Lookup;

/// What is known of a template before its visibility is changed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen<'a> {
    pub(super) template_id: Option<&'a str>,
    pub(super) public: Option<bool>,
}

impl Job<'_> {
    /// Makes the template private, if that is declared and it is not.
    pub(super) async fn unpublish(
        &self,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        seen: Seen<'_>,
    ) -> Result<(), SubmitError> {
        self.keep(false, tags, reporter, seen).await
    }

    /// Makes the template public, if that is declared and it is not.
    pub(super) async fn publish(
        &self,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        seen: Seen<'_>,
    ) -> Result<(), SubmitError> {
        self.keep(true, tags, reporter, seen).await
    }

    async fn keep(
        &self,
        wanted: bool,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        seen: Seen<'_>,
    ) -> Result<(), SubmitError> {
        if self.plan.public != Some(wanted) {
            return Ok(());
        }
        let mut template_id = seen.template_id.map(str::to_owned);
        let mut public = seen.public;
        if (template_id.is_none() || public.is_none())
            && let Lookup::Found { template_id: found, public: now } =
                tags.store.look_up(&tags.bare(), tags.observer).await?
        {
            (template_id, public) = (template_id.or(Some(found)), now);
        }
        // Without a template, the first build makes one, which is private.
        let Some(template_id) = template_id else { return Ok(()) };
        if public != Some(wanted) {
            tags.store.publish(&template_id, wanted, tags.observer).await?;
            reporter.visibility(&template_id, wanted);
        }
        Ok(())
    }
}
