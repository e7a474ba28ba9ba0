//! Steps → instructions.

use super::{Builder, devcontainer, packages, shell};
use crate::manifest::{Action, CopyStep, RunStep, Step, WriteStep};
use crate::scalar::Text;
use crate::source::Spanned;
use crate::template::{Copy, EnvScope, InstructionKind, Run, Spans, Write};
use crate::validate::written_path_fault;

impl Builder {
    /// Appends the instructions of all steps. Once a step turns the cache off, it stays off.
    pub(super) fn steps(&mut self, steps: &[Spanned<Step>]) {
        let mut no_cache = false;
        for Spanned { value: step, .. } in steps {
            let first = self.instructions.len();
            if let Some(action) = &step.action {
                let action = self.substituted(action);
                self.action(&action);
            }
            let asked = step.no_cache.filter(|asked| asked.value);
            no_cache |= asked.is_some();
            for instruction in &mut self.instructions[first..] {
                instruction.no_cache = no_cache;
                instruction.spans.no_cache = asked.map(|asked| asked.span);
                instruction.label = step.label.as_ref().map(|label| label.value.clone());
            }
        }
    }

    /// Appends the instructions of an action: at least one, unless its table of variables is empty.
    fn action(&mut self, action: &Action) {
        match action {
            Action::Run(step) => self.commands(step),
            Action::Copy(step) => self.copy(step),
            Action::Write(step) => self.write(step),
            Action::Apt(step) => self.run(action, packages::apt(step)),
            Action::Pip(step) => self.run(action, self.pip(step)),
            Action::Npm(step) => self.run(action, self.npm(step)),
            Action::Bun(step) => self.run(action, self.bun(step)),
            Action::Git(step) => self.shell(action, shell::git(step)),
            Action::Mkdir(step) => self.shell(action, shell::mkdir(step)),
            Action::Remove(step) => self.shell(action, shell::remove(step)),
            Action::Rename(step) => self.shell(action, shell::rename(step)),
            Action::Symlink(step) => self.shell(action, shell::symlink(step)),
            Action::Env(step) => self.env(&step.variables, EnvScope::Sandbox),
            Action::User(step) => self.user(step.name.clone(), step.sudo),
            Action::Workdir(step) => {
                self.push(InstructionKind::Workdir(step.path.value.clone()), step.path.span);
            }
            Action::Mcp(step) => self.run(action, packages::mcp(step)),
            Action::Devcontainer(step) => {
                self.run(action, Run::as_root(devcontainer::build(&step.directory.value)));
            }
        }
    }

    /// Appends a command that decides by itself who runs it.
    fn run(&mut self, action: &Action, run: Run) {
        self.push(InstructionKind::Run(run), action.span());
    }

    /// Appends a command that the step's user runs, or else the current one.
    fn shell(&mut self, action: &Action, command: String) {
        let user = action.user();
        let run = Run::new(command, user.map(|user| user.value.clone()));
        let spans = Spans { user: user.map(|user| user.span), ..Spans::default() };
        self.push_with(InstructionKind::Run(run), action.span(), spans);
    }

    fn commands(&mut self, step: &RunStep) {
        let commands = &step.commands.value;
        let command = commands.values().collect::<Vec<_>>().join(" && ");
        let user = step.user.as_ref();
        let spans = Spans {
            user: user.map(|user| user.span),
            joined: if commands.items.len() > 1 { commands.items.clone() } else { Vec::new() },
            ..Spans::default()
        };
        let run = Run::new(command, user.map(|user| user.value.clone()));
        self.push_with(InstructionKind::Run(run), step.commands.span, spans);
    }

    /// Appends a copy of each source.
    fn copy(&mut self, step: &CopyStep) {
        let owner = step.owner.as_ref();
        for source in &step.sources.value.items {
            let copy = Copy {
                source: source.value.clone(),
                target: step.to.value.clone(),
                owner: owner.map(|owner| owner.value.clone()),
                mode: step.mode.map(|mode| mode.value),
                mode_change: None,
                follow_symlinks: is_set(step.follow_symlinks),
                force_upload: is_set(step.force_upload),
                unpack: None,
            };
            let spans = Spans {
                owner: owner.map(|owner| owner.span),
                target: Some(step.to.span),
                ..Spans::default()
            };
            self.push_with(InstructionKind::Copy(copy), source.span, spans);
        }
    }

    fn write(&mut self, step: &WriteStep) {
        self.diagnostics.extend(written_path_fault(&step.path));
        let owner = step.owner.as_ref();
        let write = Write {
            path: step.path.value.clone(),
            name_in_directory: None,
            content: Text::literal(&step.content.value),
            owner: owner.map(|owner| owner.value.clone()),
            mode: step.mode.map_or(Write::DEFAULT_MODE, |mode| mode.value),
        };
        let spans = Spans {
            owner: owner.map(|owner| owner.span),
            content: Some(step.content.span),
            ..Spans::default()
        };
        self.push_with(InstructionKind::Write(write), step.path.span, spans);
    }
}

/// Whether a flag is set, where one that is missing is not.
pub(super) fn is_set(flag: Option<Spanned<bool>>) -> bool {
    flag.is_some_and(|flag| flag.value)
}
