//! Expands words, and reports references with unknown values.

use std::ops::Range;

use super::Converter;
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::dockerfile::expand::{
    Expansion, Fault, FaultKind, Lookup, Rules, Treatment, UnresolvedRef, Value, expand,
};
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::{syntax, unsupported};
use crate::scalar::Text;
use crate::scalar::text::is_name;
use crate::source::{Span, Spanned};

/// The longest text that a help repeats, in bytes.
const LONGEST_SHOWN: usize = 80;

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
            Ok(Expansion { text: value, guesses }) => {
                for guess in guesses {
                    let span = place(guess.range.clone());
                    let warning = self.guessed(&guess, (text, rules), span);
                    self.push_fault(warning);
                }
                Some(value)
            }
            Err(fault) => {
                let span = place(fault.range.clone());
                self.push_fault(refused(fault, span));
                None
            }
        }
    }

    /// The warning for a reference in a text.
    fn guessed(
        &self,
        guess: &UnresolvedRef,
        (text, rules): (&str, Rules),
        span: Span,
    ) -> Diagnostic {
        let name = &guess.name;
        if !is_name(name) {
            let message =
                format!("Docker reads `{}` as an empty variable", &text[guess.range.clone()]);
            return Diagnostic::new(Code::UndefinedReference, span, message)
                .label("treated as not set")
                .help(format!("write `{}`", escaped(text, &guess.range, rules.escape)));
        }
        let (message, label) = match guess.fate {
            Treatment::Kept => (
                format!("the Dockerfile does not set `{name}`"),
                "the platform's shell expands it, but does not know the image's variables",
            ),
            Treatment::Unset => (format!("`{name}` has no value"), "treated as not set"),
        };
        Diagnostic::new(Code::UndefinedReference, span, message).label(label).help(self.advice(
            name,
            text,
            &guess.range,
        ))
    }

    /// The help for a variable without a value, which a text refers to.
    fn advice(&self, name: &str, text: &str, range: &Range<usize>) -> String {
        if matches!(self.scope.value(name), Value::Unset) {
            return format!(
                "give `{name}` a value in the manifest's `build_env`, or a default in its `ARG`"
            );
        }
        // Suggestions take quadratic time, and a file with more is not written by hand.
        let small = self.scope.len() < 500 && self.diagnostics.iter().nth(500).is_none();
        let known = small.then(|| self.scope.names().filter(|known| *known != name));
        if let Some(near) = suggest::nearest(name, known.into_iter().flatten()) {
            return format!("did you mean `${near}`?");
        }
        let others = format!(
            "write the value itself, or declare `ARG {name}` with a default or with a value in the \
             manifest's `build_env`"
        );
        match in_list(text, range) {
            Some(part) => format!("leave `{part}` out, {others}"),
            None => others,
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
            let help = if is_name(&guess.name) {
                self.advice(&guess.name, &word.text, &guess.range)
            } else {
                format!("write `{}`", escaped(&word.text, &guess.range, rules.escape))
            };
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

/// A text in which a reference is escaped; the reference alone if the text is long.
fn escaped(text: &str, range: &Range<usize>, escape: char) -> String {
    let reference = text[range.clone()].replace('$', &format!("{escape}$"));
    if text.len() > LONGEST_SHOWN || text.contains('\n') {
        return reference;
    }
    format!("{}{reference}{}", &text[..range.start], &text[range.end..])
}

/// A reference with the colon that joins it to the rest of a list such as a search path.
fn in_list<'t>(text: &'t str, range: &Range<usize>) -> Option<&'t str> {
    if text[..range.start].ends_with(':') {
        return text.get(range.start - 1..range.end);
    }
    text[range.end..].starts_with(':').then(|| text.get(range.start..=range.end))?
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
