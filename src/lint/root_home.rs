//! `root-home`: the sandbox needs something in `/root`, which its user cannot enter.
//!
//! `/root` has the mode 0700 on Debian and Ubuntu, and a sandbox runs as the platform's own user
//! unless the template says otherwise.

use super::model::is_within;
use super::shell::{Script, Simple, Word};
use super::{LintContext, base, is_root, place, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;
use crate::template::{EnvScope, InstructionKind, Template};

const HOME: &str = "/root";

/// Signs that the browsers of Playwright are kept somewhere else.
const ELSEWHERE: &[&str] = &["PLAYWRIGHT_BROWSERS_PATH", "ms-playwright", "/root/.cache"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let Some(exec) = ctx.exec.last() else { return };
    let Some(user) = exec.user.filter(|user| !is_root(user)) else { return };
    if ctx.inputs.platform.facts().root_only || is_opened(template) {
        return;
    }
    let mut report = |span: Span, what: &str, help: &str| {
        diagnostics.push(
            Diagnostic::new(Code::RootHome, span, format!("{what} in `{HOME}`"))
                .label(format!("the sandbox runs as `{user}`, who cannot enter `{HOME}`"))
                .help(help),
        );
    };
    if exec.workdir.is_some_and(is_in_home)
        && let Some(span) = last_workdir(template)
    {
        let help = words_for(
            span,
            "use a directory outside, such as `/home/user/app`, or set `user = \"root\"`",
            "use a directory outside, such as `/home/user/app`, or end with `USER root`",
        );
        report(span, "the working directory of the sandbox is", help);
    }
    for (path, span) in paths(template) {
        report(span, &format!("`{path}` in `PATH` is"), "install it outside, such as in `/opt`");
    }
    if let Some((path, span)) = started(ctx) {
        let help = words_for(
            span,
            "install it outside, such as in `/opt` or `/usr/local`, or set `user = \"root\"`",
            "install it outside, such as in `/opt` or `/usr/local`, or end with `USER root`",
        );
        report(span, &format!("the start command needs `{path}`, which is"), help);
    }
    browsers(ctx, &mut report);
}

fn is_in_home(path: &str) -> bool {
    is_within(path, HOME)
}

/// Whether a command may let other users enter.
fn is_opened(template: &Template) -> bool {
    template.instructions.iter().any(|instruction| {
        let InstructionKind::Run(run) = &instruction.kind else { return false };
        let command = run.command.as_str();
        let names_home = [HOME, "~", "$HOME"].iter().any(|home| command.contains(home));
        names_home && (command.contains("chmod") || command.contains("setfacl"))
            || command.contains("usermod")
    })
}

fn last_workdir(template: &Template) -> Option<Span> {
    let is_workdir = |kind: &InstructionKind| matches!(kind, InstructionKind::Workdir(_));
    template.instructions.iter().rfind(|found| is_workdir(&found.kind))?.origin.span()
}

/// Directories in root's home that the sandbox's `PATH` has.
fn paths(template: &Template) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    for instruction in &template.instructions {
        let InstructionKind::Env { scope: EnvScope::Sandbox, variables } = &instruction.kind else {
            continue;
        };
        let Some(whole) = instruction.origin.span() else { continue };
        for (place, (_, value)) in
            variables.iter().enumerate().filter(|(_, (name, _))| name == "PATH")
        {
            let text = value.for_shell("$");
            let span = instruction.spans.values.get(place).copied().unwrap_or(whole);
            if let Some(directory) = text.split([':', '"']).find(|part| is_in_home(part)) {
                found = vec![(directory.to_owned(), span)];
            } else if !value.references().any(|name| name == "PATH") {
                found.clear();
            }
        }
    }
    found
}

/// The first path in root's home that the start command needs.
fn started(ctx: &LintContext<'_>) -> Option<(String, Span)> {
    let (script, start) = (ctx.start.as_ref()?, ctx.inputs.template.start.as_ref()?);
    let word = script.calls().find_map(|call| named(script, call.command))?;
    let span = start.origin.span()?;
    let span = place::part(ctx.inputs.sources, span, &start.text, word.range.clone());
    Some((word.literal.clone()?, span))
}

fn named<'s>(script: &Script, command: &'s Simple) -> Option<&'s Word> {
    if command.has_sudo() || !script.runs_always(command) || command.name() == Some("su") {
        return None;
    }
    let mut words = command.words.iter();
    words.find(|word| word.literal.as_deref().is_some_and(|text| text.starts_with("/root/")))
}

/// Browsers that Playwright installs for root, below root's home.
fn browsers(ctx: &LintContext<'_>, report: &mut impl FnMut(Span, &str, &str)) {
    let template = ctx.inputs.template;
    let image = base::image(&template.base).filter(|image| image.is_listed());
    let image = image.map(|image| image.family.repository);
    if base::mentions(template, ELSEWHERE) || image.is_none_or(|name| name.contains("playwright")) {
        return;
    }
    for step in ctx.scripts() {
        for execution in ctx.executions.of_step(step.id) {
            let is_roots = execution.user == Some(ROOT) && execution.is_certain;
            if !is_roots || !installs_browsers(execution.command) {
                continue;
            }
            let Some(span) = ctx.place(&step, execution.command.range.clone()) else { continue };
            let help = words_for(
                span,
                "set `PLAYWRIGHT_BROWSERS_PATH = \"/opt/browsers\"` in `env`",
                "write `ENV PLAYWRIGHT_BROWSERS_PATH=/opt/browsers` before it",
            );
            report(span, "root installs the browsers of Playwright", help);
            return;
        }
    }
}

/// `playwright install`, also by `npx` or `python -m`.
fn installs_browsers(command: &Simple) -> bool {
    let words: Vec<&str> = command.command().iter().map(|word| word.prefix.as_str()).collect();
    let at = words.iter().position(|word| *word == "playwright" || word.starts_with("playwright@"));
    let Some(at) = at else { return false };
    let runs = match words.first() {
        Some(&"playwright") => at == 0,
        Some(&("npx" | "pnpx" | "bunx" | "yarn" | "uvx")) => true,
        Some(&("python" | "python3")) => words.get(1) == Some(&"-m") && at == 2,
        Some(&"uv") => words.get(1) == Some(&"run"),
        _ => false,
    };
    let has = |option| words.contains(&option);
    runs && words.get(at + 1) == Some(&"install") && !has("--dry-run") && !has("--help")
}
