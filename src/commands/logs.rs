//! `sbx logs`: prints a build's log so far, or follows it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::outcome::{self, report_outcome};
use super::report::{Reached, ReportContext, ReportOptions, Reporter};
use super::resolved_build::{ResolvedBuild, Source, known};
use super::resume::{Deadline, retry_policy, until};
use super::serve::runtime;
use super::status::remember;
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::{Printer, Stream};
use crate::settings::{BuildChoice, Logs};
use crate::source::{self, SourceMap};
use crate::submit::{self, Cursor, Driver, Event, Limit, State, SubmitError};

pub(super) fn run(
    settings: &Logs,
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    let build = ResolvedBuild::find(&settings.build, host)?;
    let source = build.source(host, printer);
    if settings.follow {
        printer.start_progress();
        printer.progress("building");
    }
    let runtime = runtime()?;
    let result = runtime.block_on(print(settings, &build, &source, host, printer));
    runtime.shutdown_background();
    printer.end_progress();
    result
}

async fn print(
    settings: &Logs,
    build: &ResolvedBuild,
    source: &Source,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let choice = &settings.build;
    let nothing = SourceMap::new(source::Source::new(build.path(), String::new()));
    let options = ReportOptions {
        format: choice.format,
        level: settings.level.clone(),
        log: Stream::Out,
        prints_id: false,
        explains_recorded: true,
    };
    let subject = ReportContext {
        sources: source.as_ref().map_or(&nothing, |(_, analysis)| &analysis.sources),
        platform: build.platform,
        name: build.name(),
        manifest: build.manifest.clone(),
        plan: source.as_ref().ok().map(|(plan, _)| plan),
    };
    let reporter = Reporter::new(options, printer, subject);
    let target = build.target(choice, host, printer).await?;
    let driver = submit::driver(build.platform, &target.endpoint, retry_policy(None, host))
        .map_err(|error| build.unreachable(&error))?;
    let deadline = settings.timeout.and_then(Deadline::after);
    let work = async {
        if !settings.follow {
            return so_far(build, &*driver, &reporter).await;
        }
        refuse_unstarted(build, choice, &*driver).await?;
        let seen = AtomicBool::new(false);
        let observer = |event: Event| {
            if matches!(event, Event::Log(_)) {
                seen.store(true, Ordering::Relaxed);
            }
            reporter.event(&event);
        };
        let plan = source.as_ref().ok().map(|(plan, _)| plan);
        let cursor = Cursor::default();
        let ended = submit::follow(&*driver, &build.build, cursor, plan, &observer).await;
        let outcome = match ended {
            Ok(outcome) => outcome,
            Err(error) => return lost(build, settings, &reporter, seen.into_inner(), &error),
        };
        remember(build, outcome::stage(&outcome), host, printer);
        Ok(report_outcome(&reporter, known(source), &build.build, &outcome))
    };
    match until(deadline, work).await {
        Ok(result) => result,
        Err(left) => {
            let command = |subcommand: &str, _: &_| build.command(subcommand, choice);
            let command = (!target.is_embedded()).then_some(command);
            let reached = Reached::Started(build.build.clone());
            reporter.gave_up(&reached, &left.reason, command);
            Ok(left.exit)
        }
    }
}

/// Refuses to follow a build that was never started: its log would stay empty.
async fn refuse_unstarted(
    build: &ResolvedBuild,
    choice: &BuildChoice,
    driver: &dyn Driver,
) -> Result<(), Failure> {
    if !build.was_not_started(&State::Waiting) {
        return Ok(());
    }
    // An error is reported by what follows.
    let status = driver.poll(&build.build, &mut Cursor::default(), Limit::Call, &|_| {}).await;
    match status {
        Ok(status) if build.was_not_started(&status.state) => {
            Err(Failure::new(Exit::Platform, "the build was not started")
                .help(build.apply_again(choice)))
        }
        _ => Ok(()),
    }
}

/// Prints what there is.
async fn so_far(
    build: &ResolvedBuild,
    driver: &dyn Driver,
    reporter: &Reporter<'_>,
) -> Result<Exit, Failure> {
    let mut cursor = Cursor::default();
    let observer = |event: Event| reporter.event(&event);
    loop {
        let status = driver.poll(&build.build, &mut cursor, Limit::Call, &observer).await;
        let status = status.map_err(|error| build.unreachable(&error))?;
        reporter.event(&Event::Log(status.lines));
        if !status.more {
            return Ok(Exit::Done);
        }
    }
}

/// Reports a lost connection. A build that printed something exists, and can be returned to.
fn lost(
    build: &ResolvedBuild,
    settings: &Logs,
    reporter: &Reporter<'_>,
    seen: bool,
    error: &SubmitError,
) -> Result<Exit, Failure> {
    if !seen && !error.is_transient() {
        return Err(build.unreachable(error));
    }
    let command = build.command("logs --follow", &settings.build);
    reporter.lost(&build.build, &error.to_string(), &command);
    Ok(Exit::Platform)
}
