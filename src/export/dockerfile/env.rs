//! Variables: `ENV` for those of the sandbox, `ARG` for those of the build, and the shell for what
//! neither can say.

use std::collections::{BTreeMap, BTreeSet};

use super::{Export, text};
use crate::export::Remark;
use crate::scalar::shell::quote;
use crate::scalar::{Piece, Text};
use crate::template::{EnvScope, Instruction};

/// The values in the login shell of root that expands references, which knows no variables of the
/// template.
const OF_ROOT: &[(&str, &str)] = &[
    ("HOME", "/root"),
    ("LOGNAME", "root"),
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("SHELL", "/bin/bash"),
    ("USER", "root"),
];

/// The variables so far.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// Those that the image has.
    kept: BTreeSet<String>,
    /// Those of the build that `ARG` sets.
    arguments: BTreeMap<String, String>,
    /// Those that the shell sets before each command.
    exported: BTreeMap<String, String>,
}

impl Variables {
    /// The commands that set what an instruction did not. At the start command, that is what `ARG`
    /// sets for steps alone, too.
    pub(super) fn exports(&self, at_start: bool) -> String {
        let arguments = self.arguments.iter().filter(|_| at_start);
        let all = self.exported.iter().chain(arguments);
        let commands =
            all.map(|(name, value)| ["export ", name, "=", &quote(value), "; "].concat());
        commands.collect()
    }

    fn forget(&mut self, name: &str) {
        self.exported.remove(name);
        self.arguments.remove(name);
    }
}

impl Export<'_> {
    pub(super) fn env(
        &mut self,
        scope: EnvScope,
        variables: &[(String, Text)],
        instruction: &Instruction,
    ) {
        let mut kept = Vec::new();
        for (name, value) in variables {
            let value = expanded(value);
            self.variables.forget(name);
            match scope {
                EnvScope::Sandbox if text::is_one_line(&value) => {
                    self.variables.kept.insert(name.clone());
                    kept.push(format!("{name}={}", assigned(&value)));
                }
                EnvScope::Sandbox => {
                    let message = format!(
                        "`{name}` has a line break, which `ENV` cannot say; only login shells have it"
                    );
                    self.remarks.push(Remark::note(instruction.origin.span(), message));
                    self.variables.exported.insert(name.clone(), value);
                }
                EnvScope::Build => self.argument(name, value),
            }
        }
        if !kept.is_empty() {
            self.line(&format!("ENV {}", kept.join(" \\\n    ")));
        }
    }

    /// A variable of the build. An `ENV` before it would win.
    fn argument(&mut self, name: &str, value: String) {
        let is_set =
            self.variables.kept.contains(name) || OF_ROOT.iter().any(|(known, _)| *known == name);
        if is_set || !text::is_one_line(&value) {
            self.variables.exported.insert(name.to_owned(), value);
            return;
        }
        self.line(&format!("ARG {name}={}", assigned(&value)));
        self.variables.arguments.insert(name.to_owned(), value);
    }
}

/// A value behind `=`.
fn assigned(value: &str) -> String {
    if value.is_empty() { "\"\"".to_owned() } else { text::word(value) }
}

/// A value as the platform expands it.
fn expanded(value: &Text) -> String {
    let pieces = value.pieces().iter().map(|piece| match piece {
        Piece::Literal(literal) => literal.as_str(),
        Piece::Reference { name, .. } => OF_ROOT
            .iter()
            .find(|(known, _)| *known == name.as_str())
            .map_or("", |(_, value)| *value),
    });
    pieces.collect()
}
