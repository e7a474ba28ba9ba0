//! The files that a command reads and writes, judged by its arguments.

use super::model::Execution;
use super::shell::{Redirect, Word, base_name};

/// What a command does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// The file must exist.
    Reads,
    /// The file exists afterwards.
    Writes,
    /// The file is gone afterwards.
    Removes,
    /// Unknown.
    Unclear,
}

/// A file that a command names.
#[derive(Debug, Clone)]
pub(super) struct FileAccess<'s> {
    /// The absolute path without a trailing slash, or its prefix.
    pub(super) path: String,
    /// Whether the path is complete: it is cut before a pattern or a variable.
    pub(super) whole: bool,
    pub(super) access: Access,
    pub(super) word: &'s Word,
    /// The command that names it.
    pub(super) execution: &'s Execution<'s>,
}

impl FileAccess<'_> {
    /// Whether the command runs for certain, and the step fails if it does.
    pub(super) const fn is_certain(&self) -> bool {
        self.execution.is_certain
    }
}

/// The files that commands name, in order.
pub(super) fn accesses<'s>(executions: &'s [Execution<'s>]) -> Vec<FileAccess<'s>> {
    let mut found = Vec::new();
    for execution in executions {
        Reader { execution, found: &mut found }.command();
    }
    found
}

struct Reader<'s, 'f> {
    /// The command that is read.
    execution: &'s Execution<'s>,
    found: &'f mut Vec<FileAccess<'s>>,
}

/// How a program uses its path arguments.
enum Form {
    /// The same access for all of them.
    All(Access),
    /// The last one is written, the others are read.
    IntoLast,
    /// The last one is written, the others are removed.
    Moves,
    /// The last one is written, the others are not files of the build.
    OnlyLast,
}

fn form(program: &str) -> Form {
    match program {
        "cp" | "install" | "rsync" => Form::IntoLast,
        "mv" => Form::Moves,
        "ln" => Form::OnlyLast,
        "mkdir" | "mktemp" | "tee" | "touch" | "truncate" => Form::All(Access::Writes),
        "rm" | "rmdir" | "unlink" | "shred" => Form::All(Access::Removes),
        "echo" | "printf" | "export" | "test" | "[" | "[[" | "find" | "curl" | "wget" | "git"
        | "mount" | "useradd" | "chown" | "sed" | "local" | "declare" => Form::All(Access::Unclear),
        _ => Form::All(Access::Reads),
    }
}

impl<'s> Reader<'s, '_> {
    fn command(&mut self) {
        let command = self.execution.command;
        for word in &command.assignments {
            self.add(word, Access::Unclear);
        }
        for redirect in self.execution.redirects() {
            let Redirect { operator, target, .. } = redirect;
            match *operator {
                _ if redirect.writes() => self.add(target, Access::Writes),
                "<" => self.add(target, Access::Reads),
                _ => {}
            }
        }
        let (Some(program), Some(arguments), None) =
            (command.program(), command.command().get(1..), &command.inner)
        else {
            return;
        };
        if matches!(program, "cd" | "pushd" | "popd") {
            let to = arguments.iter().find(|word| !word.prefix.starts_with('-'));
            if let Some(word) = to {
                self.add(word, Access::Reads);
            }
            return;
        }
        self.arguments(program, arguments);
    }

    fn arguments(&mut self, program: &str, arguments: &'s [Word]) {
        let mut plain: Vec<&Word> = Vec::new();
        let mut named = false;
        let mut before = "";
        for word in arguments {
            let text = word.prefix.as_str();
            if let Some(access) = of_option(program, before) {
                named |= access == Access::Writes;
                self.add(word, access);
            } else if text.starts_with('-') {
                self.attached(program, word);
            } else {
                plain.push(word);
            }
            before = text;
        }
        match program {
            "tar" => return self.tar(arguments),
            "curl" | "wget" => return self.download(program, arguments, &plain, named),
            "git" => return self.clone(&plain),
            _ => {}
        }
        let form = form(program);
        let (last, others) = match plain.split_last() {
            Some((last, others)) => (*last, others),
            None => return,
        };
        let rest = match form {
            Form::All(access) => {
                for word in plain {
                    self.add(word, access);
                }
                return;
            }
            Form::IntoLast | Form::Moves => Access::Reads,
            Form::OnlyLast => Access::Unclear,
        };
        for word in others {
            self.add(word, rest);
        }
        for word in others.iter().filter(|_| matches!(form, Form::Moves)) {
            self.add(word, Access::Removes);
        }
        self.add(last, Access::Writes);
    }

    /// `--option=/path` and `-C/path`: the access is unknown.
    fn attached(&mut self, program: &str, word: &'s Word) {
        let text = word.prefix.as_str();
        let Some(at) = text.find('/') else { return };
        let access = match (program, &text[..at]) {
            ("pip" | "pip3", "-r" | "--requirement=") => Access::Reads,
            (_, "-o" | "-O" | "--output=" | "--output-document=") => Access::Writes,
            _ => Access::Unclear,
        };
        self.push(&text[at..], word, access);
    }

    fn tar(&mut self, arguments: &'s [Word]) {
        let Some(flags) = arguments.first() else { return };
        let packs = flags.prefix.contains('c') && !flags.prefix.starts_with("--");
        for word in arguments.iter().skip(1).filter(|word| !word.prefix.starts_with('-')) {
            if !packs {
                self.add(word, Access::Reads);
                // The remaining names are inside the archive.
                break;
            }
            self.add(word, Access::Unclear);
        }
    }

    /// `curl -O URL` and `wget URL` write a file named after the last part of the URL.
    fn download(&mut self, program: &str, all: &'s [Word], plain: &[&'s Word], named: bool) {
        let remote = |word: &Word| {
            let text = word.prefix.as_str();
            text == "--remote-name" || text.len() < 8 && is_flags(text) && text.ends_with('O')
        };
        if named || program == "curl" && !all.iter().any(remote) {
            return;
        }
        for word in plain {
            let url = word.literal.as_deref().filter(|url| url.contains("://"));
            let name = url.map(|url| base_name(url.split(['?', '#']).next().unwrap_or(url)));
            if let Some(path) =
                name.filter(|name| !name.is_empty()).and_then(|name| self.absolute(name))
            {
                self.push(&path, word, Access::Writes);
            }
        }
    }

    fn clone(&mut self, plain: &[&'s Word]) {
        let Some(at) = plain.iter().position(|word| word.literal.as_deref() == Some("clone"))
        else {
            return;
        };
        let is_url = |word: &&&Word| word.prefix.contains("://") || word.prefix.contains('@');
        let Some(url) = plain[at..].iter().find(is_url) else { return };
        if let Some(directory) = plain.last().filter(|last| last.range.start > url.range.start) {
            self.add(directory, Access::Writes);
            return;
        }
        let name = base_name(url.prefix.trim_end_matches('/')).trim_end_matches(".git");
        if let Some(path) = self.absolute(name).filter(|_| url.literal.is_some()) {
            self.push(&path, url, Access::Writes);
        }
    }

    fn add(&mut self, word: &'s Word, access: Access) {
        let text = word.literal.as_deref().unwrap_or(&word.prefix);
        // `if=/path`, `@/path`, `file:///path` and `A=/path`.
        let embedded = text.find("=/").map(|at| at + 1).or_else(|| {
            let at = text.strip_prefix('@').map(|_| 1);
            at.or_else(|| text.strip_prefix("file://").map(|_| "file://".len()))
        });
        match embedded {
            Some(at) => self.push(&text[at..], word, access),
            None if text.contains("://") => {}
            None => {
                if let Some(path) = self.absolute(text) {
                    self.push(&path, word, access);
                }
            }
        }
    }

    fn push(&mut self, path: &str, word: &'s Word, access: Access) {
        let whole = word.literal.is_some();
        // A variable or a pattern may expand within the last component.
        let path = if whole { path.trim_end_matches('/') } else { path };
        let path = path.strip_suffix("/.").unwrap_or(path).to_owned();
        self.found.push(FileAccess { path, whole, access, word, execution: self.execution });
    }

    fn absolute(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        let path = path.strip_prefix("./").unwrap_or(path);
        let directory = self.execution.directory.as_deref().filter(|_| !path.contains(".."))?;
        Some(format!("{}/{path}", directory.trim_end_matches('/')))
    }
}

/// The access to the value of an option.
fn of_option(program: &str, option: &str) -> Option<Access> {
    match (program, option) {
        (_, "-o" | "--output" | "--output-document" | "--out") => Some(Access::Writes),
        ("wget", option) if is_flags(option) && option.ends_with('O') => Some(Access::Writes),
        ("curl", option) if is_flags(option) && option.ends_with('o') => Some(Access::Writes),
        ("unzip", "-d") | ("wget", "-P" | "--directory-prefix") => Some(Access::Writes),
        // The program changes to this directory, so it must exist.
        ("git" | "make" | "tar", "-C" | "--directory") => Some(Access::Reads),
        (_, "--target" | "--prefix" | "--dest" | "-t") => Some(Access::Unclear),
        _ => None,
    }
}

fn is_flags(option: &str) -> bool {
    option.starts_with('-') && !option.starts_with("--")
}
