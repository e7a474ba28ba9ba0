//! What a Dockerfile says about a running container, which a template has other words for.

use std::collections::BTreeSet;

use super::Dockerfile;
use super::instruction::{Arguments, Instruction, Keyword};
use super::scope::is_given_by_builders;
use crate::scalar::is_name;
use crate::scalar::shell::quote;
use crate::source::Spanned;

impl Dockerfile {
    /// The command of the last `HEALTHCHECK`, as a shell runs it; `None` if there is none, or if it
    /// is `NONE`.
    #[must_use]
    pub fn health_check(&self) -> Option<Spanned<String>> {
        let check = self.last_stage().rev().find(|it| it.keyword == Keyword::Healthcheck)?;
        let rest = check.rest();
        let end = rest.text.find(char::is_whitespace)?;
        let (kind, command) = rest.text.split_at(end);
        if !kind.eq_ignore_ascii_case("cmd") {
            return None;
        }
        let command = command.trim();
        let text = match super::json::form(command) {
            super::json::Form::Strings(words) => {
                words.iter().map(|(word, _)| quote(word)).collect::<Vec<_>>().join(" ")
            }
            _ => command.to_owned(),
        };
        Some(Spanned::new(text, check.place()))
    }

    /// The port of `EXPOSE`, if it is only one.
    #[must_use]
    pub fn exposed_port(&self) -> Option<u64> {
        let mut ports =
            self.last_stage().filter(|it| it.keyword == Keyword::Expose).flat_map(|it| {
                match it.arguments() {
                    Ok(Arguments::Shell(_)) => it.words(self.escape),
                    _ => Vec::new(),
                }
            });
        let port = ports.next()?;
        let number = port.text.strip_suffix("/tcp").unwrap_or(&port.text);
        number.parse().ok().filter(|port| ports.next().is_none() && (1..=65535).contains(port))
    }

    /// The build arguments of stages that nothing in the Dockerfile gives a value to: no default, no
    /// `ENV`, and no rule of builders. Those of several stages are there several times.
    #[must_use]
    pub fn unset_arguments(&self) -> Vec<Spanned<String>> {
        let mut unset = Vec::new();
        let mut set = BTreeSet::new();
        let mut in_stage = false;
        for instruction in &self.instructions {
            in_stage |= instruction.keyword == Keyword::From;
            let is_env = instruction.keyword == Keyword::Env;
            if !is_env && instruction.keyword != Keyword::Arg {
                continue;
            }
            let words = instruction.words(self.escape);
            // `ENV NAME value` sets one variable.
            let is_old = is_env && words.first().is_some_and(|word| !word.text.contains('='));
            for word in words.into_iter().take(if is_old { 1 } else { usize::MAX }) {
                let name = word.text.split('=').next().unwrap_or_default().to_owned();
                if is_env || word.text.contains('=') {
                    set.insert(name);
                } else if in_stage {
                    unset.push(Spanned::new(name, instruction.span_of(&word)));
                }
            }
        }
        unset.retain(|name| {
            let is_known = set.contains(&name.value) || is_given_by_builders(&name.value);
            !is_known && is_name(&name.value)
        });
        unset
    }

    fn last_stage(&self) -> impl DoubleEndedIterator<Item = &Instruction> {
        let from = self.instructions.iter().rposition(|it| it.keyword == Keyword::From);
        self.instructions[from.unwrap_or_default()..].iter()
    }
}
