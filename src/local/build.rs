//! Runs a build.
//!
//! The phases are those of the real builder: `base`, the steps, `finalize`. It checks what can be
//! checked without a machine: the parent template, the arguments of each step, and the archives.
//! Everything else is only written to the log.

mod step;

use std::time::Instant;

use super::api_error::ApiError;
use super::app::App;
use super::running::BuildGuard;
use super::store::{Execution, Reason, State};
use super::validate::parse_name;
use super::version::Version;
use crate::wire::e2b::{DEFAULT_TAG, LogLevel, Step};

/// Why steps are recorded if there is no other reason.
const NO_ENGINE: &str = "no container engine runs the steps";

/// A warning for clients that get [`Version::Beta`].
const OLD_CLIENT: &str = "This SDK is older than 2.3.0: the steps begin as root, and sandboxes \
                          start as `user` in its home directory whatever USER and WORKDIR say";

/// The reason of a failed build from a pushed image.
const NO_REGISTRY: &str = "the local platform has no registry that an image could have been pushed \
                           to: build with `e2b template create`, or with an SDK's Template";

/// The names of the phases before and after the steps, used in place of a step number.
const BASE: &str = "base";
const FINALIZE: &str = "finalize";

/// The input of a build, without credentials of a registry.
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
enum BuildError {
    /// It failed, and the reason must be stored.
    Failed(Reason),
    /// It was cancelled, and the reason is already stored.
    Stopped,
}

impl BuildError {
    fn failed(step: &str, message: impl Into<String>) -> Self {
        Self::Failed(Reason::new(message, Some(step.to_owned())))
    }
}

impl From<ApiError> for BuildError {
    fn from(error: ApiError) -> Self {
        Self::Failed(Reason::new(error.message, None))
    }
}

impl From<std::io::Error> for BuildError {
    fn from(error: std::io::Error) -> Self {
        ApiError::from(error).into()
    }
}

/// Runs a build to its end on a blocking thread.
pub(super) fn run(app: &App, job: &Job, guard: &BuildGuard) {
    let outcome = BuildRunner { app, job, guard, begun: Instant::now() }.phases();
    let outcome = match outcome {
        Ok(execution) => Ok(execution),
        Err(BuildError::Failed(reason)) => Err(reason),
        Err(BuildError::Stopped) => return,
    };
    let mut store = app.store();
    let first = outcome.as_ref().err().cloned();
    if let Err(error) = store.finish(&job.template_id, &job.build_id, outcome) {
        let reason = first.unwrap_or_else(|| Reason::new(ApiError::from(error).message, None));
        store.fail_unwritten(&job.template_id, &job.build_id, reason);
    }
}

/// A running build.
struct BuildRunner<'a> {
    app: &'a App,
    job: &'a Job,
    guard: &'a BuildGuard,
    begun: Instant,
}

impl BuildRunner<'_> {
    fn phases(&self) -> Result<Execution, BuildError> {
        let Job { template_id, build_id, version, .. } = self.job;
        self.say(None, &format!("Building template {template_id}/{build_id}"))?;
        let execution = Execution::default();
        if let Execution::Recorded { because } = &execution {
            let because = because.as_deref().unwrap_or(NO_ENGINE);
            self.say(None, &format!("recorded only: {because}"))?;
        }
        if *version == Version::Beta {
            self.log(&LogLevel::Warn, None, OLD_CLIENT)?;
        }
        self.base()?;
        for (index, step) in self.job.steps.iter().enumerate() {
            self.step(index + 1, step)?;
        }
        self.finalize()?;
        let size = self.app.store().build(template_id, build_id).map(|build| {
            format!("Sandboxes will have {} CPU and {} MiB", build.cpu_count, build.memory_mb)
        });
        self.say(None, &size.unwrap_or_default())?;
        Ok(execution)
    }

    fn base(&self) -> Result<(), BuildError> {
        self.pause()?;
        match &self.job.base {
            Base::Image(image) => {
                self.say(Some(BASE), &format!("[{BASE}] FROM {image}"))?;
                if image.trim().is_empty() {
                    return Err(BuildError::failed(BASE, "the image's reference is empty"));
                }
            }
            Base::Pushed => {
                self.say(Some(BASE), &format!("[{BASE}] FROM the image that was pushed"))?;
                return Err(BuildError::failed(BASE, NO_REGISTRY));
            }
            Base::Template(template) => {
                self.say(Some(BASE), &format!("[{BASE}] FROM TEMPLATE {template}"))?;
                self.check_template(template)?;
            }
        }
        if let Some(kind) = self.job.registry {
            let line = format!("[{BASE}] credentials for a registry of type `{kind}`: not kept");
            self.say(Some(BASE), &line)?;
        }
        if let Some(script) = &self.job.pre_boot_script {
            self.say(Some(BASE), &format!("[{BASE}] PRE-BOOT {script}"))?;
        }
        Ok(())
    }

    /// Requires a ready build of the parent template with the tag.
    fn check_template(&self, reference: &str) -> Result<(), BuildError> {
        let (identifier, tag) = parse_name(reference).map_err(|why| {
            BuildError::failed(BASE, format!("invalid template reference: {why}"))
        })?;
        let store = self.app.store();
        let template = store
            .find(&identifier)
            .filter(|_| identifier.check_namespace().is_ok())
            .ok_or_else(|| BuildError::failed(BASE, identifier.not_found().message))?;
        let tag = tag.as_deref().unwrap_or(DEFAULT_TAG);
        if template.ready(tag).is_none() {
            let message = format!("tag '{tag}' does not exist for template '{identifier}'");
            return Err(BuildError::failed(BASE, message));
        }
        Ok(())
    }

    fn finalize(&self) -> Result<(), BuildError> {
        self.pause()?;
        let Job { start_cmd, ready_cmd, .. } = self.job;
        if let Some(command) = start_cmd {
            self.say(Some(FINALIZE), &format!("[{FINALIZE}] START {command}"))?;
        }
        if let Some(command) = ready_cmd {
            self.say(Some(FINALIZE), &format!("[{FINALIZE}] READY {command}"))?;
        }
        if start_cmd.is_some() && ready_cmd.is_none() {
            let line = format!("[{FINALIZE}] no ready command: the start would be given 20s");
            self.log(&LogLevel::Warn, Some(FINALIZE), &line)?;
        }
        Ok(())
    }

    fn say(&self, step: Option<&str>, text: &str) -> Result<(), BuildError> {
        self.log(&LogLevel::Info, step, text)
    }

    /// Appends to the log, unless the build was cancelled.
    fn log(&self, level: &LogLevel, step: Option<&str>, text: &str) -> Result<(), BuildError> {
        let mut store = self.app.store();
        let build = store.build(&self.job.template_id, &self.job.build_id);
        if build.is_none_or(|build| build.state != State::Building) {
            return Err(BuildError::Stopped);
        }
        Ok(store.logs().append(&self.job.build_id, level, step, text)?)
    }

    fn pause(&self) -> Result<(), BuildError> {
        self.guard.pause(self.app.config.step_pause);
        self.check()
    }

    /// Fails if the build was cancelled or timed out.
    fn check(&self) -> Result<(), BuildError> {
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

    fn overdue(&self) -> bool {
        self.begun.elapsed() > self.app.config.build_within
    }
}
