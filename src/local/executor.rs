//! What the phases of a build do: run on a container engine, or be recorded.
//!
//! | module | subject |
//! |---|---|
//! | `recorder` | the executor without an engine |
//! | `builder` | the executor with one |
//! | `layer` | its layers, and their cache |
//! | `container` | its containers |
//! | `command` | its commands, and where their output goes |
//! | `base` | the image or template that a build starts from, provisioned |
//! | `step` | one step |
//! | `copy`, `environment`, `user`, `workdir` | COPY, ENV, USER, WORKDIR |
//! | `root` | scripts that root's login shell runs for them |
//! | `collect` | removes what belongs to nothing any more |
//! | `finish` | finalize, the start command, the readiness check |
//! | `names` | the names of images, containers and volumes |
//! | `run`, `script`, `streams`, `output` | a command in a container, as the platform runs it |

mod base;
mod builder;
mod collect;
mod command;
mod container;
mod copy;
mod environment;
mod finish;
mod layer;
mod missing;
mod names;
mod output;
mod recorder;
mod root;
mod run;
mod script;
mod step;
mod streams;
mod user;
mod workdir;

use super::build::{BASE, BuildError, BuildRunner};
use super::store::Execution;
use crate::wire::e2b::Step;
use builder::Builder;
pub(super) use collect::{discard, is_in_engine, prune, recover, remove_template};
pub(super) use missing::missing_images;
use recorder::Recorder;

/// The phases of one build, in their order.
pub(super) trait Executor {
    /// The line at the beginning of the log that says what is done with the steps.
    fn notice(&self) -> String;

    /// Prepares the base.
    fn base(&mut self) -> Result<(), BuildError>;

    /// Does a step; they are counted from 1.
    fn step(&mut self, number: usize, step: &Step) -> Result<(), BuildError>;

    /// Finishes the template.
    fn finalize(&mut self) -> Result<Execution, BuildError>;
}

/// The executor of a build.
pub(super) fn choose<'a>(
    runner: &'a BuildRunner<'a>,
) -> Result<Box<dyn Executor + 'a>, BuildError> {
    let asked_for = runner.app.config.engine.choice.is_explicit();
    Ok(match runner.app.engine() {
        Ok(engine) => Box::new(Builder::new(runner, engine)?),
        Err(reason) if asked_for => return Err(BuildError::failed(BASE, reason)),
        Err(reason) => Box::new(Recorder::new(runner, reason)),
    })
}
