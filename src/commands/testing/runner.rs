//! Runs tests one after the other in one sandbox.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::Tests;
use crate::sandbox::{Command, Ended, Environment, Event, Process, Sandbox};
use crate::secrets::Redaction;
use crate::submit::{FaultKind, SubmitError};
use crate::template::Test;
use crate::testing::{
    Observation, Output, PROBE_INTERVAL, Recorder, TestResult, Verdict, is_repeated, not_started,
};

/// How long the platform may take to start a command, or to kill one whose time is over.
const GRACE: Duration = Duration::from_secs(5);

/// Runs all tests in their order, also after one that failed; `report` gets each result as soon as
/// it is known.
///
/// # Errors
/// The sandbox does not answer any more.
pub(in crate::commands) async fn run_all<'a>(
    tests: &Tests<'a>,
    sandbox: &Sandbox,
    redaction: &Redaction,
    mut report: impl FnMut(&TestResult<'a>),
) -> Result<Vec<TestResult<'a>>, SubmitError> {
    let mut results = Vec::new();
    for (test, environment) in tests.iter() {
        let began = Instant::now();
        let verdict = Attempts { test, environment, sandbox }.verdict(redaction).await?;
        let result = TestResult { test, elapsed: began.elapsed(), verdict };
        report(&result);
        results.push(result);
    }
    Ok(results)
}

/// What a test does in a sandbox.
struct Attempts<'a> {
    test: &'a Test,
    environment: &'a Environment,
    sandbox: &'a Sandbox,
}

impl Attempts<'_> {
    async fn verdict(&self, redaction: &Redaction) -> Result<Verdict, SubmitError> {
        let deadline = Instant::now() + Duration::from_secs(self.test.timeout_seconds);
        loop {
            let seen = match self.attempt(deadline).await? {
                Ok(seen) => seen,
                Err(reason) => return Ok(not_started(self.test, &reason)),
            };
            let verdict = seen.judge(self.test, redaction);
            let next = Instant::now() + PROBE_INTERVAL;
            if verdict == Verdict::Passed || !is_repeated(self.test) || next >= deadline {
                return Ok(verdict);
            }
            sleep(PROBE_INTERVAL).await;
        }
    }

    /// Runs the command once; the platform's words if it cannot be started as the test says.
    async fn attempt(&self, deadline: Instant) -> Result<Result<Observation, String>, SubmitError> {
        let command = Command {
            line: Some(self.test.command.clone()),
            user: self.test.user.clone(),
            workdir: self.test.workdir.clone(),
            environment: self.environment.clone(),
            timeout: Some(deadline.saturating_duration_since(Instant::now())),
            ..Command::default()
        };
        let started = timeout_at(deadline + GRACE, self.sandbox.start(&command)).await;
        let process = match started {
            Ok(Ok(process)) => process,
            Ok(Err(error)) => return self.refusal(error).map(Err),
            Err(_) => return Err(silent()),
        };
        let mut recorder = Recorder::default();
        let followed = timeout_at(deadline + GRACE, follow(process, &mut recorder)).await;
        let ended = followed.map_err(|_| silent())??;
        Ok(Ok(recorder.ended(ended)))
    }

    /// The platform's words if it refuses what the test says of its command: an unknown user, or a
    /// directory that does not exist.
    fn refusal(&self, error: SubmitError) -> Result<String, SubmitError> {
        match &error.kind {
            FaultKind::Refused { status: 400 | 404, message, .. } if !message.is_empty() => {
                Ok(message.clone())
            }
            FaultKind::Refused { status: 401, message, .. }
                if self.test.user.is_some() && !message.is_empty() =>
            {
                Ok(message.clone())
            }
            _ => Err(error),
        }
    }
}

/// The platform did not even end the command when its time was over.
fn silent() -> SubmitError {
    SubmitError::local("the sandbox does not answer any more")
}

/// Reads what a process writes until it ends.
async fn follow(mut process: Process, recorder: &mut Recorder) -> Result<Ended, SubmitError> {
    loop {
        match process.next().await? {
            Event::Stdout(bytes) => recorder.push(Output::Stdout, &bytes),
            Event::Stderr(bytes) => recorder.push(Output::Stderr, &bytes),
            Event::Ended(ended) => return Ok(ended),
        }
    }
}
