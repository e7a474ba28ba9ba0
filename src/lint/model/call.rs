//! The commands of a script, each with who runs it and where.

use std::collections::BTreeMap;

use super::{Moment, start_of};
use crate::lint::Scripts;
use crate::lint::exec_context::ExecContext;
use crate::lint::shell::{Account, BlockKind, Call, Redirect, Script, Separator, Simple};
use crate::platform::ROOT;
use crate::template::{InstructionId, InstructionKind, Template};

/// The commands of all scripts of a template.
pub(in crate::lint) struct Executions<'s> {
    steps: BTreeMap<InstructionId, Vec<Execution<'s>>>,
    start: Vec<Execution<'s>>,
    ready: Vec<Execution<'s>>,
}

impl<'s> Executions<'s> {
    /// `exec` has one context for each instruction and one for the start command and the readiness
    /// check.
    pub(in crate::lint) fn new(
        template: &'s Template,
        exec: &[ExecContext<'s>],
        scripts: &'s Scripts,
    ) -> Self {
        let of =
            |script: &'s Script, place: usize, own: Option<&'s str>, exec: &ExecContext<'s>| {
                let user = own.or(exec.user);
                executions(script, place, user, exec.directory_of(user))
            };
        let steps = scripts.runs.iter().filter_map(|(id, script)| {
            let InstructionKind::Run(run) = &template[*id].kind else { return None };
            let exec = exec.get(id.index())?;
            Some((*id, of(script, id.index(), run.user.as_deref(), exec)))
        });
        let last = |script: &'s Option<Script>| {
            let last = script.as_ref().zip(exec.last());
            last.map(|(script, exec)| of(script, start_of(template), None, exec))
        };
        Self {
            steps: steps.collect(),
            start: last(&scripts.start).unwrap_or_default(),
            ready: last(&scripts.ready).unwrap_or_default(),
        }
    }

    /// Whether the command of a `RUN` was parsed.
    pub(in crate::lint) fn is_read(&self, id: InstructionId) -> bool {
        self.steps.contains_key(&id)
    }

    /// The commands of a `RUN` in order, with those of inner shells.
    pub(in crate::lint) fn of_step(&self, id: InstructionId) -> &[Execution<'s>] {
        self.steps.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The commands of the start command.
    pub(in crate::lint) fn of_start(&self) -> &[Execution<'s>] {
        &self.start
    }

    /// The commands of the readiness check.
    pub(in crate::lint) fn of_ready(&self) -> &[Execution<'s>] {
        &self.ready
    }
}

/// A command in its context.
#[derive(Debug)]
pub(in crate::lint) struct Execution<'s> {
    pub(in crate::lint) at: Moment,
    pub(in crate::lint) command: &'s Simple,
    /// The user that runs it, behind `sudo`; `None` if it is not known.
    pub(in crate::lint) user: Option<&'s str>,
    /// The user of the shell, which opens the files of redirections.
    pub(in crate::lint) shell_user: Option<&'s str>,
    /// The absolute working directory, if it is known.
    pub(in crate::lint) directory: Option<String>,
    /// Whether it runs in any case.
    pub(in crate::lint) is_certain: bool,
    /// Whether the step fails if it fails.
    pub(in crate::lint) is_decisive: bool,
    /// The redirections of the blocks that end with it.
    of_blocks: Vec<&'s Redirect>,
}

impl<'s> Execution<'s> {
    /// The program's file name, behind `sudo` and the like, if it is known.
    pub(in crate::lint) fn program(&self) -> Option<&'s str> {
        self.command.program()
    }

    /// Its redirections, and those of the blocks that end with it.
    pub(in crate::lint) fn redirects(&self) -> impl Iterator<Item = &'s Redirect> {
        self.command.redirects.iter().chain(self.of_blocks.iter().copied())
    }

    /// An absolute path of a literal one.
    pub(in crate::lint) fn absolute(&self, path: &str) -> Option<String> {
        absolute(self.directory.as_deref(), path)
    }
}

/// The commands of a script in order, with those of inner shells. `user` and `workdir` are those of
/// its instruction.
fn executions<'s>(
    script: &'s Script,
    instruction: usize,
    user: Option<&'s str>,
    workdir: Option<&str>,
) -> Vec<Execution<'s>> {
    // The directory of each open shell, the outermost first.
    let mut directories = vec![workdir.and_then(|workdir| absolute(None, workdir))];
    let mut found = Vec::new();
    let mut exits = false;
    for (place, call) in script.calls().enumerate() {
        directories.truncate(call.levels().count());
        let command = call.command;
        let is_certain = is_certain(&call);
        exits |= is_certain && sets_errexit(command);
        let execution = Execution {
            at: Moment { instruction, command: place },
            command,
            user: if command.has_sudo() { as_sudo(command) } else { call.user(user) },
            shell_user: call.user(user),
            directory: directories.last().cloned().flatten(),
            is_certain,
            is_decisive: is_certain && is_decisive(&call, exits),
            of_blocks: of_blocks(&call),
        };
        if let Some(directory) = directories.last_mut() {
            moved(&execution, directory);
        }
        if let Some(inner) = &command.inner {
            // Another user's shell may begin in that user's home directory.
            let kept = inner.account == Account::Same;
            directories.push(execution.directory.clone().filter(|_| kept));
        }
        found.push(execution);
    }
    found
}

/// The redirections of the blocks whose last command this is.
fn of_blocks<'s>(call: &Call<'s>) -> Vec<&'s Redirect> {
    let (script, command) = (call.script, call.command);
    let outer = |at: usize| script.blocks.get(at).and_then(|block| block.outer);
    let next = script.commands.partition_point(|other| other.range.start <= command.range.start);
    let mut next = script.commands.get(next).and_then(|next| next.block);
    let mut found = Vec::new();
    let mut around = command.block;
    while let Some(at) = around {
        // A block has a greater index than those around it.
        while next.is_some_and(|next| next > at) {
            next = next.and_then(outer);
        }
        if next == Some(at) {
            break;
        }
        found.extend(script.blocks.get(at).into_iter().flat_map(|block| &block.redirects));
        around = outer(at);
    }
    found
}

/// Whether a command runs in any case, and in the foreground.
fn is_certain(call: &Call<'_>) -> bool {
    let is_plain = |(script, command): (&Script, &Simple)| {
        let mut around = script.around(command);
        let is_quiet = |separator| matches!(separator, Separator::Or | Separator::Background);
        !is_quiet(command.after)
            && around.all(|block| block.kind != BlockKind::Function && !is_quiet(block.after))
    };
    call.runs_always() && call.levels().all(is_plain)
}

/// Whether a script fails if a command fails that certainly runs.
fn is_decisive(call: &Call<'_>, exits: bool) -> bool {
    call.levels().all(|(script, command)| match command.after {
        Separator::And | Separator::Edge => true,
        Separator::Then => {
            exits || script.commands.last().is_some_and(|last| std::ptr::eq(last, command))
        }
        Separator::Or | Separator::Pipe | Separator::Background => false,
    })
}

/// Whether a command is `set -e`, with or without other options.
fn sets_errexit(command: &Simple) -> bool {
    let mut arguments = command.arguments();
    let is_option = |word: &str| word.starts_with('-') && !word.starts_with("--");
    command.program() == Some("set")
        && arguments.any(|word| word == "errexit" || is_option(word) && word.contains('e'))
}

/// Who runs a command behind `sudo`: root, unless an option says otherwise.
fn as_sudo(command: &Simple) -> Option<&'static str> {
    let options = command.words.iter().skip(1).map(|word| word.prefix.as_str());
    let mut options = options.take_while(|word| word.starts_with('-'));
    options.all(|option| matches!(option, "-E" | "-n" | "-H" | "--")).then_some(ROOT)
}

/// Follows `cd`.
fn moved(execution: &Execution<'_>, directory: &mut Option<String>) {
    let command = execution.command;
    let Some(program @ ("cd" | "pushd" | "popd")) = execution.program() else { return };
    // A block may be a subshell, whose directory is lost at its end.
    let is_plain = execution.is_certain && command.block.is_none() && program == "cd";
    let target = command.command().get(1).and_then(|word| word.literal.as_deref());
    let target = target.filter(|path| is_plain && !path.starts_with('-'));
    *directory = target.and_then(|path| execution.absolute(path));
}

/// A path in its plain form, without `.`, `..` and empty components.
pub(in crate::lint) fn absolute(directory: Option<&str>, path: &str) -> Option<String> {
    let whole =
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", directory?) };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}
