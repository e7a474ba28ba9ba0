//! The arguments of a program, and whether it waits for input with them.

use super::{Settings, questions, readers};
use crate::lint::shell::Simple;

/// Why a program waits, and what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) why: &'static str,
    pub(super) help: &'static str,
}

/// The arguments of a program, all of them literal up to an expansion.
#[derive(Debug)]
pub(super) struct Arguments<'s> {
    pub(super) program: &'s str,
    pub(super) words: Vec<&'s str>,
    /// Whether the command hands a script to a shell.
    pub(super) has_script: bool,
}

impl<'s> Arguments<'s> {
    /// Those of a command; `None` if a variable may expand to options, or sets variables for it.
    pub(super) fn of(command: &'s Simple) -> Option<Self> {
        let program = command.program()?;
        let words = command.command().get(1..)?;
        let may_be_option =
            words.iter().any(|word| word.literal.is_none() && word.prefix.is_empty());
        let sets_variables = !command.assignments.is_empty();
        (!may_be_option && !sets_variables).then(|| Self {
            program,
            words: words.iter().map(|word| word.prefix.as_str()).collect(),
            has_script: command.inner.is_some(),
        })
    }

    /// Whether an option is given, also as `--option=value`.
    pub(super) fn has(&self, options: &[&str]) -> bool {
        self.words.iter().any(|word| {
            let name = word.split_once('=').map_or(*word, |(name, _)| name);
            options.contains(&name)
        })
    }

    /// Whether a group of letters such as `-rf` contains one of these.
    pub(super) fn has_letter(&self, letters: &[char]) -> bool {
        self.words.iter().any(|word| {
            let group = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            group.is_some_and(|group| group.contains(letters))
        })
    }

    /// Whether it only asks for a description or a version.
    pub(super) fn asks_for_help(&self) -> bool {
        self.has(&["--help", "--version", "-h", "-V", "help"])
    }

    /// The words that are no options, where the options in `valued` take the next word.
    pub(super) fn operands(&self, valued: &[&str]) -> Vec<&'s str> {
        let mut operands = Vec::new();
        let mut is_value = false;
        for word in &self.words {
            if is_value {
                is_value = false;
            } else if word.len() > 1 && word.starts_with('-') {
                is_value = valued.contains(word);
            } else {
                operands.push(*word);
            }
        }
        operands
    }
}

/// Whether a program waits for input. Each was tried with an open, silent pipe and no terminal, in
/// November 2026; conda is judged by its code (`conda/reporters/console.py`).
pub(super) fn wait(arguments: &Arguments<'_>, settings: Settings) -> Option<Wait> {
    if arguments.asks_for_help() {
        return None;
    }
    readers::wait(arguments).or_else(|| questions::wait(arguments, settings))
}
