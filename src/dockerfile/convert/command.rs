//! RUN, ENTRYPOINT, CMD: commands; USER and WORKDIR: who runs them, and where.

use super::Converter;
use crate::dockerfile::heredoc::{Heredoc, Marker};
use crate::dockerfile::instruction::{Arguments, Instruction, Keyword, Word};
use crate::dockerfile::{ignored, syntax, unsupported};
use crate::scalar::shell::quote;
use crate::source::{Span, Spanned};
use crate::template::{Command, InstructionKind, Origin, Run};
use crate::validate;

/// The longest path that systems take, in bytes. Relative ones add up.
const LONGEST_PATH: usize = 4096;

/// What ENTRYPOINT or CMD names.
pub(super) enum Program {
    /// A command for the shell; an empty one is none.
    Shell(String),
    /// A program and its arguments.
    Exec(Vec<String>),
}

impl Converter<'_> {
    pub(super) fn run_command(&mut self, instruction: &Instruction) {
        self.run_flags(instruction);
        let command = match self.arguments(instruction) {
            None => return,
            Some(Arguments::Json(words)) => join(words.iter().map(|word| word.text.as_str())),
            Some(Arguments::Shell(line)) if instruction.heredocs.is_empty() => line.text,
            Some(Arguments::Shell(line)) => with_heredocs(&line.text, &instruction.heredocs),
        };
        if command.trim().is_empty() {
            let fault = syntax(instruction.place(), "`RUN` runs nothing");
            self.push_fault(fault.help("write a command, or remove the instruction"));
            return;
        }
        self.push(InstructionKind::Run(Run::new(command, None)), instruction.place());
        if let Some(run) = self.converted.instructions.last_mut() {
            run.spans.lines = Some(instruction.lines());
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
                    let message = format!("`RUN --{name}` cannot be carried over");
                    let help = "steps run in a sandbox of their own, with its network: remove it";
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
                let message = format!("a mount of the type `{kind}` has no effect on a sandbox");
                let fault = ignored(mount.span, message)
                    .help("the step runs without it; what it writes there stays in the sandbox");
                self.push_fault(fault);
                return;
            }
            "bind" => "copy the files with `COPY` first, and remove them in the same way",
            "secret" => {
                "there are no secrets in build steps: what a step sees stays in the template; give \
                 it to the running sandbox instead"
            }
            "ssh" => "there are no keys in build steps: fetch the files before, and `COPY` them",
            _ => "write `type=cache` or `type=tmpfs`, or remove the mount",
        };
        let message = format!("a mount of the type `{kind}` cannot be carried over");
        self.push_fault(unsupported(mount.span, message).help(help));
    }

    /// What ENTRYPOINT or CMD names.
    pub(super) fn program(&mut self, instruction: &Instruction) -> Option<Spanned<Program>> {
        self.flags(instruction);
        let program = match self.arguments(instruction)? {
            Arguments::Shell(line) => Program::Shell(line.text),
            Arguments::Json(words) => Program::Exec(words.into_iter().map(|it| it.text).collect()),
        };
        Some(Spanned::new(program, instruction.place()))
    }

    /// Combines ENTRYPOINT and CMD as Docker does: CMD are arguments of the program that
    /// ENTRYPOINT names, unless that is a command for the shell, which takes none.
    pub(super) fn start(&mut self, from: Span) {
        let (entrypoint, cmd) = (self.entrypoint.take(), self.cmd.take());
        let span = match (&entrypoint, &cmd) {
            (Some(program), _) | (None, Some(program)) => program.span,
            (None, None) => from,
        };
        if let (Some(Spanned { value: Program::Shell(_), .. }), Some(cmd)) = (&entrypoint, &cmd) {
            let fault = ignored(cmd.span, "`CMD` has no effect beside this `ENTRYPOINT`")
                .related(span, "a command for the shell takes no arguments")
                .help("write `ENTRYPOINT` as an array of strings, or remove `CMD`");
            self.push_fault(fault);
        }
        let text = match (entrypoint.map(|it| it.value), cmd.map(|it| it.value)) {
            (Some(Program::Shell(command)), _) | (None, Some(Program::Shell(command))) => command,
            (None, Some(Program::Exec(words))) | (Some(Program::Exec(words)), None) => {
                joined(&words)
            }
            (Some(Program::Exec(mut words)), Some(Program::Exec(more))) => {
                words.extend(more);
                joined(&words)
            }
            (Some(Program::Exec(mut words)), Some(Program::Shell(command))) => {
                if !command.is_empty() {
                    words.extend(["/bin/sh".to_owned(), "-c".to_owned(), command]);
                }
                joined(&words)
            }
            (None, None) => String::new(),
        };
        if text.trim().is_empty() {
            return;
        }
        self.converted.start = Some(Command { text, origin: Origin::Written(span) });
        let because = "because a Dockerfile does not say when its command is ready";
        self.converted.ready = Some(Command {
            text: "sleep 20".to_owned(),
            origin: Origin::Added { because, span: Some(span) },
        });
    }

    /// The one argument of USER or WORKDIR.
    fn argument(&mut self, instruction: &Instruction) -> Option<Spanned<String>> {
        self.flags(instruction);
        let value = self.spanned(instruction, &instruction.rest())?;
        if value.value.trim().is_empty() {
            let message = format!("`{}` names nothing", instruction.keyword.word());
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
            Some((name, group)) if name == group || name.is_empty() => {
                let message =
                    format!("the group of `{}` has no effect on a sandbox", written.value);
                let fault = ignored(written.span, message)
                    .help(format!("write `USER {name}`: a user's own group comes with it"));
                self.push_fault(fault);
                name
            }
            Some((name, group)) => {
                let message = format!("a sandbox's user cannot take the group `{group}`");
                let help = format!("write `USER {name}`, and add it to the group in a `RUN`");
                self.push_fault(unsupported(written.span, message).help(help));
                name
            }
        };
        let name = if name == "0" { "root" } else { name };
        // Whatever is wrong with it, the Dockerfile says otherwise than the sandbox's own user.
        self.user = Some(name.to_owned());
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("`{name}` is not a user's name");
            let fault = unsupported(written.span, message)
                .label("the platform would create a user of that name, with another number")
                .help("name the user, such as `USER node`; make one with `RUN useradd` if need be");
            self.push_fault(fault);
            return;
        }
        if name.contains(char::is_whitespace) {
            let fault = syntax(written.span, format!("`{name}` is not a user's name"));
            self.push_fault(fault.help("write one name"));
            return;
        }
        let value = Spanned::new(name.to_owned(), written.span);
        let fault = validate::spliced_fault(&value, "a user's name");
        if self.passes(fault, "use another name").is_some() {
            self.push(InstructionKind::User(value.value), instruction.place());
        }
    }

    pub(super) fn set_workdir(&mut self, instruction: &Instruction) {
        let current = self.workdir.get_or_insert_with(|| "/".to_owned()).clone();
        let Some(path) = self.argument(instruction) else { return };
        let path = path.map(|path| within(&current, &path));
        if path.value.len() > LONGEST_PATH {
            let message = format!("the path is longer than {LONGEST_PATH} bytes");
            let fault = syntax(path.span, message).help("write a shorter one");
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

/// A path, made absolute against the directory that it is relative to.
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

/// Words as a shell command in which nothing expands.
fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(quote).collect::<Vec<_>>().join(" ")
}

fn joined(words: &[String]) -> String {
    join(words.iter().map(String::as_str))
}

/// RUN with here-documents: a script of its own if there is nothing else, or documents that the
/// shell reads as Docker's would.
fn with_heredocs(line: &str, heredocs: &[Heredoc]) -> String {
    if let [heredoc] = heredocs
        && Marker::parse(line).is_some()
    {
        let content = heredoc.content();
        return if content.starts_with("#!") { script(heredoc, &content) } else { content };
    }
    let mut command = line.to_owned();
    for heredoc in heredocs {
        command.push('\n');
        command.push_str(&heredoc.written);
        command.push_str(&heredoc.marker.name);
    }
    command
}

/// A script that names its interpreter is written to a file and executed.
fn script(heredoc: &Heredoc, content: &str) -> String {
    let end = terminator(&heredoc.marker.name, content);
    let file = quote(&format!("/tmp/{}", heredoc.marker.name));
    let content = with_line_break(content);
    format!(
        "cat <<'{end}' >{file}\n{content}{end}\nchmod +x {file} && {file}\n\
         SBX_EXIT=$?; rm -f {file}; exit $SBX_EXIT"
    )
}

/// A text that ends with a line break, unless it is empty.
pub(super) fn with_line_break(content: &str) -> String {
    let missing = !content.is_empty() && !content.ends_with('\n');
    format!("{content}{}", if missing { "\n" } else { "" })
}

/// A line that ends a here-document with that content, and is none of it.
pub(super) fn terminator(name: &str, content: &str) -> String {
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
    fn paths_are_made_absolute() {
        assert_eq!(within("/", "app"), "/app");
        assert_eq!(within("/a/b/", "./../c//d"), "/a/c/d");
        assert_eq!(within("/a", "/b/../c"), "/b/../c");
        assert_eq!(within("/a", "../../.."), "/");
    }

    #[test]
    fn a_terminator_is_no_line_of_the_content() {
        assert_eq!(terminator("E-F", "x\n"), "SBX_HEREDOC_E_F");
        assert_eq!(terminator("E", "SBX_HEREDOC_E\nSBX_HEREDOC_E__\n"), "SBX_HEREDOC_E___");
        assert_eq!(terminator("E", "SBX_HEREDOC_Ex\n"), "SBX_HEREDOC_E");
    }
}
