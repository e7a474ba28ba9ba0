//! Runs a build on a container engine: one container for each step, which is then kept as a layer.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::names::{BASES, Names};
use super::run::{Ended, Stream, Surroundings, run};
use super::script::Invocation;
use super::{Executor, base, finish};
use crate::engine::{Container, ContainerSpec, Engine, Image, Limits, Network};
use crate::local::app::EngineGuard;
use crate::local::build::{BuildError, BuildRunner};
use crate::local::store::{Context, Execution, Layer, Layers, Start};
use crate::wire::e2b::{LogLevel, Step};

/// The number of layers from which an image is flattened: engines refuse more than about 125.
const MOST_LAYERS: usize = 110;

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
    container: Option<Container>,
    /// The number of containers so far.
    containers: usize,
    /// Variables of this machine, known once a container has run.
    machine: Option<BTreeMap<String, String>>,
    /// The variables that the base image declares.
    pub(super) declared: BTreeMap<String, String>,
    /// What is started in the template that the build is based on.
    pub(super) inherited: Option<Start>,
    /// Marks the use of the engine once a container has been started.
    guard: Option<EngineGuard<'a>>,
    /// The removal of containers, on threads of their own.
    removals: Vec<JoinHandle<()>>,
}

/// A command of a build.
pub(super) struct Command<'a> {
    /// What runs it: the user, the directory and the variables.
    pub(super) context: &'a Context,
    pub(super) text: &'a str,
    /// What the plain shell does before.
    pub(super) before: Option<&'a str>,
    /// What follows on its standard input.
    pub(super) input: Option<&'a std::fs::File>,
}

/// Where the output of a command goes in the log.
#[derive(Clone, Copy)]
pub(super) struct Sink<'a> {
    /// The step, as the log has it.
    pub(super) step: &'a str,
    /// What the lines begin with, such as `builder 3/7`.
    pub(super) prefix: &'a str,
    pub(super) level: &'a LogLevel,
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
            containers: 0,
            machine: None,
            declared: BTreeMap::new(),
            inherited: None,
            guard: None,
            removals: Vec::new(),
        })
    }

    /// The cached layer of a key, if its image is still there and the cache is not ignored.
    pub(super) fn cached(&self, key: &str) -> Option<Layer> {
        if self.is_forced {
            return None;
        }
        self.layers.get(key).filter(|layer| self.held.contains(&layer.image))
    }

    /// Takes a cached layer as the result of a step.
    pub(super) fn reuse(&mut self, layer: Layer) -> Result<(), BuildError> {
        self.runner.app.store().use_layer(&self.runner.job.template_id, &layer.key)?;
        self.leave();
        self.layer = layer;
        Ok(())
    }

    /// The container of the current layer.
    pub(super) fn container(&mut self) -> Result<&Container, BuildError> {
        if self.container.is_none() {
            let volume = self.names.volume(&self.runner.job.build_id);
            let container = self.start(Network::Steps, Some(&volume))?;
            self.container = Some(container);
        }
        // It has just been set.
        self.container.as_ref().ok_or(BuildError::Stopped)
    }

    /// Starts a container of the current layer.
    pub(super) fn start(
        &mut self,
        network: Network,
        tmp: Option<&str>,
    ) -> Result<Container, BuildError> {
        self.runner.check()?;
        self.containers += 1;
        let name = self.names.container(&self.runner.job.build_id, self.containers);
        let (cpus, memory_mb) = self.runner.resources();
        if self.guard.is_none() {
            self.guard = Some(self.runner.app.use_engine(self.engine)?);
        }
        let limits = Some(Limits { cpus, memory_mb });
        let image = &self.layer.image;
        let spec = ContainerSpec { name: &name, image, network, tmp, limits };
        let container = self.engine.start(&spec)?;
        if self.machine.is_none() {
            self.machine = Some(machine(&container.variables()?, &self.declared));
        }
        Ok(container)
    }

    /// Runs a command in the container of the current layer.
    pub(super) fn run(
        &mut self,
        command: Command<'_>,
        sink: Sink<'_>,
    ) -> Result<Ended, BuildError> {
        self.run_until(command, sink, &|| false)
    }

    /// The same, until `stopped` says so.
    pub(super) fn run_until(
        &mut self,
        command: Command<'_>,
        sink: Sink<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Ended, BuildError> {
        self.container()?;
        let container = self.container.as_ref().ok_or(BuildError::Stopped)?;
        self.run_in(container, command, sink, stopped)
    }

    /// Runs a command in a container until it has ended, or `stopped` says so.
    pub(super) fn run_in(
        &self,
        container: &Container,
        command: Command<'_>,
        sink: Sink<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Ended, BuildError> {
        let line = |stream: Stream, line: &str| {
            let text = format!("[{}] [{}]: {line}", sink.prefix, stream.name());
            let _ = self.runner.log(sink.level, Some(sink.step), &text);
        };
        let held = |code: i32| {
            let text = format!(
                "[{}] the command has ended with exit code {code}, but a process that it started \
                 still holds its output: the step goes on until that is closed",
                sink.prefix
            );
            let _ = self.runner.log(&LogLevel::Warn, Some(sink.step), &text);
        };
        self.collect(
            container,
            command,
            &Surroundings {
                line: &line,
                stopped: &|| stopped() || self.runner.is_over(),
                held: &held,
                held_limit: self.held_limit(),
            },
        )
    }

    /// Runs a command in a container with its output going to `surroundings`.
    pub(super) fn collect(
        &self,
        container: &Container,
        command: Command<'_>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Ended, BuildError> {
        let Command { context, text, before, input } = command;
        let none = BTreeMap::new();
        let invocation = Invocation {
            user: &context.user,
            workdir: context.workdir.as_deref(),
            variables: &context.variables,
            machine: self.machine.as_ref().unwrap_or(&none),
            command: text,
            before,
        };
        Ok(run(container, &invocation, input, surroundings)?)
    }

    /// The same in the container of the current layer, which must have been started.
    pub(super) fn collect_here(
        &self,
        command: Command<'_>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Ended, BuildError> {
        let container = self.container.as_ref().ok_or(BuildError::Stopped)?;
        self.collect(container, command, surroundings)
    }

    /// How long a process may hold the output of a step's command after its end.
    pub(super) const fn held_limit(&self) -> Duration {
        self.runner.app.config.held_within
    }

    /// Keeps the current container as the layer of a key, and leaves it.
    pub(super) fn commit(&mut self, key: String, context: Context) -> Result<(), BuildError> {
        self.commit_as(self.names.layer(&key), key, context)
    }

    /// The same with an image of another name.
    pub(super) fn commit_as(
        &mut self,
        image: String,
        key: String,
        context: Context,
    ) -> Result<(), BuildError> {
        if self.container.is_none() {
            return self.note(key, context);
        }
        self.runner.app.store().use_layer(&self.runner.job.template_id, &key)?;
        let depth = self.keep(&image)?;
        self.held.insert(image.clone());
        let layer = Layer { key, image, depth, context };
        self.layers.put(&layer)?;
        self.leave();
        self.layer = layer;
        Ok(())
    }

    /// Keeps the current container as an image; the number of its layers.
    fn keep(&self, image: &str) -> Result<usize, BuildError> {
        let Some(container) = &self.container else { return Ok(self.layer.depth) };
        if self.layer.depth >= MOST_LAYERS {
            container.flatten(image)?;
            return Ok(1);
        }
        container.commit(image)?;
        Ok(self.layer.depth + 1)
    }

    /// Stores the layer of a key whose files are those of the current one.
    pub(super) fn note(&mut self, key: String, context: Context) -> Result<(), BuildError> {
        let layer = Layer { key, context, ..self.layer.clone() };
        self.runner.app.store().use_layer(&self.runner.job.template_id, &layer.key)?;
        self.layers.put(&layer)?;
        self.layer = layer;
        Ok(())
    }

    /// Leaves the current container, which is removed meanwhile.
    pub(super) fn leave(&mut self) {
        if let Some(container) = self.container.take() {
            self.remove(container);
        }
    }

    /// Removes a container on a thread of its own.
    pub(super) fn remove(&mut self, mut container: Container) {
        self.removals.push(thread::spawn(move || container.remove()));
    }

    /// Logs a layer, as the server does.
    pub(super) fn announce(
        &self,
        step: &str,
        prefix: &str,
        text: &str,
        (key, is_cached): (&str, bool),
    ) -> Result<(), BuildError> {
        let cached = if is_cached { "CACHED " } else { "" };
        self.runner.say(Some(step), &format!("{cached}[{prefix}] {text} [{key}]"))
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
        for removal in self.removals.drain(..) {
            let _ = removal.join();
        }
        if self.containers > 0 {
            self.engine.remove_volume(&self.names.volume(&self.runner.job.build_id));
        }
    }
}

/// The variables that a container has beside those that the image declares: what the user has
/// configured for the engine or asked for.
fn machine(container: &[String], declared: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let pairs = variables(container);
    let own = ["PATH", "HOME", "HOSTNAME", "TERM", "container"];
    let pairs = pairs
        .into_iter()
        .filter(|(name, value)| !own.contains(&name.as_str()) && declared.get(name) != Some(value));
    pairs.collect()
}

/// The variables of a list of `NAME=value`.
pub(super) fn variables(pairs: &[String]) -> BTreeMap<String, String> {
    let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The reason of a failed step.
pub(super) fn reason(what: &str, context: &Context, ended: Ended) -> Option<String> {
    let why = match ended {
        Ended::Exited(0) | Ended::Stopped => return None,
        Ended::Exited(code) => format!("exit status {code}"),
        Ended::NoUser => {
            format!("error starting process: unauthenticated: invalid username: '{}'", context.user)
        }
        Ended::NoDirectory => format!(
            "error starting process: invalid_argument: cwd '{}' does not exist",
            context.workdir.as_deref().unwrap_or("the home directory")
        ),
        Ended::NoShell => {
            "error starting process: fork/exec /bin/bash: no such file or directory".to_owned()
        }
        Ended::NotPrepared => "failed to extract files".to_owned(),
        Ended::Held(code) => format!(
            "the command ended with exit code {code}, but a process that it started held its \
             output for too long"
        ),
        Ended::NotRun(why) => format!("error starting process: {why}"),
    };
    Some(format!("{what}: {why}"))
}
