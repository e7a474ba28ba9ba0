//! What commands need of files: that they exist, that nothing is there, that the user may write.

mod paths;
mod projects;

use std::ops::Range;

use super::{Execution, Moment};
use crate::lint::shell::Word;

/// What a command needs of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint) enum Need {
    /// That it exists.
    Exists,
    /// That it exists, since it is removed.
    Gone,
    /// That the directory around it exists.
    Parent,
    /// That one of these files is in it, or also in a directory above it.
    OneOf { names: &'static [&'static str], or_above: bool },
    /// That a module of Python is in it; these are the names that it may have.
    Module { names: &'static [&'static str] },
    /// That nothing is there.
    Free,
    /// That nothing but a directory is there, in which a link is made then.
    FreeLink,
    /// That it is empty, if it is there.
    Empty,
    /// That the user may write to it, or make it.
    Writable,
    /// As [`Need::Writable`], but only if nothing is there.
    Makeable,
    /// That the user may remove it.
    Removable,
    /// That the user may put another file in its place.
    Replaceable,
    /// That it belongs to the user.
    Owned,
}

/// What one command needs of one path.
#[derive(Debug)]
pub(in crate::lint) struct Demand {
    pub(in crate::lint) at: Moment,
    pub(in crate::lint) need: Need,
    /// An absolute path.
    pub(in crate::lint) path: String,
    /// The user who needs it, if that is known.
    pub(in crate::lint) user: Option<String>,
    /// The word that names it, or the command, as a range of the script.
    pub(in crate::lint) range: Range<usize>,
    /// Whether the step fails if the command fails.
    pub(in crate::lint) is_decisive: bool,
}

/// What a command needs, if it certainly runs.
pub(super) fn of(execution: &Execution<'_>, demands: &mut Vec<Demand>) {
    let command = execution.command;
    if !execution.is_certain {
        return;
    }
    let mut needs = Needs { execution, demands };
    for redirect in execution.redirects() {
        if redirect.writes() {
            needs.by_shell(Need::Writable, &redirect.target);
            needs.by_shell(Need::Parent, &redirect.target);
        } else if redirect.operator == "<" {
            needs.by_shell(Need::Exists, &redirect.target);
        }
    }
    if command.inner.is_some() {
        return;
    }
    if let Some(first) = command.command().first().filter(|first| first.prefix.contains('/')) {
        needs.of_word(Need::Exists, first);
    }
    if let Some(program) = execution.program() {
        paths::of(&mut needs, program);
        projects::of(&mut needs, program);
    }
}

/// The needs of one command.
struct Needs<'e, 's> {
    execution: &'e Execution<'s>,
    demands: &'e mut Vec<Demand>,
}

impl Needs<'_, '_> {
    fn of_word(&mut self, need: Need, word: &Word) {
        self.add(need, word, self.execution.user);
    }

    fn of_words<'w>(&mut self, need: Need, words: impl IntoIterator<Item = &'w Word>) {
        for word in words {
            self.of_word(need, word);
        }
    }

    /// The shell opens the files of redirections.
    fn by_shell(&mut self, need: Need, word: &Word) {
        self.add(need, word, self.execution.shell_user);
    }

    fn add(&mut self, need: Need, word: &Word, user: Option<&str>) {
        // That a pattern, a tilde or a variable is quoted is the subject of other rules.
        let is_plain = |path: &&str| !path.contains(['*', '?', '[', '~', '$']);
        let path = word.literal.as_deref().filter(|path| !matches!(*path, "" | "-"));
        let path = path.filter(is_plain);
        let Some(path) = path.and_then(|path| self.execution.absolute(path)) else { return };
        self.push(need, path, user, word.range.clone());
    }

    /// A path that no word names.
    fn of_path(&mut self, need: Need, path: &str) {
        let Some(path) = self.execution.absolute(path) else { return };
        self.push(need, path, self.execution.user, self.execution.command.range.clone());
    }

    fn push(&mut self, need: Need, path: String, user: Option<&str>, range: Range<usize>) {
        self.demands.push(Demand {
            at: self.execution.at,
            need,
            path,
            user: user.map(str::to_owned),
            range,
            is_decisive: self.execution.is_decisive,
        });
    }
}
