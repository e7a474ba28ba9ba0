//! `sbx shell`: an interactive shell in a sandbox of a template.

mod terminal;

use std::convert::Infallible;
use std::future::pending;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::run::{Chosen, Input, command_of, not_started, own, own_failure, relay};
use super::sandbox::{Place, in_sandbox};
use super::serve::runtime;
use super::{Exit, Failure};
use crate::host::{Host, describe};
use crate::printer::Printer;
use crate::sandbox::{Command, Control, Sandbox};
use crate::settings::SandboxChoice;
use crate::wire::e2b::Sensitive;
use terminal::Terminal;

/// What a terminal sends at the end of input.
const END_OF_TRANSMISSION: u8 = 4;

/// Variables of the shell, as the platforms' own clients set them.
const VARIABLES: &[(&str, &str)] =
    &[("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")];

pub(super) fn run(
    settings: &SandboxChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    attempt(settings, host, printer).map(Exit::Sandbox).map_err(own_failure)
}

fn attempt(settings: &SandboxChoice, host: &dyn Host, printer: &Printer) -> Result<u8, Failure> {
    let size = Terminal::size().filter(|_| printer.is_on_terminal());
    let Some(size) = size else {
        return Err(Failure::new(Exit::Usage, "`sbx shell` needs a terminal")
            .help("`sbx run TEMPLATE -- COMMAND` runs a command without one"));
    };
    let chosen = Chosen::of(settings, host)?;
    let mut command =
        Command { terminal: Some(size), ..command_of(settings, chosen.platform, host)? };
    for (name, value) in VARIABLES {
        let value = Sensitive((*value).to_owned());
        command.environment.entry((*name).to_owned()).or_insert(value);
    }
    let place = Place {
        platform: chosen.platform,
        endpoint: &settings.destination.endpoint,
        local: &settings.destination.local,
        keep: settings.keep,
        id_file: settings.id_file.as_deref(),
        interactive: Some("sbx shell"),
    };
    let run = async |sandbox: &Sandbox| interact(sandbox, &command, printer).await;
    let runtime = runtime()?;
    let outcome = runtime.block_on(in_sandbox(place, &chosen.template, host, printer, run));
    // A pending DNS lookup must not delay the exit.
    runtime.shutdown_background();
    outcome
}

/// Connects the terminal to a shell until that ends.
async fn interact(sandbox: &Sandbox, command: &Command, printer: &Printer) -> Result<u8, Failure> {
    let resized = signal(SignalKind::window_change()).map_err(|error| no_terminal(&error))?;
    let process = sandbox.start(command).await.map_err(|error| not_started(&error))?;
    let control = process.control();
    // Until it is dropped, keys are the shell's, Ctrl-C among them.
    let _raw = Terminal::raw().map_err(|error| no_terminal(&error))?;
    let input = Input::pass_on(process.control(), Some(END_OF_TRANSMISSION));
    let input = input.map_err(|error| own(&error))?;
    tokio::select! {
        ended = relay(process, Some(input), printer) => ended,
        never = follow(resized, &control) => match never {},
    }
}

/// Resizes the terminal of a shell with this one. It does not return.
async fn follow(mut resized: Signal, control: &Control) -> Infallible {
    loop {
        if resized.recv().await.is_none() {
            pending::<()>().await;
        }
        if let Some(size) = Terminal::size() {
            // A shell that has ended has no size.
            let _ = control.resize(size).await;
        }
    }
}

fn no_terminal(error: &io::Error) -> Failure {
    Failure::new(Exit::Platform, format!("cannot use the terminal: {}", describe(error)))
}
