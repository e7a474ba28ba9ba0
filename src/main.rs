//! Arguments → settings → command → exit code.

use std::process::ExitCode;

use anstream::ColorChoice;

use sandbox_toml::cli::{self, Answer};
use sandbox_toml::commands::{self, Exit};
use sandbox_toml::host::System;
use sandbox_toml::printer::{OutputOptions, Printer, Stream};
use sandbox_toml::settings::{self, Command};

/// An analysis is many small allocations, for which those of the system libraries are slow: glibc's
/// takes twice as long to format a large manifest on two threads, and musl's locks all threads out.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(answer) => return print(&answer),
    };
    let usage = usage_exit(&cli.command);
    let mut printer = Printer::new(settings::output_options(&cli.global));
    printer.report_panics();
    let command = settings::refuse_key(&cli.global)
        .and_then(|()| Command::from_cli(cli.command, &System, &System));
    let exit = match command {
        Ok(command) => commands::run(command, &System, &mut printer),
        Err(error) => {
            printer.failure(&error.message, error.help.as_deref());
            usage
        }
    };
    ExitCode::from(exit.code())
}

/// The exit code of an argument that cannot be used. A command in a sandbox may end with any other.
const fn usage_exit(command: &cli::Command) -> Exit {
    match command {
        cli::Command::Run(_) | cli::Command::Shell(_) => Exit::OWN_FAILURE,
        _ => Exit::Usage,
    }
}

/// Prints what clap answers by itself. The options that control output are not known then.
fn print(answer: &Answer) -> ExitCode {
    let options = OutputOptions { color: ColorChoice::Auto, quiet: false, verbose: false };
    let printer = Printer::new(options);
    printer.styled(if answer.is_error { Stream::Err } else { Stream::Out }, &answer.text);
    if printer.output_error().is_some() {
        return ExitCode::from(Exit::Platform.code());
    }
    ExitCode::from(answer.exit)
}
