//! `write-needs-root`: files are written where only root may, by somebody else.

use super::paths::{Access, touches};
use super::shell::Separator;
use super::{LintContext, Step, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;
use crate::template::{Instruction, InstructionKind};

/// Directories of root's in every image that is known.
const ROOTS: &[&str] = &["/etc/", "/opt/", "/root/", "/srv/", "/usr/"];

/// The most steps that are searched for a permission, and the most files that are searched for.
const MOST_EARLIER: usize = 500;

/// What stands at the root of every system.
const SYSTEM: &[&str] = &[
    "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root",
    "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let Some((image, _)) = base::known(template) else { return };
    if ctx.inputs.platform.facts().root_only {
        return;
    }
    // npm's own directory is another one then, perhaps.
    let npm = image == "node"
        && !base::mentions(template, &["prefix", "PREFIX", "npmrc", "nvm", "volta", "chown"]);
    for step in ctx.scripts() {
        let at = step.id.index();
        let Some(user) = step.user().filter(|user| *user != ROOT && *user != "0") else { continue };
        let Some(earlier) = template.instructions.get(..at).filter(|_| at <= MOST_EARLIER) else {
            break;
        };
        let found =
            written(ctx, &step, earlier).or_else(|| npm.then(|| installed(ctx, &step)).flatten());
        let Some((span, path)) = found else { continue };
        diagnostics.push(
            Diagnostic::new(
                Code::WriteNeedsRoot,
                span,
                format!("`{path}` is written by `{user}`, who may not"),
            )
            .label("this ends with \"Permission denied\"")
            .help(
                "write `user = \"root\"` beside the action, or use a directory of the user's, such \
                 as the home directory",
            ),
        );
    }
}

/// The first file that a step writes for certain, and may not.
fn written(
    ctx: &LintContext<'_>,
    step: &Step<'_>,
    earlier: &[Instruction],
) -> Option<(Span, String)> {
    let mut candidates = touches(step.script, step.scene.workdir)
        .into_iter()
        .filter(|touch| touch.access == Access::Writes && touch.certain && touch.whole)
        .take(MOST_EARLIER);
    let commands = &step.script.commands;
    let found = candidates.find(|touch| {
        let next = commands.partition_point(|it| it.range.start <= touch.word.range.start);
        let Some(command) = next.checked_sub(1).and_then(|at| commands.get(at)) else {
            return false;
        };
        let redirected = command.redirects.iter().any(|it| it.target.range == touch.word.range);
        let makes = command.program() == Some("mkdir") && !redirected;
        (redirected || !command.has_sudo())
            && belongs_to_root(&touch.path, makes)
            && !granted(&touch.path, earlier, &step.run.command)
    })?;
    Some((ctx.place(step, found.word.range.clone())?, found.path))
}

/// `npm install -g`, which writes where the image's node is.
fn installed(ctx: &LintContext<'_>, step: &Step<'_>) -> Option<(Span, String)> {
    let command = step.script.commands.iter().find(|it| {
        let first = it.arguments().find(|word| !word.starts_with('-'));
        it.program() == Some("npm")
            && !it.has_sudo()
            && step.script.runs_always(it)
            && it.after != Separator::Or
            && matches!(first, Some("install" | "i" | "add"))
            && it.arguments().any(|word| matches!(word, "-g" | "--global"))
    })?;
    let span = ctx.place(step, command.range.clone())?;
    Some((span, "/usr/local/lib/node_modules".to_owned()))
}

fn belongs_to_root(path: &str, makes: bool) -> bool {
    if path.contains("..") {
        return false;
    }
    let mut parts = path.split('/').skip(1);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    if makes {
        // What is there already is no fault of `mkdir -p`.
        return match first {
            "opt" | "srv" => second.is_some(),
            first => !first.is_empty() && !SYSTEM.contains(&first),
        };
    }
    ROOTS.iter().any(|root| path.starts_with(root))
}

/// Whether anything before may have let the user write there.
fn granted(path: &str, earlier: &[Instruction], own: &str) -> bool {
    let top = path.match_indices('/').nth(1).map_or(path, |(at, _)| &path[..at]);
    let second = path.match_indices('/').nth(2).map_or(path, |(at, _)| &path[..at]);
    let grants = |text: &str| {
        let words = ["chown", "chmod", "setfacl", "install -d", "install -o", "useradd", "adduser"];
        words.iter().any(|it| text.contains(it)) && text.contains(top)
    };
    grants(own)
        || earlier.iter().any(|instruction| match &instruction.kind {
            InstructionKind::Run(run) => grants(&run.command) || run.command.contains(second),
            InstructionKind::Copy(copy) => copy.target.starts_with(second),
            InstructionKind::Workdir(workdir) => workdir.starts_with(second),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_root_is_known() {
        for (path, makes) in [
            ("/etc/a.conf", false),
            ("/usr/local/bin/a", false),
            ("/opt/a", true),
            ("/app", true),
            ("/data/a", true),
        ] {
            assert!(belongs_to_root(path, makes), "{path}");
        }
        for (path, makes) in [
            ("/home/user/a", false),
            ("/tmp/a", false),
            ("/dev/null", false),
            ("/var/tmp/a", false),
            ("/usr/local/bin", true),
            ("/opt", true),
            ("/home/user/a", true),
            ("/opt/../home/user/a", true),
        ] {
            assert!(!belongs_to_root(path, makes), "{path}");
        }
    }
}
