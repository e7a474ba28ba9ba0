//! `chown` and `chmod`.

use super::commands::{has_flag, is_option, operands, path};
use super::{Files, Kind};
use crate::lint::model::Execution;
use crate::lint::shell::Word;
use crate::scalar::{Mode, ModeChange};

impl Files {
    pub(super) fn chown(&mut self, execution: &Execution<'_>) {
        let is_recursive = has_flag(execution.command, 'R', "--recursive");
        let mut words = operands(execution.command);
        let owner = words.next().and_then(|word| word.literal.as_deref());
        if execution.command.arguments().any(|word| word.starts_with("--ref")) {
            self.opaque(execution.at);
            return;
        }
        let owner = owner.and_then(|owner| owner.split([':', '.']).next());
        if owner == Some("") {
            // A group alone.
            return;
        }
        let owner = owner.filter(|owner| owner.starts_with(|c: char| c.is_ascii_lowercase()));
        for word in words {
            let Some(path) = path(execution, word) else {
                self.forget_word(word, execution.at);
                continue;
            };
            self.owners.set(&path, execution.at, owner.map(str::to_owned));
            if is_recursive {
                self.owners.set_below(&path, execution.at, owner.map(str::to_owned));
            }
        }
    }

    pub(super) fn chmod(&mut self, execution: &Execution<'_>) {
        let is_recursive = has_flag(execution.command, 'R', "--recursive");
        let text = |word: &&Word| word.literal.as_deref().is_none_or(|text| !is_option(text));
        let mut words = execution.command.command().iter().skip(1).filter(text);
        let mode = words.next().and_then(|word| word.literal.as_deref());
        for word in words {
            let Some(path) = path(execution, word) else {
                self.forget_word(word, execution.at);
                continue;
            };
            let old = self.mode(&path, execution.at);
            let is_directory = self.kind(&path, execution.at) == Kind::Directory;
            let new = mode.and_then(|mode| changed(mode, old, is_directory));
            self.modes.set(&path, execution.at, new);
            if is_recursive {
                let octal = mode.and_then(|mode| u16::from_str_radix(mode, 8).ok());
                self.modes.set_below(&path, execution.at, octal);
            }
        }
    }
}

/// The permissions after a change, if they are known.
fn changed(mode: &str, old: Option<u16>, is_directory: bool) -> Option<u16> {
    if let Ok(bits) = u16::from_str_radix(mode, 8) {
        return Some(bits);
    }
    let change = ModeChange::parse(mode)?;
    Some(change.apply(Mode { bits: old? }, is_directory).bits)
}
