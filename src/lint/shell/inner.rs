//! The scripts that a script hands to other shells: `bash -c '…'`, `bash <<EOF`, `su user -c '…'`.

use std::ops::Range;

use super::invocation::{Argument, Invocation};
use super::unquote::Unquoted;
use super::{Script, Separator, Simple, Word};

/// The most shells within each other that are read. Each takes time for the whole text once more.
pub(super) const MOST_NESTED: usize = 4;

/// A script that a command hands to another shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lint) struct Inner {
    /// Its commands, with ranges in the outermost script.
    pub(in crate::lint) script: Script,
    /// The byte range of its text in the outermost script, with all quotes and escapes.
    pub(in crate::lint) range: Range<usize>,
    /// The user that runs it.
    pub(in crate::lint) account: Account,
    /// Whether the shell is started with `-e`.
    pub(in crate::lint) errexit: bool,
    /// Whether the shell is started with `-o pipefail`.
    pub(in crate::lint) pipefail: bool,
    /// Whether the shell reads it from its standard input, as its commands then do.
    pub(in crate::lint) from_input: bool,
}

/// The user that runs a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lint) enum Account {
    /// The user of the shell around it.
    Same,
    /// This one, by `sudo` or `su`.
    Named(String),
    /// One that is known only in the build.
    Unknown,
}

/// Reads the scripts within a script that is itself within `depth` others.
pub(super) fn attach(script: &mut Script, text: &str, depth: usize) {
    if depth == MOST_NESTED {
        return;
    }
    for at in 0..script.commands.len() {
        let inner = read(script, at, text, depth);
        if let Some(command) = script.commands.get_mut(at) {
            command.inner = inner.map(Box::new);
        }
    }
}

fn read(script: &Script, at: usize, text: &str, depth: usize) -> Option<Inner> {
    let command = script.commands.get(at)?;
    let invocation = Invocation::of(&command.words)?;
    let (source, from_input) = match invocation.script {
        Argument::Word(word) => (Unquoted::word(text, word.range.clone())?, false),
        Argument::Input => (input(script, at, text)?, true),
    };
    let mut inner = Script::read_within(&source.text, depth + 1)?;
    inner.relocate(&source);
    let Invocation { account, errexit, pipefail, .. } = invocation;
    Some(Inner { script: inner, range: source.whole(), account, errexit, pipefail, from_input })
}

/// What a command reads from its standard input, if that is a part of the script.
fn input(script: &Script, at: usize, text: &str) -> Option<Unquoted> {
    let command = script.commands.get(at)?;
    if command.redirects.iter().any(|redirect| redirect.operator.starts_with('<')) {
        return redirected(script, command, text);
    }
    let writer = script.commands.get(at.checked_sub(1)?)?;
    let piped = command.before == Separator::Pipe
        && writer.after == Separator::Pipe
        && writer.block == command.block;
    if !piped || writer.redirects.iter().any(|redirect| redirect.operator.contains('>')) {
        return None;
    }
    match (writer.name()?, writer.words.get(1..)?) {
        ("cat", []) => redirected(script, writer, text),
        ("cat", [dash]) if dash.literal.as_deref() == Some("-") => redirected(script, writer, text),
        // Some shells replace escapes in the argument of `echo`.
        ("echo", [word]) if !text[word.range.clone()].contains('\\') && word.begins_quoted => {
            Unquoted::word(text, word.range.clone())
        }
        _ => None,
    }
}

/// The here-document or here-string of a command.
fn redirected(script: &Script, command: &Simple, text: &str) -> Option<Unquoted> {
    let mut inputs = command.redirects.iter().filter(|redirect| redirect.operator.starts_with('<'));
    let (redirect, None) = (inputs.next()?, inputs.next()) else { return None };
    let Word { range, quoted, .. } = &redirect.target;
    let before = text[..range.start].trim_end().strip_suffix(redirect.operator)?;
    if before.ends_with(|c: char| c.is_ascii_digit()) {
        // Another file descriptor.
        return None;
    }
    if redirect.operator == "<<<" {
        return Unquoted::word(text, range.clone());
    }
    let found = script.heredocs.binary_search_by_key(&range.start, |found| found.announced.start);
    let heredoc = script.heredocs.get(found.ok()?)?;
    Unquoted::heredoc(text, heredoc.body.clone(), *quoted, redirect.operator == "<<-")
}

impl Script {
    /// Replaces all ranges, which are those of the inner text, by ranges of the outer one.
    fn relocate(&mut self, source: &Unquoted) {
        for command in &mut self.commands {
            let redirects = command.redirects.iter_mut().map(|redirect| &mut redirect.target);
            let words = command.words.iter_mut().chain(&mut command.assignments).chain(redirects);
            for word in words {
                word.range = source.outer(&word.range);
            }
            command.range = source.outer(&command.range);
            if let Some(inner) = &mut command.inner {
                inner.range = source.outer(&inner.range);
                inner.script.relocate(source);
            }
        }
        for redirect in self.blocks.iter_mut().flat_map(|block| &mut block.redirects) {
            redirect.target.range = source.outer(&redirect.target.range);
        }
        for heredoc in &mut self.heredocs {
            heredoc.announced = source.outer(&heredoc.announced);
            heredoc.body = source.outer(&heredoc.body);
        }
    }
}
