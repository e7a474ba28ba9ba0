//! The secrets of a template's variables, commands and written files, with where each was written.
//!
//! `secret-in-env`, `secret-in-command` and `plaintext-secret` report them, and every excerpt hides them.

mod curl;

use std::collections::BTreeSet;
use std::ops::Range;

use secrecy::SecretString;

use super::shell::Script;
use super::{Inputs, place};
use crate::diagnostic::Code;
use crate::scalar::{Piece, Text};
use crate::secrets::detect::Hit;
use crate::secrets::{Literal, detect};
use crate::source::{FileId, Span};
use crate::template::{Command, InstructionKind, TestValue};

/// A secret and what there is to say about it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) code: Code,
    /// Whether it is written into a test, which is no part of what is built.
    pub(super) is_in_test: bool,
    /// What is said, without the value.
    pub(super) message: String,
    pub(super) secret: Literal,
}

/// All secrets of a template, each value once, where it was written first.
pub(super) fn find(inputs: &Inputs<'_>) -> Vec<Found> {
    let mut finder = Finder {
        inputs,
        is_in_test: false,
        seen: BTreeSet::new(),
        found: Vec::new(),
        copies: Vec::new(),
    };
    finder.variables();
    finder.commands();
    finder.contents();
    finder.tests();
    // A value that comes from a reference to another variable is reported at that variable, if it
    // was found there.
    let Finder { mut seen, mut found, copies, .. } = finder;
    found.extend(copies.into_iter().filter_map(|(text, found)| seen.insert(text).then_some(found)));
    found
}

struct Finder<'a> {
    inputs: &'a Inputs<'a>,
    is_in_test: bool,
    seen: BTreeSet<String>,
    found: Vec<Found>,
    /// Secrets whose value is not written at their own span.
    copies: Vec<(String, Found)>,
}

impl Finder<'_> {
    fn variables(&mut self) {
        for instruction in &self.inputs.template.instructions {
            let InstructionKind::Env { variables, .. } = &instruction.kind else { continue };
            let Some(whole) = instruction.origin.span() else { continue };
            for (at, (name, value)) in variables.iter().enumerate() {
                let span = instruction.spans.values.get(at).copied().unwrap_or(whole);
                let text = readable(value);
                for hit in detect::in_variable(name, &text, value.plain().is_some()) {
                    let message = format!("the variable `{name}` contains {}", hit.what);
                    self.push(Code::SecretInEnv, message, span, &text, hit.range);
                }
            }
        }
    }

    fn commands(&mut self) {
        let template = self.inputs.template;
        for instruction in &template.instructions {
            let InstructionKind::Run(run) = &instruction.kind else { continue };
            if let Some(span) = instruction.origin.span() {
                self.command(&run.command, span);
            }
        }
        for command in [&template.start, &template.ready, &template.pre_boot].into_iter().flatten()
        {
            let Command { text, origin } = command;
            if let Some(span) = origin.span() {
                self.command(text, span);
            }
        }
    }

    fn contents(&mut self) {
        for instruction in &self.inputs.template.instructions {
            let InstructionKind::Write(write) = &instruction.kind else { continue };
            let Some(span) = instruction.spans.content.or(instruction.origin.span()) else {
                continue;
            };
            let text = readable(&write.content);
            let what = format!("the content of `{}`", write.path);
            self.hits(Code::PlaintextSecret, &what, (&text, span), detect::in_command(&text));
        }
    }

    fn tests(&mut self) {
        self.is_in_test = true;
        for test in &self.inputs.template.tests {
            self.command(&test.command, test.span);
            for variable in &test.variables {
                let TestValue::Literal(value) = &variable.value else { continue };
                for hit in detect::in_variable(&variable.name, &value.value, true) {
                    let message = format!("the variable `{}` contains {}", variable.name, hit.what);
                    let code = Code::PlaintextSecret;
                    self.push(code, message, value.span, &value.value, hit.range);
                }
            }
        }
    }

    fn command(&mut self, text: &str, span: Span) {
        let mut hits = detect::in_command(text);
        if text.contains(curl::PROGRAM)
            && let Some(script) = Script::read(text)
        {
            hits.extend(curl::passwords(text, &script));
        }
        self.hits(Code::SecretInCommand, "the command", (text, span), hits);
    }

    /// Reports hits in a text, of which some may be about the same secret.
    fn hits(&mut self, code: Code, what: &str, (text, span): (&str, Span), mut hits: Vec<Hit>) {
        hits.sort_by_key(|hit| (hit.range.start, hit.range.end));
        let mut end = 0;
        for hit in hits {
            // Form and name may both match the same secret.
            if hit.range.start < end {
                continue;
            }
            end = hit.range.end;
            let message = format!("{what} contains {}", hit.what);
            self.push(code, message, span, text, hit.range);
        }
    }

    fn push(&mut self, code: Code, message: String, whole: Span, text: &str, range: Range<usize>) {
        let sources = self.inputs.sources;
        let value = &text[range.clone()];
        let source = sources.get(whole.file).text();
        let mut span = place::part(sources, whole, text, range);
        // The span of a Dockerfile instruction is its first line only.
        let end = if whole.file == FileId::MANIFEST { whole.end } else { source.len() };
        let written = source.get(whole.start..end).and_then(|written| written.find(value));
        if let Some(at) = written.filter(|_| span == whole) {
            let start = whole.start + at;
            span = Span { start, end: start + value.len(), ..whole };
        }
        let secret = Literal { span, text: SecretString::from(value) };
        let found = Found { code, is_in_test: self.is_in_test, message, secret };
        if written.is_some() {
            if self.seen.insert(value.to_owned()) {
                self.found.push(found);
            }
        } else {
            self.copies.push((value.to_owned(), found));
        }
    }
}

/// A value with its references as written: a text with a reference is not a literal secret.
fn readable(value: &Text) -> String {
    let pieces = value.pieces().iter().map(|piece| match piece {
        Piece::Literal(literal) => literal.clone(),
        Piece::Reference { name, .. } => format!("${{{name}}}"),
    });
    pieces.collect()
}
