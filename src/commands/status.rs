//! `sbx status`: the status of a build, and the command to continue with.

use serde_json::json;

use super::outcome::explain;
use super::remember::Memory;
use super::report::note_retry;
use super::resolved_build::{ResolvedBuild, known};
use super::resume::{retry_policy, until};
use super::serve::runtime;
use super::{Exit, Failure, recorded};
use crate::diagnostic::render;
use crate::host::Host;
use crate::printer::{Printer, Stream};
use crate::settings::{BuildChoice, Format};
use crate::source::{Source, SourceMap};
use crate::state::Stage;
use crate::submit::{self, BuildStatus, Cursor, Event, Limit, LogLine, State, last_named};

/// How many log entries are kept to explain a failed build.
const KEPT: usize = 2000;

/// Reports each build; what is wrong with one does not keep the others from being reported.
pub(super) fn run(
    choices: &[BuildChoice],
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    if let [choice] = choices {
        return one(choice, host, printer);
    }
    let mut highest = Exit::Done;
    for choice in choices {
        let exit = one(choice, host, printer).unwrap_or_else(|failure| {
            printer.failure(&failure.message, failure.help.as_deref());
            failure.exit
        });
        highest = highest.max(exit);
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok(highest)
}

fn one(choice: &BuildChoice, host: &dyn Host, printer: &mut Printer) -> Result<Exit, Failure> {
    let build = ResolvedBuild::find(choice, host)?;
    let printer = &*printer;
    let runtime = runtime()?;
    let asked = runtime.block_on(until(None, ask(&build, choice, host, printer)));
    runtime.shutdown_background();
    match asked {
        Ok(asked) => {
            let (status, log) = asked?;
            Ok(report(&build, choice, status, &log, host, printer))
        }
        Err(left) => Err(Failure::new(left.exit, left.reason)),
    }
}

/// Reads the status of the build; if it failed, also its log.
async fn ask(
    build: &ResolvedBuild,
    choice: &BuildChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(BuildStatus, Vec<LogLine>), Failure> {
    let target = build.target(choice, host, printer).await?;
    let driver = submit::driver(build.platform, &target.endpoint, retry_policy(None, host))
        .map_err(|error| build.unreachable(&error))?;
    let observer = |event: Event| note_retry(printer, &event);
    let mut log = Vec::new();
    let mut cursor = Cursor::default();
    let mut first: Option<BuildStatus> = None;
    loop {
        let status = driver.poll(&build.build, &mut cursor, Limit::Call, &observer).await;
        let mut status = status.map_err(|error| build.unreachable(&error))?;
        log.append(&mut status.lines);
        log.drain(..log.len().saturating_sub(KEPT));
        let more = status.more;
        let first = first.get_or_insert(status);
        if first.state != State::Failed || !more {
            return Ok((first.clone(), log));
        }
    }
}

fn report(
    build: &ResolvedBuild,
    choice: &BuildChoice,
    status: BuildStatus,
    log: &[LogLine],
    host: &dyn Host,
    printer: &Printer,
) -> Exit {
    let mut report = json!({
        "status": match &status.state {
            State::Failed => "error".to_owned(),
            state => state.to_string(),
        },
        "platform": build.platform.name(),
        "templateId": build.build.template_id,
        "buildId": build.build.build_id,
        "file": build.manifest.as_ref().map(|manifest| manifest.file.display().to_string()),
    });
    if let Some(profile) = build.manifest.as_ref().and_then(|manifest| manifest.profile.as_ref()) {
        report["profile"] = json!(profile);
    }
    if let Some(record) = &build.record {
        report["name"] = json!(record.name);
        report["tags"] = json!(record.tags);
        report["registeredAt"] = json!(record.registered_at);
    }
    let human = choice.format == Format::Human;
    let unstarted = build.was_not_started(&status.state);
    let follow = build.command("logs --follow", choice);
    let untested = build.is_untested(&status.state);
    let (words, go_on) = match &status.state {
        State::Ready if untested => ("ready, but it did not pass its tests".to_owned(), None),
        State::Ready => ("ready".to_owned(), None),
        State::Recorded { .. } => ("recorded".to_owned(), None),
        State::Failed => ("failed".to_owned(), Some(build.command("logs", choice))),
        State::Waiting if unstarted => ("not started".to_owned(), None),
        State::Waiting => ("registered, and not started".to_owned(), Some(follow)),
        State::Building => ("still building".to_owned(), Some(follow)),
        State::Other(state) => (format!("`{state}`, as the platform says"), Some(follow)),
    };
    if human {
        printer.data_line(&format!("{} on {}: {words}", build.name(), build.platform));
        printer.data_line(&format!("  template ID: {}", build.build.template_id));
        printer.data_line(&format!("  build ID:    {}", build.build.build_id));
        if let Some(record) = &build.record {
            let file = build.manifest.as_ref().map(ToString::to_string).unwrap_or_default();
            let at = record.registered_at.strftime("%Y-%m-%d %H:%M:%S UTC");
            printer.data_line(&format!("  applied:     {file}, {at}"));
        }
    }
    if let Some(stage) = stage(&status.state) {
        remember(build, stage, host, printer);
    }
    let mut exit = Exit::Done;
    if status.state == State::Failed {
        exit = Exit::Wrong;
        let source = build.source(host, printer);
        let lines = log.iter().map(|line| line.message.as_str());
        let guessed = source.as_ref().ok().and_then(|(plan, _)| last_named(plan, lines));
        let reason = status.reason.or(guessed);
        let (diagnostic, reason) =
            explain(log, known(&source), reason.as_ref(), printer.redaction());
        let nothing = SourceMap::new(Source::new(build.path(), String::new()));
        let sources = source.as_ref().map_or(&nothing, |(_, analysis)| &analysis.sources);
        if human {
            printer.diagnostic(Stream::Err, &diagnostic, sources);
        } else {
            report["reason"] = json!(reason);
            report["changed"] = json!(source.is_err());
            report["diagnostic"] = render::json(&diagnostic, sources, None);
        }
    }
    if untested && !human {
        report["untested"] = json!(true);
    }
    if let State::Recorded { because } = &status.state {
        if human {
            recorded::explain(because.as_deref(), printer);
        } else {
            report["reason"] = json!(because);
        }
    }
    match (&go_on, human) {
        (Some(command), true) if status.state == State::Failed => {
            printer.note(&format!("`{command}` prints the whole log"));
        }
        (None, true) if unstarted => printer.note(&build.apply_again(choice)),
        (None, true) if untested => printer.note(&build.test_again(choice)),
        (Some(command), true) => printer.note(&format!("`{command}` follows it")),
        (Some(command), false) => report["command"] = json!(command),
        (None, _) => {}
    }
    if !human {
        printer.json(&report.to_string());
    }
    exit
}

/// The stage that is recorded of a build in a state.
const fn stage(state: &State) -> Option<Stage> {
    match state {
        State::Ready | State::Recorded { .. } => Some(Stage::Ready),
        State::Failed => Some(Stage::Error),
        State::Building => Some(Stage::Started),
        State::Waiting | State::Other(_) => None,
    }
}

/// Records the stage of a build.
pub(super) fn remember(build: &ResolvedBuild, stage: Stage, host: &dyn Host, printer: &Printer) {
    if let Some(record) = &build.record
        && record.stage != stage
    {
        Memory::new(host, printer).advance(record, stage);
    }
}
