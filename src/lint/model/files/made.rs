//! Commands that make, move or fill several files.

use std::ops::Range;

use super::commands::{has_flag, operands, path};
use super::{Files, Kind};
use crate::lint::model::Execution;
use crate::lint::shell::{Word, base_name};

impl Files {
    /// `cp`: the copies belong to the user, unless an option preserves owners.
    pub(super) fn cp(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let command = execution.command;
        let words: Vec<&Word> = operands(command).collect();
        let Some((target, sources)) = words.split_last().filter(|(_, rest)| !rest.is_empty())
        else {
            return self.add_unknown(at);
        };
        if command.arguments().any(|word| word.starts_with("-t") || word.starts_with("--t")) {
            return self.opaque(at);
        }
        let Some(target) = path(execution, target) else { return self.forget_word(target, at) };
        let preserves = has_flag(command, 'a', "--archive") || has_flag(command, 'p', "--preserve");
        let is_recursive =
            ['a', 'r', 'R'].iter().any(|flag| has_flag(command, *flag, "--recursive"));
        let owner = execution.user.filter(|_| !preserves);
        let is_directory = self.kind(&target, at) == Kind::Directory;
        for source in sources {
            let Some(from) = path(execution, source) else {
                self.add_unknown(at);
                self.forget_below(&target, at);
                continue;
            };
            let name = base_name(&from);
            let into = format!("{}/{name}", target.trim_end_matches('/'));
            // The content of `a/.` is merged into the target.
            let is_content = source.prefix.ends_with("/.") || source.prefix == ".";
            let into = if is_directory && !is_content { into } else { target.clone() };
            if is_recursive {
                self.fill(&into, at, owner);
            } else if preserves {
                self.forget(&into, at);
            } else if self.kind(&into, at) == Kind::Absent {
                let mode = self.mode(&from, at);
                self.put(&into, at, Kind::File, owner, mode);
            } else if self.kind(&into, at) != Kind::File {
                self.forget(&into, at);
            }
        }
    }

    /// `mv`: owner and mode come along, and may not be known.
    pub(super) fn mv(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let words: Vec<&Word> = operands(execution.command).collect();
        let Some((target, sources)) = words.split_last() else { return };
        let target = path(execution, target);
        for source in sources {
            match (path(execution, source), &target) {
                (Some(from), Some(target)) => {
                    let name = base_name(&from);
                    let into = format!("{}/{name}", target.trim_end_matches('/'));
                    let is_directory = self.kind(target, at) == Kind::Directory;
                    self.forget(if is_directory { &into } else { target }, at);
                    self.remove(&from, at);
                }
                (_, Some(target)) => {
                    self.forget_word(source, at);
                    self.forget(target, at);
                }
                (_, None) => self.opaque(at),
            }
        }
    }

    /// `ln`: what a link leads to is not followed, so nothing is known of it.
    pub(super) fn ln(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let words: Vec<&Word> = operands(execution.command).collect();
        let Some((link, targets)) = words.split_last() else { return };
        if targets.is_empty() {
            return self.add_unknown(at);
        }
        let Some(link) = path(execution, link) else { return self.forget_word(link, at) };
        if self.kind(&link, at) != Kind::Directory {
            return self.forget(&link, at);
        }
        for target in targets {
            match target.literal.as_deref() {
                Some(target) => {
                    self.forget(
                        &format!("{}/{}", link.trim_end_matches('/'), base_name(target)),
                        at,
                    );
                }
                None => self.add_unknown(at),
            }
        }
    }

    pub(super) fn git(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let words: Vec<&str> = execution.command.arguments().collect();
        if matches!(words.first(), Some(&("config" | "lfs" | "version"))) {
            return;
        }
        if words.first() != Some(&"clone") {
            self.add_unknown(at);
            if words.first() == Some(&"init") {
                return;
            }
            return match words.iter().position(|word| *word == "-C") {
                Some(place) => {
                    let directory = words.get(place + 1).and_then(|path| execution.absolute(path));
                    match directory {
                        Some(path) => self.kinds.set_below(&path, at, Kind::Unknown),
                        None => self.opaque(at),
                    }
                }
                None => self.forget_kinds_here(execution),
            };
        }
        if let Some((path, _)) = cloned(execution) {
            if let Some(parent) = super::parents(&path).next() {
                self.make_directories(parent, at, execution.user);
            }
            self.fill(&path, at, execution.user);
            self.put(&format!("{path}/.git"), at, Kind::Directory, execution.user, None);
            return;
        }
        self.add_unknown(at);
        let target = operands(execution.command).last().and_then(|word| path(execution, word));
        if let Some(path) = target {
            self.forget(&path, at);
        }
    }

    /// An archive may change the owner and the mode of the directory, too.
    pub(super) fn tar(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let words = execution.command.command();
        let flags = words.get(1).map_or("", |word| word.prefix.as_str());
        let is_short = !flags.starts_with("--");
        self.add_unknown(at);
        if is_short && flags.contains(['c', 't']) || flags == "--create" {
            return;
        }
        let directory = match tar_directory(words) {
            Some(word) => path(execution, word),
            None if words.iter().any(|word| word.prefix.starts_with("--d")) => None,
            None => execution.directory.clone(),
        };
        match directory {
            Some(path) => {
                self.owners.set(&path, at, None);
                self.modes.set(&path, at, None);
                self.forget_below(&path, at);
            }
            None => self.opaque(at),
        }
    }

    pub(super) fn unzip(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let words: Vec<&str> = execution.command.arguments().collect();
        let directory = words.iter().position(|word| *word == "-d");
        let directory = directory.and_then(|place| words.get(place + 1)).copied();
        self.add_unknown(at);
        match execution.absolute(directory.unwrap_or(".")) {
            Some(path) => self.fill(&path, at, execution.user),
            None => self.opaque(at),
        }
    }

    /// `python -m …`; anything else runs a program of its own.
    pub(super) fn python(&mut self, execution: &Execution<'_>) {
        let command = execution.command;
        let words: Vec<&str> = command.arguments().collect();
        match words.as_slice() {
            ["-m", "venv" | "virtualenv", ..] => {
                self.environment(execution, operands(command).last());
            }
            ["-m", "pip", ..] => self.pip(execution),
            ["-m", "compileall" | "ensurepip" | "playwright" | "build", ..] => {
                self.add_unknown(execution.at);
            }
            _ => self.opaque(execution.at),
        }
    }

    /// A virtual environment, which belongs to the user who makes it.
    pub(super) fn environment(&mut self, execution: &Execution<'_>, word: Option<&Word>) {
        match word.and_then(|word| path(execution, word)) {
            Some(path) => self.fill(&path, execution.at, execution.user),
            None => self.opaque(execution.at),
        }
    }

    pub(super) fn uv(&mut self, execution: &Execution<'_>) {
        let words: Vec<&Word> = execution.command.command().iter().skip(1).collect();
        let text = |word: &Word| word.literal.clone().unwrap_or_default();
        if words.first().is_some_and(|word| text(word) == "venv") && execution.is_certain {
            let mut rest = words[1..].iter().copied();
            let mut named = None;
            while let Some(word) = rest.next() {
                match text(word).as_str() {
                    "-p" | "--python" | "--prompt" => drop(rest.next()),
                    option if option.starts_with('-') => {}
                    _ => named = Some(word),
                }
            }
            match (named, execution.absolute(".venv")) {
                (Some(word), _) => self.environment(execution, Some(word)),
                (None, Some(path)) => self.fill(&path, execution.at, execution.user),
                (None, None) => self.opaque(execution.at),
            }
        }
    }

    /// `pip` writes to directories of Python, beside what options name.
    pub(super) fn pip(&mut self, execution: &Execution<'_>) {
        let is_local = |word: &str| {
            word.starts_with('.') || matches!(word, "wheel" | "download" | "-e" | "--editable")
        };
        if execution.command.arguments().any(is_local) {
            self.add_unknown(execution.at);
        }
    }

    /// Nothing is known of what is in the working directory, but who owns it.
    pub(super) fn forget_kinds_here(&mut self, execution: &Execution<'_>) {
        match &execution.directory {
            Some(directory) => self.kinds.set_below(directory, execution.at, Kind::Unknown),
            None => self.opaque(execution.at),
        }
    }
}

/// The value of `-C`, alone or at the end of several flags.
pub(in crate::lint::model) fn tar_directory(words: &[Word]) -> Option<&Word> {
    let mut places = words.iter().enumerate().skip(1);
    let (place, _) = places.find(|(place, word)| {
        let text = word.prefix.as_str();
        let is_flags = text.starts_with('-') && !text.starts_with("--") || *place == 1;
        text == "--directory" || is_flags && text.ends_with('C')
    })?;
    words.get(place + 1)
}

/// The directory that `git clone` makes, if it is certain, and the word that names it.
pub(in crate::lint::model) fn cloned(execution: &Execution<'_>) -> Option<(String, Range<usize>)> {
    let mut words = execution.command.command().iter().skip(1);
    words.next().filter(|word| word.literal.as_deref() == Some("clone"))?;
    let mut plain = Vec::new();
    while let Some(word) = words.next() {
        match word.literal.as_deref().unwrap_or(&word.prefix) {
            "-b" | "--branch" | "--depth" | "-o" | "--origin" | "-c" | "--config" | "-j"
            | "--jobs" | "--filter" | "--reference" | "--template" => drop(words.next()?),
            option if option.starts_with('-') => {}
            _ => plain.push(word),
        }
    }
    match plain.as_slice() {
        [_, directory] => {
            Some((execution.absolute(directory.literal.as_deref()?)?, directory.range.clone()))
        }
        [word] => {
            let url = word.literal.as_deref()?.trim_end_matches('/').trim_end_matches(".git");
            Some((execution.absolute(url.rsplit(['/', ':']).next()?)?, word.range.clone()))
        }
        _ => None,
    }
}
