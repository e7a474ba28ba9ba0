//! Expands words, and reports references with unknown values.

use super::Converter;
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::dockerfile::expand::{
    Expansion, Fault, FaultKind, Rules, Treatment, UnresolvedRef, expand,
};
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::{syntax, unsupported};
use crate::scalar::Text;
use crate::source::{Span, Spanned};

impl Converter<'_> {
    /// The value of a word. References to variables that the Dockerfile does not set are kept.
    pub(super) fn text(&mut self, instruction: &Instruction, word: &Word) -> Option<Text> {
        let rules = Rules { escape: self.dockerfile.escape, quotes: true };
        self.expanded(&word.text, rules, |part| instruction.span(word.part(part)))
    }

    /// The value of a text. Unknown references are reported as warnings.
    pub(super) fn expanded(
        &mut self,
        text: &str,
        rules: Rules,
        place: impl Fn(std::ops::Range<usize>) -> Span,
    ) -> Option<Text> {
        match expand(text, rules, &self.scope) {
            Ok(Expansion { text, guesses }) => {
                for guess in guesses {
                    let span = place(guess.range.clone());
                    let warning = self.guessed(&guess, span);
                    self.push_fault(warning);
                }
                Some(text)
            }
            Err(fault) => {
                let span = place(fault.range.clone());
                self.push_fault(refused(fault, span));
                None
            }
        }
    }

    fn guessed(&self, guess: &UnresolvedRef, span: Span) -> Diagnostic {
        let name = &guess.name;
        let (message, label) = match guess.fate {
            Treatment::Kept => (
                format!("the Dockerfile does not set `{name}`"),
                "the platform's shell expands it, but does not know the image's variables",
            ),
            Treatment::Unset => (format!("`{name}` has no value"), "treated as not set"),
        };
        Diagnostic::new(Code::UndefinedReference, span, message)
            .label(label)
            .help(self.advice(name))
    }

    /// The help for a variable without a value.
    fn advice(&self, name: &str) -> String {
        // Suggestions take quadratic time, and a file with more is not written by hand.
        let small = self.scope.len() < 500 && self.diagnostics.iter().nth(500).is_none();
        let known = small.then(|| self.scope.names().filter(|known| *known != name));
        match suggest::nearest(name, known.into_iter().flatten()) {
            Some(near) => format!("did you mean `${near}`?"),
            None => format!(
                "write the value itself, or declare `ARG {name}` with a default or with a value in \
                 the manifest's `build_env`"
            ),
        }
    }

    /// The value of a word, which must be known before the build.
    pub(super) fn plain(&mut self, instruction: &Instruction, word: &Word) -> Option<String> {
        let rules = Rules { escape: self.dockerfile.escape, quotes: true };
        let place = |part| instruction.span(word.part(part));
        let (text, guesses) = match expand(&word.text, rules, &self.scope) {
            Ok(Expansion { text, guesses }) => (text, guesses),
            Err(fault) => {
                let span = place(fault.range.clone());
                self.push_fault(refused(fault, span));
                return None;
            }
        };
        for guess in &guesses {
            let message = format!("the value of `{}` is unknown", guess.name);
            let help = self.advice(&guess.name);
            self.push_fault(unsupported(place(guess.range.clone()), message).help(help));
        }
        if !guesses.is_empty() {
            return None;
        }
        if let Some(name) = text.references().next() {
            let message = format!("the value of `{name}` is unknown");
            let fault = unsupported(instruction.span_of(word), message)
                .label("only the image sets it")
                .help("write the value itself");
            self.push_fault(fault);
            return None;
        }
        text.plain().map(str::to_owned)
    }

    /// As `plain`, with its span.
    pub(super) fn spanned(
        &mut self,
        instruction: &Instruction,
        word: &Word,
    ) -> Option<Spanned<String>> {
        let value = self.plain(instruction, word)?;
        Some(Spanned::new(value, instruction.span_of(word)))
    }

    /// Reports the fault of a value; `None` if there is one.
    ///
    /// Rules of the manifest find the fault; `help` replaces theirs with one for a Dockerfile.
    pub(super) fn passes(&mut self, fault: Option<Diagnostic>, help: &str) -> Option<()> {
        match fault {
            Some(fault) => {
                self.push_fault(fault.help(help));
                None
            }
            None => Some(()),
        }
    }
}

fn refused(fault: Fault, span: Span) -> Diagnostic {
    match fault.kind {
        FaultKind::Syntax(message) => {
            syntax(span, message).help("write `\\` before a literal `$` or quote")
        }
        FaultKind::Pattern => unsupported(
            span,
            "a reference that removes or replaces parts of a value is not supported",
        )
        .help("write the value itself, or declare an `ARG` for it"),
        FaultKind::Required { name, message } => {
            let message = match message.as_str() {
                "" => format!("`{name}` must have a value"),
                message => format!("`{name}` must have a value: {message}"),
            };
            unsupported(span, message).help(format!(
                "declare `ARG {name}` with a default, or with a value in the manifest's `build_env`"
            ))
        }
        FaultKind::TooLarge => Diagnostic::new(
            Code::InvalidValue,
            span,
            "the value is too large after expanding references",
        )
        .help("use shorter values: the limit is 128 KiB for one value, and 16 MiB in total"),
    }
}
