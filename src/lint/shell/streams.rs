//! Where the standard streams of a command lead: to those of the step, or elsewhere.

use super::{Call, Redirect, Script, Separator, Simple};

/// Whether standard output and standard error are those of the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outputs {
    out: bool,
    err: bool,
}

impl Script {
    /// Whether a shell of the script redirects its own streams, as `exec > log 2>&1` does.
    pub(in crate::lint) fn redirects_itself(&self) -> bool {
        self.calls().any(|call| {
            let command = call.command;
            matches!(command.words.as_slice(), [word] if word.literal.as_deref() == Some("exec"))
                && !command.redirects.is_empty()
        })
    }
}

impl Call<'_> {
    /// Whether it certainly writes to standard output or standard error of the step. A redirection
    /// to an unknown file leads elsewhere.
    pub(in crate::lint) fn holds_output(&self) -> bool {
        let levels: Vec<_> = self.levels().collect();
        let mut outputs = Outputs { out: true, err: true };
        for (script, command) in levels.into_iter().rev() {
            let blocks: Vec<_> = script.around(command).collect();
            for block in blocks.into_iter().rev() {
                outputs.pass(block.after, &block.redirects);
            }
            outputs.pass(command.after, &command.redirects);
        }
        outputs.out || outputs.err
    }

    /// Whether its standard input certainly is that of the step: no pipe, no redirection, and not
    /// the script that its shell reads. A command in the background reads nothing.
    pub(in crate::lint) fn reads_input_of_step(&self) -> bool {
        let shell_reads = |command: &Simple| {
            command.inner.as_ref().is_some_and(|inner| inner.from_input)
                && !std::ptr::eq(command, self.command)
        };
        self.levels().all(|(script, command)| {
            let mut around = script.around(command);
            is_open(command.before, command.after, &command.redirects)
                && !shell_reads(command)
                && around.all(|block| is_open(block.before, block.after, &block.redirects))
        })
    }

    /// Whether it runs in the background.
    pub(in crate::lint) fn is_in_background(&self) -> bool {
        self.levels().any(|(script, command)| {
            let mut around = script.around(command);
            command.after == Separator::Background
                || around.any(|block| block.after == Separator::Background)
        })
    }
}

fn is_open(before: Separator, after: Separator, redirects: &[Redirect]) -> bool {
    let is_input = |redirect: &Redirect| {
        redirect.operator.starts_with('<') && matches!(redirect.descriptor, None | Some(0))
    };
    before != Separator::Pipe && after != Separator::Background && !redirects.iter().any(is_input)
}

impl Outputs {
    /// Follows the streams of a command or a block into what is around it.
    fn pass(&mut self, after: Separator, redirects: &[Redirect]) {
        self.out &= after != Separator::Pipe;
        for redirect in redirects {
            self.redirect(redirect);
        }
    }

    fn redirect(&mut self, redirect: &Redirect) {
        let target = redirect.target.literal.as_deref();
        let is_own = |path: &str| path.starts_with("/dev/std") || path.starts_with("/dev/fd/");
        let (descriptor, leads_to_step) = match (redirect.operator, target) {
            (">&", Some("1")) => (redirect.descriptor.unwrap_or(1), self.out),
            (">&", Some("2")) => (redirect.descriptor.unwrap_or(1), self.err),
            (">&", _) if redirect.descriptor.is_none() => return self.both_elsewhere(),
            ("&>" | "&>>", _) => return self.both_elsewhere(),
            (">" | ">>" | ">|", Some(path)) if is_own(path) => return,
            (">" | ">>" | ">|" | ">&", _) => (redirect.descriptor.unwrap_or(1), false),
            _ => return,
        };
        match descriptor {
            1 => self.out = leads_to_step,
            2 => self.err = leads_to_step,
            _ => {}
        }
    }

    const fn both_elsewhere(&mut self) {
        (self.out, self.err) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the command `a`: whether it holds the output of the step, and whether it reads its input.
    fn streams_of_a(text: &str) -> (bool, bool) {
        let script = Script::read(text).expect("valid shell");
        let found = script.calls().find(|call| call.command.name() == Some("a"));
        let call = found.expect("the command exists");
        (call.holds_output(), call.reads_input_of_step())
    }

    #[test]
    fn redirections_and_pipes_lead_output_elsewhere() {
        for text in [
            "a",
            "a &",
            "a > /dev/null &",
            "a 2> log",
            "a 2>&1 > log",
            "a >&2",
            "a | b",
            "a 2>&1 >&2",
            "a > /dev/stdout",
            "bash -c 'a'",
            "bash -c 'a' > log",
            "{ a > log; } 2>&1",
            "a < in",
            "a 3> log",
        ] {
            assert!(streams_of_a(text).0, "{text}");
        }
        for text in [
            "a > log 2>&1",
            "a > log 2> log",
            "a &> log",
            "a &>> log",
            "a >& log",
            "a >&- 2>&-",
            "a > $LOG 2>&1",
            "a |& b",
            "a 2>&1 | b",
            "(a) > log 2>&1",
            "{ a; } > log 2>&1 &",
            "{ a 2>&1; } | b",
            "bash -c 'a' > log 2>&1",
            "bash -c 'a > log' 2> log",
            "for x in y; do a; done &> log",
        ] {
            assert!(!streams_of_a(text).0, "{text}");
        }
    }

    #[test]
    fn pipes_and_redirections_give_input() {
        for text in ["a", "b; a", "a | b", "bash -c 'a'", "(a)", "a 3< in", "a > log"] {
            assert!(streams_of_a(text).1, "{text}");
        }
        for text in [
            "b | a",
            "a < in",
            "a <<< x",
            "a <<E\nE",
            "a &",
            "(a) &",
            "b | { a; }",
            "b | (c; a)",
            "b |& a",
            "{ a; } < in",
            "bash -c 'a' < in",
            "b | bash -c 'a'",
            "bash <<E\na\nE",
            "while b; do a; done < in",
        ] {
            assert!(!streams_of_a(text).1, "{text}");
        }
    }
}
