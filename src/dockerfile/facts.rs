//! What a Dockerfile says about a running container, which a template has other words for.

use super::Dockerfile;
use super::instruction::{Arguments, Instruction, Keyword};
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

    fn last_stage(&self) -> impl DoubleEndedIterator<Item = &Instruction> {
        let from = self.instructions.iter().rposition(|it| it.keyword == Keyword::From);
        self.instructions[from.unwrap_or_default()..].iter()
    }
}
