//! A command of `sbx run` without the `--` before it.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// Adds to clap's error about an argument that `sbx run` does not expect what is missing before it.
pub(super) fn advise(mut error: Error) -> Error {
    let is_run = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string().contains(" run "),
        _ => false,
    };
    let is_word = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => !argument.starts_with('-'),
        _ => false,
    };
    if error.kind() == ErrorKind::UnknownArgument && is_run && is_word {
        let mut advice = StyledStr::new();
        advice.push_str("write `--` before the command, as in `sbx run NAME -- COMMAND`");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![advice]));
    }
    error
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_command_without_its_separator_is_recognized() {
        let said = |words: &[&str]| {
            let error = Cli::try_parse_from(words).expect_err("it is wrong");
            advise(error).to_string()
        };
        let advice = "write `--` before the command";
        assert!(said(&["sbx", "run", "web", "python", "-V"]).contains(advice));
        assert!(!said(&["sbx", "run", "web", "--no-such", "--", "true"]).contains(advice));
        assert!(!said(&["sbx", "shell", "web", "python"]).contains(advice));
    }
}
