//! `write-needs-root`: a step without root privileges writes where only root can.

use super::paths::{Access, accesses};
use super::shell::Separator;
use super::{LintContext, Step, base, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;
use crate::template::{Instruction, InstructionKind};

/// Directories that belong to root in every well-known image.
const ROOTS: &[&str] = &["/etc/", "/opt/", "/root/", "/srv/", "/usr/"];

/// The largest number of earlier steps searched for a change of permissions, and of files checked.
const MOST_EARLIER: usize = 500;

/// Directories in `/` of every well-known image.
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
    // These may move npm's global directory.
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
                format!("writing to `{path}` needs root, but the step runs as `{user}`"),
            )
            .label("fails with \"Permission denied\"")
            .help(words_for(
                span,
                "add `user = \"root\"` to the step, or use a directory that the user owns, such \
                 as its home directory",
                "put `USER root` before it, or use a directory that the user owns, such as its \
                 home directory",
            )),
        );
    }
}

/// The first file that a step certainly writes without the right to.
fn written(
    ctx: &LintContext<'_>,
    step: &Step<'_>,
    earlier: &[Instruction],
) -> Option<(Span, String)> {
    let mut candidates = accesses(step.script, step.exec.workdir)
        .into_iter()
        .filter(|file| file.access == Access::Writes && file.certain && file.whole)
        .take(MOST_EARLIER);
    let commands = &step.script.commands;
    let found = candidates.find(|file| {
        let next = commands.partition_point(|command| command.range.start <= file.word.range.start);
        let Some(command) = next.checked_sub(1).and_then(|at| commands.get(at)) else {
            return false;
        };
        let redirected =
            command.redirects.iter().any(|redirect| redirect.target.range == file.word.range);
        let makes = command.program() == Some("mkdir") && !redirected;
        (redirected || !command.has_sudo())
            && belongs_to_root(&file.path, makes)
            && !granted(&file.path, earlier, &step.run.command)
    })?;
    Some((ctx.place(step, found.word.range.clone())?, found.path))
}

/// `npm install -g`, which writes into the installation directory of Node.
fn installed(ctx: &LintContext<'_>, step: &Step<'_>) -> Option<(Span, String)> {
    let command = step.script.commands.iter().find(|command| {
        let first = command.arguments().find(|word| !word.starts_with('-'));
        command.program() == Some("npm")
            && !command.has_sudo()
            && step.script.runs_always(command)
            && command.after != Separator::Or
            && matches!(first, Some("install" | "i" | "add"))
            && command.arguments().any(|word| matches!(word, "-g" | "--global"))
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
        // `mkdir -p` accepts existing directories.
        return match first {
            "opt" | "srv" => second.is_some(),
            first => !first.is_empty() && !SYSTEM.contains(&first),
        };
    }
    ROOTS.iter().any(|root| path.starts_with(root))
}

/// Whether an earlier instruction may have given the user write access.
fn granted(path: &str, earlier: &[Instruction], own: &str) -> bool {
    let top = path.match_indices('/').nth(1).map_or(path, |(at, _)| &path[..at]);
    let second = path.match_indices('/').nth(2).map_or(path, |(at, _)| &path[..at]);
    let grants = |text: &str| {
        let words = ["chown", "chmod", "setfacl", "install -d", "install -o", "useradd", "adduser"];
        words.iter().any(|word| text.contains(word)) && text.contains(top)
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
    fn directories_of_root_are_recognized() {
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
