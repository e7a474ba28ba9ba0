//! The stages of a Dockerfile: those that the target derives from make one sequence of
//! instructions; the others are not built, as in Docker.

use std::collections::HashMap;

use super::Converter;
use super::base::image_and_name;
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::dockerfile::expand::{Rules, expand};
use crate::dockerfile::instruction::{Instruction, Keyword, Word};
use crate::dockerfile::{ignored, syntax, unsupported};
use crate::source::Spanned;

/// A stage: `FROM` and the instructions up to the next one.
struct Stage<'a> {
    instructions: &'a [Instruction],
    /// The name behind `AS` in lower case: names are case-insensitive.
    name: Option<String>,
    /// The index of the stage that it derives from; `None` if it starts from an image.
    parent: Option<usize>,
}

impl<'a> Converter<'a> {
    /// The stages that the target consists of, first to last. Without a target, it is the last
    /// stage.
    pub(super) fn stages(
        &mut self,
        instructions: &'a [Instruction],
        target: Option<&Spanned<String>>,
    ) -> Vec<&'a [Instruction]> {
        let stages = self.split(instructions);
        let last = match target {
            Some(target) => self.target(&stages, target),
            None => stages.len().checked_sub(1),
        };
        let mut chain: Vec<_> = std::iter::successors(last, |at| stages.get(*at)?.parent).collect();
        chain.reverse();
        // Docker reads all stages before it builds one.
        for (at, stage) in stages.iter().enumerate() {
            let Some(from) = stage.instructions.first() else { continue };
            let is_built = chain.binary_search(&at).is_ok();
            match image_and_name(&from.words(self.dockerfile.escape)) {
                Some((_, name)) => self.stage_name(from, name),
                None if !is_built => self.malformed(from),
                None => {}
            }
        }
        chain.into_iter().filter_map(|at| Some(stages.get(at)?.instructions)).collect()
    }

    /// Reports a name that no stage can have.
    fn stage_name(&mut self, from: &Instruction, name: Option<&Word>) {
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let Some(name) = name.filter(|name| !is_name(&name.text)) else { return };
        let message = format!("`{}` is not a valid name for a stage", name.text);
        let help = "begin with a letter, and use letters, digits, `-`, `_` and `.`";
        self.push_fault(syntax(from.span_of(name), message).help(help));
    }

    fn split(&self, instructions: &'a [Instruction]) -> Vec<Stage<'a>> {
        let mut stages: Vec<Stage<'a>> = Vec::new();
        // A name stands for the latest earlier stage that has it.
        let mut named: HashMap<String, usize> = HashMap::new();
        let is_from = |instruction: &Instruction| instruction.keyword == Keyword::From;
        for (at, from) in instructions.iter().enumerate().filter(|(_, from)| is_from(from)) {
            let rest = &instructions[at + 1..];
            let length = rest.iter().position(is_from).unwrap_or(rest.len());
            let words = from.words(self.dockerfile.escape);
            let (base, name) = image_and_name(&words).unzip();
            let name = name.flatten().map(|name| name.text.to_lowercase());
            let base = base.and_then(|base| self.base_name(&base.text));
            let parent = base.and_then(|base| named.get(&base).copied());
            if let Some(name) = &name {
                named.insert(name.clone(), stages.len());
            }
            let instructions = &instructions[at..=at + length];
            stages.push(Stage { instructions, name, parent });
        }
        stages
    }

    /// The base of a stage in lower case, if its variables are known.
    fn base_name(&self, word: &str) -> Option<String> {
        let rules = Rules { escape: self.dockerfile.escape, quotes: true };
        let expansion = expand(word, rules, &self.scope).ok()?;
        Some(expansion.text.plain()?.to_lowercase())
    }

    /// The index of the target.
    fn target(&mut self, stages: &[Stage<'_>], target: &Spanned<String>) -> Option<usize> {
        let wanted = target.value.to_lowercase();
        let found = stages.iter().rposition(|stage| stage.name.as_ref() == Some(&wanted));
        if found.is_none() {
            let names: Vec<_> = stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
            let help = match suggest::nearest(&wanted, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "name a stage with `FROM image AS name`".to_owned(),
                None => format!("its stages are {}", suggest::any_of(&names)),
            };
            let message = format!("the Dockerfile has no stage `{}`", target.value);
            self.push_fault(Diagnostic::new(Code::InvalidValue, target.span, message).help(help));
        }
        // The rest is checked as if there were no target.
        found.or_else(|| stages.len().checked_sub(1))
    }

    /// Reports the `ONBUILD`s of the last stage: nothing starts from a template's image.
    pub(super) fn leave_triggers(&mut self) {
        for trigger in std::mem::take(&mut self.triggers) {
            let fault = ignored(trigger, "`ONBUILD` has no effect on a sandbox")
                .help("remove it: no Dockerfile can start from a template");
            self.push_fault(fault);
        }
    }

    /// Continues with a stage that derives from the one before: it inherits everything, but its
    /// own `ENTRYPOINT` resets an inherited `CMD`.
    pub(super) fn derive(&mut self, instruction: &Instruction) {
        self.flags(instruction);
        for trigger in std::mem::take(&mut self.triggers) {
            let fault =
                unsupported(trigger, "`ONBUILD` is not supported for a stage of the same file")
                    .related(instruction.place(), "Docker runs it here")
                    .help("write its instruction without `ONBUILD` at the beginning of that stage");
            self.push_fault(fault);
        }
        self.inherits_cmd = self.cmd.is_some();
    }
}
