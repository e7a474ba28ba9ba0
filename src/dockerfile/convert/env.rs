//! `ENV` and `ARG`: variables, resolved here because platforms do not do it.

use std::collections::HashMap;

use super::Converter;
use crate::diagnostic::{Code, Diagnostic};
use crate::dockerfile::expand::Rules;
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::{syntax, trailing_comment};
use crate::scalar::{Piece, Text};
use crate::source::{Span, Spanned};
use crate::template::{EnvScope, InstructionKind};
use crate::validate;

impl Converter<'_> {
    pub(super) fn env(&mut self, instruction: &Instruction) {
        self.flags(instruction);
        let Some(pairs) = self.pairs(instruction) else { return };
        // All references of one instruction see the values from before it.
        let mut table = Table::default();
        for (name, value) in pairs {
            let name = self.name(instruction, &name);
            let value = self.text(instruction, &value);
            if let Some(name) = name {
                // A faulty value is reported once, not where the variable is used.
                table.set(name, value.unwrap_or_default());
            }
        }
        for (name, value) in &table.variables {
            self.scope.set(name.clone(), value.clone());
        }
        self.push_env(EnvScope::Sandbox, table.variables, instruction);
    }

    fn push_env(
        &mut self,
        scope: EnvScope,
        variables: Vec<(String, Text)>,
        instruction: &Instruction,
    ) {
        if !variables.is_empty() {
            self.push(InstructionKind::Env { scope, variables }, instruction.place());
        }
    }

    /// The names and values of `ENV`: `A=1 B=2`, or the legacy form `A the rest`.
    fn pairs(&mut self, instruction: &Instruction) -> Option<Vec<(Word, Word)>> {
        let rest = instruction.rest();
        let words = instruction.words(self.dockerfile.escape);
        let help = "write `ENV NAME=value`";
        let Some(first) = words.first() else {
            self.push_fault(syntax(instruction.place(), "`ENV` has no variable").help(help));
            return None;
        };
        if !first.text.contains('=') {
            let Some(end) = rest.text.find(char::is_whitespace) else {
                let message = format!("`{}` has no value", rest.text);
                self.push_fault(syntax(instruction.span_of(&rest), message).help(help));
                return None;
            };
            let start = rest.text.len() - rest.text[end..].trim_start().len();
            let name = instruction.within(&rest, 0..end);
            let value = instruction.within(&rest, start..rest.text.len());
            return Some(vec![(name, value)]);
        }
        let mut pairs = Vec::new();
        for word in &words {
            if word.text.starts_with('#') {
                self.push_fault(trailing_comment(instruction.span_from(word)));
                break;
            }
            let Some(at) = word.text.find('=') else {
                let message = format!("`{}` has no value", word.text);
                let fault = syntax(instruction.span_of(word), message).help(
                    "write `NAME=value` for each variable, and quote values that contain white space",
                );
                self.push_fault(fault);
                continue;
            };
            let name = instruction.within(word, 0..at);
            pairs.push((name, instruction.within(word, at + 1..word.text.len())));
        }
        Some(pairs)
    }

    /// The name of a variable, if it is valid.
    fn name(&mut self, instruction: &Instruction, word: &Word) -> Option<String> {
        let name = self.spanned(instruction, word)?;
        if name.value.is_empty() {
            let fault = syntax(instruction.place(), "a variable has no name");
            self.push_fault(fault.help("write `NAME=value`, without white space around `=`"));
            return None;
        }
        match validate::env_name_fault(&name) {
            Some(fault) => {
                self.push_fault(fault);
                None
            }
            None => Some(name.value),
        }
    }

    pub(super) fn arg(&mut self, instruction: &Instruction) {
        self.flags(instruction);
        let words = instruction.words(self.dockerfile.escape);
        if words.is_empty() {
            let fault = syntax(instruction.place(), "`ARG` has no name");
            self.push_fault(fault.help("write `ARG NAME` or `ARG NAME=default`"));
        }
        let mut declared = Vec::new();
        for word in &words {
            if word.text.starts_with('#') {
                self.push_fault(harmless_comment(instruction.span_from(word)));
                break;
            }
            let at = word.text.find('=');
            let name = instruction.within(word, 0..at.unwrap_or(word.text.len()));
            let Some(name) = self.name(instruction, &name) else { continue };
            let default = at.map(|at| instruction.within(word, at + 1..word.text.len()));
            let value = match (self.scope.given(&name), default) {
                (Some(given), _) => {
                    let span = instruction.span_of(word);
                    Some(self.given(&Spanned::new(given, span)).unwrap_or_default())
                }
                (None, Some(default)) => Some(self.text(instruction, &default).unwrap_or_default()),
                (None, None) => self.scope.global(&name),
            };
            declared.push((name, value));
        }
        let mut table = Table::default();
        for (name, value) in declared {
            // `ENV` overrides `ARG`, whichever comes first.
            if let Some(value) = value.clone().filter(|_| !self.scope.is_env(&name)) {
                table.set(name.clone(), value);
            }
            self.scope.declare(name, value);
        }
        // An `ARG` before `FROM` is only visible in `FROM`.
        if self.from.is_some() {
            self.push_env(EnvScope::Build, table.variables, instruction);
        }
    }

    /// A value of the manifest, with its references to variables of the Dockerfile expanded.
    fn given(&mut self, given: &Spanned<&Text>) -> Option<Text> {
        let mut text = Text::default();
        for piece in given.value.pieces() {
            match piece {
                Piece::Literal(literal) => text.push_literal(literal),
                Piece::Reference { name, .. } => {
                    let rules = Rules { escape: '\\', quotes: false };
                    let value = self.expanded(&format!("${{{name}}}"), rules, |_| given.span)?;
                    text.push_text(&value);
                }
            }
        }
        Some(text)
    }
}

/// A comment behind `ARG`: Docker declares a build argument for each of its words.
fn harmless_comment(span: Span) -> Diagnostic {
    let fault = trailing_comment(span);
    Diagnostic { code: Code::DockerfileIgnored, ..fault }
        .label("Docker takes these words for more build arguments")
}

/// The variables of one instruction. A later value overrides an earlier one but keeps its position.
#[derive(Default)]
struct Table {
    index: HashMap<String, usize>,
    variables: Vec<(String, Text)>,
}

impl Table {
    fn set(&mut self, name: String, value: Text) {
        if let Some(at) = self.index.get(&name) {
            self.variables[*at].1 = value;
        } else {
            self.index.insert(name.clone(), self.variables.len());
            self.variables.push((name, value));
        }
    }
}
