//! What a container's shell is given to run a command as the platform does.
//!
//! The text goes to the container over the command's standard input, as one line, and not on the
//! command line of the engine's client, which every user of the machine can see. After that line
//! the standard input is the command's own.
//!
//! The wrapper keeps standard output and standard error apart, each behind a `cat`, so that the
//! client ends when every process that holds one of them has closed it: like on the platform, a
//! command has ended only then. How the command itself ended is reported at once, between two
//! control characters on standard error.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::scalar::shell::quote;

/// The directories that programs are always found in.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Reads the script from the first line of standard input, and runs it.
pub(super) const BOOT: &str = r#"IFS= read -r script && eval "$(printf '%b' "$script")""#;

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
}

impl Invocation<'_> {
    /// The line for [`BOOT`]. `token` tells the reports of the wrapper from other output.
    pub(super) fn line(&self, token: &str) -> String {
        encoded(&self.script(token))
    }

    fn script(&self, token: &str) -> String {
        let user = quote(self.user);
        let report = |what: &str| format!("printf '\\036{token} {what}\\036' >&2; exit 0");
        let mut script = format!("PATH={SYSTEM_PATH}; export PATH\n");
        // `getent` is not in every image, and the shell's `read` is.
        let _ = write!(
            script,
            "user={user} home= found=\n\
             while IFS=: read -r name _ _ _ _ directory _ || [ -n \"$name\" ]; do\n\
             [ \"$name\" = \"$user\" ] && found=1 home=$directory && break\n\
             done </etc/passwd\n\
             [ -n \"$found\" ] || {{ {}; }}\n",
            report("user")
        );
        let workdir = self.workdir.map_or_else(|| "\"$home\"".to_owned(), quote);
        let _ = writeln!(script, "cd -- {workdir} 2>/dev/null || {{ {}; }}", report("directory"));
        let _ = writeln!(script, "[ -x /bin/bash ] || {{ {}; }}", report("shell"));
        if let Some(before) = self.before {
            let _ = write!(script, "{{ {before}\n}} || {{ {}; }}\n", report("before"));
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
