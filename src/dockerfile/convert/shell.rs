//! `SHELL`: the interpreter of commands in shell form.
//!
//! Steps run in `bash -l -c`. A `SHELL` that is `bash` or `sh` needs no more than that; the options
//! that it sets are carried as a `set` in front of each command.

use super::Converter;
use crate::dockerfile::instruction::{Arguments, Instruction, Word};
use crate::dockerfile::{syntax, unsupported};

/// The shells whose commands a step can run.
const SHELLS: &[&str] = &["bash", "sh"];

/// The options with a letter that a `set` in the command sets in the same way.
const LETTERS: &str = "eEux";

/// The options with a name that a `set` in the command sets in the same way.
const NAMES: &[&str] = &["errexit", "errtrace", "nounset", "pipefail", "xtrace"];

/// The interpreter of commands in shell form.
#[derive(Debug, Clone)]
pub(super) struct Shell {
    /// Its program and arguments.
    pub(super) words: Vec<String>,
    /// The arguments of `set` that set its options; empty if it sets none.
    options: String,
}

impl Default for Shell {
    /// The shell of a Dockerfile without `SHELL`.
    fn default() -> Self {
        Self { words: vec!["/bin/sh".to_owned(), "-c".to_owned()], options: String::new() }
    }
}

impl Shell {
    /// The shell of an exec form, if a step can stand in for it.
    fn parse(words: Vec<String>) -> Option<Self> {
        let (program, arguments) = words.split_first()?;
        let name = match program.rsplit_once('/') {
            Some(("/bin" | "/usr/bin", name)) => name,
            Some(_) => return None,
            None => program,
        };
        if !SHELLS.contains(&name) {
            return None;
        }
        let options = options(arguments)?;
        Some(Self { words, options })
    }

    /// Whether it is `bash`.
    pub(super) fn is_bash(&self) -> bool {
        self.words.first().is_some_and(|program| program.ends_with("bash"))
    }

    /// A command with the shell's options.
    pub(super) fn command(&self, command: &str) -> String {
        if self.options.is_empty() || command.trim().is_empty() {
            return command.to_owned();
        }
        format!("set {}; {command}", self.options)
    }
}

/// The arguments of `set` for the options of a shell whose last option is `-c`.
fn options(arguments: &[String]) -> Option<String> {
    let mut options = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--login" {
            continue;
        }
        let cluster = argument.strip_prefix('-').filter(|letters| !letters.is_empty())?;
        let (cluster, last) = match cluster.strip_suffix('c') {
            Some(cluster) => (cluster, true),
            None => (cluster, false),
        };
        // Steps run in a login shell.
        let mut letters: String = cluster.chars().filter(|letter| *letter != 'l').collect();
        let name = match letters.strip_suffix('o') {
            Some(_) => Some(arguments.next().filter(|name| NAMES.contains(&name.as_str()))?),
            None => None,
        };
        let plain = letters.trim_end_matches('o');
        if letters.len() > plain.len() + 1 || !plain.chars().all(|c| LETTERS.contains(c)) {
            return None;
        }
        if !letters.is_empty() {
            letters.insert(0, '-');
            options.push(letters);
        }
        options.extend(name.cloned());
        if last {
            return arguments.next().is_none().then(|| options.join(" "));
        }
    }
    None
}

impl Converter<'_> {
    pub(super) fn set_shell(&mut self, instruction: &Instruction) {
        self.flags(instruction);
        let words: Vec<String> = match instruction.arguments() {
            Ok(Arguments::Json(words)) if !words.is_empty() => {
                words.into_iter().map(|Word { text, .. }| text).collect()
            }
            Ok(_) => {
                let message = "`SHELL` takes an array of strings";
                let fault = syntax(instruction.place(), message)
                    .help("write it as `SHELL [\"/bin/bash\", \"-c\"]`");
                return self.push_fault(fault);
            }
            Err(fault) => return self.push_fault(*fault),
        };
        let program = words.first().cloned().unwrap_or_default();
        match Shell::parse(words) {
            Some(shell) => self.shell = shell,
            None => self.push_fault(
                unsupported(
                    instruction.place(),
                    format!("this `SHELL` with `{program}` is not supported"),
                )
                .label("steps run in `bash`")
                .help(
                    "write `SHELL [\"/bin/bash\", \"-c\"]`, with options such as `\"-o\", \
                     \"pipefail\"` or `\"-e\"` before `\"-c\"`; call any other program in the \
                     `RUN` that needs it",
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shell;

    fn options(words: &[&str]) -> Option<String> {
        Shell::parse(words.iter().map(|word| (*word).to_owned()).collect())
            .map(|shell| shell.options)
    }

    #[test]
    fn options_are_carried_or_the_shell_is_refused() {
        assert_eq!(options(&["/bin/bash", "-c"]).as_deref(), Some(""));
        assert_eq!(options(&["bash", "--login", "-c"]).as_deref(), Some(""));
        assert_eq!(options(&["/bin/bash", "-lc"]).as_deref(), Some(""));
        let pipefail = ["/usr/bin/bash", "-e", "-o", "pipefail", "-c"];
        assert_eq!(options(&pipefail).as_deref(), Some("-e -o pipefail"));
        assert_eq!(options(&["sh", "-leuxo", "pipefail", "-c"]).as_deref(), Some("-euxo pipefail"));
        for refused in [
            &["bash"][..],
            &["bash", "-c", "-e"],
            &["bash", "-ic"],
            &["bash", "-o", "posix", "-c"],
            &["bash", "-oo", "pipefail", "-c"],
            &["bash", "-o"],
            &["bash", "-"],
            &["/opt/bash", "-c"],
            &["python3", "-c"],
            &[],
        ] {
            assert_eq!(options(refused), None, "{refused:?}");
        }
    }
}
