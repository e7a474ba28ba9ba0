//! Arguments → settings → command → exit code.

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser as _;

use sandbox_toml::cli::{self, Cli};
use sandbox_toml::commands::{self, Exit};
use sandbox_toml::host::System;
use sandbox_toml::printer::Printer;
use sandbox_toml::settings::{self, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return print(&cli::advise(answer)),
    };
    let mut printer = Printer::new(settings::output_options(&cli.global));
    printer.report_panics();
    let command =
        settings::refuse_key(&cli.global).and_then(|()| Command::from_cli(cli.command, &System));
    let exit = match command {
        Ok(command) => commands::run(command, &System, &mut printer),
        Err(error) => {
            printer.failure(&error.message, error.help.as_deref());
            Exit::Usage
        }
    };
    ExitCode::from(exit as u8)
}

/// Prints what clap answers by itself: a help text, the version or a usage error.
fn print(answer: &clap::Error) -> ExitCode {
    let printed = answer.print();
    let lost = printed.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe);
    if lost && !answer.use_stderr() {
        return ExitCode::from(Exit::Platform as u8);
    }
    u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
