//! Writes the manual pages of `sbx` and of each of its commands: `cargo run --example man -- DIR`.
//!
//! An example and no command, so that the program does not carry what only packages need.

use std::io;
use std::path::PathBuf;

use clap::CommandFactory;
use sandbox_toml::cli::Cli;

fn main() -> io::Result<()> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from);
    let directory = directory
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a directory is missing"))?;
    std::fs::create_dir_all(&directory)?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), &directory)
}
