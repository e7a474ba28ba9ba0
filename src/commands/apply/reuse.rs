//! Builds that exist already: found by the template's digest instead of being built again.

use super::super::Exit;
use super::super::deployed::{Deployed, Tags, build_in};
use super::super::report::Reporter;
use super::super::target::Target;
use super::gate::Gate;
use super::inputs;
use super::one::{BuildResult, Job, UP_TO_DATE};
use super::visibility::Seen;
use crate::host::now;
use crate::state::{Record, Stage};
use crate::submit::{Build, Driver, SubmitError};

/// A connection to a platform.
pub(super) struct Clients<'a> {
    pub(super) driver: &'a dyn Driver,
    pub(super) target: &'a Target,
}

impl Job<'_> {
    /// Uses the build that has the digest, if there is one, and moves the declared tags to it.
    pub(super) async fn reuse(
        &self,
        clients: &Clients<'_>,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        gate: Option<&Gate<'_>>,
    ) -> Option<BuildResult> {
        let found = match self.find(clients, tags).await {
            Ok(Some(found)) => self.unless_lost(tags, found).await,
            found => found,
        };
        match found {
            Ok(None) => None,
            Ok(Some(found)) => Some(self.take(clients.target, tags, reporter, found, gate).await),
            Err(error) => {
                let exit = reporter.submit_error(&error, &self.prepared.analysis);
                Some(BuildResult::new(exit, "not sent"))
            }
        }
    }

    async fn find(
        &self,
        clients: &Clients<'_>,
        tags: &Tags<'_>,
    ) -> Result<Option<Found>, SubmitError> {
        let has_tags = self.prepared.analysis.platform.facts().has_tags;
        if has_tags && let Some(deployed) = tags.find().await? {
            return Ok(Some(Found { deployed, unknown: None, untested: false }));
        }
        let Some(record) = self.recorded(clients, tags).await else { return Ok(None) };
        let build = build_in(&record);
        let nowhere = || Deployed { build: build.clone(), elsewhere: Vec::new(), public: None };
        if !has_tags {
            let platform = self.prepared.analysis.platform;
            let unknown = Some(format!("{platform} has no tags"));
            let untested = record.untested;
            return Ok(Some(Found { deployed: nowhere(), unknown, untested }));
        }
        // Its apply was interrupted before it got the digest, or the tag was removed.
        Ok(Some(match tags.mark(&build, false).await? {
            Ok(()) => {
                let elsewhere = tags.misplaced(&build).await?;
                let deployed = Deployed { build, elsewhere, public: None };
                Found { deployed, unknown: None, untested: false }
            }
            // Only a registration can give it other tags.
            Err(_) if record.tags != self.prepared.analysis.template.tags => return Ok(None),
            Err(reason) => Found { deployed: nowhere(), unknown: Some(reason), untested: false },
        }))
    }

    /// A build that the platform has not lost. One that it has is reported, and is built again.
    async fn unless_lost(
        &self,
        tags: &Tags<'_>,
        found: Found,
    ) -> Result<Option<Found>, SubmitError> {
        let Build { template_id, build_id } = &found.deployed.build;
        let lost = tags.store.lost_builds(template_id, tags.observer).await?;
        if let Some(reason) = &lost.unknown {
            self.printer.note(&format!(
                "warning: it is not known whether the image of build {build_id} still exists: {reason}"
            ));
        }
        if !lost.build_ids.contains(build_id) {
            return Ok(Some(found));
        }
        self.printer.note(&format!(
            "the image of build {build_id} is not in the container engine in use: it is built again"
        ));
        Ok(None)
    }

    /// The record of the manifest's last build, if it has the digest and is ready.
    async fn recorded(&self, clients: &Clients<'_>, tags: &Tags<'_>) -> Option<Record> {
        let platform = self.prepared.analysis.platform;
        let record = self.memory.last(&self.prepared.manifest, platform)?;
        let address = clients.target.address();
        let is_ready = tags.confirm(&record, address.as_deref(), clients.driver).await;
        is_ready.then_some(record)
    }

    /// Ends with a build that exists, after moving the declared tags to it.
    async fn take(
        &self,
        target: &Target,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        found: Found,
        gate: Option<&Gate<'_>>,
    ) -> BuildResult {
        let Found { deployed: Deployed { build, elsewhere, public }, unknown, untested } = found;
        let failed = |error: &SubmitError, result| {
            let exit = reporter.submit_error(error, &self.prepared.analysis);
            BuildResult::new(exit, result).of(&build)
        };
        let seen = Seen { template_id: Some(&build.template_id), public };
        if let Err(error) = self.unpublish(tags, reporter, seen).await {
            return failed(&error, "not made private");
        }
        if untested
            && let Some(gate) = gate
            && let Err(result) = self.tested(gate, tags.name, reporter, &build).await
        {
            return result;
        }
        if !elsewhere.is_empty() {
            if let Some(gate) = gate
                && let Err(result) = self.tested(gate, &tags.marked(), reporter, &build).await
            {
                return result;
            }
            match self.place(tags, &build, &elsewhere).await {
                Ok(left) if left.is_empty() => {}
                Ok(left) => return misplaced(reporter, &build, &left),
                Err(error) => return failed(&error, "tags not moved"),
            }
        }
        self.remember(target, &build, tags);
        if let Err(error) = self.publish(tags, reporter, seen).await {
            return unpublished(reporter, &build, &error);
        }
        if elsewhere.is_empty() {
            reporter.up_to_date(&build, tags.digest, unknown.as_deref());
            return BuildResult::new(Exit::Done, UP_TO_DATE).of(&build);
        }
        reporter.moved(&build, tags.digest, &elsewhere);
        BuildResult::new(Exit::Done, "moved tags").of(&build)
    }

    /// Moves tags to a build; those that another client has moved away since stay there, unless
    /// `--force` is given.
    pub(super) async fn place(
        &self,
        tags: &Tags<'_>,
        build: &Build,
        elsewhere: &[String],
    ) -> Result<Vec<String>, SubmitError> {
        let left = tags.assign(build, elsewhere).await?;
        self.reclaim(tags, build, left).await
    }

    /// Moves tags back that another client has moved away, if `--force` is given; those that stay
    /// away.
    async fn reclaim(
        &self,
        tags: &Tags<'_>,
        build: &Build,
        left: Vec<String>,
    ) -> Result<Vec<String>, SubmitError> {
        if left.is_empty() || !self.settings.force {
            return Ok(left);
        }
        tags.assign(build, &left).await
    }

    /// Gives the digest to a build that has just become ready, and verifies the declared tags.
    pub(super) async fn settle(
        &self,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        build: &Build,
    ) -> Option<BuildResult> {
        if !self.prepared.analysis.platform.facts().has_tags {
            return None;
        }
        let refusal = match tags.mark(build, true).await {
            Ok(Ok(())) => None,
            Ok(Err(reason)) => Some(reason),
            Err(error) => Some(error.to_string()),
        };
        if let Some(reason) = refusal {
            reporter.unmarked(&reason);
            return None;
        }
        let left = match tags.misplaced(build).await {
            Ok(left) => self.reclaim(tags, build, left).await,
            Err(error) => Err(error),
        };
        match left {
            Ok(left) => (!left.is_empty()).then(|| misplaced(reporter, build, &left)),
            Err(error) => {
                reporter.unverified(&error.to_string());
                None
            }
        }
    }

    /// Records that the manifest's last build is this one, and that the declared tags point to it.
    pub(super) fn remember(&self, target: &Target, build: &Build, tags: &Tags<'_>) {
        let platform = self.prepared.analysis.platform;
        inputs::tagged(&self.memory, self.prepared, build, &tags.declared);
        let last = self.memory.last(&self.prepared.manifest, platform);
        if last.is_some_and(|last| {
            last.is_of(&build.template_id, &build.build_id)
                && last.stage == Stage::Ready
                && !last.untested
                && last.tags == self.prepared.analysis.template.tags
        }) {
            return;
        }
        let mut record = self.record(build, target, tags.digest);
        record.stage = Stage::Ready;
        record.untested = false;
        record.updated_at = now();
        self.memory.remember(&record);
    }
}

/// A build that exists.
struct Found {
    deployed: Deployed,
    /// Why it is not known where the tags point, if it is not.
    unknown: Option<String>,
    /// Whether it has yet to pass its tests, although no tag has to move to it.
    untested: bool,
}

/// The result of a build that is ready and was not made public.
pub(super) fn unpublished(
    reporter: &Reporter<'_>,
    build: &Build,
    error: &SubmitError,
) -> BuildResult {
    reporter.unpublished(build, &error.to_string());
    BuildResult::new(Exit::Platform, "not made public").of(build)
}

pub(super) fn misplaced(reporter: &Reporter<'_>, build: &Build, tags: &[String]) -> BuildResult {
    let names: Vec<_> = tags.iter().map(|tag| format!("`{tag}`")).collect();
    let names = names.join(", ");
    reporter.misplaced(
        build,
        &match tags {
            [_] => format!("the tag {names} was moved to another build meanwhile"),
            _ => format!("the tags {names} were moved to other builds meanwhile"),
        },
    );
    BuildResult::new(Exit::Platform, "tags moved away").of(build)
}
