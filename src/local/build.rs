//! Runs a build.
//!
//! The phases are those of the real builder: `base`, the steps, `finalize`. What each does is the
//! executor's: with an engine it runs, without one it is recorded.

mod step;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::api_error::ApiError;
use super::app::App;
use super::engine_use::EngineGuard;
use super::executor;
use super::running::BuildGuard;
use super::store::{Build, BuildLog, Execution, Reason};
use super::validate::parse_name;
use super::version::Version;
use crate::engine::{Engine, EngineError};
use crate::wire::e2b::{DEFAULT_TAG, LogLevel, Sensitive, Step};
pub(super) use step::describe;

/// A warning for clients that get [`Version::Beta`].
const OLD_CLIENT: &str = "This SDK is older than 2.3.0: the steps begin as root, and sandboxes \
                          start as `user` in its home directory whatever USER and WORKDIR say";

/// The names of the phases before and after the steps, used in place of a step number.
pub(super) const BASE: &str = "base";
pub(super) const FINALIZE: &str = "finalize";

/// The input of a build.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) template_id: String,
    pub(super) build_id: String,
    /// The `User-Agent` of the client that started it.
    pub(super) user_agent: String,
    pub(super) version: Version,
    pub(super) base: Base,
    /// The type of registry of the credentials, if any were sent.
    pub(super) registry: Option<&'static str>,
    /// The user name and password for the image's registry, if they are of that type. They are
    /// never stored.
    pub(super) credentials: Option<(Sensitive, Sensitive)>,
    /// Whether the cache is ignored.
    pub(super) force: bool,
    pub(super) steps: Vec<Step>,
    pub(super) start_cmd: Option<String>,
    pub(super) ready_cmd: Option<String>,
    pub(super) pre_boot_script: Option<String>,
}

/// The base of a build.
#[derive(Debug)]
pub(super) enum Base {
    Image(String),
    Template(String),
    /// An image that the client pushed to the platform's registry under the build's ID.
    Pushed,
}

impl Base {
    /// The reference of the image or template, unchanged.
    pub(super) fn reference(&self) -> Option<&str> {
        match self {
            Self::Image(reference) | Self::Template(reference) => Some(reference),
            Self::Pushed => None,
        }
    }
}

/// Why a build stops.
#[derive(Debug)]
pub(super) enum BuildError {
    /// It failed, and the reason must be stored.
    Failed(Reason),
    /// It was cancelled, and the reason is already stored.
    Stopped,
}

impl BuildError {
    pub(super) fn failed(step: &str, message: impl Into<String>) -> Self {
        Self::Failed(Reason::new(message, Some(step.to_owned())))
    }
}

impl From<ApiError> for BuildError {
    fn from(error: ApiError) -> Self {
        Self::Failed(Reason::new(error.message, None))
    }
}

impl From<EngineError> for BuildError {
    fn from(error: EngineError) -> Self {
        Self::Failed(Reason::new(format!("the container engine failed: {error}"), None))
    }
}

impl From<std::io::Error> for BuildError {
    fn from(error: std::io::Error) -> Self {
        ApiError::from(error).into()
    }
}

/// Runs a build to its end on a blocking thread.
pub(super) fn run(app: &Arc<App>, job: &Job, guard: &BuildGuard, log: &Arc<BuildLog>) {
    let engine = OnceLock::new();
    let runner = BuildRunner { app, job, guard, log, begun: Instant::now(), engine };
    let outcome = runner.phases();
    // A log that lacks lines fails the build.
    let outcome = match outcome.and_then(|execution| Ok(log.flush().map(|()| execution)?)) {
        Ok(execution) => Ok(execution),
        Err(BuildError::Failed(reason)) => Err(reason),
        Err(BuildError::Stopped) => return runner.discard(),
    };
    {
        let mut store = app.store();
        let first = outcome.as_ref().err().cloned();
        if let Err(error) = store.finish(&job.template_id, &job.build_id, outcome) {
            let reason = first.unwrap_or_else(|| Reason::new(ApiError::from(error).message, None));
            store.fail_unwritten(&job.template_id, &job.build_id, reason);
        }
    }
    runner.discard();
}

/// A running build.
pub(super) struct BuildRunner<'a> {
    pub(super) app: &'a Arc<App>,
    pub(super) job: &'a Job,
    guard: &'a BuildGuard,
    log: &'a Arc<BuildLog>,
    begun: Instant,
    /// The use of the engine, which ends after the build's record is written.
    engine: OnceLock<EngineGuard>,
}

impl BuildRunner<'_> {
    /// Notes that the build uses the engine.
    pub(super) fn use_engine(&self, engine: &Engine) -> Result<&EngineGuard, BuildError> {
        if self.engine.get().is_none() {
            // A build has one executor, so no other thread has set it meanwhile.
            let _ = self.engine.set(self.app.use_engine(engine)?);
        }
        self.engine.get().ok_or(BuildError::Stopped)
    }

    /// Removes from the engine what no record of the build wants.
    fn discard(&self) {
        if let Some(guard) = self.engine.get() {
            executor::discard(self.app, guard, self.job);
        }
    }

    fn phases(&self) -> Result<Execution, BuildError> {
        let Job { template_id, build_id, version, .. } = self.job;
        self.say(None, &format!("Building template {template_id}/{build_id}"))?;
        let mut executor = executor::choose(self)?;
        self.say(None, &executor.notice())?;
        if *version == Version::Beta {
            self.log(&LogLevel::Warn, None, OLD_CLIENT)?;
        }
        executor.base()?;
        for (index, step) in self.job.steps.iter().enumerate() {
            executor.step(index + 1, step)?;
        }
        let execution = executor.finalize()?;
        let (cpu_count, memory_mb) = self.resources();
        self.say(None, &format!("Sandboxes will have {cpu_count} CPU and {memory_mb} MiB"))?;
        Ok(execution)
    }

    /// The CPUs of the template, and its memory in MiB.
    pub(super) fn resources(&self) -> (u64, u64) {
        let store = self.app.store();
        let build = store.build(&self.job.template_id, &self.job.build_id);
        build.map_or((0, 0), |build| (build.cpu_count, build.memory_mb))
    }

    /// The ready build of a parent template with the tag.
    pub(super) fn parent(&self, reference: &str) -> Result<Build, BuildError> {
        let (identifier, tag) = parse_name(reference).map_err(|why| {
            BuildError::failed(BASE, format!("invalid template reference: {why}"))
        })?;
        let store = self.app.store();
        let template = store
            .find(&identifier)
            .filter(|_| identifier.check_namespace().is_ok())
            .ok_or_else(|| BuildError::failed(BASE, identifier.not_found().message))?;
        let tag = tag.as_deref().unwrap_or(DEFAULT_TAG);
        template.ready(tag).cloned().ok_or_else(|| {
            let message = format!("tag '{tag}' does not exist for template '{identifier}'");
            BuildError::failed(BASE, message)
        })
    }

    /// Appends information to the log, unless the build was cancelled.
    pub(super) fn say(&self, step: Option<&str>, text: &str) -> Result<(), BuildError> {
        self.log(&LogLevel::Info, step, text)
    }

    /// Appends to the log, unless the build was cancelled.
    pub(super) fn log(
        &self,
        level: &LogLevel,
        step: Option<&str>,
        text: &str,
    ) -> Result<(), BuildError> {
        match self.log.append(level, step, text) {
            Err(_) if self.log.has_ended() => Err(BuildError::Stopped),
            appended => Ok(appended?),
        }
    }

    /// Waits before the next phase, if builds are slowed down.
    pub(super) fn pause(&self) -> Result<(), BuildError> {
        self.guard.pause(self.app.config.step_pause);
        self.check()
    }

    /// Waits, but not longer than until the build is cancelled.
    pub(super) fn wait(&self, duration: Duration) {
        self.guard.pause(duration);
    }

    /// Fails if the build was cancelled or timed out.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        if self.guard.stopped() {
            return Err(BuildError::Stopped);
        }
        if self.overdue() {
            let limit = self.app.config.build_within.as_secs();
            let message = format!("build timed out. Maximum build time is {limit}s.");
            return Err(BuildError::Failed(Reason::new(message, None)));
        }
        Ok(())
    }

    /// Whether the build was cancelled or timed out.
    pub(super) fn is_over(&self) -> bool {
        self.guard.stopped() || self.overdue()
    }

    fn overdue(&self) -> bool {
        self.begun.elapsed() > self.app.config.build_within
    }
}
