//! The instructions of a template → the steps of a draft that mean the same.

use std::collections::BTreeMap;

use super::draft::{Draft, Step, Value, Variable};
use super::head::Head;
use super::native::{self, Native};
use super::note::{Effect, Note};
use super::split;
use crate::scalar::Text;
use crate::source::Span;
use crate::template::{Copy, EnvScope, Instruction, InstructionKind, Run, Write};

/// The longest command on one line that is not split into those that `&&` joins.
const LONGEST_LINE: usize = 72;

/// What is known about the source of instructions.
pub(super) trait Origins {
    /// The number of the part of the source that an instruction is from: instructions of one part
    /// become one step if they can.
    fn part(&self, span: Span) -> usize;

    /// The comments above the part that has not been asked for before.
    fn comments(&mut self, span: Span) -> Vec<String>;
}

/// Converts instructions one after the other.
pub(super) struct Converter<'a> {
    pub(super) draft: Draft,
    pub(super) notes: Vec<Note>,
    pub(super) origins: &'a mut dyn Origins,
    /// The variables that the manifest has set so far, as it resolves them.
    pub(super) scope: BTreeMap<String, Text>,
    /// The current user.
    pub(super) user: String,
    /// The part that each step is from; 0 if it is from none.
    pub(super) parts: Vec<usize>,
    /// The part that the last step is from.
    last: Option<usize>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(user: &str, origins: &'a mut dyn Origins) -> Self {
        Self {
            draft: Draft::default(),
            notes: Vec::new(),
            origins,
            scope: BTreeMap::new(),
            user: user.to_owned(),
            parts: Vec::new(),
            last: None,
        }
    }

    /// Converts all instructions: those that come before the steps into keys at the top.
    pub(super) fn head(&mut self, instructions: &[Instruction]) {
        let rest = Head::take(self, instructions);
        for instruction in rest {
            self.instruction(instruction);
        }
    }

    pub(super) fn note(&mut self, effect: Effect, span: Option<Span>, message: impl Into<String>) {
        self.notes.push(Note::new(effect, span, message));
    }

    pub(super) fn instruction(&mut self, instruction: &Instruction) {
        let span = instruction.origin.span();
        let before = self.draft.steps.len();
        match &instruction.kind {
            InstructionKind::Copy(copy) => self.copy(copy, span),
            InstructionKind::Run(run) => self.run(run, instruction),
            InstructionKind::Write(write) => self.write(write, span),
            InstructionKind::Env { scope: EnvScope::Build, variables } => {
                for (name, value) in variables {
                    self.argument(name, value, span);
                }
            }
            InstructionKind::Env { scope: EnvScope::Sandbox, variables } => {
                self.env(variables, span);
            }
            InstructionKind::User(user) => {
                self.user.clone_from(&user.name);
                let step = Step::text("user", &user.name);
                self.push(step.when(user.sudo, "sudo", Value::Bool(true)));
            }
            InstructionKind::Workdir(path) => self.push(Step::text("workdir", path)),
        }
        if let Some(span) = span {
            let comments = self.origins.comments(span);
            if let Some(step) = self.draft.steps.get_mut(before) {
                let is_allow = |line: &String| line.starts_with("sbx:");
                let (allows, comments) = comments.into_iter().partition(is_allow);
                step.comments.splice(0..0, comments);
                step.allows = allows;
            }
            self.last = Some(self.origins.part(span));
        }
        self.parts.resize(self.draft.steps.len(), self.last.unwrap_or_default());
        if instruction.no_cache
            && let Some(step) = self.draft.steps.get_mut(before)
        {
            step.entries.push(("no_cache", Value::Bool(true)));
        }
    }

    fn push(&mut self, step: Step) {
        self.draft.steps.push(step);
    }

    fn copy(&mut self, copy: &Copy, span: Option<Span>) {
        if copy.mode_change.is_some() {
            let message = "a `copy` step takes no symbolic `--chmod`";
            self.notes.push(Note::new(Effect::Lost, span, message).help(
                "set `mode` of the step to octal digits, or change the mode in a `run` step",
            ));
        }
        let step = Step::text("copy", &copy.source).with("to", Value::Text(copy.target.clone()));
        let step = match &copy.owner {
            Some(owner) => step.with("owner", Value::Text(owner.clone())),
            None => step,
        };
        let step = match copy.mode {
            Some(mode) => step.with("mode", Value::Mode(mode)),
            None => step,
        };
        let step = step.when(copy.follow_symlinks, "follow_symlinks", Value::Bool(true)).when(
            copy.force_upload,
            "force_upload",
            Value::Bool(true),
        );
        let same_part = span.is_some_and(|span| self.last == Some(self.origins.part(span)));
        if same_part
            && let Some(last) = self.draft.steps.last_mut()
            && last.entries[1..] == step.entries[1..]
            && let Some(("copy", sources)) = last.entries.first_mut()
        {
            let list = match sources {
                Value::Text(first) => vec![first.clone(), copy.source.clone()],
                Value::List(list) => [list.as_slice(), std::slice::from_ref(&copy.source)].concat(),
                _ => return,
            };
            *sources = Value::List(list);
            return;
        }
        self.push(step);
    }

    fn run(&mut self, run: &Run, instruction: &Instruction) {
        let span = instruction.origin.span();
        if run.bash {
            let message = "`SHELL` with `bash` is not carried: on `declaw`, steps run in `sh`";
            self.note(Effect::Changed, span, message);
        }
        let user = run.user.clone().unwrap_or_else(|| self.user.clone());
        let native = native::of(&run.command, &user).filter(|_| run.label.is_none());
        // A step that root runs in any case has no `user`; another one keeps it.
        if let Some(native) = native.filter(|native| !native.by_root || user == "root") {
            self.native(native, run, span);
            return;
        }
        let step = Step::of("run", self.command(&run.command, span));
        let step = match &run.user {
            Some(user) => step.with("user", Value::Text(user.clone())),
            None => step,
        };
        let label = run.label.as_ref().or(instruction.label.as_ref());
        let step = match label {
            Some(label) => step.with("label", Value::Text(label.clone())),
            None => step,
        };
        self.push(step);
    }

    fn native(&mut self, native: Native, run: &Run, span: Option<Span>) {
        let key = native.step.entries.first().map_or("run", |(key, _)| key);
        let takes_user = !matches!(key, "npm" | "bun" | "apt" | "pip");
        let is_same = native.command == run.command;
        if let Some(which) = native.which {
            self.note(Effect::Changed, span, format!("became an `{key}` step, which {which}"));
        } else if !is_same {
            let message = format!("became a `{key}` step, whose command is `{}`", native.command);
            self.note(Effect::Changed, span, message);
        } else if native.by_root && run.user.is_none() {
            let message = format!("became a `{key}` step, which root runs");
            self.note(Effect::Layout, span, message);
        }
        let step = match &run.user {
            Some(user) if takes_user => native.step.with("user", Value::Text(user.clone())),
            // An installation in the project is the current user's.
            Some(user) if !native.by_root && *user != self.user => {
                let run = Step::of("run", Value::Text(run.command.clone()));
                run.with("user", Value::Text(user.clone()))
            }
            _ => native.step,
        };
        self.push(step);
    }

    /// The command of a `run` step: a list, if several are joined on a long line.
    fn command(&mut self, command: &str, span: Option<Span>) -> Value {
        let Some(parts) = split::parts(command) else { return Value::Text(command.to_owned()) };
        let joined = parts.join(" && ");
        if joined != command {
            self.note(Effect::Layout, span, "the white space between words is reduced");
        }
        let splits = parts.len() > 1 && joined.len() > LONGEST_LINE;
        if splits { Value::List(parts) } else { Value::Text(joined) }
    }

    fn write(&mut self, write: &Write, span: Option<Span>) {
        let mut content = String::new();
        for piece in write.content.pieces() {
            match piece {
                crate::scalar::Piece::Literal(text) => content.push_str(text),
                crate::scalar::Piece::Reference { name, .. } => {
                    let message =
                        format!("the content refers to `{name}`, which the manifest cannot");
                    self.notes.push(
                        Note::new(Effect::Lost, span, message)
                            .help("write the file with a `run` step, in which a shell expands it"),
                    );
                    content.push_str("${");
                    content.push_str(name);
                    content.push('}');
                }
            }
        }
        if write.name_in_directory.is_some() {
            let message =
                "became a `write` step: the target is a file, even if a directory is there";
            self.note(Effect::Changed, span, message);
        }
        let owner = write.owner.clone().filter(|owner| *owner != self.user);
        let step = Step::text("write", write.path.replace('$', "$$"))
            .with("content", Value::Text(content))
            .when(write.mode != Write::DEFAULT_MODE, "mode", Value::Mode(write.mode));
        let step = match owner {
            Some(owner) => step.with("owner", Value::Text(owner)),
            None => step,
        };
        self.push(step);
    }

    /// A variable of the steps that is set between them.
    fn argument(&mut self, name: &str, value: &Text, span: Option<Span>) {
        let is_plain = value.plain().is_some();
        if is_plain && !self.scope.contains_key(name) {
            let message = format!("`{name}` is set before all steps, in `build_env`");
            self.note(Effect::Changed, span, message);
            self.scope.insert(name.to_owned(), value.clone());
            let comments = span.map(|span| self.origins.comments(span)).unwrap_or_default();
            let value = value.for_shell("$$");
            self.draft.build_env.push(Variable { name: name.to_owned(), value, comments });
            return;
        }
        let message =
            format!("`{name}` is set by an `env` step, so that the sandbox has it as well");
        self.note(Effect::Changed, span, message);
        self.env(&[(name.to_owned(), value.clone())], span);
    }

    fn env(&mut self, variables: &[(String, Text)], span: Option<Span>) {
        let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
        let mut table = Vec::new();
        for (name, value) in variables {
            let written = written(name, value, &names, &self.scope);
            if written.is_none() {
                let message = format!("the value of `{name}` refers to a variable in another way");
                self.notes
                    .push(Note::new(Effect::Lost, span, message).help(
                        "compare the value with the source, and write it without references",
                    ));
            }
            let value = written.unwrap_or_else(|| value.for_shell("$$"));
            table.push(Variable { name: name.clone(), value, comments: Vec::new() });
        }
        self.scope.extend(variables.iter().cloned());
        self.push(Step::of("env", Value::Variables(table)));
    }
}

/// A value as the manifest writes it, so that it resolves to `value` beside the other variables of
/// its table and below those of `scope`.
pub(super) fn written(
    name: &str,
    value: &Text,
    table: &[&str],
    scope: &BTreeMap<String, Text>,
) -> Option<String> {
    let plain = value.for_shell("$$");
    if is_read_as(&plain, name, value, table, scope) {
        return Some(plain);
    }
    // A reference that remains is within the value of a variable that was set before.
    let known = value.references().find_map(|name| Some((name, scope.get(name)?)));
    let (known, inner) = known?;
    let inner = inner.for_shell("$$");
    let shorter = plain.replace(&inner, &format!("${{{known}}}"));
    is_read_as(&shorter, name, value, table, scope).then_some(shorter)
}

/// Whether the manifest resolves a text to the value.
fn is_read_as(
    text: &str,
    name: &str,
    value: &Text,
    table: &[&str],
    scope: &BTreeMap<String, Text>,
) -> bool {
    let Ok(parsed) = Text::parse(text) else { return false };
    let mut resolved = Text::default();
    for piece in parsed.pieces() {
        match piece {
            crate::scalar::Piece::Literal(text) => resolved.push_literal(text),
            crate::scalar::Piece::Reference { name: other, braced } => {
                if other != name && table.contains(&other.as_str()) {
                    return false;
                }
                match scope.get(other) {
                    Some(known) => resolved.push_text(known),
                    None => resolved.push_reference(other.clone(), *braced),
                }
            }
        }
    }
    resolved.for_shell("$$") == value.for_shell("$$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_resolve_to_what_they_were() {
        let text = |text: &str| Text::parse(text).expect("a text");
        let scope =
            BTreeMap::from([("PATH".to_owned(), text("/a:$PATH")), ("A".to_owned(), text("a"))]);
        let write =
            |name: &str, value: &str, table: &[&str]| written(name, &text(value), table, &scope);
        assert_eq!(write("PATH", "/a:$PATH:/b", &["PATH"]).as_deref(), Some("${PATH}:/b"));
        assert_eq!(write("X", "/x:/a:$PATH", &["X"]).as_deref(), Some("/x:${PATH}"));
        assert_eq!(write("X", "a $$5", &["X"]).as_deref(), Some("a $$5"));
        assert_eq!(write("X", "$Y", &["X"]).as_deref(), Some("$Y"));
        assert_eq!(write("X", "$Y", &["X", "Y"]), None);
        assert_eq!(write("X", "$PATH", &["X"]), None);
    }
}
