//! References between variables.
//!
//! Within one table a variable may refer to any other in any order, and to those of earlier tables.
//! A reference to itself refers to its value before the table, as in `PATH = "/opt/bin:$PATH"`.

use std::collections::{BTreeMap, HashMap};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, suggest};
use crate::manifest::EnvTable;
use crate::scalar::{Piece, Text};

/// The variables that every shell on every platform sets.
const LEFT_TO_THE_PLATFORM: &[&str] = &["PATH", "HOME", "USER"];

/// The longest expanded value in bytes: a manifest of a few lines could otherwise expand to
/// terabytes.
const MAX_VALUE: usize = 128 * 1024;

/// The variables that were set so far, resolved.
#[derive(Default)]
pub(super) struct Scope {
    values: BTreeMap<String, Text>,
    /// Whether there may be unknown variables, because the registry was not asked yet.
    is_partial: bool,
    /// How many names were compared so far, to propose one.
    compared: usize,
}

/// The largest number of names compared for suggestions, which take quadratic time in a manifest
/// with thousands of variables and mistakes.
const MAX_COMPARED: usize = 50_000;

/// The largest number of variables of a cycle that a message lists.
const MAX_NAMED: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    Active,
    Done,
}

/// One table on its way.
struct Pass<'a> {
    table: &'a EnvTable,
    index: HashMap<&'a str, usize>,
    states: Vec<State>,
    in_circle: Vec<bool>,
    values: Vec<Text>,
    earlier: &'a BTreeMap<String, Text>,
    is_partial: bool,
    compared: &'a mut usize,
    diagnostics: &'a mut Diagnostics,
}

impl Scope {
    /// Remembers variables that were set before the manifest's own; they hold no references that
    /// are still to be resolved.
    pub(super) fn remember(&mut self, variables: impl IntoIterator<Item = (String, Text)>) {
        self.values.extend(variables);
    }

    /// There may be variables that are not known here, so no name is one that nothing sets.
    pub(super) fn may_hold_more(&mut self) {
        self.is_partial = true;
    }

    /// Whether there may be variables that are not known here.
    pub(super) const fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// The value of a variable that was set.
    pub(super) fn get(&self, name: &str) -> Option<&Text> {
        self.values.get(name)
    }

    /// The variable that is meant by a name that nothing sets, if one is similar.
    pub(super) fn nearest(&mut self, name: &str) -> Option<&str> {
        self.compared += self.values.len();
        if self.compared > MAX_COMPARED {
            return None;
        }
        suggest::nearest(name, self.values.keys().map(String::as_str))
    }

    /// Resolves a table's variables, in the order in which they are written, and remembers them.
    pub(super) fn resolve(
        &mut self,
        table: &EnvTable,
        diagnostics: &mut Diagnostics,
    ) -> Vec<(String, Text)> {
        let entries = &table.entries;
        let mut pass = Pass {
            table,
            index: entries.iter().enumerate().map(|(at, e)| (e.name.value.as_str(), at)).collect(),
            states: vec![State::Unseen; entries.len()],
            in_circle: vec![false; entries.len()],
            values: vec![Text::default(); entries.len()],
            earlier: &self.values,
            is_partial: self.is_partial,
            compared: &mut self.compared,
            diagnostics,
        };
        for at in 0..entries.len() {
            pass.visit(at);
        }
        let names = entries.iter().map(|entry| entry.name.value.clone());
        let resolved: Vec<_> = names.zip(pass.values).collect();
        self.values.extend(resolved.iter().cloned());
        resolved
    }
}

impl Pass<'_> {
    /// Resolves one variable and all it refers to, without recursion: a chain of references may
    /// be as long as the table.
    fn visit(&mut self, start: usize) {
        if self.states[start] != State::Unseen {
            return;
        }
        self.states[start] = State::Active;
        let mut path = vec![(start, self.siblings(start))];
        while let Some((at, siblings)) = path.last_mut() {
            let at = *at;
            match siblings.pop() {
                Some(next) if self.states[next] == State::Unseen => {
                    self.states[next] = State::Active;
                    let siblings = self.siblings(next);
                    path.push((next, siblings));
                }
                Some(next) if self.states[next] == State::Active => {
                    let from = path.iter().position(|(at, _)| *at == next).unwrap_or(0);
                    let circle: Vec<_> = path[from..].iter().map(|(at, _)| *at).collect();
                    self.report_circle(&circle);
                }
                Some(_) => {}
                None => {
                    self.values[at] = self.substitute(at);
                    self.states[at] = State::Done;
                    path.pop();
                }
            }
        }
    }

    /// The other variables of the table that this one refers to, last first.
    fn siblings(&self, at: usize) -> Vec<usize> {
        let references = self.table.entries[at].value.value.references();
        let mut siblings: Vec<_> = references
            .filter_map(|name| self.index.get(name).copied())
            .filter(|sibling| *sibling != at)
            .collect();
        siblings.reverse();
        siblings
    }

    /// Reports a circle, unless one of its variables is part of another that was reported: both
    /// are broken at the same place.
    fn report_circle(&mut self, circle: &[usize]) {
        if circle.iter().any(|at| self.in_circle[*at]) {
            return;
        }
        for at in circle {
            self.in_circle[*at] = true;
        }
        let entries = &self.table.entries;
        let name = |at: &usize| format!("`{}`", entries[*at].name.value);
        let mut names: Vec<_> = circle.iter().take(MAX_NAMED).map(name).collect();
        if circle.len() > MAX_NAMED {
            names.push("…".to_owned());
        }
        names.extend(circle.first().map(name));
        let message = format!("circular reference between variables: {}", names.join(" → "));
        let Some(first) = circle.iter().copied().min() else {
            return;
        };
        let mut diagnostic =
            Diagnostic::new(Code::CyclicReference, entries[first].value.span, message);
        for at in circle.iter().filter(|at| **at != first).take(MAX_NAMED) {
            diagnostic = diagnostic.related(entries[*at].value.span, "part of the cycle");
        }
        self.diagnostics.push(diagnostic.help("set one of them without a reference"));
    }

    fn substitute(&mut self, at: usize) -> Text {
        let entry = &self.table.entries[at];
        let mut text = Text::default();
        let mut bytes = 0;
        for piece in entry.value.value.pieces() {
            match piece {
                Piece::Literal(literal) => text.push_literal(literal),
                Piece::Reference { name, braced } => {
                    if let Some(value) = self.value_of(at, name) {
                        bytes += value.bytes();
                        if bytes > MAX_VALUE {
                            self.report_size(at);
                            return Text::default();
                        }
                        text.push_text(value);
                    } else {
                        self.warn_if_unknown(at, name);
                        text.push_reference(name.clone(), *braced);
                    }
                }
            }
        }
        text
    }

    fn report_size(&mut self, at: usize) {
        let entry = &self.table.entries[at];
        let message =
            format!("the expanded value of `{}` is larger than 128 KiB", entry.name.value);
        self.diagnostics.push(
            Diagnostic::new(Code::InvalidValue, entry.value.span, message)
                .help("use a shorter value: no system supports variables of that size"),
        );
    }

    /// What a name stands for in the value of the variable `at`.
    fn value_of(&self, at: usize, name: &str) -> Option<&Text> {
        match self.index.get(name) {
            Some(&sibling) if sibling != at => {
                (self.states[sibling] == State::Done).then(|| &self.values[sibling])
            }
            _ => self.earlier.get(name),
        }
    }

    /// The name that is meant, if one is near: the first that is written of those that are alike.
    fn nearest(&mut self, name: &str, but: &str) -> Option<&str> {
        let (entries, earlier) = (&self.table.entries, self.earlier);
        *self.compared += entries.len() + earlier.len();
        if *self.compared > MAX_COMPARED {
            return None;
        }
        let names = entries.iter().map(|entry| entry.name.value.as_str());
        let names = names.chain(earlier.keys().map(String::as_str));
        suggest::nearest(name, names.filter(|known| *known != but))
    }

    fn warn_if_unknown(&mut self, at: usize, name: &str) {
        // A circle was reported as such.
        let sibling = self.index.get(name).is_some_and(|sibling| *sibling != at);
        if sibling || self.is_partial || LEFT_TO_THE_PLATFORM.contains(&name) {
            return;
        }
        let entry = &self.table.entries[at];
        // Its own former value, in a list that is joined with colons.
        let part = (name == entry.name.value).then(|| in_list(&entry.value.value, name)).flatten();
        let near = part.is_none().then(|| self.nearest(name, &entry.name.value)).flatten();
        let message = format!("`{}` refers to `{name}`, which is not set", entry.name.value);
        let help = match near {
            _ if let Some(part) = part => format!("leave `{part}` out"),
            Some(near) => format!("did you mean `${near}`?"),
            None => format!("set `{name}` first, or write `$${name}` for a dollar sign"),
        };
        self.diagnostics.push(
            Diagnostic::new(Code::UndefinedReference, entry.value.span, message)
                .label("the platform's shell expands it to nothing")
                .help(help),
        );
    }
}

/// The first reference to a variable in a list such as a search path, with the colon that joins it
/// to the rest.
fn in_list(value: &Text, name: &str) -> Option<String> {
    let pieces = value.pieces();
    let (at, braced) = pieces.iter().enumerate().find_map(|(at, piece)| match piece {
        Piece::Reference { name: other, braced } if other == name => Some((at, *braced)),
        _ => None,
    })?;
    let written = if braced { format!("${{{name}}}") } else { format!("${name}") };
    let literal = |at: usize| match pieces.get(at) {
        Some(Piece::Literal(text)) => text.as_str(),
        _ => "",
    };
    if at > 0 && literal(at - 1).ends_with(':') {
        return Some(format!(":{written}"));
    }
    literal(at + 1).starts_with(':').then(|| format!("{written}:"))
}
