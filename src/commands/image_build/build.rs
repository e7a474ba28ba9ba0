//! The build and the push, by the engine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::Search;
use super::files::Work;
use crate::commands::report::Reporter;
use crate::commands::serve::runtime;
use crate::commands::signals::Signals;
use crate::commands::{Exit, Failure};
use crate::engine::{Builder, Engine, EngineError, ImageSpec};
use crate::lower::BuildStep;
use crate::pipeline::Analysis;
use crate::printer::Printer;
use crate::registry::Reference;
use crate::scalar::LogLevel;
use crate::submit::{Event, LogLine, registry};
use crate::template::ImageConfig;

/// What the lines of the engine are called in the log.
const STEP: &str = "image";

/// Where a built image is.
pub(super) enum Built {
    /// On this machine's engine.
    Here { reference: String },
    /// In the registry.
    Pushed { repository: String, digest: String },
}

/// Builds an image, and pushes it if it is to be pushed. A signal ends the engine's build.
pub(super) fn build(
    work: &Work,
    engine: &Engine,
    without_cache: bool,
    reporter: &Reporter<'_>,
    printer: &Printer,
) -> Result<Built, Failure> {
    let builder = engine.builder();
    let (reference, dockerfile, context) = (&work.reference, work.dockerfile(), work.context());
    printer.note(&format!("building the image `{reference}` with `{}`", builder.command()));
    let (ignored, metadata) = (work.ignored(), work.metadata());
    let spec = ImageSpec {
        reference,
        dockerfile: &dockerfile,
        ignored: &ignored,
        context: &context,
        target: work.build.target.as_deref(),
        arguments: &work.build.arguments,
        secrets: &work.secrets,
        without_cache,
        metadata: &metadata,
    };
    let is_plain = Reference::parse(reference).is_some_and(|reference| reference.is_local);
    let mut lines = |line: &str| reporter.event(&Event::Log(vec![entry(line)]));
    let built = until_signal(|stopped| {
        if work.pushes {
            return engine.build_and_push(builder, &spec, is_plain, &mut lines, stopped).map(Some);
        }
        engine.build_image(builder, &spec, &mut lines, stopped).map(|()| None)
    })?;
    match built {
        Ok(Some(digest)) => {
            let repository = work.build.repository.value.clone();
            printer.note(&format!("pushed `{repository}@{digest}`"));
            Ok(Built::Pushed { repository, digest })
        }
        Ok(None) => Ok(Built::Here { reference: reference.clone() }),
        Err(error) => Err(unbuilt(&error, builder)),
    }
}

/// A line of the engine as one of the build's log.
fn entry(line: &str) -> LogLine {
    LogLine {
        timestamp: Some(Timestamp::now()),
        level: LogLevel::Info,
        message: line.to_owned(),
        step: Some(BuildStep::Other(STEP.to_owned())),
    }
}

/// Runs something on a thread of its own, with a function that says whether a signal has arrived.
fn until_signal<T: Send>(work: impl FnOnce(&dyn Fn() -> bool) -> T + Send) -> Result<T, Failure> {
    let runtime = runtime()?;
    let is_stopped = AtomicBool::new(false);
    let (send, mut done) = oneshot::channel::<()>();
    let ended = thread::scope(|scope| {
        let worker = thread::Builder::new().spawn_scoped(scope, || {
            let result = work(&|| is_stopped.load(Ordering::Relaxed));
            // Without a receiver, the signal came first.
            let _ = send.send(());
            result
        });
        let Ok(worker) = worker else { return None };
        runtime.block_on(async {
            let mut signals = Signals::listen();
            tokio::select! {
                () = signals.received() => is_stopped.store(true, Ordering::Relaxed),
                _ = &mut done => {}
            }
        });
        worker.join().ok()
    });
    if is_stopped.load(Ordering::Relaxed) {
        return Err(Failure::new(Exit::Interrupted, "interrupted: the image was not built"));
    }
    ended.ok_or_else(|| Failure::new(Exit::Platform, "cannot start a thread"))
}

/// The image of the registry that the engine can pull, with its digest as the index, if there is one.
pub(super) fn pulled(
    analysis: &Analysis,
    engine: &Engine,
    search: &Search<'_>,
) -> Result<Option<ImageConfig>, Failure> {
    let Ok(Some(inputs)) = analysis.image_inputs(search.cache) else { return Ok(None) };
    let (reference, repository) = (inputs.reference(), inputs.build.repository.value.clone());
    let pulled = until_signal(|stopped| engine.pull(&reference, None, stopped))?;
    if let Err(error) = pulled {
        search.printer.detail(&format!("`{reference}` was not pulled: {error}"));
        return Ok(None);
    }
    let digest = engine.repository_digest(&reference, &repository);
    let Some(index) = digest.map_err(|error| failure(&error))? else { return Ok(None) };
    Ok(Some(ImageConfig { index, ..configuration(engine, &reference)? }))
}

/// What an image of the engine declares; it is pulled if the engine does not hold it.
pub(super) fn configuration(engine: &Engine, reference: &str) -> Result<ImageConfig, Failure> {
    let said = match engine.image_configuration(reference) {
        Ok(said) => said,
        Err(_) => until_signal(|stopped| engine.pull(reference, None, stopped))?
            .and_then(|()| engine.image_configuration(reference))
            .map_err(|error| failure(&error))?,
    };
    registry::read_config(said.as_bytes()).map_err(|reason| {
        let message = format!("cannot read what the engine says of `{reference}`: {reason}");
        Failure::new(Exit::Platform, message)
    })
}

/// The failure of an engine that does not answer as it should.
pub(super) fn failure(error: &EngineError) -> Failure {
    Failure::new(Exit::Platform, format!("the container engine failed: {error}"))
}

/// The failure of a build or a push.
fn unbuilt(error: &EngineError, builder: Builder) -> Failure {
    let words = error.message.to_lowercase();
    let is_push = error.operation.ends_with(" push");
    if is_push {
        let program = builder.command().split(' ').next().unwrap_or_default();
        return Failure::new(Exit::Platform, format!("the image was not pushed: {error}")).help(
            format!("`{program} login` signs in to the registry; the template was not changed"),
        );
    }
    let failure = Failure::new(Exit::Wrong, format!("the image was not built: {error}"));
    if words.contains("buildx") {
        return failure
            .help("install the plugin `docker-buildx`, or Podman with `--engine podman`");
    }
    failure.help("the log above has the failed command; the template was not changed")
}
