//! `sbx completions`: a shell's completion script.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Exit, Failure};
use crate::cli::Cli;
use crate::printer::Printer;

pub(super) fn run(shell: Shell, printer: &Printer) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sbx", &mut script);
    let script =
        String::from_utf8(script).map_err(|error| Failure::new(Exit::Wrong, error.to_string()))?;
    printer.data(&script);
    Ok(Exit::Done)
}
