//! What a container's shell is given to run a command as the platform does.
//!
//! The text goes to the container over standard input, as one line, and not on the command line of
//! the engine's client, which every user of the machine can see. After that line the standard input
//! is the command's own.
//!
//! The wrapper keeps standard output and standard error apart, each behind a `cat`, so that it ends
//! when every process that holds one of them has closed it: like on the platform, a command has ended
//! only then. How the command itself ended is reported at once, between two control characters on
//! standard error, and the end of the wrapper on both streams.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::scalar::shell::quote;

/// The directories that programs are always found in.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Reads the script from the first line of standard input, and runs it.
pub(super) const BOOT: &str = r#"IFS= read -r script && eval "$(printf '%b' "$script")""#;

/// The same from another descriptor, so that standard input stays as it is.
const BOOT_APART: &str =
    r#"IFS= read -r script <&3 && exec 3<&- && eval "$(printf '%b' "$script")""#;

/// A command with what it runs in.
#[derive(Debug, Clone)]
pub(super) struct Invocation<'a> {
    pub(super) user: &'a str,
    /// Its directory; without one, the home directory of the user.
    pub(super) workdir: Option<&'a str>,
    /// The template's variables.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// Variables of this machine for each command, such as those of a proxy.
    pub(super) machine: &'a BTreeMap<String, String>,
    /// What the login shell runs.
    pub(super) command: &'a str,
    /// What the plain shell runs before, with the same standard input.
    pub(super) before: Option<&'a str>,
    /// The number of bytes that follow on standard input, which then ends. Without one, it stays open
    /// and silent.
    pub(super) input: Option<u64>,
}

impl Invocation<'_> {
    /// The line for [`BOOT`], which runs as the user already. `token` tells the reports of the
    /// wrapper from other output.
    pub(super) fn line(&self, token: &str) -> String {
        encoded(&self.wrapper(token, &self.main(token)))
    }

    /// The line for the shell of a container, which is root's.
    pub(super) fn line_for_root(&self, token: &str) -> String {
        let main = self.main(token);
        let main = if self.user == "root" { main } else { as_user(&encoded(&main)) };
        encoded(&self.wrapper(token, &main))
    }

    /// Finds the home directory of the user, runs the main part, and reports that it has ended, with
    /// its exit code and the number of processes that there are.
    fn wrapper(&self, token: &str, main: &str) -> String {
        let user = quote(self.user);
        // `getent` is not in every image, and the shell's `read` is.
        let lookup = format!(
            "PATH={SYSTEM_PATH}; export PATH\n\
             user={user} home= found=\n\
             while IFS=: read -r name _ _ _ _ directory _ || [ -n \"$name\" ]; do\n\
             [ \"$name\" = \"$user\" ] && found=1 home=$directory && break\n\
             done </etc/passwd\n\
             [ -n \"$found\" ] || {{ {}; }}\n",
            report(token, "user")
        );
        let whole = match self.input {
            // All of it is read, so that no byte is taken for the next line.
            Some(bytes) => format!(
                "PATH={SYSTEM_PATH} head -c {bytes} |\n\
                 {{ (\n{lookup}{main})\nstatus=$?\n\
                 PATH={SYSTEM_PATH} cat >/dev/null\nexit $status\n}}\n"
            ),
            None => format!("(\n{lookup}{main})\n"),
        };
        let done = format!("printf '\\036{token} done %d %d\\036' \"$status\" \"$#\"");
        format!("{whole}status=$?\nset -- /proc/[0-9]*\n{done}\n{done} >&2\n")
    }

    /// What the user runs: the command behind the two `cat`.
    fn main(&self, token: &str) -> String {
        let workdir = self.workdir.map_or_else(|| "\"$home\"".to_owned(), quote);
        let mut script = format!(
            "PATH={SYSTEM_PATH}; export PATH\n\
             cd -- {workdir} 2>/dev/null || {{ {}; }}\n\
             [ -x /bin/bash ] || {{ {}; }}\n",
            report(token, "directory"),
            report(token, "shell")
        );
        if let Some(before) = self.before {
            let _ = write!(script, "{{ {before}\n}} || {{ {}; }}\n", report(token, "before"));
        }
        let command = self.login_shell();
        let _ = write!(
            script,
            "exec 3>&2\n\
             {{ {{ {command} 3>&- 4>&-; printf '\\036{token} exit %d\\036' \"$?\" >&3\n\
             }} 2>&1 >&4 4>&- | cat >&2 3>&- 4>&-\n\
             }} 4>&1 | cat 3>&-\n"
        );
        script
    }

    /// The login shell with its variables, as E2B's `envd` starts it.
    fn login_shell(&self) -> String {
        let mut words =
            format!("env -i PATH={SYSTEM_PATH} HOME=\"$home\" USER=\"$user\" LOGNAME=\"$user\"");
        let template = self.variables.iter().map(|(name, value)| {
            // The server appends the usual directories, so that programs are found whatever the
            // variable is.
            let value =
                if name == "PATH" { format!("{value}:{SYSTEM_PATH}") } else { value.clone() };
            (name, value)
        });
        let machine = self.machine.iter().map(|(name, value)| (name, value.clone()));
        for (name, value) in machine.chain(template) {
            let _ = write!(words, " {}", quote(&format!("{name}={value}")));
        }
        let _ = write!(words, " /bin/bash -l -c {}", quote(self.command));
        words
    }
}

/// Says why the command is not run, and ends without an error.
fn report(token: &str, why: &str) -> String {
    format!("printf '\\036{token} {why}\\036' >&2; exit 0")
}

/// Runs a line as the user of the variable, in a session of its own: as the engine's `exec` does, without
/// PAM. The line goes there over a descriptor of its own, since a command line has a limit.
fn as_user(line: &str) -> String {
    let line = quote(line.trim_end_matches('\n'));
    let boot = quote(BOOT_APART);
    format!(
        "{{ printf '%s\\n' {line} |\n\
         exec setsid chroot --userspec=\"$user\" / \
         /usr/bin/env -i user=\"$user\" home=\"$home\" /bin/sh -c {boot} 3<&0 0<&5 5<&-\n\
         }} 5<&0\n"
    )
}

/// A text in the form that `printf %b` turns back: one line.
fn encoded(script: &str) -> String {
    let mut line = String::with_capacity(script.len() + script.len() / 8);
    for character in script.chars() {
        match character {
            '\n' => line.push_str("\\0012"),
            '\\' => line.push_str("\\0134"),
            other => line.push(other),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    /// What a shell prints that runs each line of its standard input.
    fn said(input: &[u8]) -> String {
        let each = r#"while IFS= read -r script; do eval "$(printf '%b' "$script")"; done"#;
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", each]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = shell.stderr(Stdio::piped()).spawn().unwrap();
        shell.stdin.take().unwrap().write_all(input).unwrap();
        let output = shell.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn line(command: &str, before: Option<&str>, input: Option<u64>, token: &str) -> Vec<u8> {
        let (workdir, none) = (Some("/"), BTreeMap::new());
        let user = "root";
        let (variables, machine) = (&none, &none);
        Invocation { user, workdir, variables, machine, command, before, input }
            .line_for_root(token)
            .into_bytes()
    }

    #[test]
    fn a_shell_runs_one_command_after_the_other() {
        let said = said(&[line("exit 3", None, None, "a"), line("true", None, None, "b")].concat());
        assert!(said.contains("\u{1e}a exit 3\u{1e}\u{1e}a done 0 "), "{said:?}");
        assert!(said.contains("\u{1e}b exit 0\u{1e}\u{1e}b done 0 "), "{said:?}");
    }

    #[test]
    fn no_byte_of_the_input_of_a_command_is_a_script() {
        let input = "echo wrong >&2\n".repeat(10_000).into_bytes();
        for before in ["true", "false", "head -n 1 >/dev/null"] {
            let first = line("true", Some(before), Some(input.len() as u64), "a");
            let said = said(&[first, input.clone(), line("true", None, None, "b")].concat());
            assert!(said.contains("\u{1e}a done 0 "), "{before}: {said:?}");
            assert!(said.contains("\u{1e}b exit 0\u{1e}"), "{before} {said:?}");
            assert!(!said.contains("wrong"), "{before}: {said:?}");
        }
    }
}
