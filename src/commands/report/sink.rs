//! What prints a report.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lower::{Plan, Summary};
use crate::submit::{Build, Event, LogLine};
use crate::testing::TestResult;

/// Prints what happens with one build, in one format. Secrets in log lines are redacted before they
/// get here; those in all other texts are redacted by the printer.
pub(super) trait Sink: Sync {
    /// The problems of a manifest, before anything is sent.
    fn diagnostics(&self, diagnostics: &Diagnostics);

    /// A problem that came up later.
    fn diagnostic(&self, diagnostic: &Diagnostic);

    /// What a dry run would send, and the names of the tests that would run.
    fn plan(&self, plan: &Plan, summary: &Summary<'_>, tests: &[String]);

    /// A test of a ready build has run. If it failed, its diagnostic follows.
    fn test(&self, result: &TestResult<'_>);

    /// What happened on the way to a build, or while it runs, except lines of its log.
    fn event(&self, event: &Event);

    /// The build wrote lines.
    fn log(&self, entries: &[&LogLine]);

    /// The template was made public or private.
    fn visibility(&self, template_id: &str, public: bool);

    /// The build has started, and is not waited for.
    fn in_background(&self, build: &Build);

    /// The manifest is not built, because of something else.
    fn skipped(&self, reason: &str);

    /// Nothing more will be reported about a build.
    fn finished(&self, build: &Build, finish: Finish<'_>);
}

/// How the report about a build ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish<'a> {
    /// It was built, and sandboxes can be created.
    Ready,
    /// It was there already, with all its tags.
    UpToDate {
        digest: &'a str,
        /// Why the tags are not known, if they are not.
        unknown: Option<&'a str>,
    },
    /// It was there already, and tags were moved to it.
    Moved { digest: &'a str, tags: &'a [String] },
    /// Sandboxes can be created, but not by all of its tags.
    Misplaced {
        /// What is wrong with the tags.
        reason: &'a str,
    },
    /// Sandboxes can be created, but not by the other teams that may do so.
    Unpublished {
        /// Why the template was not made public.
        reason: &'a str,
    },
    /// Sandboxes can be created, but tests failed, so the declared tags are elsewhere.
    TestsFailed {
        /// How many of them.
        reason: &'a str,
    },
    /// The same, as the tests could not all be run.
    Untested {
        /// Why.
        reason: &'a str,
    },
    /// The local platform only recorded the build.
    Recorded {
        /// Why, if it is known.
        because: Option<&'a str>,
    },
    /// The build failed.
    Failed {
        /// Why, in the platform's words.
        reason: Option<&'a str>,
    },
    /// The build is not waited for any more.
    Left {
        /// Why.
        reason: &'a str,
        /// The command that comes back to it; `None` if the build ends with this process.
        command: Option<&'a str>,
    },
    /// The request that starts the build was sent, and not answered.
    Unconfirmed {
        /// Why.
        reason: &'a str,
    },
}
