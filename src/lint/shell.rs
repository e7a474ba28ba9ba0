//! A shell command as a shell would read it, as far as a rule needs to know.
//!
//! The reader is our own because a rule that runs on each keystroke has to be linear and must not
//! fall over: the parsers that are to be had take exponential time for nested parentheses, or
//! recurse for each of them until the stack ends. This one reads words and operators in one pass
//! and keeps what is open in a list. It runs nothing and expands nothing, and where it is not sure
//! how a shell would go on it gives up, so that a rule stays silent instead of being wrong.

pub(super) mod join;
mod structure;
#[cfg(test)]
mod tests;
mod words;

use std::ops::Range;

/// A command text, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// The simple commands in the order of the text; those within `$(…)` are part of their word.
    pub(super) commands: Vec<Simple>,
    /// The compound commands that they stand in; an inner one comes after its outer one.
    pub(super) blocks: Vec<Block>,
    /// The here-documents.
    pub(super) heredocs: Vec<HereDocument>,
}

/// One program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Simple {
    /// The assignments before the name, such as `A=1`.
    pub(super) assignments: Vec<Word>,
    /// The name and the arguments; empty for assignments or redirections alone.
    pub(super) words: Vec<Word>,
    /// Where its input and output go.
    pub(super) redirects: Vec<Redirect>,
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
    /// What joins it to the command before it in the same block.
    pub(super) before: Separator,
    /// What joins it to the command after it in the same block.
    pub(super) after: Separator,
    /// The innermost block that it stands in, by its place in [`Script::blocks`].
    pub(super) block: Option<usize>,
}

/// A compound command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Its kind.
    pub(super) kind: BlockKind,
    /// What joins it to what stands before it.
    pub(super) before: Separator,
    /// What joins it to what follows.
    pub(super) after: Separator,
    /// The block around it.
    pub(super) outer: Option<usize>,
}

/// The kinds of compound commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// `( … )`: what it changes in the shell is gone at its end.
    Subshell,
    /// `{ …; }`
    Group,
    /// What decides in `if`, `elif`, `while` and `until`.
    Condition,
    /// `if … fi`
    If,
    /// `while`, `until`, `for` and `select` … `done`
    Loop,
    /// `case … esac`
    Case,
    /// The body of a function, which is not run where it stands.
    Function,
}

/// What stands between two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `;` or the end of a line
    Then,
    /// `&`
    Background,
    /// The beginning or the end of the block, or of the text.
    Edge,
}

/// One word as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
    /// What it is after the quotes are gone; `None` if it depends on a variable, a substitution or
    /// on the files that a pattern matches.
    pub(super) literal: Option<String>,
    /// What it begins with, up to the first thing that is not literal.
    pub(super) prefix: String,
    /// Whether any of it is quoted.
    pub(super) quoted: bool,
}

/// A redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redirect {
    /// The operator, such as `>>`.
    pub(super) operator: &'static str,
    /// The file, the descriptor, or the word that ends a here-document.
    pub(super) target: Word,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HereDocument {
    /// The word that ends it.
    pub(super) delimiter: String,
    /// Where that word is announced.
    pub(super) announced: Range<usize>,
    /// Its lines.
    pub(super) body: Range<usize>,
    /// Whether the line that ends it is there; without it, the text is read to its end.
    pub(super) closed: bool,
}

impl Script {
    /// Takes a command text apart; `None` if it is not sure how a shell would read it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (tokens, heredocs) = words::tokens(text)?;
        let mut script = structure::script(&tokens)?;
        script.heredocs = heredocs;
        Some(script)
    }

    /// The blocks around a command, the innermost first.
    pub(super) fn around<'a>(&'a self, command: &Simple) -> impl Iterator<Item = &'a Block> {
        std::iter::successors(command.block.and_then(|at| self.blocks.get(at)), |block| {
            block.outer.and_then(|at| self.blocks.get(at))
        })
    }

    /// Whether a command certainly runs when the text is run, if what stands before it succeeds:
    /// not in a branch, a loop, a function, or after `||`.
    pub(super) fn runs_always(&self, command: &Simple) -> bool {
        let plain = |kind| matches!(kind, BlockKind::Subshell | BlockKind::Group);
        let always = |block: &Block| plain(block.kind) && block.before != Separator::Or;
        command.before != Separator::Or && self.around(command).all(always)
    }
}

impl Simple {
    /// The name, if it is literal.
    pub(super) fn name(&self) -> Option<&str> {
        self.words.first()?.literal.as_deref()
    }

    /// The program's name without its directory, past `sudo`, `env`, `exec` and the like with
    /// their assignments; `None` if it is not literal, or if such a wrapper has options.
    pub(super) fn program(&self) -> Option<&str> {
        self.command().first()?.literal.as_deref().map(base_name)
    }

    /// The program and its arguments, past the wrappers as in [`Simple::program`].
    pub(super) fn command(&self) -> &[Word] {
        const WRAPPERS: &[&str] = &["sudo", "env", "exec", "command", "nohup", "time", "nice"];
        let mut words = self.words.as_slice();
        while let [first, rest @ ..] = words {
            let Some(name) = first.literal.as_deref() else { break };
            if !WRAPPERS.contains(&base_name(name)) || rest.is_empty() {
                break;
            }
            // `sudo -E`, `sudo -n` and `sudo -H` change nothing of what is run.
            let skipped = rest.iter().take_while(|word| {
                let text = word.prefix.as_str();
                matches!(text, "-E" | "-n" | "-H" | "--") || is_assignment(text)
            });
            words = &rest[skipped.count()..];
        }
        words
    }

    /// The arguments of the program that are literal.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.command().iter().skip(1).filter_map(|word| word.literal.as_deref())
    }

    /// Whether it is run by root through `sudo`.
    pub(super) fn has_sudo(&self) -> bool {
        self.name().is_some_and(|name| base_name(name) == "sudo")
    }
}

/// The last part of a path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a word is `NAME=…`.
fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
