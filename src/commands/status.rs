//! `sbx status`: where a build stands, and how to go on.

use serde_json::json;

use super::ended::explain;
use super::meant::{Meant, known};
use super::remember::Memory;
use super::resume::{patience, until};
use super::serve::runtime;
use super::{Exit, Failure};
use crate::cli::ApplyFormat;
use crate::diagnostic::render;
use crate::host::Host;
use crate::printer::{Printer, Stream};
use crate::settings::BuildChoice;
use crate::source::{Source, SourceMap};
use crate::state::Stage;
use crate::submit::{Event, Follower, LogLine, Look, Outcome, State, last_named};

/// The log entries that are kept to tell why a build failed.
const KEPT: usize = 2000;

pub(super) fn run(
    choice: &BuildChoice,
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    let meant = Meant::find(choice, host)?;
    let printer = &*printer;
    let runtime = runtime()?;
    let asked = runtime.block_on(until(None, ask(&meant, choice, host, printer)));
    runtime.shutdown_background();
    match asked {
        Ok(asked) => {
            let (look, log) = asked?;
            Ok(tell(&meant, choice, look, &log, host, printer))
        }
        Err(left) => Err(Failure::new(left.exit, left.reason)),
    }
}

/// Asks where the build stands; for one that failed, also for its log.
async fn ask(
    meant: &Meant,
    choice: &BuildChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(Look, Vec<LogLine>), Failure> {
    let target = meant.target(choice, host).await?;
    let follower =
        Follower::new(&target.endpoint, meant.platform.facts().protocol, patience(None, host))
            .map_err(|error| meant.unreachable(&error))?;
    let observer = |event: Event| {
        if let Event::Retry { request, wait, reason } = event {
            let wait = wait.as_secs_f64();
            printer.note(&format!("{reason}; trying {request} again in {wait:.1} s"));
        }
    };
    let mut log = Vec::new();
    let mut count = 0;
    let mut first: Option<Look> = None;
    loop {
        let look = follower.look(&meant.build, count, &observer).await;
        let mut look = look.map_err(|error| meant.unreachable(&error))?;
        count += look.lines.len();
        log.append(&mut look.lines);
        log.drain(..log.len().saturating_sub(KEPT));
        let more = look.more;
        let first = first.get_or_insert(look);
        if first.state != State::Failed || !more {
            return Ok((first.clone(), log));
        }
    }
}

fn tell(
    meant: &Meant,
    choice: &BuildChoice,
    look: Look,
    log: &[LogLine],
    host: &dyn Host,
    printer: &Printer,
) -> Exit {
    let mut report = json!({
        "status": match &look.state {
            State::Failed => "error".to_owned(),
            state => state.to_string(),
        },
        "platform": meant.platform.name(),
        "templateId": meant.build.template_id,
        "buildId": meant.build.build_id,
        "file": meant.file(),
    });
    if let Some(record) = &meant.record {
        report["name"] = json!(record.name);
        report["tags"] = json!(record.tags);
        report["registeredAt"] = json!(record.registered_at);
    }
    let human = choice.format == ApplyFormat::Human;
    let follow = meant.command("logs --follow", choice);
    let (words, go_on) = match &look.state {
        State::Ready => ("ready".to_owned(), None),
        State::Failed => ("failed".to_owned(), Some(meant.command("logs", choice))),
        State::Waiting => ("registered, and not started".to_owned(), Some(follow)),
        State::Building => ("still building".to_owned(), Some(follow)),
        State::Other(state) => (format!("`{state}`, as the platform says"), Some(follow)),
    };
    if human {
        printer.data_line(&format!("{} on {}: {words}", meant.name(), meant.platform));
        printer.data_line(&format!("  template ID: {}", meant.build.template_id));
        printer.data_line(&format!("  build ID:    {}", meant.build.build_id));
        if let Some(record) = &meant.record {
            let file = meant.file().unwrap_or_default();
            let at = record.registered_at.strftime("%Y-%m-%d %H:%M:%S UTC");
            printer.data_line(&format!("  applied:     {file}, {at}"));
        }
    }
    remember(meant, &look.state, host, printer);
    let mut exit = Exit::Done;
    if look.state == State::Failed {
        exit = Exit::Wrong;
        let source = meant.source(host, printer);
        let guessed = source.as_ref().ok().and_then(|(requests, _)| last_named(requests, log));
        let outcome = Outcome { ready: false, reason: look.reason.or(guessed) };
        let (diagnostic, reason) = explain(log, known(&source), &outcome);
        let nothing = SourceMap::new(Source::new(
            meant.manifest.as_deref().unwrap_or_else(|| std::path::Path::new("")),
            String::new(),
        ));
        let sources = source.as_ref().map_or(&nothing, |(_, analysis)| &analysis.sources);
        if human {
            printer.diagnostic(Stream::Err, &diagnostic, sources);
        } else {
            report["reason"] = json!(reason);
            report["changed"] = json!(source.is_err());
            report["diagnostic"] = render::json(&diagnostic, sources, None);
        }
    }
    match (&go_on, human) {
        (Some(command), true) if look.state == State::Failed => {
            printer.note(&format!("`{command}` prints its whole log"));
        }
        (Some(command), true) => printer.note(&format!("`{command}` comes back to it")),
        (Some(command), false) => report["command"] = json!(command),
        (None, _) => {}
    }
    if !human {
        printer.data_line(&report.to_string());
    }
    exit
}

/// What was learnt of a remembered build.
pub(super) fn remember(meant: &Meant, found: &State, host: &dyn Host, printer: &Printer) {
    let stage = match found {
        State::Ready => Stage::Ready,
        State::Failed => Stage::Error,
        State::Building => Stage::Started,
        State::Waiting | State::Other(_) => return,
    };
    if let Some(record) = &meant.record
        && record.stage != stage
    {
        Memory::new(host, printer).advance(record, stage);
    }
}
