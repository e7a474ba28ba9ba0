//! The tests of a manifest, between a build that is ready and its declared tags.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::report::Reporter;
use super::super::sandbox::Connection;
use super::super::signals::asked_to_end;
use super::super::target::Target;
use super::super::testing::{self, Tests};
use super::super::{Exit, Failure, remote};
use super::one::Job;
use crate::engine::{Found, find};
use crate::testing::TestResult;

/// Runs the tests of one manifest.
pub(super) struct Gate<'a> {
    tests: Tests<'a>,
    connection: Connection<'a>,
    /// The sandbox, once its ID is known.
    created: Mutex<Option<String>>,
    /// Whether there may be a sandbox.
    is_open: AtomicBool,
}

impl<'a> Gate<'a> {
    /// The gate of a manifest; `None` if it has no tests, or they are to be skipped.
    fn of(job: &Job<'a>, target: &Target) -> Result<Option<Self>, Failure> {
        let Some(variables) = &job.prepared.variables else { return Ok(None) };
        let analysis = &job.prepared.analysis;
        let connection = Connection::on(analysis.platform, target, job.host, job.printer);
        let connection = connection.map_err(|failure| Failure {
            exit: Exit::Platform,
            help: Some("`--no-test` skips the tests".to_owned()),
            ..failure
        })?;
        let tests = Tests::new(&analysis.template.tests, variables.clone());
        let (created, is_open) = (Mutex::default(), AtomicBool::default());
        Ok(Some(Self { tests, connection, created, is_open }))
    }

    /// Runs the tests in a sandbox of a build; the number of those that failed.
    ///
    /// If the work is dropped meanwhile, [`close`](Self::close) ends the sandbox.
    pub(super) async fn run(
        &self,
        reference: &str,
        reporter: &Reporter<'_>,
    ) -> Result<usize, Failure> {
        self.is_open.store(true, Ordering::Relaxed);
        let failed = self.count(reference, reporter).await;
        self.close().await;
        failed
    }

    async fn count(&self, reference: &str, reporter: &Reporter<'_>) -> Result<usize, Failure> {
        let sandbox = self.connection.create(reference, &self.created).await?;
        let run = async |sandbox: &_| {
            let each = |result: &TestResult<'_>| reporter.test(result);
            let results = testing::run_all(&self.tests, sandbox, reporter.redaction(), each).await;
            results.map_err(|error| remote::failure(&error))
        };
        let results = self.connection.renewed(&sandbox, run).await?;
        Ok(results.iter().filter(|result| result.mismatch().is_some()).count())
    }

    /// The number of tests.
    pub(super) const fn len(&self) -> usize {
        self.tests.len()
    }

    /// Ends the sandbox of work that was dropped; another signal does not wait for that.
    pub(super) async fn close_unless_interrupted(&self) {
        tokio::select! {
            biased;
            () = asked_to_end() => {}
            () = self.close() => {}
        }
    }

    /// Ends the sandbox, if there may be one.
    async fn close(&self) {
        if self.is_open.swap(false, Ordering::Relaxed) {
            let created = self.created.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.connection.end(created.as_deref()).await;
        }
    }
}

impl<'a> Job<'a> {
    /// The gate of the manifest. A platform that cannot run its tests is an error before the build.
    pub(super) async fn gate(&self, target: &Target) -> Result<Option<Gate<'a>>, Failure> {
        let Some(gate) = Gate::of(self, target)? else { return Ok(None) };
        if target.is_embedded() {
            let selection = self.settings.destination.local.selection(self.host)?;
            let found = tokio::task::spawn_blocking(move || find(&selection)).await;
            let found = found.map_err(|error| Failure::new(Exit::Platform, error.to_string()))?;
            let missing = match found {
                Ok(Found::Engine(_)) => None,
                Ok(Found::Nothing(reason)) => Some(reason),
                Err(unavailable) => Some(unavailable.to_string()),
            };
            if let Some(reason) = missing {
                let message = format!("the tests need a container engine: {reason}");
                return Err(
                    Failure::new(Exit::Platform, message).help("`--no-test` skips the tests")
                );
            }
        }
        Ok(Some(gate))
    }
}
