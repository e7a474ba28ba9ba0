//! What clap answers by itself: a help text, the version or a usage error.

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue};

use super::Cli;
use super::{missing_separator, unknown_command};
use crate::scalar::visible_line;

/// The exit code of a usage error in a command whose exit code is that of another program.
const OWN_FAILURE: u8 = 125;

/// A text that ends the program.
#[derive(Debug)]
pub struct Answer {
    /// The text, with the colors of clap and no other control sequence than those.
    pub text: String,
    /// Whether it is a usage error, not what was asked for.
    pub is_error: bool,
    /// The exit code.
    pub exit: u8,
}

/// Reads the command line.
///
/// # Errors
/// The text that clap prints instead of a command. Where it repeats an argument, the control
/// characters of the argument are visible ones.
pub fn parse(arguments: Vec<OsString>) -> Result<Cli, Answer> {
    let shown: Vec<_> = arguments.iter().map(visible_argument).collect();
    let runs = runs_a_program(&arguments);
    Cli::try_parse_from(arguments).map_err(|error| {
        // Messages and hints repeat arguments in several forms. Those of visible arguments are the
        // same but for the characters.
        let error = Cli::try_parse_from(shown).err().unwrap_or(error);
        let answer = answer(missing_separator::advise(unknown_command::advise(error)));
        let exit = if answer.is_error && runs { OWN_FAILURE } else { answer.exit };
        Answer { exit, ..answer }
    })
}

/// Whether the command is one whose exit code is that of another program.
fn runs_a_program(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--color" {
            words.next();
        } else if word == "run" || word == "shell" {
            return true;
        } else if !word.to_string_lossy().starts_with('-') {
            return false;
        }
    }
    false
}

fn visible_argument(argument: &OsString) -> OsString {
    argument.to_str().map_or_else(|| argument.clone(), |text| visible_line(text).into())
}

fn answer(mut error: clap::Error) -> Answer {
    // What is left are the values of variables.
    let values: Vec<_> = error.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in values {
        if let (ContextKind::InvalidValue, ContextValue::String(value)) = (kind, value) {
            error.insert(kind, ContextValue::String(visible_line(&value)));
        }
    }
    Answer {
        text: error.render().ansi().to_string(),
        is_error: error.use_stderr(),
        exit: u8::try_from(error.exit_code()).unwrap_or(1),
    }
}
