//! The commands of other tools, and what they are called here.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// The words of linters, compilers and tools for infrastructure, and the command that does it.
const FOREIGN: &[(&[&str], &str)] = &[
    (&["lint", "validate"], "sbx check"),
    (&["drift"], "sbx verify"),
    (&["freeze", "pin"], "sbx lock"),
    (&["revert", "undo"], "sbx rollback"),
    (&["fix"], "sbx check --fix"),
    (&["format", "prettify", "tidy"], "sbx fmt"),
    (&["preview", "diff"], "sbx plan"),
    (&["dry-run"], "sbx apply --dry-run"),
    (&["build", "deploy", "create", "push", "up", "submit", "update"], "sbx apply"),
    (&["new"], "sbx init"),
    (&["convert", "migrate", "translate"], "sbx import"),
    (&["describe", "inspect", "get", "info"], "sbx show"),
    (&["remove", "destroy", "del", "down"], "sbx delete"),
    (&["gc", "clean", "cleanup"], "sbx prune"),
    (&["log", "tail"], "sbx logs"),
    (&["templates", "ps"], "sbx list"),
    (&["tags"], "sbx tag list"),
    (&["exec", "execute"], "sbx run"),
    (&["ssh", "terminal", "console", "attach"], "sbx shell"),
    (&["diagnose", "troubleshoot"], "sbx doctor"),
    (&["start", "server", "dev"], "sbx serve"),
    (&["language-server", "lsp-server", "langserver"], "sbx lsp"),
    (&["render", "synth"], "sbx compile"),
    (&["generate", "eject"], "sbx export"),
    (&["completion", "autocomplete"], "sbx completions"),
];

/// Adds to clap's error about an unknown subcommand what it is called here, instead of commands
/// that are merely spelled alike.
pub(super) fn advise(mut error: Error) -> Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let known = FOREIGN.iter().find(|(words, _)| words.contains(&word.as_str()));
    let Some((_, command)) = known else { return error };
    let mut advice = StyledStr::new();
    advice.push_str(&format!("it is called `{command}` here"));
    error.insert(ContextKind::SuggestedSubcommand, ContextValue::None);
    error.remove(ContextKind::SuggestedSubcommand);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![advice]));
    error
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_word_of_another_tool_leads_to_a_command_that_exists() {
        let mut seen = std::collections::BTreeSet::new();
        for (words, command) in FOREIGN {
            let ours = command.split(' ').nth(1).expect("a subcommand");
            assert!(Cli::command().find_subcommand(ours).is_some(), "{command}");
            for word in *words {
                assert!(Cli::command().find_subcommand(word).is_none(), "{word} is ours");
                assert!(seen.insert(*word), "{word} occurs twice");
                let error = Cli::try_parse_from(["sbx", word]).expect_err("it is no subcommand");
                let text = advise(error).to_string();
                assert!(text.contains(&format!("`{command}`")), "{text}");
                assert!(!text.contains("similar"), "{text}");
            }
        }
    }

    #[test]
    fn a_misspelled_command_keeps_its_proposal() {
        let error = Cli::try_parse_from(["sbx", "aply"]).expect_err("it is no subcommand");
        assert!(advise(error).to_string().contains("'apply'"));
    }
}
