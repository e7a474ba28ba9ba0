//! A parser for shell commands, as far as the rules need it.
//!
//! It is our own because it runs on each keystroke, so it must be linear and must not crash:
//! existing parsers take exponential time for nested parentheses, or recurse for each of them
//! until the stack overflows. This one tokenizes in one pass and keeps open constructs in a list.
//! It executes and expands nothing. Where the meaning is uncertain it gives up, so that the rules
//! report nothing instead of something wrong.

mod calls;
mod inner;
mod invocation;
pub(super) mod join;
mod streams;
mod structure;
#[cfg(test)]
mod tests;
mod unquote;
mod words;

use std::ops::Range;

pub(super) use calls::{Call, Shell};
pub(super) use inner::{Account, Inner};

/// A parsed script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// The simple commands in source order. Those within `$(…)` are part of their word.
    pub(super) commands: Vec<Simple>,
    /// The compound commands around them, outer before inner.
    pub(super) blocks: Vec<Block>,
    pub(super) heredocs: Vec<HereDocument>,
}

/// One program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Simple {
    /// The assignments before the name, such as `A=1`.
    pub(super) assignments: Vec<Word>,
    /// The name and the arguments; empty for assignments or redirections alone.
    pub(super) words: Vec<Word>,
    /// The place of the program in `words`, as [`program_place`] finds it.
    program_at: usize,
    pub(super) redirects: Vec<Redirect>,
    /// Its byte range in the script.
    pub(super) range: Range<usize>,
    /// The separator to the previous command of the same block.
    pub(super) before: Separator,
    /// The separator to the next command of the same block.
    pub(super) after: Separator,
    /// The innermost block around it, as an index into [`Script::blocks`].
    pub(super) block: Option<usize>,
    /// The script that it hands to another shell, as `bash -c '…'` does.
    pub(super) inner: Option<Box<Inner>>,
}

/// A compound command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// The separator before it.
    pub(super) before: Separator,
    /// The separator after it.
    pub(super) after: Separator,
    /// The block around it.
    pub(super) outer: Option<usize>,
    /// The redirections behind it, which apply to all of its commands.
    pub(super) redirects: Vec<Redirect>,
}

/// The kinds of compound commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// `( … )`: shell state changed in it is lost at its end.
    Subshell,
    /// `{ …; }`
    Group,
    /// The condition of `if`, `elif`, `while` or `until`.
    Condition,
    /// `if … fi`
    If,
    /// `while`, `until`, `for` and `select` … `done`
    Loop,
    /// `case … esac`
    Case,
    /// The body of a function, which does not run at its definition.
    Function,
}

/// The separator between two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `;` or the end of a line.
    Then,
    /// `&`
    Background,
    /// The beginning or the end of the block, or of the text.
    Edge,
}

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its byte range in the script.
    pub(super) range: Range<usize>,
    /// Its value without quotes; `None` if it depends on a variable, a substitution or a pattern.
    pub(super) literal: Option<String>,
    /// Its value up to the first part that is not literal.
    pub(super) prefix: String,
    /// Whether any of it is quoted.
    pub(super) quoted: bool,
    /// Whether it begins with a quotation mark.
    pub(super) begins_quoted: bool,
}

/// A redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redirect {
    /// The file descriptor before the operator, as in `2>`.
    pub(super) descriptor: Option<u32>,
    /// The operator, such as `>>`.
    pub(super) operator: &'static str,
    /// The file, the file descriptor, or the delimiter of a here-document.
    pub(super) target: Word,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HereDocument {
    /// The delimiter without quotes.
    pub(super) delimiter: String,
    /// Where the delimiter follows `<<`.
    pub(super) announced: Range<usize>,
    /// The byte range of its lines.
    pub(super) body: Range<usize>,
    /// Whether the closing delimiter exists; without it, the body extends to the end of the script.
    pub(super) closed: bool,
}

impl Script {
    /// Parses a script and those within it; `None` if its meaning is uncertain.
    pub(super) fn read(text: &str) -> Option<Self> {
        Self::read_within(text, 0)
    }

    /// As [`Script::read`], for a script within so many others.
    fn read_within(text: &str, depth: usize) -> Option<Self> {
        let (tokens, heredocs) = words::tokens(text)?;
        let mut script = structure::script(&tokens)?;
        script.heredocs = heredocs;
        inner::attach(&mut script, text, depth);
        Some(script)
    }

    /// The blocks around a command, the innermost first.
    pub(super) fn around<'a>(&'a self, command: &Simple) -> impl Iterator<Item = &'a Block> {
        std::iter::successors(command.block.and_then(|at| self.blocks.get(at)), |block| {
            block.outer.and_then(|at| self.blocks.get(at))
        })
    }

    /// Whether a command certainly runs if all commands before it succeed: it is not in a branch,
    /// a loop, a function, or after `||`.
    pub(super) fn runs_always(&self, command: &Simple) -> bool {
        let plain = |kind| matches!(kind, BlockKind::Subshell | BlockKind::Group);
        let always = |block: &Block| plain(block.kind) && block.before != Separator::Or;
        command.before != Separator::Or && self.around(command).all(always)
    }
}

impl Redirect {
    /// Whether it makes or changes the file that it names.
    pub(super) fn writes(&self) -> bool {
        match self.operator {
            ">" | ">>" | ">|" | "&>" | "&>>" | "<>" => true,
            // `2>&1` and `2>&-` copy or close a file descriptor.
            ">&" => {
                let target = self.target.prefix.as_str();
                !target.is_empty() && !target.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            }
            _ => false,
        }
    }
}

impl Simple {
    /// The name, if it is literal.
    pub(super) fn name(&self) -> Option<&str> {
        self.words.first()?.literal.as_deref()
    }

    /// The program's file name, behind `sudo`, `env`, `exec` and the like with
    /// their assignments; `None` if it is not literal, or if such a wrapper has options.
    pub(super) fn program(&self) -> Option<&str> {
        self.command().first()?.literal.as_deref().map(base_name)
    }

    /// The program and its arguments, behind the wrappers as in [`Simple::program`].
    pub(super) fn command(&self) -> &[Word] {
        self.words.get(self.program_at..).unwrap_or_default()
    }

    /// The literal arguments of the program.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.command().iter().skip(1).filter_map(|word| word.literal.as_deref())
    }

    /// Whether it runs through `sudo`.
    pub(super) fn has_sudo(&self) -> bool {
        self.name().is_some_and(|name| base_name(name) == "sudo")
    }
}

/// The place of the program among the words of a command, behind `sudo`, `env`, `exec` and the like.
fn program_place(words: &[Word]) -> usize {
    const WRAPPERS: &[&str] = &["sudo", "env", "exec", "command", "nohup", "time", "nice"];
    let mut rest = words;
    while let [first, behind @ ..] = rest {
        let Some(name) = first.literal.as_deref() else { break };
        if !WRAPPERS.contains(&base_name(name)) || behind.is_empty() {
            break;
        }
        // `sudo -E`, `sudo -n` and `sudo -H` do not change which program runs.
        let skipped = behind.iter().take_while(|word| {
            let text = word.prefix.as_str();
            matches!(text, "-E" | "-n" | "-H" | "--") || is_assignment(text)
        });
        rest = &behind[skipped.count()..];
    }
    words.len() - rest.len()
}

/// The last component of a path.
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
