//! Quotes, escapes and variable references of a word, by Docker's rules.
//!
//! Docker knows every variable of the image, but here only those that the Dockerfile sets are
//! known. Other references are kept and listed in the [`Expansion`], so that the caller can decide
//! whether they are acceptable.

use std::ops::Range;

use crate::scalar::Text;
use crate::scalar::text::is_name;

/// The largest nesting depth of references.
const MOST_DEPTH: usize = 32;

/// The longest expanded value in bytes, as in the manifest.
const MAX_VALUE: usize = 128 * 1024;

/// The value of a variable.
pub(super) enum Value<'a> {
    Known(&'a Text),
    /// Declared by `ARG` without a value.
    Unset,
    /// Not set in the Dockerfile; the image may set it.
    Unknown,
}

/// A source of variables.
pub(super) trait Lookup {
    /// The value of a variable.
    fn value(&self, name: &str) -> Value<'_>;

    /// Takes a number of bytes from the budget for expanded text; `false` if it is exceeded.
    fn spend(&self, bytes: usize) -> bool;
}

/// How to read a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// The escape character.
    pub(super) escape: char,
    /// Whether quotes are removed; in a here-document they are ordinary characters.
    pub(super) quotes: bool,
}

/// A word with its known references expanded.
#[derive(Debug, Default)]
pub(super) struct Expansion {
    pub(super) text: Text,
    /// The references with unknown values, in order.
    pub(super) guesses: Vec<UnresolvedRef>,
}

/// A reference with an unknown value.
#[derive(Debug)]
pub(super) struct UnresolvedRef {
    /// The variable.
    pub(super) name: String,
    pub(super) range: Range<usize>,
    /// How it was treated.
    pub(super) fate: Treatment,
}

/// The treatment of a reference with an unknown value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Kept for the platform's shell.
    Kept,
    /// Treated as not set.
    Unset,
}

/// A fault in a word and its range.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) range: Range<usize>,
    pub(super) kind: FaultKind,
}

/// Why a word cannot be expanded.
#[derive(Debug)]
pub(super) enum FaultKind {
    /// A syntax error.
    Syntax(&'static str),
    /// An expansion that removes or replaces parts of a value.
    Pattern,
    /// `${name:?message}` of a variable without a value.
    Required {
        /// The variable.
        name: String,
        /// The message of the Dockerfile.
        message: String,
    },
    /// The expanded value exceeds a limit.
    TooLarge,
}

/// Expands a word.
pub(super) fn expand(text: &str, rules: Rules, lookup: &dyn Lookup) -> Result<Expansion, Fault> {
    let mut pass = Pass { text, rules, lookup, at: 0, depth: 0, bytes: 0, guesses: Vec::new() };
    let expanded = pass.run(None, 0)?;
    Ok(Expansion { text: expanded, guesses: pass.guesses })
}

struct Pass<'a> {
    text: &'a str,
    rules: Rules,
    lookup: &'a dyn Lookup,
    at: usize,
    depth: usize,
    bytes: usize,
    guesses: Vec<UnresolvedRef>,
}

impl Pass<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn fault(&self, start: usize, kind: FaultKind) -> Fault {
        Fault { range: start..self.at, kind }
    }

    /// Reads up to and including `stop`, or to the end. `start` is the offset of the construct
    /// that needs `stop`.
    fn run(&mut self, stop: Option<char>, start: usize) -> Result<Text, Fault> {
        let mut out = Text::default();
        while let Some(c) = self.next() {
            if stop == Some(c) {
                return Ok(out);
            }
            match c {
                '$' => {
                    let value = self.reference()?;
                    out.push_text(&value);
                }
                '\'' if self.rules.quotes => self.single(&mut out)?,
                '"' if self.rules.quotes => self.double(&mut out)?,
                c if c == self.rules.escape => {
                    if let Some(c) = self.next() {
                        push(&mut out, c);
                    }
                }
                c => push(&mut out, c),
            }
        }
        match stop {
            Some(_) => Err(self.fault(start, FaultKind::Syntax("a `}` is missing"))),
            None => Ok(out),
        }
    }

    /// Reads a single-quoted text, which is literal.
    fn single(&mut self, out: &mut Text) -> Result<(), Fault> {
        let start = self.at - 1;
        let Some(length) = self.text[self.at..].find('\'') else {
            self.at = self.text.len();
            return Err(self.fault(start, FaultKind::Syntax("a `'` is not closed")));
        };
        out.push_literal(&self.text[self.at..self.at + length]);
        self.at += length + 1;
        Ok(())
    }

    /// Reads a double-quoted text: references are expanded, and the escape character is literal
    /// unless it precedes `"`, `$` or itself.
    fn double(&mut self, out: &mut Text) -> Result<(), Fault> {
        let start = self.at - 1;
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(()),
                '$' => {
                    let value = self.reference()?;
                    out.push_text(&value);
                }
                c if c == self.rules.escape => match self.peek() {
                    Some(next) if matches!(next, '"' | '$') || next == c => {
                        push(out, next);
                        self.at += next.len_utf8();
                    }
                    Some(_) => push(out, c),
                    None => {}
                },
                c => push(out, c),
            }
        }
        Err(self.fault(start, FaultKind::Syntax("a `\"` is not closed")))
    }

    /// Reads a name: letters, digits and `_`; or only digits; or a special parameter of the shell.
    fn name(&mut self) -> String {
        let rest = &self.text[self.at..];
        let length = match rest.chars().next() {
            Some(c) if c.is_ascii_digit() => {
                rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
            }
            Some(c) if "@*#?-$!".contains(c) => 1,
            _ => rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len()),
        };
        self.at += length;
        rest[..length].to_owned()
    }

    /// Reads a reference after its `$`.
    fn reference(&mut self) -> Result<Text, Fault> {
        let start = self.at - 1;
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok(Text::literal("$"));
            }
            return self.value(start, &name, false);
        }
        self.at += 1;
        if self.depth == MOST_DEPTH {
            return Err(self.fault(start, FaultKind::Syntax("references are nested too deeply")));
        }
        let malformed = FaultKind::Syntax("this is not a valid reference");
        if matches!(self.peek(), Some('{' | '}' | ':')) {
            self.at += 1;
            return Err(self.fault(start, malformed));
        }
        let name = self.name();
        let mut operator = self.next();
        let empty_counts = operator == Some(':');
        if empty_counts {
            operator = self.next();
        }
        match operator {
            None => Err(self.fault(start, FaultKind::Syntax("a `}` is missing"))),
            Some('}') if !empty_counts => self.value(start, &name, true),
            Some('#' | '%' | '/') if !empty_counts => Err(self.fault(start, FaultKind::Pattern)),
            Some(operator @ ('-' | '+' | '?')) => {
                self.depth += 1;
                let before = self.guesses.len();
                let word = self.run(Some('}'), start);
                self.depth -= 1;
                self.alternative(start, &name, operator, empty_counts, (word?, before))
            }
            Some(_) => Err(self.fault(start, malformed)),
        }
    }

    fn guess(&mut self, start: usize, name: &str, fate: Treatment) {
        self.guesses.push(UnresolvedRef { name: name.to_owned(), range: start..self.at, fate });
    }

    /// A copy of a known value, within the limits.
    fn filled_in(&mut self, start: usize, value: &Text) -> Result<Text, Fault> {
        self.bytes += value.bytes();
        if self.bytes > MAX_VALUE || !self.lookup.spend(value.bytes()) {
            return Err(self.fault(start, FaultKind::TooLarge));
        }
        Ok(value.clone())
    }

    fn value(&mut self, start: usize, name: &str, braced: bool) -> Result<Text, Fault> {
        match self.lookup.value(name) {
            Value::Known(value) => self.filled_in(start, value),
            Value::Unknown if is_name(name) => {
                if name != "PATH" {
                    self.guess(start, name, Treatment::Kept);
                }
                let mut text = Text::default();
                text.push_reference(name.to_owned(), braced);
                Ok(text)
            }
            Value::Unset | Value::Unknown => {
                self.guess(start, name, Treatment::Unset);
                Ok(Text::default())
            }
        }
    }

    /// `${name-word}`, `${name+word}`, `${name?word}`; with `:` an empty value counts as not set.
    fn alternative(
        &mut self,
        start: usize,
        name: &str,
        operator: char,
        empty_counts: bool,
        (word, before): (Text, usize),
    ) -> Result<Text, Fault> {
        let is_set = match self.lookup.value(name) {
            Value::Known(value) => !(empty_counts && value.pieces().is_empty()),
            Value::Unset => false,
            // A reference that says what to do without a value is intended. Every image and every
            // shell sets `PATH`.
            Value::Unknown => name == "PATH",
        };
        let uses_word = is_set == (operator == '+');
        if !uses_word || operator == '?' {
            // References in an unused alternative need no values.
            self.guesses.truncate(before);
        }
        if operator == '?' && !is_set {
            let message = word.plain().unwrap_or_default().to_owned();
            return Err(self.fault(start, FaultKind::Required { name: name.to_owned(), message }));
        }
        match (operator, is_set) {
            ('+', true) | ('-', false) => Ok(word),
            ('+', false) => Ok(Text::default()),
            _ => self.value(start, name, true),
        }
    }
}

fn push(text: &mut Text, c: char) {
    text.push_literal(c.encode_utf8(&mut [0; 4]));
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    struct Variables(HashMap<&'static str, Text>);

    impl Lookup for Variables {
        fn value(&self, name: &str) -> Value<'_> {
            match self.0.get(name) {
                Some(value) => Value::Known(value),
                None if name == "UNSET" => Value::Unset,
                None => Value::Unknown,
            }
        }

        fn spend(&self, _: usize) -> bool {
            true
        }
    }

    fn shown(text: &str, quotes: bool) -> String {
        let known = HashMap::from([("A", Text::literal("a")), ("E", Text::default())]);
        let rules = Rules { escape: '\\', quotes };
        match expand(text, rules, &Variables(known)) {
            Ok(Expansion { text, guesses }) => {
                let names: Vec<_> = guesses
                    .iter()
                    .map(|guess| format!(" {}:{:?}", guess.name, guess.fate))
                    .collect();
                format!("{}{}", text.for_shell("<D>"), names.concat())
            }
            Err(fault) => format!("{:?} {:?}", fault.range, fault.kind),
        }
    }

    #[test]
    fn quotes_and_escapes_follow_docker() {
        assert_eq!(shown(r#"x"y z"'$A"'"#, true), "xy z<D>A\"");
        assert_eq!(shown(r#""\$A \" \\ \n" \$A \n"#, true), r#"<D>A " \ \n <D>A n"#);
        assert_eq!(shown(r#"'$A' "\n""#, false), r#"'a' "n""#);
        assert_eq!(shown("5$ $", true), "5<D> <D>");
        assert_eq!(shown("x'", true), r#"1..2 Syntax("a `'` is not closed")"#);
    }

    #[test]
    fn known_references_are_expanded() {
        assert_eq!(shown("$A-${A}b-$PATH", true), "a-ab-$PATH");
        assert_eq!(shown("$X${Y}z", true), "$X${Y}z X:Kept Y:Kept");
        assert_eq!(shown("<$UNSET$1$$>", true), "<> UNSET:Unset 1:Unset $:Unset");
    }

    #[test]
    fn alternatives_are_evaluated() {
        assert_eq!(shown("${A:-x}${E:-x}${E-x}${A+y}${E:+y}${UNSET:-${A}}", true), "axya");
        assert_eq!(shown("${X:-d}${X:+:$X}${A:-$X}", true), "da");
        assert_eq!(shown("${X:-$Y}${X-}${X+y}", true), "$Y Y:Kept");
        assert_eq!(shown("${PATH:+:$PATH}${PATH:-x}", true), ":$PATH${PATH}");
        assert!(shown("${X:?no x}", true).contains("no x"));
        assert!(shown("${A%.*}", true).contains("Pattern"));
        for bad in ["${", "${A", "${A:-", "${}", "${A^}", "${A:", &"${A:-".repeat(99)] {
            assert!(shown(bad, true).contains("Syntax"), "{bad}");
        }
    }
}
