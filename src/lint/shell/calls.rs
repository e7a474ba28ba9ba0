//! The commands of a script together with those of the shells within it.

use super::inner::MOST_NESTED;
use super::{Account, Inner, Script, Separator, Simple};

/// A command and the commands around it that run its shell.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Call<'s> {
    pub(in crate::lint) command: &'s Simple,
    /// The script that it is a command of.
    pub(in crate::lint) script: &'s Script,
    /// The commands that run the shells around it, the outermost first.
    around: [Option<(&'s Script, &'s Simple)>; MOST_NESTED],
}

/// A shell that runs a script, or a part of one.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Shell<'s> {
    pub(in crate::lint) script: &'s Script,
    /// The command that runs it; `None` for the outermost shell.
    pub(in crate::lint) within: Option<(Call<'s>, &'s Inner)>,
}

/// Iterates over the commands in the order in which they run.
struct Calls<'s> {
    /// The scripts that are open, the outermost first, each with the index of its next command.
    open: Vec<(&'s Script, usize)>,
}

impl Script {
    /// The commands in the order in which they run, those of inner shells after the command that
    /// runs the shell.
    pub(in crate::lint) fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        Calls { open: vec![(self, 0)] }
    }

    /// The outermost shell and those within it.
    pub(in crate::lint) fn shells(&self) -> impl Iterator<Item = Shell<'_>> {
        let inner = self.calls().filter_map(|call| {
            let inner = call.command.inner.as_deref()?;
            Some(Shell { script: &inner.script, within: Some((call, inner)) })
        });
        std::iter::once(Shell { script: self, within: None }).chain(inner)
    }
}

impl<'s> Iterator for Calls<'s> {
    type Item = Call<'s>;

    fn next(&mut self) -> Option<Call<'s>> {
        loop {
            let (script, next) = self.open.last_mut()?;
            let script = *script;
            let Some(command) = script.commands.get(*next) else {
                self.open.pop();
                continue;
            };
            *next += 1;
            let mut around = [None; MOST_NESTED];
            let outer = self.open.iter().take(self.open.len() - 1);
            for (place, (script, next)) in around.iter_mut().zip(outer) {
                *place = script.commands.get(next - 1).map(|command| (*script, command));
            }
            if let Some(inner) = &command.inner {
                self.open.push((&inner.script, 0));
            }
            return Some(Call { command, script, around });
        }
    }
}

impl<'s> Call<'s> {
    /// The command and those around it, the innermost first.
    pub(in crate::lint) fn levels(
        &self,
    ) -> impl Iterator<Item = (&'s Script, &'s Simple)> + use<'s> {
        let outer = self.around.into_iter().rev().flatten();
        std::iter::once((self.script, self.command)).chain(outer)
    }

    /// Whether it certainly runs if all commands before it succeed, as [`Script::runs_always`].
    pub(in crate::lint) fn runs_always(&self) -> bool {
        self.levels().all(|(script, command)| script.runs_always(command))
    }

    /// The user that runs it, if the user of the outermost shell is `user`; `None` if unknown.
    pub(in crate::lint) fn user<'u>(&self, user: Option<&'u str>) -> Option<&'u str>
    where
        's: 'u,
    {
        let inner =
            self.around.into_iter().flatten().filter_map(|(_, command)| command.inner.as_deref());
        inner.fold(user, |user, inner| match &inner.account {
            Account::Same => user,
            Account::Named(name) => Some(name),
            Account::Unknown => None,
        })
    }
}

impl Shell<'_> {
    /// The text of its script, if `outermost` is that of the outermost one.
    pub(in crate::lint) fn text<'t>(&self, outermost: &'t str) -> &'t str {
        let range = self.within.and_then(|(_, inner)| outermost.get(inner.range.clone()));
        range.unwrap_or(outermost)
    }

    /// Whether it is started with `-e`.
    pub(in crate::lint) fn errexit(&self) -> bool {
        self.within.is_some_and(|(_, inner)| inner.errexit)
    }

    /// Whether it is started with `-o pipefail`.
    pub(in crate::lint) fn pipefail(&self) -> bool {
        self.within.is_some_and(|(_, inner)| inner.pipefail)
    }

    /// Whether its exit status is that of the step: nothing runs after it, and it always runs.
    pub(in crate::lint) fn ends_step(&self) -> bool {
        let ends = |(script, command): (&Script, &Simple)| {
            script.commands.last().is_some_and(|last| std::ptr::eq(last, command))
                && matches!(command.after, Separator::Edge | Separator::Then)
                && script.runs_always(command)
        };
        self.within.is_none_or(|(call, _)| call.levels().all(ends))
    }
}
