//! Commands that print reference material: `sbx explain`, `sbx schema` and `sbx completions`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;

/// `sbx explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// The code, such as unknown-key
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
    clap_complete::generate(shell, &mut Cli::command(), "sbx", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
