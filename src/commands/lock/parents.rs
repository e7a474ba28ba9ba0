//! Looks up the builds of parent templates.

use super::Job;
use crate::commands::remote::{self, Remote, failure, require};
use crate::commands::{Exit, Failure};
use crate::lock::TemplateKey;
use crate::platform::Platform;
use crate::scalar::{DEFAULT_TAG, TemplateRef, is_digest};
use crate::submit::templates::{Feature, is_ready};

impl Job<'_> {
    /// The tag that stays on the build to which a template's reference resolves: its digest, or else
    /// its ID.
    pub(super) fn find_parent(
        &self,
        key: &TemplateKey,
        platform: Platform,
    ) -> Result<String, Failure> {
        require(platform, Feature::Tags)?;
        let (name, tag) = key.reference.split_once(':').unwrap_or((&key.reference, DEFAULT_TAG));
        let Self { settings, host, printer, .. } = *self;
        remote::on(&settings.remote, platform, host, printer, async |remote| {
            let reference = TemplateRef { name: name.to_owned(), tag: None };
            let template_id = remote.find(&reference).await?;
            build_of(remote, &template_id, tag).await
        })
    }
}

async fn build_of(remote: &Remote<'_>, template_id: &str, tag: &str) -> Result<String, Failure> {
    let observer = |event| remote.observe(&event);
    let details = remote.templates.show(template_id, 1, &observer).await;
    let details = details.map_err(|error| failure(&error))?;
    let Some(tags) = details.tags else { return Err(remote.lists_no_tags()) };
    let newest = tags.iter().find(|known| known.tag == tag);
    let is_usable = newest.is_some_and(|newest| newest.status.as_deref().is_none_or(is_ready));
    let build_id = if is_usable {
        newest.map(|newest| newest.build_id.clone())
    } else {
        let history = remote.templates.history(template_id, tag, &observer).await;
        let history = history.map_err(|error| failure(&error))?;
        history.and_then(|builds| builds.into_iter().next()).map(|build| build.build_id)
    };
    let Some(build_id) = build_id else {
        let message = format!("the tag `{tag}` of the template points to no build that is ready");
        return Err(Failure::new(Exit::Wrong, message).help("build it, or name another tag"));
    };
    let digest = tags.iter().find(|known| known.build_id == build_id && is_digest(&known.tag));
    Ok(digest.map_or(build_id, |digest| digest.tag.clone()))
}
