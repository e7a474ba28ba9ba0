//! `path-lost-in-login-shell`: a step relies on a `PATH` that its login shell resets.
//!
//! The E2B family runs each step with `bash -l`, and Debian's `/etc/profile` assigns `PATH`. The
//! variables are applied again at the end, so start, ready and the sandbox do have it.

use super::shell::{Script, Simple, Word};
use super::{LintContext, base, place};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::images::Image;
use crate::platform::ROOT;
use crate::scalar::{Piece, Text};
use crate::source::Span;
use crate::template::{InstructionKind, Origin};

/// Parts of directory names, with the programs that are expected there. Other programs are most
/// likely found elsewhere.
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

/// A directory of `PATH` that the steps do not have.
struct Lost {
    span: Span,
    directory: String,
    programs: &'static [&'static str],
    /// Whether the image sets this `PATH` and no variable of the template does.
    is_images: bool,
}

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let facts = ctx.inputs.platform.facts();
    let Some(image) = base::image(&template.base).filter(|_| facts.steps_in_login_shell) else {
        return;
    };
    let resets = image.profile_sets_path();
    let mut lost = if resets || facts.drops_image_config {
        of_image(image, template.base.span)
    } else {
        Vec::new()
    };
    let mut installed = Vec::new();
    for (id, instruction) in template.numbered() {
        match &instruction.kind {
            InstructionKind::Env { variables, .. } => {
                let Some(whole) = instruction.origin.span() else { continue };
                for (at, (_, value)) in
                    variables.iter().enumerate().filter(|(_, (name, _))| name == "PATH")
                {
                    let span = instruction.spans.values.get(at).copied().unwrap_or(whole);
                    lost = if resets { directories(value, span) } else { Vec::new() };
                }
            }
            InstructionKind::Run(run) => {
                if sets_up(&run.command) {
                    // Later login shells may find the programs.
                    return;
                }
                let (Some(script), Origin::Written(whole)) =
                    (ctx.scripts.get(&id), instruction.origin)
                else {
                    continue;
                };
                let user = run.user.as_deref().or_else(|| ctx.exec.get(id.index())?.user);
                // Another user does not find them by their path, either.
                let closed =
                    |lost: &Lost| lost.directory.starts_with("/root/") && user != Some(ROOT);
                if lost.iter().any(closed) {
                    continue;
                }
                let Some((command, missed)) = first_call(script, &lost, &mut installed) else {
                    continue;
                };
                let program = command.program().unwrap_or_default();
                let range = command.range.clone();
                let span = place::part(ctx.inputs.sources, whole, &run.command, range);
                diagnostics.push(diagnose(program, span, missed));
                return;
            }
            InstructionKind::Write(write) if sets_up(&write.path) => return,
            InstructionKind::Copy(copy) if copy.target.starts_with("/usr") => return,
            _ => {}
        }
    }
    // A variable of the template reaches the start command; what the image sets does not.
    lost.retain(|lost| lost.is_images);
    if let (Some(script), Some(start)) = (&ctx.start, &template.start)
        && let Some((command, missed)) = first_call(script, &lost, &mut installed)
        && let Some(whole) = start.origin.span()
    {
        let program = command.program().unwrap_or_default();
        let span = place::part(ctx.inputs.sources, whole, &start.text, command.range.clone());
        diagnostics.push(diagnose(program, span, missed));
    }
}

/// The directories of an image's own `PATH`.
fn of_image(image: Image<'_>, span: Span) -> Vec<Lost> {
    let lost = image.path().into_iter().map(|(directory, programs)| Lost {
        span,
        directory,
        programs,
        is_images: true,
    });
    lost.collect()
}

fn diagnose(program: &str, span: Span, missed: &Lost) -> Diagnostic {
    let directory = &missed.directory;
    if missed.is_images {
        let message =
            format!("`{directory}` is not in the `PATH` of the shell that runs `{program}`");
        return Diagnostic::new(Code::PathLostInLoginShell, span, message)
            .label("fails with \"command not found\": steps and the start command do not get the image's `PATH`")
            .related(missed.span, "the image has the program there")
            .help(format!(
                "call `{directory}/{program}`, or put `export PATH=\"{directory}:$PATH\"` before it"
            ));
    }
    let message = format!("`{directory}` is not in the `PATH` of the step that runs `{program}`");
    Diagnostic::new(Code::PathLostInLoginShell, span, message)
        .label("a step runs in a login shell, which resets `PATH`")
        .related(missed.span, "only start, ready and the sandbox see this `PATH`")
        .help(format!(
            "call `{directory}/{program}`, or put `export PATH=\"{directory}:$PATH\"` before it \
             in the same step"
        ))
}

/// The directories of a `PATH` that are listed in [`PROGRAMS`].
fn directories(value: &Text, span: Span) -> Vec<Lost> {
    let pieces = value.pieces().iter().map(|piece| match piece {
        Piece::Literal(literal) => literal.clone(),
        Piece::Reference { name, .. } => format!("${name}"),
    });
    let whole: String = pieces.collect();
    // `~/.profile` adds `~/.local/bin`, and `$HOME` has its own rule.
    let plain = whole.split(':').filter(|part| part.starts_with('/') && !part.contains('$'));
    plain
        .filter(|part| !(part.starts_with("/home/") && part.ends_with("/.local/bin")))
        .filter_map(|directory| {
            let (_, programs) = PROGRAMS.iter().find(|(part, _)| directory.contains(part))?;
            let directory = directory.trim_end_matches('/').to_owned();
            Some(Lost { span, directory, programs, is_images: false })
        })
        .collect()
}

/// Whether a command, or a file at a path, changes how login shells find programs.
fn sets_up(command: &str) -> bool {
    ["/etc/profile", ".bashrc", ".profile", ".bash_profile", "/usr/local/bin", "/usr/bin"]
        .iter()
        .any(|place| command.contains(place))
}

/// The first call of a program that is not found. `installed` collects the packages that package
/// managers install into directories that are found.
fn first_call<'a, 'b>(
    script: &'a Script,
    lost: &'b [Lost],
    installed: &mut Vec<&'a str>,
) -> Option<(&'a Simple, &'b Lost)> {
    for call in script.calls() {
        let command = call.command;
        let assigns = |word: &Word| word.prefix.starts_with("PATH=");
        let sources = matches!(command.name(), Some("source" | "." | "eval"));
        if sources || command.assignments.iter().chain(&command.words).any(assigns) {
            return None;
        }
        let name = command.command().first().and_then(|word| word.literal.as_deref());
        let missed = name.and_then(|name| {
            let lost = lost.iter().find(|lost| lost.programs.contains(&name))?;
            // A Python that was installed elsewhere is not the one of this directory.
            let is_there = !name.starts_with("pi")
                && !name.starts_with("python")
                && installed.iter().any(|package| package.starts_with(name));
            (!is_there).then_some(lost)
        });
        if let Some(missed) = missed.filter(|_| call.runs_always()) {
            return Some((command, missed));
        }
        if matches!(command.program(), Some("apt-get" | "apt" | "pip" | "pip3" | "npm")) {
            installed.extend(command.arguments());
        }
    }
    None
}
