//! References in words: `$NAME` and `${NAME}` in the words, paths and names of a manifest.
//!
//! The value comes from the variables that were set above the word, and is inserted before the
//! word is quoted, so it arrives on every platform alike. It must be known completely: a word that
//! no shell expands cannot leave anything to the platform.

use super::Builder;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Action, Packages};
use crate::scalar::{Piece, Text};
use crate::source::Spanned;
use crate::validate::{owner_fault, reference_fault, spliced_fault};

/// The most bytes that references of all words stand for together: a manifest of a few lines could
/// otherwise expand to gigabytes.
const MAX_SUBSTITUTED: usize = 1024 * 1024;

impl Builder {
    /// The action with the values of the variables that its words refer to. What shells or the
    /// platform read as written takes no references: commands, sources of copies, contents of files, URLs.
    pub(super) fn substituted(&mut self, action: &Action) -> Action {
        let mut action = action.clone();
        match &mut action {
            Action::Copy(step) => {
                self.spliced(&mut step.to, "the target of a copy");
                if let Some(owner) = &mut step.owner {
                    self.owner(owner);
                }
            }
            Action::Write(step) => {
                self.substitute(&mut step.path);
                if let Some(owner) = &mut step.owner {
                    self.owner(owner);
                }
            }
            Action::Apt(step) => self.words(&mut step.packages.value.items),
            Action::Pip(step) => self.words(&mut step.packages.value.items),
            Action::Npm(step) => self.packages(&mut step.packages.value),
            Action::Bun(step) => self.packages(&mut step.packages.value),
            Action::Git(step) => self.words(step.branch.iter_mut().chain(&mut step.to)),
            Action::Mkdir(step) => self.words(&mut step.paths.value.items),
            Action::Remove(step) => self.words(&mut step.paths.value.items),
            Action::Rename(step) => self.words([&mut step.from, &mut step.to]),
            Action::Symlink(step) => self.words([&mut step.target, &mut step.link]),
            Action::Workdir(step) => self.spliced(&mut step.path, "a working directory"),
            Action::Run(_)
            | Action::Env(_)
            | Action::User(_)
            | Action::Mcp(_)
            | Action::Devcontainer(_) => {}
        }
        if let Some(user) = action.user_mut() {
            self.spliced(user, "a user name");
        }
        action
    }

    /// Substitutes in a text that the platform inserts into a script, where `what` it is. Rules on
    /// single values check those without references.
    pub(super) fn spliced(&mut self, text: &mut Spanned<String>, what: &str) {
        if self.substitute(text) {
            self.diagnostics.extend(spliced_fault(text, what));
        }
    }

    fn owner(&mut self, owner: &mut Spanned<String>) {
        if self.substitute(owner) {
            let fault = spliced_fault(owner, "an owner").or_else(|| owner_fault(owner));
            self.diagnostics.extend(fault);
        }
    }

    fn packages(&mut self, packages: &mut Packages) {
        if let Packages::Listed(listed) = packages {
            self.words(&mut listed.items);
        }
    }

    fn words<'a>(&mut self, words: impl IntoIterator<Item = &'a mut Spanned<String>>) {
        for word in words {
            self.substitute(word);
        }
    }

    /// Substitutes in a word, and returns whether its value is known and was substituted. One with
    /// a fault, which is reported, remains as written.
    fn substitute(&mut self, word: &mut Spanned<String>) -> bool {
        if !word.value.contains('$') {
            return false;
        }
        match Text::parse(&word.value) {
            Ok(text) => match self.value_of(&text, word) {
                Some(value) => word.value = value,
                None => return false,
            },
            Err(error) => {
                self.diagnostics.push(reference_fault(&error, word.span));
                return false;
            }
        }
        true
    }

    /// The value of a word; `None` if there is a fault, or if a variable may be set that is not
    /// known here.
    fn value_of(&mut self, text: &Text, word: &Spanned<String>) -> Option<String> {
        let mut value = String::new();
        for piece in text.pieces() {
            match piece {
                Piece::Literal(literal) => value.push_str(literal),
                Piece::Reference { name, .. } => value.push_str(&self.known(name, word)?),
            }
        }
        Some(value)
    }

    /// The value of a variable, which does not depend on the platform.
    fn known(&mut self, name: &str, word: &Spanned<String>) -> Option<String> {
        let fault = match self.variables.get(name) {
            Some(value) => match value.plain().map(str::to_owned) {
                Some(plain) => return self.take(plain.len(), word).then_some(plain),
                None => not_known(name, value, word),
            },
            None if self.variables.is_partial() => return None,
            None => unknown(name, self.variables.nearest(name), word),
        };
        self.diagnostics.push(fault);
        None
    }

    /// Counts bytes against [`MAX_SUBSTITUTED`], and reports where it is exceeded.
    fn take(&mut self, bytes: usize, word: &Spanned<String>) -> bool {
        let was_within = self.substituted <= MAX_SUBSTITUTED;
        self.substituted = self.substituted.saturating_add(bytes);
        let is_within = self.substituted <= MAX_SUBSTITUTED;
        if was_within && !is_within {
            let message = "the values that words refer to are larger than 1 MiB together";
            self.diagnostics.push(
                Diagnostic::new(Code::InvalidValue, word.span, message)
                    .help("use shorter values: no command can have words of that size"),
            );
        }
        is_within
    }
}

/// A reference to a variable that nothing above sets.
fn unknown(name: &str, near: Option<&str>, word: &Spanned<String>) -> Diagnostic {
    let message = format!("the word refers to `{name}`, which is not set");
    let help = match (name, near) {
        ("HOME", _) => {
            "write the path, such as `/home/user`, or use a `run` step, where the shell expands it"
                .to_owned()
        }
        ("USER", _) => {
            "write the name, such as `user`, or use a `run` step, where the shell expands it"
                .to_owned()
        }
        ("PWD" | "PATH", _) => {
            "write the path, or use a `run` step, where the shell expands it".to_owned()
        }
        (_, Some(near)) => format!("did you mean `${near}`?"),
        (_, None) => format!("set `{name}` in `env` or `build_env`, or in an `env` step above"),
    };
    Diagnostic::new(Code::UnresolvedReference, word.span, message)
        .label("no shell expands this word; `sbx` inserts the values of variables set above it")
        .help(help)
}

/// A reference to a variable whose value depends on the platform.
fn not_known(name: &str, value: &Text, word: &Spanned<String>) -> Diagnostic {
    let inner = value.references().next().unwrap_or_default();
    let message = format!("the value of `{name}` is not known: it refers to `{inner}`");
    Diagnostic::new(Code::UnresolvedReference, word.span, message)
        .label(format!("only the platform knows `${inner}`"))
        .help("write the value, or use a `run` step, where the shell expands it")
}
