//! `RUN`, `ENTRYPOINT`, `CMD`, `USER` and `WORKDIR`.

use super::Converter;
use super::shell::Shell;
use crate::dockerfile::heredoc::{Heredoc, Marker};
use crate::dockerfile::instruction::{Arguments, Instruction, Keyword, Word};
use crate::dockerfile::{ignored, syntax, unsupported};
use crate::scalar::shell::quote;
use crate::source::{Span, Spanned};
use crate::template::{Command, InstructionKind, Origin, Run, User};
use crate::validate;

/// The longest path in bytes (`PATH_MAX`). Relative paths accumulate.
const LONGEST_PATH: usize = 4096;

/// The value of `ENTRYPOINT` or `CMD`.
pub(super) enum Program {
    /// Shell form; an empty command counts as not set.
    Shell { shell: Shell, command: String },
    /// Exec form: a program and its arguments.
    Exec(Vec<String>),
}

impl Converter<'_> {
    pub(super) fn run_command(&mut self, instruction: &Instruction) {
        self.run_flags(instruction);
        let Some(arguments) = self.arguments(instruction) else { return };
        let in_shell = matches!(arguments, Arguments::Shell(_));
        let command = match arguments {
            Arguments::Json(words) => {
                let words: Vec<_> = words.into_iter().map(|word| word.text).collect();
                self.exec_form(&words, instruction.place());
                joined(&words)
            }
            Arguments::Shell(line) => with_heredocs(&line.text, &instruction.heredocs, &self.shell),
        };
        if command.trim().is_empty() {
            let fault = syntax(instruction.place(), "`RUN` has no command");
            self.push_fault(fault.help("write a command, or remove the instruction"));
            return;
        }
        self.push(InstructionKind::Run(Run::new(command, None)), instruction.place());
        if let Some(run) = self.converted.instructions.last_mut() {
            run.spans.lines = Some(instruction.lines());
            if let InstructionKind::Run(run) = &mut run.kind {
                run.bash = in_shell && self.shell.is_bash();
            }
        }
    }

    fn arguments(&mut self, instruction: &Instruction) -> Option<Arguments> {
        match instruction.arguments() {
            Ok(arguments) => Some(arguments),
            Err(fault) => {
                self.push_fault(*fault);
                None
            }
        }
    }

    fn run_flags(&mut self, instruction: &Instruction) {
        for flag in self.flags(instruction) {
            let word = Word::made(flag.value.unwrap_or_default(), flag.range.clone());
            let Some(value) = self.spanned(instruction, &word) else { continue };
            match (flag.name.as_str(), value.value.as_str()) {
                ("mount", _) => self.mount(&value),
                ("network", "default") | ("security", "sandbox") => {}
                (name, _) => {
                    let message = format!("`RUN --{name}` is not supported");
                    let help = "remove it: a step runs in a sandbox with its own network";
                    self.push_fault(unsupported(value.span, message).help(help));
                }
            }
        }
    }

    fn mount(&mut self, mount: &Spanned<String>) {
        let mut fields =
            mount.value.split(',').map(|field| field.split_once('=').unwrap_or((field, "")));
        let kind = fields.find(|(key, _)| key.eq_ignore_ascii_case("type"));
        let kind = kind.map_or("bind", |(_, kind)| kind);
        let help = match kind {
            "cache" | "tmpfs" => {
                let message = format!("a mount of type `{kind}` has no effect on a sandbox");
                let fault = ignored(mount.span, message).help(
                    "the step runs without the mount, and files written there stay in the sandbox",
                );
                self.push_fault(fault);
                return;
            }
            "bind" => {
                "copy the files with `COPY` first, and remove them in a later `RUN`; or let `sbx apply` \
                 build an image from the Dockerfile, with `build = \"REPOSITORY\"` in the manifest's \
                 `from`"
            }
            "secret" => {
                "the platform cannot hide a secret from the template: whatever a build step reads \
                 may be stored in it; pass the secret to the running sandbox instead, or let `sbx \
                 apply` build an image with `build` and `secrets` in the manifest's `from`"
            }
            "ssh" => {
                "build steps have no SSH keys: download the files before the build, and `COPY` them"
            }
            _ => "write `type=cache` or `type=tmpfs`, or remove the mount",
        };
        let message = format!("a mount of type `{kind}` is not supported");
        self.push_fault(unsupported(mount.span, message).help(help));
    }

    /// The value of `ENTRYPOINT` or `CMD`.
    pub(super) fn program(&mut self, instruction: &Instruction) -> Option<Spanned<Program>> {
        self.flags(instruction);
        let program = match self.arguments(instruction)? {
            Arguments::Shell(line) => {
                Program::Shell { shell: self.shell.clone(), command: line.text }
            }
            Arguments::Json(words) => {
                Program::Exec(words.into_iter().map(|word| word.text).collect())
            }
        };
        Some(Spanned::new(program, instruction.place()))
    }

    /// Combines `ENTRYPOINT` and `CMD` as Docker does: `CMD` holds arguments for `ENTRYPOINT`,
    /// unless that is in shell form, which takes none.
    pub(super) fn start(&mut self, from: Span) {
        let (entrypoint, cmd) = (self.entrypoint.take(), self.cmd.take());
        let span = match (&entrypoint, &cmd) {
            (Some(program), _) | (None, Some(program)) => program.span,
            (None, None) => from,
        };
        if let (Some(Spanned { value: Program::Shell { .. }, .. }), Some(cmd)) = (&entrypoint, &cmd)
        {
            let fault = ignored(cmd.span, "`CMD` has no effect with an `ENTRYPOINT` in shell form")
                .related(span, "the shell form takes no arguments")
                .help("write `ENTRYPOINT` as an array of strings, or remove `CMD`");
            self.push_fault(fault);
        }
        if let Some(first) = entrypoint.as_ref().or(cmd.as_ref())
            && let Program::Exec(words) = &first.value
        {
            self.exec_form(words, first.span);
        }
        let text = match (entrypoint.map(|program| program.value), cmd.map(|program| program.value))
        {
            (Some(Program::Shell { shell, command }), _)
            | (None, Some(Program::Shell { shell, command })) => shell.command(&command),
            (None, Some(Program::Exec(words))) | (Some(Program::Exec(words)), None) => {
                joined(&words)
            }
            (Some(Program::Exec(mut words)), Some(Program::Exec(more))) => {
                words.extend(more);
                joined(&words)
            }
            (Some(Program::Exec(mut words)), Some(Program::Shell { shell, command })) => {
                if !command.is_empty() {
                    words.extend(shell.words);
                    words.push(command);
                }
                joined(&words)
            }
            (None, None) => String::new(),
        };
        if text.trim().is_empty() {
            return;
        }
        self.converted.start = Some(Command { text, origin: Origin::Written(span) });
        let because = "because a Dockerfile has no readiness check";
        self.converted.ready = Some(Command {
            text: "sleep 20".to_owned(),
            origin: Origin::Added { because, span: Some(span) },
        });
    }

    /// Reports an exec form whose first string is a shell command, which is no program's name.
    fn exec_form(&mut self, words: &[String], span: Span) {
        let Some((program, arguments)) = words.split_first() else { return };
        if !is_command(program) {
            return;
        }
        let fault = syntax(span, format!("`{program}` is not the name of a program"))
            .label("the exec form starts its first string as a program, without a shell");
        let fault = match arguments {
            [] => fault.help(format!("use the shell form, without `[` and `]`: `{program}`")),
            _ => fault.help("write each argument as a string of its own"),
        };
        self.push_fault(fault);
    }

    /// The argument of `USER` or `WORKDIR`.
    fn argument(&mut self, instruction: &Instruction) -> Option<Spanned<String>> {
        self.flags(instruction);
        if self.has_comment(instruction, 1) {
            return None;
        }
        let value = self.spanned(instruction, &instruction.rest())?;
        if value.value.trim().is_empty() {
            let message = format!("`{}` has no argument", instruction.keyword.word());
            let help = match instruction.keyword {
                Keyword::User => "write `USER name`",
                _ => "write `WORKDIR /path`",
            };
            self.push_fault(syntax(instruction.place(), message).help(help));
            return None;
        }
        Some(value)
    }

    pub(super) fn set_user(&mut self, instruction: &Instruction) {
        let Some(written) = self.argument(instruction) else {
            self.user.get_or_insert_default();
            return;
        };
        let name = match written.value.split_once(':') {
            None => written.value.as_str(),
            // Reported below: what the group is matters only with a name.
            Some((name, _)) if name != "0" && is_id(name) => name,
            Some((name, group)) if name == group || name.is_empty() => {
                let message =
                    format!("the group in `{}` has no effect on a sandbox", written.value);
                let fault = ignored(written.span, message)
                    .help(format!("write `USER {name}`, which implies the user's own group"));
                self.push_fault(fault);
                name
            }
            Some((name, group)) => {
                let message = format!("the group `{group}` in `USER` is not supported");
                let help = format!("write `USER {name}`, and add it to the group in a `RUN`");
                self.push_fault(unsupported(written.span, message).help(help));
                name
            }
        };
        let name = if name == "0" { "root" } else { name };
        // Even an invalid `USER` replaces the default user.
        self.user = Some(name.to_owned());
        if is_id(name) {
            let message = format!("`{name}` is not a user name");
            let fault = unsupported(written.span, message)
                .label("the platform looks the user up by name")
                .help("give the name of a user, such as `USER node`; `RUN useradd` creates one");
            self.push_fault(fault);
            return;
        }
        if name.contains(char::is_whitespace) {
            let fault = syntax(written.span, format!("`{name}` is not a user name"));
            self.push_fault(fault.help("write a single name"));
            return;
        }
        let value = Spanned::new(name.to_owned(), written.span);
        let fault = validate::spliced_fault(&value, "a user name");
        if self.passes(fault, "use another name").is_some() {
            self.push(InstructionKind::User(User::named(value.value)), instruction.place());
        }
    }

    pub(super) fn set_workdir(&mut self, instruction: &Instruction) {
        let current = self.workdir.get_or_insert_with(|| "/".to_owned()).clone();
        let Some(path) = self.argument(instruction) else { return };
        let path = path.map(|path| within(&current, &path));
        if path.value.len() > LONGEST_PATH {
            let message = format!("the path is longer than {LONGEST_PATH} bytes");
            let fault = syntax(path.span, message).help("use a shorter path");
            self.push_fault(fault);
            return;
        }
        let fault = validate::spliced_fault(&path, "a working directory");
        if self.passes(fault, "use another name").is_some() {
            self.workdir = Some(path.value.clone());
            self.push(InstructionKind::Workdir(path.value), instruction.place());
        }
    }
}

/// Whether a user is written as a number.
fn is_id(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a string is a shell command rather than the name or the path of a program. A path may
/// contain spaces.
fn is_command(program: &str) -> bool {
    let Some((first, rest)) = program.trim().split_once(char::is_whitespace) else { return false };
    let operators = ["&&", "||", ";", "|", ">", "<", "&"];
    let joins = program.split_whitespace().any(|word| operators.contains(&word));
    joins
        || !first.contains('/')
        || first.ends_with(';')
        || rest.split_whitespace().any(|word| word.starts_with('-'))
}

/// Resolves a path against a directory.
fn within(directory: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = directory.split('/').collect();
    parts.retain(|part| !part.is_empty());
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Quotes words as a shell command without expansions.
fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(quote).collect::<Vec<_>>().join(" ")
}

fn joined(words: &[String]) -> String {
    join(words.iter().map(String::as_str))
}

/// `RUN` in shell form. A here-document is the script if there is no other command; otherwise the
/// shell reads the documents itself.
fn with_heredocs(line: &str, heredocs: &[Heredoc], shell: &Shell) -> String {
    if let [heredoc] = heredocs
        && Marker::parse(line).is_some()
    {
        let content = heredoc.content();
        return if content.starts_with("#!") {
            script(heredoc, &content)
        } else {
            shell.command(&content)
        };
    }
    let mut command = line.to_owned();
    for heredoc in heredocs {
        command.push('\n');
        command.push_str(&heredoc.written);
        command.push_str(&heredoc.marker.name);
    }
    shell.command(&command)
}

/// A script with a `#!` line is written to a file and executed.
fn script(heredoc: &Heredoc, content: &str) -> String {
    let end = terminator(&heredoc.marker.name, content);
    let file = quote(&format!("/tmp/{}", heredoc.marker.name));
    let content = with_line_break(content);
    format!(
        "cat <<'{end}' >{file}\n{content}{end}\nchmod +x {file} && {file}\n\
         SBX_EXIT=$?; rm -f {file}; exit $SBX_EXIT"
    )
}

/// Ensures that a text ends with a line break, unless it is empty.
fn with_line_break(content: &str) -> String {
    let missing = !content.is_empty() && !content.ends_with('\n');
    format!("{content}{}", if missing { "\n" } else { "" })
}

/// A delimiter for a here-document that is not a line of its content.
fn terminator(name: &str, content: &str) -> String {
    let name = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    let base = format!("SBX_HEREDOC_{}", name.collect::<String>());
    let taken: Vec<usize> = content
        .lines()
        .filter_map(|line| line.strip_prefix(&base))
        .filter(|rest| rest.bytes().all(|byte| byte == b'_'))
        .map(str::len)
        .collect();
    let longer = taken.iter().max().map_or(0, |longest| longest + 1);
    format!("{base}{}", "_".repeat(longer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_is_no_command() {
        for command in ["cd /app && ./start.sh", "npm run start", "./run --port 80", "/a; /b"] {
            assert!(is_command(command), "{command}");
        }
        for program in ["./start.sh", "python3", "/opt/My App/run", "", " run "] {
            assert!(!is_command(program), "{program}");
        }
    }

    #[test]
    fn paths_are_made_absolute() {
        assert_eq!(within("/", "app"), "/app");
        assert_eq!(within("/a/b/", "./../c//d"), "/a/c/d");
        assert_eq!(within("/a", "/b/../c"), "/b/../c");
        assert_eq!(within("/a", "../../.."), "/");
    }

    #[test]
    fn a_terminator_is_not_a_line_of_the_content() {
        assert_eq!(terminator("E-F", "x\n"), "SBX_HEREDOC_E_F");
        assert_eq!(terminator("E", "SBX_HEREDOC_E\nSBX_HEREDOC_E__\n"), "SBX_HEREDOC_E___");
        assert_eq!(terminator("E", "SBX_HEREDOC_Ex\n"), "SBX_HEREDOC_E");
    }
}
