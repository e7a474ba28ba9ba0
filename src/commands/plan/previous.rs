//! The build that a plan is compared with.

use super::look::Look;
use crate::commands::deployed::{Tags, build_in, build_of};
use crate::plan::Inputs;
use crate::scalar::{DEFAULT_TAG, is_digest};
use crate::submit::templates::{Lookup, TagAssignment};
use crate::submit::{Build, Cursor, FaultKind, Limit, State, SubmitError};

/// The most pages of a log that are read. What says which layers were made comes with their steps, so
/// of a longer log the last ones are missing, and are not foreseen.
const MOST_PAGES: usize = 20;

/// A build that a plan is compared with.
pub(super) struct Previous {
    pub(super) build_id: String,
    /// Its template, if the platform tells.
    pub(super) template_id: Option<String>,
    /// The tag by which it was found, if it was by one.
    pub(super) tag: Option<String>,
    /// Its state, if the platform tells.
    pub(super) state: Option<State>,
    /// The messages of its log, as they were sent.
    pub(super) log: Vec<String>,
    /// What it was made of, if this machine knows that.
    pub(super) inputs: Option<Inputs>,
    /// Whether the platform has lost what it built.
    pub(super) is_lost: bool,
}

/// The build that decides whether something has changed since.
pub(super) struct Compared {
    pub(super) build_id: String,
    /// The digest of the image that it was made of, if this machine knows that.
    pub(super) image: Option<String>,
}

impl Look<'_> {
    /// What is known of a build that has the digest already.
    pub(super) fn compared(&self, build_id: &str) -> Compared {
        let (manifest, platform) = (&self.subject.manifest, self.subject.analysis.platform);
        let history = self.memory.history(manifest, platform);
        let mut kept = history.into_iter().flat_map(|history| history.builds);
        let kept = kept.find(|known| known.build_id == build_id);
        Compared { build_id: build_id.to_owned(), image: kept.and_then(|kept| kept.image) }
    }

    /// The build that was given the first of the declared tags last, or else another tag of the
    /// template; on a platform without tags, the one that this machine recorded.
    pub(super) async fn previous(
        &self,
        tags: &Tags<'_>,
        listed: &[TagAssignment],
    ) -> Result<Option<Previous>, SubmitError> {
        let (manifest, platform) = (&self.subject.manifest, self.subject.analysis.platform);
        let record = self.memory.last(manifest, platform).filter(|record| {
            record.name == tags.template && record.api_url == self.remote.address()
        });
        let recorded = record.as_ref().map(build_in);
        let history = self.memory.history(manifest, platform);
        let mut kept = history.map(|history| history.builds).unwrap_or_default();
        let (build_id, template_id, tag) = match newest(&tags.declared, listed) {
            Some((tag, build_id)) => {
                let known = kept.iter().find(|known| known.build_id == build_id);
                let known = known.map(|known| known.template_id.clone());
                let recorded = recorded.filter(|build| build.build_id == build_id);
                let template_id = match known.or_else(|| Some(recorded?.template_id)) {
                    None => self.template_id(tags, tag).await?,
                    known => known,
                };
                (build_id.to_owned(), template_id, Some(tag.to_owned()))
            }
            None => match recorded {
                Some(build) => (build.build_id, Some(build.template_id), None),
                None => return Ok(None),
            },
        };
        let at = kept.iter().position(|known| known.build_id == build_id);
        let inputs = at.map(|at| kept.swap_remove(at).inputs);
        let (state, log) = match &template_id {
            Some(template_id) => {
                let build = Build { template_id: template_id.clone(), build_id: build_id.clone() };
                self.log(&build, tags).await?
            }
            None => (None, Vec::new()),
        };
        Ok(Some(Previous { build_id, template_id, tag, state, log, inputs, is_lost: false }))
    }

    /// The ID of a template that has a tag. A platform may not know the bare name, where no build has
    /// the tag `default`; one that does not look up names with tags answers with the bare name's.
    async fn template_id(&self, tags: &Tags<'_>, tag: &str) -> Result<Option<String>, SubmitError> {
        Ok(match tags.store.look_up(&tags.reference(tag), tags.observer).await? {
            Lookup::Found { template_id, .. } => Some(template_id),
            Lookup::Missing | Lookup::NotYours | Lookup::NotReady { .. } => None,
        })
    }

    /// The state and the log of a build; nothing if the platform does not know it any more.
    async fn log(
        &self,
        build: &Build,
        tags: &Tags<'_>,
    ) -> Result<(Option<State>, Vec<String>), SubmitError> {
        let (mut cursor, mut state, mut log) = (Cursor::default(), None, Vec::new());
        for _ in 0..MOST_PAGES {
            let polled = self.driver.poll(build, &mut cursor, Limit::Call, tags.observer).await;
            let status = match polled {
                Ok(status) => status,
                Err(error) if matches!(error.kind, FaultKind::Refused { .. }) => break,
                Err(error) => return Err(error),
            };
            state.get_or_insert(status.state);
            log.extend(status.lines.into_iter().map(|line| line.message));
            if !status.more {
                break;
            }
        }
        Ok((state, log))
    }
}

/// A tag of a template with the build that it was given to last.
fn newest<'a>(declared: &'a [String], listed: &'a [TagAssignment]) -> Option<(&'a str, &'a str)> {
    let named = declared.iter().map(String::as_str).chain([DEFAULT_TAG]);
    let mut named = named.filter_map(|tag| Some((tag, build_of(listed, tag)?)));
    named.next().or_else(|| {
        let others = listed.iter().filter(|known| !is_digest(&known.tag));
        let newest = others.max_by(|one, other| one.created_at.cmp(&other.created_at))?;
        Some((&newest.tag, &newest.build_id))
    })
}
