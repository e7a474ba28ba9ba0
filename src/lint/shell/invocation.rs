//! Whether a command runs another shell, as which user, and where that shell's script is.

use super::{Account, Word, base_name, is_assignment};
use crate::platform::ROOT;

/// A command that runs a shell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invocation<'s> {
    pub(super) account: Account,
    pub(super) script: Argument<'s>,
    /// Whether it is started with `-e`.
    pub(super) errexit: bool,
    /// Whether it is started with `-o pipefail`.
    pub(super) pipefail: bool,
}

/// Where the script of a shell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument<'s> {
    /// The argument of `-c`.
    Word(&'s Word),
    /// The standard input.
    Input,
}

/// The shells whose syntax is known.
const SHELLS: &[&str] = &["ash", "bash", "dash", "ksh", "sh", "zsh"];

/// Programs that run the command in their arguments.
const WRAPPERS: &[&str] = &["command", "env", "exec", "nice", "nohup", "time"];

impl<'s> Invocation<'s> {
    /// Parses the words of a command; `None` if it runs no shell, or with unknown options.
    pub(super) fn of(mut words: &'s [Word]) -> Option<Self> {
        let mut account = Account::Same;
        loop {
            let (first, rest) = words.split_first()?;
            match base_name(first.literal.as_deref()?) {
                "sudo" => {
                    let sudo = Sudo::read(rest)?;
                    account = sudo.account;
                    if sudo.command.is_empty() {
                        return sudo.shell.then(|| Self::new(account, Argument::Input));
                    }
                    words = sudo.command;
                }
                "su" => return Self::su(rest),
                "runuser" => match rest {
                    [option, user, dashes, command @ ..]
                        if is(option, "-u") && is(dashes, "--") =>
                    {
                        account = Account::of(user);
                        words = command;
                    }
                    _ => return Self::su(rest),
                },
                name if WRAPPERS.contains(&name) => {
                    let harmless = |word: &&Word| is_assignment(&word.prefix) || is(word, "--");
                    words = &rest[rest.iter().take_while(harmless).count()..];
                }
                name if SHELLS.contains(&name) => {
                    return Self::new(account, Argument::Input).shell(rest);
                }
                _ => return None,
            }
        }
    }

    const fn new(account: Account, script: Argument<'s>) -> Self {
        Self { account, script, errexit: false, pipefail: false }
    }

    /// Reads the arguments of a shell.
    fn shell(mut self, words: &'s [Word]) -> Option<Self> {
        let mut words = words.iter();
        let (mut command, mut input) = (false, false);
        while let Some(option) = words.as_slice().first() {
            let text = option.literal.as_deref().unwrap_or(&option.prefix);
            let Some(letters) = text.strip_prefix(['-', '+']).filter(|_| option.literal.is_some())
            else {
                break;
            };
            words.next();
            match text {
                "-" | "--" => break,
                "--login" | "--noediting" | "--noprofile" | "--norc" | "--posix"
                | "--restricted" | "--verbose" => continue,
                "--init-file" | "--rcfile" => {
                    words.next()?;
                    continue;
                }
                _ if text.starts_with("--") => return None,
                _ => {}
            }
            let on = text.starts_with('-');
            for letter in letters.chars() {
                match letter {
                    'c' => command = on,
                    's' => input = on,
                    'e' => self.errexit = on,
                    // It checks the syntax, and runs nothing.
                    'n' | 'D' => return None,
                    'o' | 'O' => match words.next()?.literal.as_deref()? {
                        "errexit" => self.errexit = on,
                        "pipefail" => self.pipefail = on,
                        "noexec" => return None,
                        _ => {}
                    },
                    letter if letter.is_ascii_alphabetic() => {}
                    _ => return None,
                }
            }
        }
        let operand = words.next();
        if command {
            self.script = Argument::Word(operand?);
            return Some(self);
        }
        (input || operand.is_none_or(|file| is(file, "/dev/stdin"))).then_some(self)
    }

    /// Reads the arguments of `su`.
    fn su(words: &'s [Word]) -> Option<Self> {
        let mut invocation = Self::new(Account::Named(ROOT.to_owned()), Argument::Input);
        let (mut words, mut named) = (words.iter(), false);
        while let Some(word) = words.next() {
            match word.literal.as_deref().unwrap_or(&word.prefix) {
                "-c" | "-lc" | "--command" => invocation.script = Argument::Word(words.next()?),
                "-" | "-l" | "-m" | "-p" | "--login" | "--preserve-environment" => {}
                "-s" | "--shell" => {
                    let shell = base_name(words.next()?.literal.as_deref()?);
                    SHELLS.contains(&shell).then_some(())?;
                }
                option if option.starts_with('-') => return None,
                // More arguments are those of the shell.
                _ if named => return None,
                _ => {
                    invocation.account = Account::of(word);
                    named = true;
                }
            }
        }
        Some(invocation)
    }
}

/// The arguments of `sudo`.
struct Sudo<'s> {
    account: Account,
    /// Whether it runs a shell if there is no command.
    shell: bool,
    command: &'s [Word],
}

impl<'s> Sudo<'s> {
    fn read(words: &'s [Word]) -> Option<Self> {
        let mut account = Account::Named(ROOT.to_owned());
        let (mut words, mut shell) = (words.iter(), false);
        while let Some(word) = words.as_slice().first() {
            let text = word.prefix.as_str();
            if !text.starts_with('-') {
                break;
            }
            words.next();
            match text {
                "-u" | "--user" => account = Account::of(words.next()?),
                "-g" | "--group" => drop(words.next()?),
                "-i" | "-s" | "--login" | "--shell" => shell = true,
                "--" => break,
                _ if text.starts_with("--preserve-env") => {}
                _ => text[1..].bytes().all(|letter| b"EHPSkn".contains(&letter)).then_some(())?,
            }
        }
        let words = words.as_slice();
        let variables = words.iter().take_while(|word| is_assignment(&word.prefix)).count();
        Some(Self { account, shell, command: &words[variables..] })
    }
}

impl Account {
    /// The user that a word names.
    fn of(word: &Word) -> Self {
        let name = word.literal.as_deref().filter(|name| !name.starts_with('#'));
        name.map_or(Self::Unknown, |name| Self::Named(name.to_owned()))
    }
}

fn is(word: &Word, text: &str) -> bool {
    word.literal.as_deref() == Some(text)
}
