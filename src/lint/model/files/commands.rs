//! What commands do to files.

use super::programs::{self, Output};
use super::{Files, Kind};
use crate::lint::model::Execution;
use crate::lint::shell::{Separator, Simple, Word};
use crate::platform::ROOT;

/// Package managers that fill a directory of the project.
const PROJECT: &[&str] = &["npm", "yarn", "pnpm", "bun"];

impl Files {
    pub(in crate::lint::model) fn execute(&mut self, execution: &Execution<'_>) {
        self.redirects(execution);
        let command = execution.command;
        if command.command().is_empty() {
            return;
        }
        let feeds = std::mem::take(&mut self.feeds_download);
        let Some(program) = execution.program().filter(|_| !hands_over(command)) else {
            return self.opaque(execution.at);
        };
        self.feeds_download =
            matches!(program, "curl" | "wget") && command.after == Separator::Pipe;
        for output in programs::outputs(command, program) {
            self.output(execution, &output);
        }
        let installs = feeds && matches!(program, "bash" | "sh");
        if installs || programs::is_adding(program) {
            // Installers write to directories of the system and below the home directory.
            self.add_unknown(execution.at);
        }
        match program {
            _ if installs || programs::is_question(command) => {}
            "uv" => self.uv(execution),
            _ if programs::is_adding(program) => {}
            "source" | "." if programs::is_environment(command) => {}
            "sed" if !command.arguments().any(is_in_place) => {}
            "apt" | "apt-get" | "dpkg" => {
                self.installed.get_or_insert(execution.at);
                if has_word(command, &["download", "source"]) {
                    self.add_unknown(execution.at);
                }
            }
            "pip" | "pip3" => self.pip(execution),
            _ if programs::is_quiet(program) => {}
            "useradd" | "adduser" => self.home(execution),
            "usermod" if !has_word(command, &["-d", "-m", "--home", "--move-home"]) => {}
            "curl" | "wget" => self.download(execution, program),
            _ if execution.is_certain => self.certainly(execution, program),
            _ => self.perhaps(execution, program),
        }
    }

    /// The files that the shell of a command opens.
    pub(in crate::lint::model) fn redirects(&mut self, execution: &Execution<'_>) {
        for redirect in execution.redirects() {
            if !redirect.writes() {
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

    /// A file or directory that an option names.
    fn output(&mut self, execution: &Execution<'_>, output: &Output<'_>) {
        let at = execution.at;
        let Some(written) = output.path else { return self.forget_word(output.word, at) };
        if written == "-" {
            return;
        }
        let Some(path) = execution.absolute(written) else { return self.opaque(at) };
        let is_file = matches!(execution.program(), Some("curl" | "wget" | "gpg" | "sort"));
        if execution.is_certain && is_file && self.kind(&path, at) == Kind::Absent {
            self.write(&path, at, execution.user);
            // `wget -P` and `curl --output-dir` name directories.
            if has_word(execution.command, &["-P", "--directory-prefix", "--output-dir"]) {
                self.forget(&path, at);
            }
        } else {
            self.forget(&path, at);
        }
    }

    /// A modelled command that may not run: what it names is no longer known.
    fn perhaps(&mut self, execution: &Execution<'_>, program: &str) {
        const NAMED: &[&str] = &[
            "chmod", "chown", "cp", "git", "install", "ln", "mkdir", "mv", "rm", "rmdir", "sed",
            "tar", "tee", "touch", "truncate", "unlink", "unzip",
        ];
        if !NAMED.contains(&program) && !PROJECT.contains(&program) {
            self.opaque(execution.at);
            return;
        }
        self.add_unknown(execution.at);
        for word in operands(execution.command) {
            match path(execution, word) {
                Some(path) => self.forget(&path, execution.at),
                None if word.prefix.contains("://") => {}
                None => self.forget_word(word, execution.at),
            }
        }
        if matches!(program, "git" | "tar" | "unzip") || PROJECT.contains(&program) {
            self.forget_kinds_here(execution);
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
                        None => self.forget_kinds(word, at),
                    }
                }
            }
            "chown" => self.chown(execution),
            "chmod" => self.chmod(execution),
            "cp" => self.cp(execution),
            "mv" => self.mv(execution),
            "ln" => self.ln(execution),
            "install" => {
                for word in operands(execution.command) {
                    match path(execution, word) {
                        Some(path) => self.forget(&path, at),
                        None => self.forget_word(word, at),
                    }
                }
            }
            "sed" => {
                // The file is replaced by one of the user's.
                let paths = operands(execution.command).filter_map(|word| path(execution, word));
                for path in paths {
                    self.owners.set(&path, at, None);
                }
            }
            "git" => self.git(execution),
            "tar" => self.tar(execution),
            "unzip" => self.unzip(execution),
            "python" | "python3" => self.python(execution),
            "virtualenv" => self.environment(execution, operands(execution.command).last()),
            "make" | "ninja" if builds_alone(execution.command) => self.add_unknown(at),
            _ if PROJECT.contains(&program) => self.project(execution),
            _ => self.opaque(at),
        }
    }

    /// Installs what a project lists, or runs a script of it.
    fn project(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        let Some(directory) = execution.directory.as_deref() else { return self.opaque(at) };
        let mut words = execution.command.arguments().filter(|word| !word.starts_with('-'));
        let runs_script = matches!(words.next(), Some("run" | "run-script" | "exec"));
        if runs_script && words.next() != Some("build") {
            self.forget_below(directory, at);
        }
        self.add_unknown(at);
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

    /// `curl` and `wget`, beside the files that their options name.
    fn download(&mut self, execution: &Execution<'_>, program: &str) {
        let command = execution.command;
        let names_itself = |word: &str| {
            let is_flags = word.starts_with('-') && !word.starts_with("--") && word.len() < 8;
            word == "--remote-name" || is_flags && word.contains('O')
        };
        let has_output = !programs::outputs(command, program).is_empty();
        if program == "wget" && !has_output || command.arguments().any(names_itself) {
            self.add_unknown(execution.at);
        }
    }

    /// The home directory of a new user.
    fn home(&mut self, execution: &Execution<'_>) {
        let command = execution.command;
        let words: Vec<&str> = command.arguments().collect();
        let is_made =
            execution.program() == Some("adduser") || has_flag(command, 'm', "--create-home");
        if !is_made || has_word(command, &["-M", "--no-create-home"]) {
            return;
        }
        let given = words.iter().enumerate().find_map(|(place, word)| {
            if matches!(*word, "-d" | "--home" | "--home-dir") {
                return words.get(place + 1).copied();
            }
            word.strip_prefix("--home=").or_else(|| word.strip_prefix("--home-dir="))
        });
        let new = crate::lint::model::NewUser::of(command);
        let Some(name) = new.and_then(|new| new.name) else {
            return self.add_unknown(execution.at);
        };
        let home = given.map_or_else(|| format!("/home/{name}"), str::to_owned);
        let Some(home) = execution.absolute(&home) else { return self.opaque(execution.at) };
        if execution.is_certain {
            if let Some(parent) = super::parents(&home).next() {
                self.make_directories(parent, execution.at, Some(ROOT));
            }
            self.fill(&home, execution.at, Some(name));
        } else {
            self.forget(&home, execution.at);
        }
    }
}

/// The path that a word means.
pub(super) fn path(execution: &Execution<'_>, word: &Word) -> Option<String> {
    execution.absolute(word.literal.as_deref()?)
}

/// Whether a program that changes no files itself runs another.
fn hands_over(command: &Simple) -> bool {
    let has = |test: fn(&str) -> bool| command.arguments().any(test);
    match command.program() {
        Some("find") => {
            has(|word| word.starts_with("-exec") || word.starts_with("-ok") || word == "-delete")
        }
        Some("xargs") => true,
        _ => false,
    }
}

/// Whether `make` or `ninja` builds the project's own target, and installs nothing.
fn builds_alone(command: &Simple) -> bool {
    command.command().iter().skip(1).all(|word| {
        let text = word.prefix.as_str();
        text.starts_with("-j") || matches!(text, "all" | "build") || text.parse::<u32>().is_ok()
    })
}

fn is_in_place(word: &str) -> bool {
    word.starts_with("-i")
        || word.starts_with("--in-place")
        || is_option(word) && word.contains('i')
}

fn has_word(command: &Simple, words: &[&str]) -> bool {
    command.arguments().any(|word| words.contains(&word))
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
