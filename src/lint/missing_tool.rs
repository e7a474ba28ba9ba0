//! `missing-tool`: a command calls a program that the base image does not have.
//!
//! The rule reports only if no earlier command can have installed the program, that is, if all of
//! them are on a list of harmless commands.

use super::LintContext;
use super::image::{Family, Image};
use super::place;
use super::shell::{Script, base_name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::template::{BaseSource, InstructionKind};

/// Programs that only one family of images contains.
struct Tool {
    names: &'static [&'static str],
    family: Family,
    /// Words of the commands that may install it.
    providers: &'static [&'static str],
    help: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        names: &["pip", "pip3"],
        family: Family::Python,
        providers: &["pip", "python", "conda"],
        help: "start from `python = \"3.13\"`, or install `python3-venv` with `apt` and work in a \
               virtual environment",
    },
    Tool {
        names: &["npm", "npx"],
        family: Family::Node,
        providers: &["npm", "node", "npx", "nvm", "bun"],
        help: "start from `node = \"22\"`, or install `npm` with `apt` first",
    },
    Tool {
        names: &["bun", "bunx"],
        family: Family::Bun,
        providers: &["bun"],
        help: "start from `bun = \"1.3\"`, or, in an image with Node, install it first with \
        `npm = [\"bun\"]` and `global = true`",
    },
];

/// Programs that install no others, whatever their arguments.
pub(super) const HARMLESS: &[&str] = &[
    "apt-get",
    "apt",
    "cat",
    "chmod",
    "chown",
    "cp",
    "echo",
    "export",
    "git",
    "groupadd",
    "ln",
    "locale-gen",
    "ls",
    "mkdir",
    "mv",
    "printf",
    "pwd",
    "rm",
    "set",
    "sed",
    "sleep",
    "test",
    "touch",
    "true",
    "useradd",
    "adduser",
    "usermod",
    "npm",
    "pip",
    "pip3",
    "bun",
    "cd",
    "[",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let (Some(image), BaseSource::Image(reference)) =
        (Image::of(&template.base), &template.base.source)
    else {
        return;
    };
    for tool in TOOLS.iter().filter(|tool| tool.family != image.family) {
        let Some((name, span)) = first_use(ctx, tool) else { continue };
        let message = format!("the base image `{reference}` has no `{name}`");
        diagnostics.push(
            Diagnostic::new(Code::MissingTool, span, message)
                .label("fails with \"command not found\"")
                .related(template.base.span, "the base image")
                .help(tool.help),
        );
    }
}

/// The first call of a tool, if nothing before it may have installed it.
fn first_use(ctx: &LintContext<'_>, tool: &Tool) -> Option<(String, Span)> {
    let template = ctx.inputs.template;
    for (id, instruction) in template.numbered() {
        match &instruction.kind {
            InstructionKind::Copy(copy) if may_install(&copy.target) => return None,
            InstructionKind::Write(write) if tool.may_be(&write.path) => return None,
            InstructionKind::Env { variables, .. }
                if variables.iter().any(|(name, _)| name == "PATH" || name == "BASH_ENV") =>
            {
                return None;
            }
            InstructionKind::Run(run) => {
                if let Some((name, range)) = called(tool, ctx.scripts.get(&id)?)? {
                    let whole = instruction.origin.span()?;
                    let span = place::part(ctx.inputs.sources, whole, &run.command, range);
                    return Some((name, span));
                }
            }
            _ => {}
        }
    }
    let (script, start) = (ctx.start.as_ref()?, template.start.as_ref()?);
    let (name, range) = called(tool, script)??;
    let span = place::part(ctx.inputs.sources, start.origin.span()?, &start.text, range);
    Some((name, span))
}

/// The first call of a tool in a script; `None` if something before it may have installed it.
#[expect(clippy::option_option, reason = "\"not called\" and \"unknown\" are different answers")]
fn called(tool: &Tool, script: &Script) -> Option<Option<(String, std::ops::Range<usize>)>> {
    for call in script.calls() {
        let command = call.command;
        if command.inner.is_some() {
            // Its script follows.
            continue;
        }
        let Some(program) = command.words.first() else { continue };
        let name = command.program()?;
        if tool.names.contains(&name) {
            // A path, a branch or a function of that name proves nothing.
            let is_plain = command.command().first()?.literal.as_deref() == Some(name);
            let plain = call.levels().all(|(script, _)| script.blocks.is_empty());
            let is_certain = is_plain && plain && call.runs_always();
            return is_certain.then(|| Some((name.to_owned(), command.range.clone())));
        }
        let is_harmless = program.literal.is_some() && HARMLESS.contains(&base_name(name));
        let mentions = |word: &super::shell::Word| {
            // A word that is not literal may expand to anything; `opaque` covers those.
            let text = word.literal.as_deref().unwrap_or("");
            tool.providers.iter().any(|provider| text.contains(provider))
        };
        let moves_files = matches!(name, "cp" | "mv" | "ln");
        let is_open = moves_files || matches!(name, "apt" | "apt-get" | "pip" | "npm" | "bun");
        let opaque = is_open && command.words.iter().any(|word| word.literal.is_none());
        if !is_harmless || command.words.iter().any(mentions) || opaque {
            return None;
        }
    }
    Some(None)
}

impl Tool {
    /// Whether a file at this path is one of the programs, or changes where shells look for them.
    fn may_be(&self, path: &str) -> bool {
        let name = base_name(path);
        let settings = ["profile", "bash", "environment"];
        self.names.contains(&name) || settings.iter().any(|word| path.contains(word))
    }
}

/// Whether a copy to this target may install programs.
fn may_install(target: &str) -> bool {
    const SOURCES: &[&str] = &["/home/", "/app", "/code/", "/src", "/workspace"];
    SOURCES.iter().all(|directory| !target.starts_with(directory)) && target.starts_with('/')
}
