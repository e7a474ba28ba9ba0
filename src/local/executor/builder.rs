//! Runs a build on a container engine: steps run in containers, which are then kept as layers.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::{self, JoinHandle};

use super::names::{BASES, Names};
use super::{Executor, base, finish};
use crate::engine::{Container, Engine, Image, Variables};
use crate::local::build::{BuildError, BuildRunner};
use crate::local::claims::Claim;
use crate::local::store::{Context, Execution, Layer, Layers, Start};
use crate::wire::e2b::Step;

/// A build on an engine.
pub(super) struct Builder<'a> {
    pub(super) runner: &'a BuildRunner<'a>,
    pub(super) engine: &'a Engine,
    pub(super) names: Names,
    pub(super) layers: Layers,
    /// The images that the engine holds for this data directory, and the provisioned bases.
    pub(super) held: BTreeSet<String>,
    /// The base image, if the engine holds it.
    pub(super) base: Option<Image>,
    /// The result of the last step.
    pub(super) layer: Layer,
    /// Whether the cache is ignored from here on.
    pub(super) is_forced: bool,
    /// The container of the last layer, if one was needed.
    pub(super) container: Option<Container>,
    /// The number of layers of the image that the last container was started from.
    pub(super) origin: usize,
    /// The bytes of the archives that were copied into it.
    pub(super) copied: u64,
    /// The number of containers so far.
    pub(super) containers: usize,
    /// The variables of this machine, known once a container has run.
    pub(super) machine: Option<Variables>,
    /// The variables that the base image declares.
    pub(super) declared: BTreeMap<String, String>,
    /// What is started in the template that the build is based on.
    pub(super) inherited: Option<Start>,
    /// The key of what is being built, which no other build builds meanwhile.
    pub(super) claim: Option<Claim<'a>>,
    /// The removal of containers, on threads of their own. Each says whether that was possible.
    pub(super) removals: Vec<JoinHandle<bool>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(runner: &'a BuildRunner<'a>, engine: &'a Engine) -> Result<Self, BuildError> {
        let (names, layers) = {
            let store = runner.app.store();
            (Names::new(store.engine_id()?), store.layers())
        };
        let (held, base) = thread::scope(|scope| {
            // The engine takes as long for one answer as for both.
            let base = scope.spawn(|| base::held(runner, engine));
            (engine.images(&[&names.images(), BASES]), base.join())
        });
        // After a panic of the thread, the image is pulled.
        let (held, base) = (held?, base.unwrap_or(Ok(None))?);
        let context =
            Context { user: "root".to_owned(), workdir: None, variables: BTreeMap::new() };
        let layer = Layer { key: String::new(), image: String::new(), depth: 0, context };
        Ok(Self {
            runner,
            engine,
            names,
            layers,
            held,
            base,
            layer,
            is_forced: runner.job.force,
            container: None,
            origin: 0,
            copied: 0,
            containers: 0,
            machine: None,
            declared: BTreeMap::new(),
            inherited: None,
            claim: None,
            removals: Vec::new(),
        })
    }
}

impl Executor for Builder<'_> {
    fn notice(&self) -> String {
        format!(
            "Running the steps with {} {}; what differs from a sandbox: docs/local.md",
            self.engine.kind(),
            self.engine.version()
        )
    }

    fn base(&mut self) -> Result<(), BuildError> {
        self.runner.pause()?;
        base::prepare(self)
    }

    fn step(&mut self, number: usize, step: &Step) -> Result<(), BuildError> {
        self.runner.pause()?;
        super::step::execute(self, number, step)
    }

    fn finalize(&mut self) -> Result<Execution, BuildError> {
        self.runner.pause()?;
        self.leave();
        let built = finish::finish(self)?;
        Ok(Execution::Run(Box::new(built)))
    }
}

impl Drop for Builder<'_> {
    /// Leaves nothing running, whatever way the build has ended.
    fn drop(&mut self) {
        self.leave();
        let removals: Vec<_> = self.removals.drain(..).map(JoinHandle::join).collect();
        let mut is_clean = removals.iter().all(|removed| matches!(removed, Ok(true)));
        if self.containers > 0 {
            let volume = self.names.volume(&self.runner.job.build_id);
            is_clean &= self.engine.remove_volume(&volume).is_ok();
        }
        if !is_clean && let Ok(guard) = self.runner.use_engine(self.engine) {
            guard.leave();
        }
    }
}
