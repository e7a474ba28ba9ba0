//! `sbx run`: runs a command in a sandbox of a template.

mod input;
mod relay;
mod template;

use super::remote::failure;
use super::sandbox::{Place, in_sandbox};
use super::serve::runtime;
use super::{Exit, Failure};
use crate::host::Host;
use crate::platform::{Platform, ROOT};
use crate::printer::Printer;
use crate::sandbox::{Command, Environment, Sandbox};
use crate::scalar::shell::quote;
use crate::settings::{Run, SandboxChoice};
use crate::submit::FaultKind;
use crate::wire::e2b::Sensitive;

pub(super) use input::Input;
pub(super) use relay::{own, relay};
pub(super) use template::Chosen;

pub(super) fn run(settings: &Run, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    attempt(settings, host, printer).map(Exit::Sandbox).map_err(own_failure)
}

/// A failure of `sbx` itself.
pub(super) fn own_failure(failure: Failure) -> Failure {
    let exit = match failure.exit {
        Exit::Interrupted => Exit::Interrupted,
        _ => Exit::OWN_FAILURE,
    };
    Failure { exit, ..failure }
}

fn attempt(settings: &Run, host: &dyn Host, printer: &Printer) -> Result<u8, Failure> {
    let Run { sandbox: choice, command } = settings;
    let chosen = Chosen::of(choice, host)?;
    let command = Command {
        line: Some(line(command)),
        has_input: Input::is_readable(),
        ..command_of(choice, chosen.platform, host)?
    };
    let place = Place {
        platform: chosen.platform,
        endpoint: &choice.destination.endpoint,
        local: &choice.destination.local,
        keep: choice.keep,
        id_file: choice.id_file.as_deref(),
        interactive: None,
    };
    let run = async |sandbox: &Sandbox| execute(sandbox, &command, printer).await;
    let runtime = runtime()?;
    let outcome = runtime.block_on(in_sandbox(place, &chosen.template, host, printer, run));
    // A pending DNS lookup must not delay the exit.
    runtime.shutdown_background();
    outcome
}

/// What both a command and a shell take from the arguments.
pub(super) fn command_of(
    choice: &SandboxChoice,
    platform: Platform,
    host: &dyn Host,
) -> Result<Command, Failure> {
    if platform.facts().root_only && choice.user.as_deref().is_some_and(|user| user != ROOT) {
        return Err(Failure::new(Exit::Usage, format!("`{platform}` has no user but `{ROOT}`"))
            .help("remove `--user`"));
    }
    let mut environment = Environment::new();
    for (name, value) in &choice.environment {
        let value = value.clone().or_else(|| host.variable(name)).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("the variable `{name}` is not set"))
                .help(format!("set it, or write `--env {name}=VALUE`"))
        })?;
        environment.insert(name.clone(), Sensitive(value));
    }
    Ok(Command {
        user: choice.user.clone(),
        workdir: choice.workdir.clone(),
        environment,
        ..Command::default()
    })
}

/// The line of a shell: a single word is one already.
fn line(words: &[String]) -> String {
    match words {
        [line] => line.clone(),
        words => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
    }
}

/// Runs the command, and passes its output on as it comes.
async fn execute(sandbox: &Sandbox, command: &Command, printer: &Printer) -> Result<u8, Failure> {
    let process = sandbox.start(command).await.map_err(|error| not_started(&error))?;
    let input = command.has_input.then(|| Input::pass_on(process.control(), None));
    let input = input.transpose().map_err(|error| own(&error))?;
    relay(process, input, printer).await
}

/// A refusal to start says what is wrong with the command.
pub(super) fn not_started(error: &crate::submit::SubmitError) -> Failure {
    match &error.kind {
        FaultKind::Refused { message, .. } if !message.is_empty() => {
            Failure::new(Exit::Platform, format!("cannot start the command: {message}"))
        }
        _ => failure(error),
    }
}
