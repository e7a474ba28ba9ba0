//! The last phase: a cold boot and the platform's configuration, the start command, the readiness
//! check. What it leaves is the template.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::builder::Builder;
use super::command::{Command, Sink, reason};
use super::run::Ended;
use crate::engine::{Container, Network};
use crate::local::build::{BuildError, FINALIZE};
use crate::local::store::{Built, Context, Start};
use crate::wire::e2b::{LogLevel, layer_key};

/// The script that the platform runs before the start command.
const CONFIGURE: &str = include_str!("configure.sh");

/// The script that the platform runs after the readiness check.
const PACKAGES: &str = include_str!("packages.sh");

/// The server's words for the first of them, which its builder and its configuration add.
const NOT_CONFIGURED: &str = "configuration script failed: error running configuration script";

/// The readiness check of a start command that has none.
const DEFAULT_READY: &str = "sleep 20";

/// The first pause between two checks. It doubles up to the platform's own.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_secs(2);

/// The log of this phase.
const SINK: Sink<'_> = Sink { step: FINALIZE, prefix: FINALIZE, level: &LogLevel::Debug };

/// Finishes the template, or takes it from the cache: an unchanged build starts nothing.
pub(super) fn finish(builder: &mut Builder<'_>) -> Result<Built, BuildError> {
    let start = start_of(builder);
    let key = key_of(builder, start.as_ref())?;
    if builder.recall(&key, "Finalizing template build", SINK)? {
        return name(builder, start);
    }
    // Without a start command nothing is there that could listen in the network of the steps, which
    // may be the host's: the engine needs half the time for that.
    let network = if start.is_some() { Network::Own } else { Network::Steps };
    let container = builder.start(network, None)?;
    prepare(builder, &container, CONFIGURE, "config", NOT_CONFIGURED)?;
    if let Some(start) = &start {
        serve(builder, &container, start)?;
    }
    prepare(builder, &container, PACKAGES, "certs", "error packing CA cert bundle")?;
    builder.runner.check()?;
    let (image, context) = (builder.names.layer(&key), builder.layer.context.clone());
    builder.keep(&container, image, key, context)?;
    builder.remove(container);
    name(builder, start)
}

/// Gives the finished image the name of its template and build.
fn name(builder: &Builder<'_>, start: Option<Start>) -> Result<Built, BuildError> {
    let job = builder.runner.job;
    let image = builder.names.build(&job.template_id, &job.build_id);
    builder.runner.use_engine(builder.engine)?;
    builder.engine.tag(&builder.layer.image, &image)?;
    Ok(Built {
        engine: builder.engine.kind().program().to_owned(),
        image,
        context: builder.layer.context.clone(),
        start,
    })
}

/// The start command and its check: the build's own, or those of its parent if it sets neither.
fn start_of(builder: &Builder<'_>) -> Option<Start> {
    let job = builder.runner.job;
    if job.start_cmd.is_none() && job.ready_cmd.is_none() {
        return builder.inherited.clone();
    }
    let (command, ready) = (job.start_cmd.clone(), job.ready_cmd.clone());
    Some(Start { command, ready, context: builder.layer.context.clone() })
}

/// The key of the finished template: everything that it depends on.
fn key_of(builder: &Builder<'_>, start: Option<&Start>) -> Result<String, BuildError> {
    let (cpus, memory_mb) = builder.runner.resources();
    let start = serde_json::to_string(&start).map_err(std::io::Error::from)?;
    let resources = format!("{cpus} {memory_mb}");
    Ok(layer_key::hash(&[&builder.layer.key, "FINALIZE", CONFIGURE, PACKAGES, &start, &resources]))
}

/// Runs a script of the platform's own. `what` begins the reason of a failure.
fn prepare(
    builder: &Builder<'_>,
    container: &Container,
    script: &str,
    prefix: &str,
    what: &str,
) -> Result<(), BuildError> {
    let context = Context::of_machine();
    let command = Command { context: &context, text: script, before: None, input: None };
    let sink = Sink { prefix, ..SINK };
    let ended = builder.run_in(container, command, sink, &|| false)?;
    builder.runner.check()?;
    match reason(what, &context, ended) {
        Some(message) => Err(BuildError::failed(FINALIZE, message)),
        None => Ok(()),
    }
}

/// Runs the start command, and waits until the check succeeds. The start command goes on after it.
fn serve(builder: &Builder<'_>, container: &Container, start: &Start) -> Result<(), BuildError> {
    let is_ready = AtomicBool::new(false);
    let failure: OnceLock<String> = OnceLock::new();
    thread::scope(|scope| {
        if let Some(command) = &start.command {
            builder.runner.say(Some(FINALIZE), &format!("Running start command: {command}"))?;
            let (is_ready, failure) = (&is_ready, &failure);
            scope.spawn(move || {
                let sink = Sink { step: FINALIZE, prefix: "start", level: &LogLevel::Info };
                let command =
                    Command { context: &start.context, text: command, before: None, input: None };
                let stopped = || is_ready.load(Ordering::Acquire);
                let why = match builder.run_beside(container, command, sink, &stopped) {
                    Ok(ended) => reason("error running start command", &start.context, ended),
                    Err(BuildError::Failed(reason)) => Some(reason.message),
                    Err(BuildError::Stopped) => None,
                };
                if let Some(why) = why {
                    let _ = failure.set(why);
                }
            });
        }
        let outcome = wait(builder, container, start, &failure);
        is_ready.store(true, Ordering::Release);
        outcome
    })?;
    match failure.into_inner() {
        Some(why) => Err(start_failed(&why)),
        None => Ok(()),
    }
}

fn start_failed(why: &str) -> BuildError {
    BuildError::failed(FINALIZE, format!("start command failed: {why}"))
}

/// Repeats the check until it succeeds.
fn wait(
    builder: &Builder<'_>,
    container: &Container,
    start: &Start,
    failure: &OnceLock<String>,
) -> Result<(), BuildError> {
    let runner = builder.runner;
    let ready = match (&start.ready, &start.command) {
        (Some(ready), _) => ready,
        (None, Some(_)) => DEFAULT_READY,
        (None, None) => return Ok(()),
    };
    runner.say(Some(FINALIZE), &format!("Waiting for template to be ready: {ready}"))?;
    let limit = runner.app.config.ready_within;
    let begun = Instant::now();
    let stopped = || failure.get().is_some() || begun.elapsed() > limit;
    let mut pause = FIRST_PAUSE;
    loop {
        let command = Command { context: &start.context, text: ready, before: None, input: None };
        let sink = Sink { prefix: "ready", ..SINK };
        let ended = builder.run_beside(container, command, sink, &stopped)?;
        runner.check()?;
        if ended == Ended::Exited(0) {
            return runner.say(Some(FINALIZE), "Template is ready");
        }
        if let Some(why) = failure.get() {
            return Err(start_failed(why));
        }
        if let Ended::Lost(why) = ended {
            return Err(BuildError::failed(FINALIZE, format!("ready command failed: {why}")));
        }
        if begun.elapsed() > limit {
            let message =
                format!("ready command failed: ready command timed out after {}", shown(limit));
            return Err(BuildError::failed(FINALIZE, message));
        }
        if let Some(why) = reason("Template is not ready", &start.context, ended) {
            runner.log(&LogLevel::Debug, Some(FINALIZE), &why)?;
        }
        runner.wait(pause);
        pause = (pause * 2).min(PAUSE);
    }
}

/// A duration as the server writes it, such as `10m0s`.
fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, 0) => format!("{}ms", duration.as_millis()),
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
