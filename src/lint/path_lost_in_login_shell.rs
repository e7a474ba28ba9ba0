//! `path-lost-in-login-shell`: a step needs a PATH that its shell has set anew.
//!
//! The E2B family runs each step with `bash -l`, and Debian's `/etc/profile` assigns PATH. What
//! carries the variables into the sandbox comes last, so start, ready and the sandbox have it.

use super::LintContext;
use super::image::Image;
use super::shell::{Script, Simple, Word};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::scalar::{Piece, Text};
use crate::source::Span;
use crate::template::{InstructionKind, Origin};

/// Parts of directories, and the programs that are called because of them: others are most likely
/// found somewhere else.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("venv/bin", &["pip", "pip3", "python", "python3"]),
    ("/env/bin", &["pip", "pip3", "python", "python3"]),
    ("conda", &["conda", "mamba", "pip", "python"]),
    ("mamba", &["mamba", "micromamba", "pip", "python"]),
    ("cargo/bin", &["cargo", "rustc", "rustup"]),
    ("/usr/local/go/bin", &["go", "gofmt"]),
    (".bun/bin", &["bun", "bunx"]),
    (".deno/bin", &["deno"]),
    ("/pnpm", &["pnpm"]),
    ("poetry/bin", &["poetry"]),
    ("/uv", &["uv", "uvx"]),
    ("/root/.local/bin", &["uv", "uvx", "poetry", "pipx"]),
    ("nvm/versions", &["node", "npm", "npx"]),
    ("/cuda", &["nvcc"]),
    ("flutter/bin", &["dart", "flutter"]),
];

/// A directory of PATH that the steps do not have.
struct Lost {
    span: Span,
    directory: String,
    programs: &'static [&'static str],
}

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let is_lost = Image::of(&template.base).is_some_and(Image::profile_sets_path)
        && ctx.inputs.platform.facts().steps_in_login_shell;
    if !is_lost {
        return;
    }
    let mut lost: Vec<Lost> = Vec::new();
    let mut installed = Vec::new();
    for (id, instruction) in template.numbered() {
        match &instruction.kind {
            InstructionKind::Env { variables, .. } => {
                let Some(whole) = instruction.origin.span() else { continue };
                for (place, (_, value)) in
                    variables.iter().enumerate().filter(|(_, (name, _))| name == "PATH")
                {
                    let span = instruction.spans.values.get(place).copied().unwrap_or(whole);
                    lost = directories(value, span);
                }
            }
            InstructionKind::Run(run) => {
                if sets_up(&run.command) {
                    // Later login shells may find the programs after all.
                    return;
                }
                let (Some(script), Origin::Written(whole)) =
                    (ctx.scripts.get(&id), instruction.origin)
                else {
                    continue;
                };
                let Some((command, missed)) = first_call(script, &lost, &mut installed) else {
                    continue;
                };
                let program = command.program().unwrap_or_default();
                let span = super::place::part(
                    ctx.inputs.sources,
                    whole,
                    &run.command,
                    command.range.clone(),
                );
                diagnostics.push(diagnose(program, span, missed));
                return;
            }
            InstructionKind::Copy(copy) if copy.target.starts_with("/usr") => return,
            _ => {}
        }
    }
}

fn diagnose(program: &str, span: Span, missed: &Lost) -> Diagnostic {
    let directory = &missed.directory;
    let message = format!("the step does not find `{program}` in `{directory}`");
    Diagnostic::new(Code::PathLostInLoginShell, span, message)
        .label("a step's shell sets PATH anew, and this directory is not in it")
        .related(missed.span, "only start, ready and the sandbox get this")
        .help(format!(
            "write `{directory}/{program}`, or `export PATH=\"{directory}:$PATH\"` before it in \
             the same step"
        ))
}

/// The directories of a PATH that are known for programs.
fn directories(value: &Text, span: Span) -> Vec<Lost> {
    let pieces = value.pieces().iter().map(|piece| match piece {
        Piece::Literal(literal) => literal.clone(),
        Piece::Reference { name, .. } => format!("${name}"),
    });
    let whole: String = pieces.collect();
    // A directory of one's own home is added by `~/.profile`, and `$HOME` is another matter.
    let plain = whole.split(':').filter(|it| it.starts_with('/') && !it.contains('$'));
    plain
        .filter(|it| !(it.starts_with("/home/") && it.ends_with("/.local/bin")))
        .filter_map(|directory| {
            let (_, programs) = PROGRAMS.iter().find(|(part, _)| directory.contains(part))?;
            let directory = directory.trim_end_matches('/').to_owned();
            Some(Lost { span, directory, programs })
        })
        .collect()
}

/// Whether a command changes where programs are found.
fn sets_up(command: &str) -> bool {
    ["/etc/profile", ".bashrc", ".profile", ".bash_profile", "/usr/local/bin", "/usr/bin"]
        .iter()
        .any(|place| command.contains(place))
}

/// The first call of a program that is not found; `installed` collects what package managers are
/// told to install where it is found.
fn first_call<'a, 'b>(
    script: &'a Script,
    lost: &'b [Lost],
    installed: &mut Vec<&'a str>,
) -> Option<(&'a Simple, &'b Lost)> {
    for command in &script.commands {
        let assigns = |word: &Word| word.prefix.starts_with("PATH=");
        let sources = matches!(command.name(), Some("source" | "." | "eval"));
        if sources || command.assignments.iter().chain(&command.words).any(assigns) {
            return None;
        }
        let name = command.command().first().and_then(|word| word.literal.as_deref());
        let missed = name.and_then(|name| {
            let lost = lost.iter().find(|lost| lost.programs.contains(&name))?;
            // Another Python is not the one of the directory, whoever installed it.
            let is_there = !name.starts_with("pi")
                && !name.starts_with("python")
                && installed.iter().any(|package| package.starts_with(name));
            (!is_there).then_some(lost)
        });
        if let Some(missed) = missed.filter(|_| script.runs_always(command)) {
            return Some((command, missed));
        }
        if matches!(command.program(), Some("apt-get" | "apt" | "pip" | "pip3" | "npm")) {
            installed.extend(command.arguments());
        }
    }
    None
}
