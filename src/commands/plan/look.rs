//! What `sbx apply` would do with one manifest, by what the platform and this machine know.

use super::base::Base;
use super::previous::Previous;
use super::subject::Subject;
use crate::commands::Failure;
use crate::commands::deployed::{Survey, Tags, build_in, build_of, declared};
use crate::commands::image_build;
use crate::commands::remember::Memory;
use crate::commands::remote::{Remote, failure};
use crate::plan::forecast::{BaseState, Query, forecast};
use crate::plan::{self, Action, Archive, Build, BuildState, Cause, Forecast, Inputs, TagMove};
use crate::submit::templates::{Lookup, TagAssignment};
use crate::submit::{self, Driver, Event, FaultKind, State, SubmitError};
use crate::wire::e2b::StartRequest;

/// The most archives that the platform is asked about.
const MOST_ASKED: usize = 10;

/// What is looked at, and with what.
pub(super) struct Look<'a> {
    pub(super) remote: &'a Remote<'a>,
    pub(super) driver: &'a dyn Driver,
    pub(super) memory: &'a Memory<'a>,
    pub(super) subject: &'a Subject,
    /// The template that it starts from, if that would change in the same run.
    pub(super) base: Option<String>,
    /// Whether to look up if the image or the template that it starts from has changed.
    pub(super) online: bool,
}

/// A build that has the digest.
enum Existing {
    /// There is none.
    None,
    /// What is done with it.
    Usable(Action),
    /// The platform has lost what it built; its ID.
    Lost(String),
}

/// What was seen.
pub(super) struct Seen {
    pub(super) action: Action,
    /// Whether the template would become public, or private; `None` if that stays.
    pub(super) visibility: Option<bool>,
    pub(super) notes: Vec<String>,
}

impl Look<'_> {
    pub(super) async fn look(&self) -> Result<Seen, Failure> {
        self.decide().await.map_err(|error| failure(&error))
    }

    async fn decide(&self) -> Result<Seen, SubmitError> {
        let Subject { analysis, plan, digest, .. } = self.subject;
        let observer = |event: Event| self.remote.observe(&event);
        let tags = Tags {
            store: &*self.remote.templates,
            platform: analysis.platform,
            template: &analysis.template.name.value,
            name: &plan.name,
            digest,
            declared: declared(&plan.tags),
            observer: &observer,
            seen: std::sync::Mutex::default(),
        };
        let survey = if analysis.platform.facts().has_tags {
            tags.survey().await?
        } else {
            Survey { listed: None, deployed: None }
        };
        let visibility = self.visibility(&tags, &survey).await?;
        let existing = match self.base {
            None => self.existing(&tags, &survey).await,
            Some(_) => None,
        };
        let listed = survey.listed.as_deref().unwrap_or_default();
        let image = self.subject.image.as_deref();
        let mut notes: Vec<_> =
            image.map(|image| image_build::foreseen(analysis, image)).into_iter().collect();
        let existing = match existing {
            Some(existing) => self.unless_lost(&tags, existing, &mut notes).await?,
            None => Existing::None,
        };
        let (action, base) = if let Existing::Usable(action) = existing {
            let compared = action.build_id().map(|build_id| self.compared(build_id));
            let base = self.base_since(&tags, listed, compared.as_ref()).await?;
            (action, base)
        } else {
            let lost = match &existing {
                Existing::Lost(build_id) => Some(build_id.as_str()),
                Existing::None | Existing::Usable(_) => None,
            };
            let (build, base) = self.build(&tags, listed, lost).await?;
            (Action::Build(Box::new(build)), base)
        };
        notes.extend(base.note);
        Ok(Seen { action, visibility, notes })
    }

    /// What is done with a build that has the digest, unless the platform has lost what it built.
    async fn unless_lost(
        &self,
        tags: &Tags<'_>,
        (action, build): (Action, submit::Build),
        notes: &mut Vec<String>,
    ) -> Result<Existing, SubmitError> {
        let lost = tags.store.lost_builds(&build.template_id, tags.observer).await?;
        if let Some(reason) = lost.unknown {
            notes.push(format!(
                "whether the image of build {} still exists is not known: {reason}",
                build.build_id
            ));
        }
        Ok(if lost.build_ids.contains(&build.build_id) {
            Existing::Lost(build.build_id)
        } else {
            Existing::Usable(action)
        })
    }

    /// Whether the template would become public, or private.
    async fn visibility(
        &self,
        tags: &Tags<'_>,
        survey: &Survey,
    ) -> Result<Option<bool>, SubmitError> {
        let Some(wanted) = self.subject.plan.public else { return Ok(None) };
        let known = survey.deployed.as_ref().and_then(|deployed| deployed.public);
        let public = match known {
            Some(public) => public,
            None => match tags.store.look_up(&tags.bare(), tags.observer).await? {
                Lookup::Found { public, .. } => public.unwrap_or(!wanted),
                // The first build makes a template that is private.
                Lookup::Missing | Lookup::NotYours | Lookup::NotReady { .. } => false,
            },
        };
        Ok((public != wanted).then_some(wanted))
    }

    /// What is done with a build that has the digest, if there is one.
    async fn existing(&self, tags: &Tags<'_>, survey: &Survey) -> Option<(Action, submit::Build)> {
        let listed = survey.listed.as_deref().unwrap_or_default();
        let moves = |names: Vec<String>| {
            let from = |tag: &str| build_of(listed, tag).map(str::to_owned);
            let moves = names.into_iter().map(|tag| TagMove { from: from(&tag), tag });
            moves.collect::<Vec<_>>()
        };
        if let Some(deployed) = &survey.deployed {
            let build_id = deployed.build.build_id.clone();
            let elsewhere = deployed.elsewhere.clone();
            let action = match elsewhere.as_slice() {
                [] => Action::UpToDate { build_id, unknown: None },
                _ => Action::MoveTags { build_id, tags: moves(elsewhere) },
            };
            return Some((action, deployed.build.clone()));
        }
        let analysis = &self.subject.analysis;
        let record = self.memory.last(&self.subject.manifest, analysis.platform)?;
        let address = self.remote.address();
        if !tags.confirm(&record, address.as_deref(), self.driver).await {
            return None;
        }
        let build = build_in(&record);
        let build_id = record.build_id.clone();
        let unknown = |reason: String| Some(reason);
        let platform = analysis.platform;
        if !platform.facts().has_tags {
            let unknown = unknown(format!("{platform} has no tags"));
            return Some((Action::UpToDate { build_id, unknown }, build));
        }
        if survey.listed.is_none() {
            // Only a registration could give it other tags.
            let is_same = record.tags == analysis.template.tags;
            let unknown = unknown(format!("{platform} does not list the tags of a template"));
            return is_same.then_some((Action::UpToDate { build_id, unknown }, build));
        }
        // Its apply was interrupted before it got the digest, or the tag was removed.
        let mut names = vec![self.subject.digest.to_string()];
        names.extend(tags.elsewhere(listed, &build_id));
        Some((Action::MoveTags { build_id, tags: moves(names) }, build))
    }

    async fn build(
        &self,
        tags: &Tags<'_>,
        listed: &[TagAssignment],
        lost: Option<&str>,
    ) -> Result<(Build, Base), SubmitError> {
        let has_tags = self.subject.analysis.platform.facts().has_tags;
        let declared = tags.declared.iter().filter(|_| has_tags);
        let from = |tag: &str| build_of(listed, tag).map(str::to_owned);
        let moves = declared.map(|tag| TagMove { tag: tag.clone(), from: from(tag) }).collect();
        let mut previous = self.previous(tags, listed).await?;
        if let Some(previous) = &mut previous {
            previous.is_lost = lost == Some(previous.build_id.as_str());
        }
        let before = previous.as_ref().and_then(|previous| previous.inputs.as_ref());
        let now = before.map(|before| self.subject.inputs_beside(before));
        let cause = match (&self.base, &previous) {
            (Some(name), _) => Cause::Base { name: name.clone() },
            (None, None) => Cause::First,
            (None, Some(previous)) => differs(previous, now.as_ref()),
        };
        let compared = previous.as_ref().map(|previous| self.compared(&previous.build_id));
        let base = self.base_since(tags, listed, compared.as_ref()).await?;
        let forecast = self.forecast(previous.as_ref(), now.as_ref(), base.state);
        let archives = self.archives(previous.as_ref(), tags).await?;
        let needs_replace = self.needs_replace(tags).await?;
        Ok((Build { cause, tags: moves, forecast, archives, needs_replace }, base))
    }

    /// Which steps would come from the cache, where the platform has one that can be foreseen.
    fn forecast(
        &self,
        previous: Option<&Previous>,
        now: Option<&Inputs>,
        base: BaseState,
    ) -> Option<Forecast> {
        let Subject { plan, analysis, .. } = self.subject;
        let has_layers = |previous: &&Previous| {
            analysis.platform.facts().registers_builds
                && !previous.is_lost
                && !matches!(previous.state, Some(State::Recorded { .. }))
        };
        let previous = previous.filter(has_layers)?;
        let request: StartRequest = serde_json::from_value(plan.body()).ok()?;
        let unchanged = previous.inputs.as_ref().zip(now);
        let unchanged = unchanged.map(|(before, now)| plan::unchanged(before, now));
        let logs = std::slice::from_ref(&previous.log);
        forecast(&Query { request: &request, logs, base, unchanged })
    }

    /// The archives that the build needs; the platform is asked about the first ones if the template
    /// exists.
    async fn archives(
        &self,
        previous: Option<&Previous>,
        tags: &Tags<'_>,
    ) -> Result<Vec<Archive>, SubmitError> {
        let Subject { plan, analysis, .. } = self.subject;
        let template_id = previous.and_then(|previous| previous.template_id.as_deref());
        let mut archives: Vec<Archive> = Vec::new();
        for upload in plan.summary(&analysis.files).uploads {
            if archives.iter().any(|known| known.files_hash == upload.files_hash) {
                continue;
            }
            let mut present = None;
            if let Some(template_id) = template_id.filter(|_| archives.len() < MOST_ASKED) {
                let has = self.driver.has_archive(template_id, upload.files_hash, tags.observer);
                present = match has.await {
                    Ok(present) => present,
                    Err(error) if matches!(error.kind, FaultKind::Refused { .. }) => None,
                    Err(error) => return Err(error),
                };
            }
            archives.push(Archive {
                source: upload.source.to_owned(),
                files_hash: upload.files_hash.to_owned(),
                entries: upload.entries,
                bytes: upload.bytes,
                present,
            });
        }
        Ok(archives)
    }

    /// Whether there is a template of the name on a platform that replaces none by itself.
    async fn needs_replace(&self, tags: &Tags<'_>) -> Result<bool, SubmitError> {
        if !self.subject.analysis.platform.facts().immutable_templates {
            return Ok(false);
        }
        Ok(!matches!(tags.store.look_up(&tags.bare(), tags.observer).await?, Lookup::Missing))
    }
}

/// How what would be built differs from a build.
fn differs(previous: &Previous, now: Option<&Inputs>) -> Cause {
    let inputs = previous.inputs.as_ref().zip(now);
    Cause::Differs {
        build_id: previous.build_id.clone(),
        tag: previous.tag.clone(),
        state: match &previous.state {
            _ if previous.is_lost => BuildState::Lost,
            None | Some(State::Ready | State::Other(_)) => BuildState::Ready,
            Some(State::Recorded { .. }) => BuildState::Recorded,
            Some(State::Failed) => BuildState::Failed,
            Some(State::Waiting | State::Building) => BuildState::Unfinished,
        },
        differences: inputs.map(|(before, now)| plan::compare(before, now)),
    }
}
