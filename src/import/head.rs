//! What comes before the first command or file: it fits into the keys at the top of a manifest.

use std::collections::BTreeMap;

use super::convert::Converter;
use super::draft::Variable;
use super::note::Effect;
use crate::scalar::Text;
use crate::source::Span;
use crate::template::{EnvScope, Instruction, InstructionKind};

/// The keys at the top, as far as they were filled.
#[derive(Default)]
pub(super) struct Head {
    build_env: Vec<Variable>,
    env: Vec<Variable>,
    values: BTreeMap<String, Text>,
    user: Option<String>,
    workdir: Option<String>,
    /// Whether an instruction wrote the working directory, which ends with it.
    is_placed: bool,
    /// Whether the variables are no longer taken.
    is_full: bool,
    moved: Vec<(Span, &'static str)>,
}

impl Head {
    /// Takes what it can, in the order of the keys: variables, the user, the working directory. The
    /// rest becomes steps.
    pub(super) fn take<'i>(
        converter: &mut Converter<'_>,
        instructions: &'i [Instruction],
    ) -> Vec<&'i Instruction> {
        let is_work = |instruction: &Instruction| {
            use InstructionKind::{Copy, Run, Write};
            matches!(instruction.kind, Copy(_) | Run(_) | Write(_))
        };
        let end = instructions.iter().position(is_work).unwrap_or(instructions.len());
        let mut head = Self::default();
        let mut rest = Vec::new();
        for instruction in &instructions[..end] {
            if !head.instruction(converter, instruction) {
                rest.push(instruction);
            }
        }
        rest.extend(&instructions[end..]);
        head.fill(converter);
        rest
    }

    fn instruction(&mut self, converter: &mut Converter<'_>, instruction: &Instruction) -> bool {
        let span = instruction.origin.span();
        match &instruction.kind {
            InstructionKind::Env { scope, variables } => {
                self.is_full |= !variables.iter().all(|(name, value)| self.fits(name, value));
                if self.is_full || instruction.no_cache {
                    return false;
                }
                let comments = span.map(|span| converter.origins.comments(span));
                let mut comments = comments.unwrap_or_default();
                for (name, value) in variables {
                    let (name, written) = (name.clone(), value.for_shell("$$"));
                    let comments = std::mem::take(&mut comments);
                    let variable = Variable { name: name.clone(), value: written, comments };
                    match scope {
                        EnvScope::Build => self.build_env.push(variable),
                        EnvScope::Sandbox => self.env.push(variable),
                    }
                    self.values.insert(name, value.clone());
                }
                let key = if *scope == EnvScope::Build { "build_env" } else { "env" };
                self.moved.extend(span.map(|span| (span, key)));
                true
            }
            InstructionKind::User(user) => {
                let is_first = self.user.is_none() && self.workdir.is_none();
                let repeats = self.user.as_ref() == Some(&user.name);
                if user.sudo || instruction.no_cache || !(is_first || repeats) || self.is_placed {
                    self.is_placed = true;
                    return false;
                }
                self.user = Some(user.name.clone());
                self.moved.extend(span.map(|span| (span, "user")));
                true
            }
            InstructionKind::Workdir(path) => {
                if self.is_placed || instruction.no_cache {
                    return false;
                }
                // The first directory that is written replaces the one that a Dockerfile begins in.
                self.is_placed = self.workdir.is_some() || !instruction.is_default();
                self.workdir = Some(path.clone());
                self.moved.extend(span.map(|span| (span, "workdir")));
                true
            }
            InstructionKind::Copy(_) | InstructionKind::Run(_) | InstructionKind::Write(_) => false,
        }
    }

    /// Whether a variable has the same value in the tables at the top.
    fn fits(&self, name: &str, value: &Text) -> bool {
        let is_known = |name: &str| self.values.contains_key(name);
        let is_free = value.references().all(|other| !is_known(other));
        let is_unused = self
            .values
            .iter()
            .all(|(owner, value)| owner == name || value.references().all(|other| other != name));
        // References to others of one instruction are to values from before it.
        let is_own = value.references().all(|other| other == name || other == "PATH");
        !is_known(name) && is_free && is_unused && is_own
    }

    fn fill(self, converter: &mut Converter<'_>) {
        for (span, key) in self.moved {
            converter.note(Effect::Layout, Some(span), format!("became the key `{key}`"));
        }
        if let Some(user) = &self.user {
            converter.user.clone_from(user);
        }
        converter.scope.extend(self.values);
        converter.draft.build_env = self.build_env;
        converter.draft.env = self.env;
        converter.draft.user = self.user;
        converter.draft.workdir = self.workdir;
    }
}
