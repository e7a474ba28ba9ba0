//! Records the steps of a build where there is no engine to run them.

use super::Executor;
use crate::local::build::{BASE, Base, BuildError, BuildRunner, FINALIZE, describe};
use crate::local::store::Execution;
use crate::wire::e2b::{LogLevel, Step, StepKind};

/// The reason of a failed build from a pushed image.
pub(super) const NO_REGISTRY: &str = "the local platform has no registry that an image could have \
                                      been pushed to: build with `e2b template create`, or with an \
                                      SDK's Template";

/// Verifies the archives of COPY, and writes everything else to the log only.
pub(super) struct Recorder<'a> {
    runner: &'a BuildRunner<'a>,
    /// Why there is no engine.
    reason: String,
}

impl<'a> Recorder<'a> {
    pub(super) const fn new(runner: &'a BuildRunner<'a>, reason: String) -> Self {
        Self { runner, reason }
    }
}

impl Executor for Recorder<'_> {
    fn notice(&self) -> String {
        format!("recorded only: {}", self.reason)
    }

    fn base(&mut self) -> Result<(), BuildError> {
        let runner = self.runner;
        runner.pause()?;
        match &runner.job.base {
            Base::Image(image) => {
                runner.say(Some(BASE), &format!("[{BASE}] FROM {image}"))?;
                if image.trim().is_empty() {
                    return Err(BuildError::failed(BASE, "the image's reference is empty"));
                }
            }
            Base::Pushed => {
                runner.say(Some(BASE), &format!("[{BASE}] FROM the image that was pushed"))?;
                return Err(BuildError::failed(BASE, NO_REGISTRY));
            }
            Base::Template(template) => {
                runner.say(Some(BASE), &format!("[{BASE}] FROM TEMPLATE {template}"))?;
                runner.parent(template)?;
            }
        }
        if let Some(kind) = runner.job.registry {
            let line = format!("[{BASE}] credentials for a registry of type `{kind}`: not kept");
            runner.say(Some(BASE), &line)?;
        }
        if let Some(script) = &runner.job.pre_boot_script {
            runner.say(Some(BASE), &format!("[{BASE}] PRE-BOOT {script}"))?;
        }
        Ok(())
    }

    fn step(&mut self, number: usize, step: &Step) -> Result<(), BuildError> {
        let runner = self.runner;
        runner.pause()?;
        let name = number.to_string();
        let count = runner.job.steps.len();
        runner.say(Some(&name), &format!("[builder {number}/{count}] {}", describe(step)))?;
        runner.verify(&name, step)?;
        if step.kind == StepKind::Copy {
            let archive = runner.open_archive(&name, step)?;
            runner.verify_archive(&name, step, &archive)?;
        }
        Ok(())
    }

    fn finalize(&mut self) -> Result<Execution, BuildError> {
        let runner = self.runner;
        runner.pause()?;
        let job = runner.job;
        if let Some(command) = &job.start_cmd {
            runner.say(Some(FINALIZE), &format!("[{FINALIZE}] START {command}"))?;
        }
        if let Some(command) = &job.ready_cmd {
            runner.say(Some(FINALIZE), &format!("[{FINALIZE}] READY {command}"))?;
        }
        if job.start_cmd.is_some() && job.ready_cmd.is_none() {
            let line = format!("[{FINALIZE}] no ready command: the start would be given 20s");
            runner.log(&LogLevel::Warn, Some(FINALIZE), &line)?;
        }
        Ok(Execution::Recorded { because: Some(self.reason.clone()) })
    }
}
