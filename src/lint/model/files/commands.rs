//! What commands do to files.

use super::{Files, Kind};
use crate::lint::model::Execution;
use crate::lint::shell::{Simple, Word};

/// Programs that change no files but by redirection, and those that write to directories of the
/// system and to hidden files alone.
const QUIET: &[&str] = &[
    "[",
    "[[",
    "addgroup",
    "adduser",
    "apt",
    "apt-cache",
    "apt-get",
    "apt-mark",
    "cat",
    "cd",
    "command",
    "date",
    "df",
    "diff",
    "dpkg-query",
    "du",
    "echo",
    "env",
    "export",
    "false",
    "file",
    "find",
    "free",
    "getent",
    "gpg",
    "grep",
    "groupadd",
    "head",
    "hostname",
    "id",
    "jq",
    "ldconfig",
    "locale-gen",
    "ls",
    "md5sum",
    "pip",
    "pip3",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "set",
    "sha256sum",
    "sleep",
    "sort",
    "ss",
    "stat",
    "tail",
    "test",
    "tr",
    "true",
    "type",
    "uname",
    "uniq",
    "unset",
    "update-ca-certificates",
    "useradd",
    "usermod",
    "wc",
    "which",
    "whoami",
    "xargs",
];

/// Package managers that fill a directory of the project.
const PROJECT: &[&str] = &["npm", "yarn", "pnpm", "bun"];

/// What they write when they install.
const INSTALLED: &[&str] = &[
    "bun.lock",
    "bun.lockb",
    "node_modules",
    "package-lock.json",
    "package.json",
    "pnpm-lock.yaml",
    "yarn.lock",
];

impl Files {
    pub(in crate::lint::model) fn execute(&mut self, execution: &Execution<'_>) {
        self.redirects(execution);
        let command = execution.command;
        if command.command().is_empty() {
            return;
        }
        let Some(program) = execution.program().filter(|_| !hands_over(command)) else {
            return self.opaque(execution.at);
        };
        if QUIET.contains(&program) {
            return;
        }
        if execution.is_certain {
            self.certainly(execution, program);
        } else {
            self.perhaps(execution, program);
        }
    }

    fn redirects(&mut self, execution: &Execution<'_>) {
        for redirect in &execution.command.redirects {
            if !matches!(redirect.operator, ">" | ">>" | ">|" | "&>" | "&>>") {
                continue;
            }
            let target = &redirect.target;
            let path = target.literal.as_deref().and_then(|path| execution.absolute(path));
            match path {
                Some(path) if execution.is_certain => {
                    self.write(&path, execution.at, execution.shell_user);
                }
                Some(path) => self.forget(&path, execution.at),
                None => self.forget_word(target, execution.at),
            }
        }
    }

    /// A modelled command that may not run: what it names is no longer known.
    fn perhaps(&mut self, execution: &Execution<'_>, program: &str) {
        const NAMED: &[&str] =
            &["mkdir", "touch", "rm", "rmdir", "chown", "chmod", "ln", "cp", "mv", "tee"];
        if !NAMED.contains(&program) {
            self.opaque(execution.at);
            return;
        }
        for word in operands(execution.command) {
            match path(execution, word) {
                Some(path) => self.forget(&path, execution.at),
                None => self.forget_word(word, execution.at),
            }
        }
    }

    fn certainly(&mut self, execution: &Execution<'_>, program: &str) {
        let at = execution.at;
        match program {
            "mkdir" => self.mkdir(execution),
            "touch" | "tee" | "truncate" => {
                for word in operands(execution.command) {
                    match path(execution, word) {
                        Some(path) => self.write(&path, at, execution.user),
                        None => self.forget_word(word, at),
                    }
                }
            }
            "rm" | "rmdir" | "unlink" => {
                for word in operands(execution.command) {
                    match path(execution, word) {
                        Some(path) => self.remove(&path, at),
                        None => self.forget_word(word, at),
                    }
                }
            }
            "chown" => self.chown(execution),
            "chmod" => self.chmod(execution),
            "cp" | "mv" | "ln" | "install" | "sed" | "curl" | "wget" | "chgrp" => {
                self.touch_named(execution, program);
            }
            "git" => self.git(execution),
            "python" | "python3" if is_venv(execution.command) => {
                let target = operands(execution.command).last();
                let path = target.and_then(|word| path(execution, word));
                match path {
                    Some(path) => self.fill(&path, at, execution.user),
                    None => self.opaque(at),
                }
            }
            "uv" if execution.command.arguments().next() == Some("venv") => {
                let word = operands(execution.command).nth(1);
                let name = word.and_then(|word| word.literal.as_deref()).unwrap_or(".venv");
                match execution.absolute(name) {
                    Some(path) => self.fill(&path, at, execution.user),
                    None => self.opaque(at),
                }
            }
            _ if PROJECT.contains(&program) => self.project(execution),
            _ => self.opaque(at),
        }
    }

    /// Installs what a project lists, or runs a script of it.
    fn project(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let Some(directory) = execution.directory.as_deref() else { return self.opaque(at) };
        let first = execution.command.arguments().find(|word| !word.starts_with('-'));
        if matches!(first, Some("install" | "i" | "ci" | "add")) {
            for name in INSTALLED {
                self.forget(&format!("{}/{name}", directory.trim_end_matches('/')), at);
            }
        } else {
            self.forget_below(directory, at);
        }
    }

    fn mkdir(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let words: Vec<&str> = execution.command.arguments().collect();
        let mode = words.windows(2).find(|pair| matches!(pair[0], "-m" | "--mode"));
        let mode = mode.map(|pair| u16::from_str_radix(pair[1], 8).ok());
        for word in operands(execution.command) {
            let text = word.literal.as_deref();
            // The value of `-m`.
            if mode.is_some() && text.is_some_and(|text| u16::from_str_radix(text, 8).is_ok()) {
                continue;
            }
            let Some(path) = path(execution, word) else {
                self.forget_word(word, at);
                continue;
            };
            let is_new = self.kind(&path, at) == Kind::Absent;
            self.make_directories(&path, at, execution.user);
            if let Some(mode) = mode.filter(|_| is_new) {
                self.modes.set(&path, at, mode);
            }
        }
    }

    /// A command that makes or changes what it names.
    fn touch_named(&mut self, execution: &Execution<'_>, program: &str) {
        let words: Vec<&Word> = operands(execution.command).collect();
        let is_remote = matches!(program, "curl" | "wget");
        if is_remote && !execution.command.arguments().any(|word| word.starts_with('-')) {
            // A file of an unknown name in the current directory.
            self.forget_here(execution);
            return;
        }
        for word in words {
            if word.prefix.contains("://") {
                continue;
            }
            match path(execution, word) {
                Some(path) => self.forget(&path, execution.at),
                None => self.forget_word(word, execution.at),
            }
        }
        if is_remote {
            self.forget_here(execution);
        }
    }

    fn forget_here(&mut self, execution: &Execution<'_>) {
        match &execution.directory {
            Some(directory) => self.kinds.set_below(directory, execution.at, Kind::Unknown),
            None => self.opaque(execution.at),
        }
    }

    fn git(&mut self, execution: &Execution<'_>) {
        let words: Vec<&str> = execution.command.arguments().collect();
        if matches!(words.first(), Some(&("config" | "--version" | "version"))) {
            return;
        }
        let plain: Vec<&str> =
            words.iter().copied().filter(|word| !word.starts_with('-')).collect();
        let url = plain.iter().position(|word| word.contains("://") || word.contains('@'));
        match (plain.first(), url.and_then(|url| plain.get(url + 1))) {
            (Some(&"clone"), Some(directory)) => match execution.absolute(directory) {
                Some(path) => self.fill(&path, execution.at, execution.user),
                None => self.opaque(execution.at),
            },
            (Some(&"clone"), None) if url.is_some() => self.forget_here(execution),
            _ => self.opaque(execution.at),
        }
    }
}

/// The path that a word means.
pub(super) fn path(execution: &Execution<'_>, word: &Word) -> Option<String> {
    execution.absolute(word.literal.as_deref()?)
}

/// Whether a program that changes no files itself runs another, or writes where its options say.
fn hands_over(command: &Simple) -> bool {
    let has = |test: fn(&str) -> bool| command.arguments().any(test);
    match command.program() {
        Some("find") => has(|word| word.starts_with("-exec") || word == "-delete"),
        Some("pip" | "pip3") => has(|word| word == "-t" || word.starts_with("--target")),
        Some("xargs") => true,
        _ => false,
    }
}

/// The arguments of a program that are not options.
pub(super) fn operands(command: &Simple) -> impl Iterator<Item = &Word> {
    let words = command.command().iter().skip(1);
    words.filter(|word| word.literal.is_none() || !is_option(&word.prefix))
}

pub(super) fn is_option(text: &str) -> bool {
    text.starts_with('-') && text.len() > 1
}

pub(super) fn has_flag(command: &Simple, letter: char, long: &str) -> bool {
    let is_short = |word: &str| word.starts_with('-') && !word.starts_with("--");
    command.arguments().any(|word| word == long || is_short(word) && word.contains(letter))
}

/// Whether a command of Python makes a virtual environment.
fn is_venv(command: &Simple) -> bool {
    let words: Vec<&str> = command.arguments().collect();
    words.starts_with(&["-m", "venv"]) || words.starts_with(&["-m", "virtualenv"])
}
