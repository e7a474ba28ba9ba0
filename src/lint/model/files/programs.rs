//! What is known of programs by their name.

use crate::lint::shell::{Simple, Word};

/// Programs that change no files but by redirection and by the options of [`OUTPUTS`], and those
/// that write to directories of the system and to hidden files alone.
const QUIET: &[&str] = &[
    ":",
    "[",
    "[[",
    "addgroup",
    "apt",
    "apt-cache",
    "apt-get",
    "apt-key",
    "apt-mark",
    "base64",
    "basename",
    "cat",
    "cd",
    "chgrp",
    "chpasswd",
    "command",
    "corepack",
    "cut",
    "date",
    "debconf-set-selections",
    "df",
    "diff",
    "dirname",
    "dpkg",
    "dpkg-query",
    "dpkg-reconfigure",
    "du",
    "echo",
    "env",
    "exit",
    "export",
    "false",
    "fc-cache",
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
    "kill",
    "ldconfig",
    "ldd",
    "locale-gen",
    "ls",
    "lsb_release",
    "md5sum",
    "nproc",
    "openssl",
    "passwd",
    "ping",
    "pip",
    "pip3",
    "printenv",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "rustup",
    "seq",
    "set",
    "sha256sum",
    "sha512sum",
    "sleep",
    "sort",
    "ss",
    "stat",
    "sync",
    "tail",
    "test",
    "tr",
    "true",
    "type",
    "uname",
    "unset",
    "update-alternatives",
    "update-ca-certificates",
    "update-locale",
    "wait",
    "wc",
    "which",
    "whoami",
    "xargs",
    "yes",
];

/// Programs that make files with names of their own, and neither remove what an instruction put
/// somewhere nor give it to another user.
const ADDING: &[&str] = &[
    "awk",
    "bundle",
    "bunx",
    "cargo",
    "cmake",
    "composer",
    "conda",
    "cpanm",
    "dotnet",
    "g++",
    "gcc",
    "gem",
    "go",
    "gradle",
    "hatch",
    "hf",
    "huggingface-cli",
    "javac",
    "mamba",
    "mix",
    "mktemp",
    "mvn",
    "npx",
    "pdm",
    "pecl",
    "pipenv",
    "pipx",
    "playwright",
    "pnpx",
    "poetry",
    "pytest",
    "rustc",
    "split",
    "ssh-keygen",
    "tsc",
    "uv",
    "uvx",
];

/// Options whose value is a file or directory that the program writes.
const OUTPUTS: &[(&str, &[&str])] = &[
    ("curl", &["-o", "--output", "--output-dir"]),
    ("find", &["-fprint", "-fprint0", "-fprintf", "-fls"]),
    ("gpg", &["-o", "--output"]),
    ("openssl", &["-out", "-keyout"]),
    ("pip", PIP),
    ("pip3", PIP),
    ("sort", &["-o", "--output"]),
    ("wget", &["-O", "--output-document", "-P", "--directory-prefix"]),
];

const PIP: &[&str] =
    &["-t", "--target", "--prefix", "--root", "-d", "--dest", "-w", "--wheel-dir", "--src"];

pub(super) fn is_quiet(program: &str) -> bool {
    QUIET.contains(&program)
}

pub(super) fn is_adding(program: &str) -> bool {
    ADDING.contains(&program)
}

/// A file or directory that an option names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint::model) struct Output<'s> {
    pub(in crate::lint::model) word: &'s Word,
    /// Its path as written, if that is literal; `-` for the standard output.
    pub(in crate::lint::model) path: Option<&'s str>,
}

/// What a program writes according to its options.
pub(in crate::lint::model) fn outputs<'s>(command: &'s Simple, program: &str) -> Vec<Output<'s>> {
    let Some((_, options)) = OUTPUTS.iter().find(|(name, _)| *name == program) else {
        return Vec::new();
    };
    let mut words = command.command().iter().skip(1);
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let text = word.literal.as_deref().unwrap_or(word.prefix.as_str());
        if options.contains(&text) || is_bundle(text, options) {
            let path = |word: &'s Word| Output { word, path: word.literal.as_deref() };
            found.extend(words.next().map(path));
        } else if let Some(part) = options.iter().find_map(|option| attached(text, option)) {
            found.push(Output { word, path: Some(part).filter(|_| word.literal.is_some()) });
        }
    }
    found
}

/// Several letters of which the last is the option, as in `curl -fsSLo` and `wget -qO`.
fn is_bundle(text: &str, options: &[&str]) -> bool {
    let letters = text.strip_prefix('-').filter(|rest| !rest.starts_with('-') && rest.len() > 1);
    letters.and_then(|letters| letters.chars().last()).is_some_and(|last| {
        let is_all_letters = text[1..].chars().all(|letter| letter.is_ascii_alphabetic());
        is_all_letters && text.len() < 8 && options.contains(&format!("-{last}").as_str())
    })
}

/// The value in `--option=value`, `-ovalue` and `-qOvalue`.
fn attached<'t>(text: &'t str, option: &str) -> Option<&'t str> {
    if option.starts_with("--") {
        return text.strip_prefix(option)?.strip_prefix('=');
    }
    let letter = option.strip_prefix('-').filter(|letter| letter.len() == 1)?;
    let rest = text.strip_prefix('-').filter(|rest| !rest.starts_with('-'))?;
    let (flags, value) = rest.split_once(letter)?;
    let is_path = value.starts_with(['/', '.']) || value == "-";
    (is_path && flags.chars().all(|flag| flag.is_ascii_alphabetic())).then_some(value)
}

/// Whether a command only asks a program for its version or for help.
pub(super) fn is_question(command: &Simple) -> bool {
    const QUESTIONS: &[&str] = &["--version", "-V", "-v", "version", "--help"];
    let is_named = command.command().first().is_some_and(|word| !word.prefix.contains('/'));
    let mut arguments = command.command().iter().skip(1);
    let first = arguments.next().and_then(|word| word.literal.as_deref());
    is_named && first.is_some_and(|word| QUESTIONS.contains(&word)) && arguments.next().is_none()
}

/// Whether `source` reads a file that only sets variables and functions.
pub(super) fn is_environment(command: &Simple) -> bool {
    const FILES: &[&str] = &[
        "/bin/activate",
        "/cargo/env",
        "/.cargo/env",
        "/etc/os-release",
        "/etc/profile",
        "/nvm.sh",
        "/.bashrc",
        "/.profile",
    ];
    let file = command.command().get(1).and_then(|word| word.literal.as_deref());
    file.is_some_and(|file| {
        file == "bin/activate" || FILES.iter().any(|known| file.ends_with(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::shell::Script;

    #[test]
    fn outputs_are_found_behind_their_options() {
        let found = |text: &str| {
            let script = Script::read(text).expect("valid shell");
            let command = script.commands.first().expect("a command");
            let outputs = outputs(command, command.program().unwrap_or_default());
            let text = |output: &Output<'_>| output.path.unwrap_or_default().to_owned();
            outputs.iter().map(text).collect::<Vec<_>>()
        };
        for (command, expected) in [
            ("curl -fsSL https://a/b -o /x", vec!["/x"]),
            ("curl -fsSLo /x https://a/b", vec!["/x"]),
            ("curl --output=/x https://a/b", vec!["/x"]),
            ("curl -o/x https://a/b", vec!["/x"]),
            ("wget -qO /x https://a/b", vec!["/x"]),
            ("wget -qO/x https://a/b", vec!["/x"]),
            ("wget -P /d https://a/b", vec!["/d"]),
            ("wget -qO- https://a/b", vec!["-"]),
            ("wget -O - https://a/b", vec!["-"]),
            ("curl -fsSLO https://a/b", vec![]),
            ("gpg --dearmor -o /x /y", vec!["/x"]),
            ("pip wheel -w /w x", vec!["/w"]),
            ("pip install -r /w", vec![]),
            ("echo -o /x", vec![]),
        ] {
            assert_eq!(found(command), expected, "{command}");
        }
    }
}
