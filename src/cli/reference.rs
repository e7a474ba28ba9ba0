//! Commands that print reference material: `sbx explain`, `sbx schema` and `sbx completions`

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use super::codes::CodeParser;
use super::profile_names;

/// `sbx explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// The code, such as unknown-key
    #[arg(value_parser = CodeParser::All, hide_possible_values = true)]
    pub code: Option<String>,
}

/// `sbx schema`
#[derive(Debug, Clone, Copy, Args)]
pub struct Schema {
    /// Print the language reference in Markdown instead
    #[arg(long)]
    pub reference: bool,
}

/// `sbx completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The script that makes `shell` complete the commands and options of [`Cli`].
#[must_use]
pub fn completion_script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut offered(), "sbx", &mut script);
    profile_names::complete(shell, &String::from_utf8_lossy(&script))
}

/// The command line without the options that are hidden, which clap's generators do not leave out.
fn offered() -> Command {
    let all = Cli::command();
    let options = all.get_arguments().filter(|option| !option.is_hide_set()).cloned();
    Command::new("sbx")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(options)
        .subcommands(all.get_subcommands().cloned())
}
