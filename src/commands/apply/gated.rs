//! Declared tags that move only to a build that has passed its tests.
//!
//! A build that is to be tested is registered with a temporary tag alone, so that no declared tag
//! points to it. When it is ready, it gets its digest as a tag and loses the temporary one; a build
//! that fails keeps that, because its log is found by it. Then the tests run, and the declared tags
//! move, unless another client has moved one since the registration.

use uuid::Uuid;

use super::super::deployed::Tags;
use super::super::report::Reporter;
use super::super::{Exit, Failure};
use super::gate::Gate;
use super::one::{BuildResult, Job};
use super::reuse::misplaced;
use crate::digest::Digest;
use crate::lower::Plan;
use crate::scalar::temporary_tag;
use crate::submit::templates::TagAssignment;
use crate::submit::{Build, Outcome};

/// How many digits make temporary tags different from each other.
const DIGITS: usize = 8;

/// A build that was registered apart from the declared tags.
pub(super) struct Gated<'a> {
    pub(super) gate: &'a Gate<'a>,
    /// The tags that it was registered with.
    pub(super) registered: &'a [String],
    /// Where the tags were before.
    pub(super) before: &'a [TagAssignment],
}

/// A plan whose build gets a temporary tag alone.
pub(super) fn apart(plan: &Plan, digest: &Digest) -> Plan {
    let mut random = Uuid::new_v4().simple().to_string();
    random.truncate(DIGITS);
    plan.with_tags(vec![temporary_tag(digest.as_str(), &random)])
}

impl Job<'_> {
    /// Gives a build that has ended well its tags, after its tests if there are any; how that ended,
    /// unless all is well.
    pub(super) async fn settle_any(
        &self,
        gated: Option<&Gated<'_>>,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        (build, outcome): (&Build, &Outcome),
    ) -> Option<BuildResult> {
        match (outcome, gated) {
            (Outcome::Ready, None) => self.settle(tags, reporter, build).await,
            (Outcome::Ready, Some(gated)) => self.settle_tested(gated, tags, reporter, build).await,
            (Outcome::Recorded { because }, Some(_)) => {
                reporter.untestable(build, because.as_deref());
                Some(BuildResult::new(Exit::Platform, "not tested").of(build))
            }
            (Outcome::Recorded { .. }, None) | (Outcome::Failed { .. }, _) => None,
        }
    }

    /// Tests a build that has just become ready, and moves the declared tags to it.
    async fn settle_tested(
        &self,
        gated: &Gated<'_>,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        build: &Build,
    ) -> Option<BuildResult> {
        if !self.prepared.analysis.platform.facts().has_tags {
            return self.tested(gated.gate, tags.name, reporter, build).await.err();
        }
        let marked = match tags.mark(build, true).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(reason),
            Err(error) => Err(error.to_string()),
        };
        if let Err(reason) = marked {
            let message = format!("the build cannot get tags after its tests: {reason}");
            let help = "`--no-test` registers the build with its tags";
            return Some(untested(
                reporter,
                build,
                &Failure::new(Exit::Platform, message).help(help),
            ));
        }
        tags.unregister(gated.registered).await;
        if let Err(result) = self.tested(gated.gate, &tags.marked(), reporter, build).await {
            return Some(result);
        }
        self.move_declared(tags, reporter, build, gated.before).await
    }

    /// Runs the tests on a build.
    pub(super) async fn tested(
        &self,
        gate: &Gate<'_>,
        reference: &str,
        reporter: &Reporter<'_>,
        build: &Build,
    ) -> Result<(), BuildResult> {
        match gate.run(reference, reporter).await {
            Ok(0) => Ok(()),
            Ok(failed) => {
                let has_tags = self.prepared.analysis.platform.facts().has_tags;
                reporter.tests_failed(build, failed, gate.len(), has_tags);
                Err(BuildResult::new(Exit::Wrong, "tests failed").of(build))
            }
            Err(failure) => Err(untested(reporter, build, &failure)),
        }
    }

    /// Moves the declared tags to a build that has passed its tests.
    async fn move_declared(
        &self,
        tags: &Tags<'_>,
        reporter: &Reporter<'_>,
        build: &Build,
        before: &[TagAssignment],
    ) -> Option<BuildResult> {
        let moved = async {
            let taken = if self.settings.force { Vec::new() } else { tags.moved(before).await? };
            if taken.is_empty() { self.place(tags, build, &tags.declared).await } else { Ok(taken) }
        };
        match moved.await {
            Ok(left) if left.is_empty() => None,
            Ok(left) => Some(misplaced(reporter, build, &left)),
            Err(error) => {
                let exit = reporter.submit_error(&error, &self.prepared.analysis);
                Some(BuildResult::new(exit, "tags not moved").of(build))
            }
        }
    }
}

/// The result of a build whose tests could not be run.
fn untested(reporter: &Reporter<'_>, build: &Build, failure: &Failure) -> BuildResult {
    reporter.untested(build, &failure.message, failure.help.as_deref());
    BuildResult::new(Exit::Platform, "not tested").of(build)
}
