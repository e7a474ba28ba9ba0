//! `sbx apply`: check, register, upload, start, and follow to the end.

mod report;
mod target;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::serve::runtime;
use super::{Exit, Failure, online, options};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::failure::{self, FailedBuild};
use crate::host::Host;
use crate::lower::Requests;
use crate::pipeline::{self, Analysis, Secrets};
use crate::platform::{Platform, Protocol};
use crate::printer::Printer;
use crate::settings::Apply;
use crate::submit::{Build, FaultKind, Outcome, Patience, Submission, SubmitError};
use report::Reporter;
use target::Target;

pub(super) fn run(
    settings: &Apply,
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for file in &settings.files {
        exit = exit.max(one(settings, file, host, printer)?);
    }
    Ok(exit)
}

fn one(
    settings: &Apply,
    file: &Path,
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    let analysis = pipeline::analyze(host, file, options(settings.platform, &settings.levels));
    let mut analysis = ask_registry(settings, analysis, host, printer)?;
    for tag in &settings.tags {
        if !analysis.template.tags.contains(tag) {
            analysis.template.tags.push(tag.clone());
        }
    }
    // A dry run makes no request, so it needs no secret.
    let mut secrets = if settings.dry_run { Secrets::Hidden } else { Secrets::Revealed(host) };
    let requests = analysis.requests(&mut secrets);
    let mut diagnostics = analysis.diagnostics.clone();
    diagnostics.append(unheeded(settings, analysis.platform)?);
    if let Err(faults) = &requests {
        diagnostics.append(faults.clone());
    }
    if !settings.dry_run {
        printer.start_progress();
    }
    let labels = requests.as_ref().map(Requests::labels).unwrap_or_default();
    let reporter = Reporter::new(settings, printer, &analysis, file, labels.to_vec());
    reporter.diagnostics(&diagnostics);
    let Ok(mut requests) = requests else {
        printer.end_progress();
        return Ok(Exit::Wrong);
    };
    if settings.no_cache {
        requests.force();
    }
    if settings.dry_run {
        reporter.dry_run(&requests, &analysis);
        return Ok(Exit::Done);
    }
    let result = runtime()?.block_on(submit(settings, &analysis, &requests, host, &reporter));
    printer.end_progress();
    result
}

/// Options that the platform has no use for, each said once.
fn unheeded(settings: &Apply, platform: Platform) -> Result<Diagnostics, Failure> {
    let mut diagnostics = Diagnostics::new();
    if platform.facts().protocol == Protocol::E2b {
        if settings.replace {
            let message = format!("`--replace` is not for `{platform}`");
            return Err(Failure::new(Exit::Usage, message)
                .help("leave it out: there, each build replaces the one before it"));
        }
        return Ok(diagnostics);
    }
    for (given, option, what) in [
        (!settings.tags.is_empty(), "--tag", "tags"),
        (settings.no_cache, "--no-cache", "control over its cache"),
    ] {
        if given {
            let message = format!("`{platform}` has no {what}, so `{option}` does nothing");
            diagnostics.push(Diagnostic::without_place(Code::IgnoredOnPlatform, message));
        }
    }
    Ok(diagnostics)
}

/// Asks the image's registry what the requests need, or else whether the image is there at all:
/// a build that cannot succeed is not worth paying for. The local platform pulls no image, and
/// without a key nothing will be built.
fn ask_registry(
    settings: &Apply,
    analysis: Analysis,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    if analysis.inherits() {
        return online::inherit(analysis, host, printer);
    }
    let access = analysis.platform.facts().access;
    let pays = access.is_some_and(|access| host.variable(access.key_variable).is_some());
    if !settings.image_check || settings.dry_run || !pays || analysis.diagnostics.stop() {
        return Ok(analysis);
    }
    online::check(analysis, host, printer)
}

/// The variable by which tests make every wait for a platform shorter. It is no setting: nobody
/// gains by asking a platform more often.
const RETRY_SCALE: &str = "SBX_RETRY_SCALE";

fn patience(settings: &Apply, host: &dyn Host) -> Patience {
    let patience = Patience::new(settings.timeout);
    match host.variable(RETRY_SCALE).and_then(|scale| scale.parse().ok()) {
        Some(scale) => patience.scaled(scale),
        None => patience,
    }
}

async fn submit(
    settings: &Apply,
    analysis: &Analysis,
    requests: &Requests,
    host: &dyn Host,
    reporter: &Reporter<'_>,
) -> Result<Exit, Failure> {
    let target = Target::open(settings, analysis.platform, host).await?;
    let patience = patience(settings, host);
    let submission = Submission::new(&target.endpoint, requests, settings.replace, patience)
        .map_err(|error| local_failure(&error))?;
    let started: Arc<std::sync::Mutex<Option<Build>>> = Arc::default();
    let work = async {
        let observer = |event| reporter.event(&event);
        let build = match submission.start(&analysis.files, &observer).await {
            Ok(build) => build,
            Err(error) => return Ok(reporter.submit_error(&error, analysis)),
        };
        if let Ok(mut started) = started.lock() {
            *started = Some(build.clone());
        }
        if settings.background {
            reporter.in_background(&build);
            target.idle().await;
            return Ok(Exit::Done);
        }
        match submission.follow(&build, &observer).await {
            Ok(outcome) => Ok(finish(reporter, requests, analysis, &build, &outcome)),
            Err(error) => {
                reporter.lost(&build, &error);
                Ok(Exit::Platform)
            }
        }
    };
    let deadline = async {
        match settings.timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        result = work => result,
        () = deadline => {
            let timeout = settings.timeout.unwrap_or(Duration::ZERO);
            let reason = format!("not finished within {} s", timeout.as_secs_f64());
            reporter.gave_up(held(&started).as_ref(), &reason);
            Ok(Exit::Platform)
        }
        _ = tokio::signal::ctrl_c() => {
            reporter.gave_up(held(&started).as_ref(), "interrupted");
            Ok(Exit::Interrupted)
        }
    }
}

fn held(started: &std::sync::Mutex<Option<Build>>) -> Option<Build> {
    started.lock().ok().and_then(|started| started.clone())
}

fn finish(
    reporter: &Reporter<'_>,
    requests: &Requests,
    analysis: &Analysis,
    build: &Build,
    outcome: &Outcome,
) -> Exit {
    if outcome.ready {
        reporter.ready(build);
        return Exit::Done;
    }
    let diagnostic = failure::diagnose(&FailedBuild {
        requests,
        template: &analysis.template,
        platform: analysis.platform,
        sources: &analysis.sources,
        reason: outcome.reason.as_ref(),
        log: &reporter.log(),
    });
    let reason = outcome.reason.as_ref();
    let reason = reason.map(|reason| failure::without_secrets(&reason.message, requests));
    reporter.failed(build, reason.as_deref(), &diagnostic);
    Exit::Wrong
}

fn local_failure(error: &SubmitError) -> Failure {
    let exit =
        if matches!(error.kind, FaultKind::Files(..)) { Exit::Wrong } else { Exit::Platform };
    Failure::new(exit, error.to_string())
}
